/**
 * One physical socket: greeting, proof of life, parsing. Its end is told once, with the reason
 * (PROTOCOL.md section 8.1).
 * @module
 */
import { HedgebotError, messageOf } from '../errors.ts'
import type { Clock, Transport, VenueSocket } from '../ports.ts'
import { createHeartbeat } from './heartbeat.ts'
import { parseVenueJson } from './parse-json.ts'

/** A parsed frame. */
export type VenueFrame = Readonly<Record<string, unknown>>

/** Who is told what a session does. */
export interface SessionHandlers {
  /** The venue greeted: frames may be sent. */
  onGreeted(): void
  onFrame(frame: VenueFrame): void
  /** Any proof of life: frame or pong. */
  onAlive(): void
  /** Exactly once. */
  onEnd(end: SessionEnd): void
}

/** Why a session ended. */
export interface SessionEnd {
  readonly reason: string
  /** Why the connection never opened or broke, where the transport knows. */
  readonly error: HedgebotError | undefined
}

/** One open connection. */
export interface SocketSession {
  /** Unique among the sessions of one account or market. */
  readonly id: number
  /** Over which egress it goes. */
  egress(): string
  /** False when the socket is not open: then surely nothing was sent. */
  send(text: string): boolean
  /** Asks for a sign of life; without one in time the session ends. */
  ping(): void
  /** Something was not answered: its egress may be at fault. */
  blame(): void
  /** Ends the session; `reason` is what `onEnd` tells, before the socket has noticed: what is gone looks gone at once. */
  end(reason: string): void
}

/** What a session is opened with. */
export interface SessionOptions {
  readonly id: number
  readonly transport: Transport
  readonly clock: Clock
  readonly handlers: SessionHandlers
}

/** Opens a socket and watches over it. */
export function openSocketSession(options: SessionOptions): SocketSession {
  const { clock, handlers, transport } = options
  let isGreeted = false
  let isEnded = false
  // Assigned below, by a call that may call back before it returns.
  let socket: VenueSocket | undefined
  const heartbeat = createHeartbeat({
    clock,
    ping: () => socket?.ping(),
    onAlive: handlers.onAlive,
    onDeath: (reason) => endDead(session, reason),
  })
  const finish = (end: SessionEnd): void => {
    if (isEnded) return
    isEnded = true
    heartbeat.stop()
    handlers.onEnd(end)
  }
  const session: SocketSession = {
    id: options.id,
    egress: () => socket?.egress ?? transport.egress,
    blame: () => socket?.blame?.(),
    send: (text) => isGreeted && !isEnded && socket?.send(text) === true,
    ping: () => (isGreeted && !isEnded ? heartbeat.ask() : undefined),
    end(reason) {
      if (isEnded) return
      finish({ reason, error: undefined })
      socket?.terminate()
    },
  }
  const greet = (): void => {
    isGreeted = true
    heartbeat.start()
    handlers.onGreeted()
  }
  socket = connect(transport, {
    onMessage(text) {
      if (isEnded) return
      heartbeat.alive()
      const frame = frameOf(text)
      if (frame === undefined) session.end('a frame cannot be read')
      else if (frame['type'] === 'ping') socket?.send('{"type":"pong"}')
      else if (frame['type'] === 'connected' && !isGreeted) greet()
      else if (!FOR_THE_SOCKET.has(frame['type'])) handlers.onFrame(frame)
    },
    onPong: () => (isEnded ? undefined : heartbeat.alive()),
    onEnd: finish,
  })
  return session
}

/** They mean nothing to whoever reads frames. */
const FOR_THE_SOCKET: ReadonlySet<unknown> = new Set(['connected', 'pong'])

function endDead(session: SocketSession, reason: string): void {
  session.blame()
  session.end(reason)
}

interface Callbacks {
  onMessage(text: string): void
  onPong(): void
  onEnd(end: SessionEnd): void
}

/** What a transport tells before `connect` has returned is handled after the caller has the session in hand. */
function connect(transport: Transport, callbacks: Callbacks): VenueSocket {
  let isReady = false
  const later = (work: () => void): void => (isReady ? work() : queueMicrotask(work))
  const socket = transport.connect({
    onOpen: () => undefined,
    onMessage: (text) => later(() => callbacks.onMessage(text)),
    onPong: () => callbacks.onPong(),
    onClose: ({ code, reason, error }) => {
      const told = error === undefined ? `closed with code ${code} ${reason}` : messageOf(error)
      const known = error instanceof HedgebotError ? error : undefined
      later(() => callbacks.onEnd({ reason: told.trim(), error: known }))
    },
  })
  isReady = true
  return socket
}

function frameOf(text: string): VenueFrame | undefined {
  try {
    const value = parseVenueJson(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as VenueFrame) : undefined
  } catch {
    return undefined
  }
}
