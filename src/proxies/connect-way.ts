/**
 * A WebSocket over a way: one egress after the other until one opens. What was open and broke is told, and whoever owns
 * it decides about the next.
 * @module
 */
import type { VenueSocket, VenueSocketHandlers } from '../ports.ts'
import { doubt, type Observation } from './egress-health.ts'
import { observationOfFailure } from './observe-traffic.ts'
import type { WaySteps } from './pool-parts.ts'

/** One attempt over one egress. */
interface Attempt {
  readonly egress: string
  readonly startedMs: number
  socket: VenueSocket | undefined
  isOpen: boolean
  hasSpoken: boolean
  /** Given up for another one: what becomes of it concerns nobody. */
  isLeft: boolean
  cancelPatience: () => void
}

interface Connection {
  readonly steps: WaySteps
  readonly handlers: VenueSocketHandlers
  readonly tried: Set<string>
  now: Attempt
  /** By its owner. */
  isEnded: boolean
}

/** The connection ended without a closing handshake (RFC 6455 section 7.1.5). */
const ABNORMAL = 1006

/** Opens a socket over the way's egress, or over the next that works. */
export function connectWay(steps: WaySteps, handlers: VenueSocketHandlers): VenueSocket {
  const now = newAttempt(steps, steps.first())
  const connection: Connection = { steps, handlers, tried: new Set(), now, isEnded: false }
  open(connection)
  return {
    get egress() {
      return connection.now.egress
    },
    send: (text) => connection.now.socket?.send(text) === true,
    ping: () => connection.now.socket?.ping(),
    blame() {
      if (connection.now.isOpen) steps.parts.report(connection.now.egress, doubt('no_answer'))
    },
    close: () => endedBy(connection)?.close(),
    terminate: () => endedBy(connection)?.terminate(),
  }
}

/** Its owner ends it: nothing is tried any more. The socket that is to be ended. */
function endedBy(connection: Connection): VenueSocket | undefined {
  connection.isEnded = true
  connection.now.cancelPatience()
  return connection.now.socket
}

function newAttempt({ parts }: WaySteps, egress: string): Attempt {
  return {
    egress,
    startedMs: parts.options.clock.monotonicMs(),
    socket: undefined,
    isOpen: false,
    hasSpoken: false,
    isLeft: false,
    cancelPatience: () => undefined,
  }
}

/** Starts the present attempt. */
function open(connection: Connection): void {
  const { steps, tried, now } = connection
  tried.add(now.egress)
  if (steps.next(tried) !== undefined) {
    const { options, connectPatienceMs } = steps.parts
    const leave = () => goOn(connection, now, doubt('hangs'))
    now.cancelPatience = options.clock.setTimer(connectPatienceMs(now.egress), leave)
  }
  now.socket = steps.transport(now.egress).connect({
    onOpen: () => onOpen(connection, now),
    onMessage: (text) => onMessage(connection, now, text),
    onPong: () => (now.isLeft ? undefined : connection.handlers.onPong()),
    onClose: (close) => onClose(connection, now, close),
  })
}

/** Leaves an attempt for the next egress; false when there is none. */
function goOn(connection: Connection, attempt: Attempt, why: Observation): boolean {
  const { steps, tried } = connection
  attempt.cancelPatience()
  steps.parts.report(attempt.egress, why)
  const next = connection.isEnded ? undefined : steps.next(tried)
  if (next === undefined) return false
  attempt.isLeft = true
  attempt.socket?.terminate()
  connection.now = newAttempt(steps, next)
  open(connection)
  return true
}

function onOpen({ handlers }: Connection, attempt: Attempt): void {
  if (attempt.isLeft) return
  attempt.isOpen = true
  attempt.cancelPatience()
  handlers.onOpen()
}

/** What comes first is the venue's greeting: only now the whole way has worked. */
function onMessage({ steps, handlers }: Connection, attempt: Attempt, text: string): void {
  if (attempt.isLeft) return
  if (!attempt.hasSpoken) {
    attempt.hasSpoken = true
    const { options, report } = steps.parts
    const connectedInMs = options.clock.monotonicMs() - attempt.startedMs
    report(attempt.egress, { kind: 'ok', connectedInMs })
  }
  handlers.onMessage(text)
}

function onClose(
  connection: Connection,
  attempt: Attempt,
  close: Parameters<VenueSocketHandlers['onClose']>[0],
): void {
  if (attempt.isLeft) return
  attempt.cancelPatience()
  // A close by handshake is the venue's own will; a broken connection may be the egress's fault.
  const isBroken = attempt.isOpen && close.code === ABNORMAL
  const why = observationOfFailure(close.error) ?? (isBroken ? doubt('reset') : undefined)
  if (why !== undefined && !connection.isEnded) {
    if (attempt.isOpen) connection.steps.parts.report(attempt.egress, why)
    else if (goOn(connection, attempt, why)) return
  }
  connection.handlers.onClose(close)
}
