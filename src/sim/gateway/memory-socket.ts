import { HedgebotError } from '../../errors.ts'
import type { Clock, VenueSocket, VenueSocketHandlers } from '../../ports.ts'
import type { Gateway } from './gateway.ts'
import type { GatewaySession } from './session.ts'

export interface MemorySocketOptions {
  readonly gateway: Gateway
  readonly clock: Clock
  readonly remoteAddress: string
  readonly handlers: VenueSocketHandlers
  /** Draws the latency of one message, one way. */
  latencyMs(): number
}

export interface MemorySocket extends VenueSocket {
  /** The line breaks without a word. */
  cut(): void
}

type Close = Parameters<VenueSocketHandlers['onClose']>[0]

/** Connects to the gateway; messages keep their order in each direction. */
export function createMemorySocket(options: MemorySocketOptions): MemorySocket {
  const { handlers } = options
  const up = createPipe(options)
  const down = createPipe(options)
  let state: 'connecting' | 'open' | 'closed' = 'connecting'
  let session: GatewaySession | undefined

  const finish = (close: Close) => {
    if (state === 'closed') return
    state = 'closed'
    down.stop()
    if (close.code === 1006) up.stop()
    // What was sent before a clean close still arrives; a broken line drops it.
    if (close.code === 1006) session?.closed()
    else up.push(() => session?.closed())
    queueMicrotask(() => handlers.onClose(close))
  }
  const cut = () => finish({ code: 1006, reason: '', error: broken('connection reset') })

  up.push(() => {
    if (state === 'closed') return
    session = open(options, {
      onOpen: () =>
        down.push(() => {
          state = 'open'
          handlers.onOpen()
        }),
      onText: (text) => down.push(() => handlers.onMessage(text)),
      onClose: (close) => down.push(() => finish(close)),
    })
  })
  return {
    send(text) {
      if (state !== 'open') return false
      up.push(() => session?.receive(text))
      return true
    },
    ping() {
      if (state !== 'open') return
      up.push(() => {
        if (session?.ping() === true) down.push(() => handlers.onPong())
      })
    },
    close: () => finish({ code: 1005, reason: '' }),
    terminate: () => finish({ code: 1006, reason: '' }),
    cut,
  }
}

interface OpenHandlers {
  onOpen(): void
  onText(text: string): void
  onClose(close: Close): void
}

/** Opens the session at the venue's end; the greeting comes after the opening. */
function open(
  { gateway, remoteAddress }: MemorySocketOptions,
  { onOpen, onText, onClose }: OpenHandlers,
): GatewaySession | undefined {
  const early: string[] = []
  let isOpen = false
  const opened = gateway.openSession({
    remoteAddress,
    query: {},
    send: (text) => (isOpen ? onText(text) : void early.push(text)),
    close: (code, reason) => onClose({ code, reason }),
    terminate: () => onClose({ code: 1006, reason: '', error: broken('connection reset') }),
  })
  if ('status' in opened) {
    const error = broken(`upgrade refused with status ${opened.status}: ${opened.body}`)
    onClose({ code: 1006, reason: '', error })
    return undefined
  }
  isOpen = true
  onOpen()
  for (const text of early) onText(text)
  return opened
}

interface Pipe {
  push(deliver: () => void): void
  /** Drops what is under way and everything after. */
  stop(): void
}

/** One direction of a line: every message takes its latency, none overtakes another. */
function createPipe({ clock, latencyMs }: MemorySocketOptions): Pipe {
  let lastDueMs = 0
  let isStopped = false
  return {
    push(deliver) {
      const nowMs = clock.monotonicMs()
      lastDueMs = Math.max(nowMs + latencyMs(), lastDueMs)
      clock.setTimer(lastDueMs - nowMs, () => {
        if (!isStopped) deliver()
      })
    },
    stop() {
      isStopped = true
    },
  }
}

function broken(why: string): HedgebotError {
  return new HedgebotError('network', `simulated network: ${why}`, { code: 'socket_broken' })
}
