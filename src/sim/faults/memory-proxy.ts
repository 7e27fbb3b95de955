/**
 * A proxy in the world without sockets: everything goes through it, and it fails in the ways in which real ones do.
 * @module
 */
import { HedgebotError } from '../../errors.ts'
import type {
  Clock,
  Transport,
  VenueRequest,
  VenueResponse,
  VenueSocket,
  VenueSocketHandlers,
} from '../../ports.ts'

/**
 * `refuse`: it is gone, and with it what went through it. `auth`: it takes no new connections for us. `hang`: new ones
 * are accepted and never answered, old ones carry nothing any more and do not end. `swallow`: what is sent arrives, and
 * nothing comes back.
 */
export type MemoryProxyMode = 'normal' | 'refuse' | 'auth' | 'hang' | 'swallow'

/** How a proxy is, for all processes that use it. */
export interface MemoryProxyState {
  readonly mode: MemoryProxyMode
  setMode(mode: MemoryProxyMode): void
  /** Called when the mode changes. Returns the unsubscriber. */
  onChange(listener: () => void): () => void
}

/** A proxy that works. */
export function createMemoryProxyState(): MemoryProxyState {
  const listeners = new Set<() => void>()
  let mode: MemoryProxyMode = 'normal'
  return {
    get mode() {
      return mode
    },
    setMode(next) {
      mode = next
      for (const listener of listeners) listener()
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export interface MemoryProxyOptions {
  readonly clock: Clock
  /** May be shared by the processes that use one proxy. */
  readonly state: MemoryProxyState
  readonly connectTimeoutMs: number
}

/** Puts a proxy in front of a transport, whose egress is its name. */
export function throughMemoryProxy(inner: Transport, options: MemoryProxyOptions): Transport {
  const { state } = options
  return {
    egress: inner.egress,
    request: (request) => requestThrough(inner, request, options),
    connect: (handlers) =>
      state.mode === 'normal' || state.mode === 'swallow'
        ? connectThrough(inner, handlers, state)
        : connectNowhere(inner.egress, handlers, options),
    close: () => inner.close(),
  }
}

async function requestThrough(
  inner: Transport,
  request: VenueRequest,
  { clock, state, connectTimeoutMs }: MemoryProxyOptions,
): Promise<VenueResponse> {
  const refusal = refusalOf(state.mode, inner.egress)
  if (refusal !== undefined) throw refusal
  if (state.mode === 'hang') {
    const limitMs = request.connectTimeoutMs ?? connectTimeoutMs
    await clock.sleep(Math.min(limitMs, request.timeoutMs))
    throw proxyFailure(inner.egress, 'proxy_timeout', false)
  }
  const startedMs = clock.monotonicMs()
  const response = await inner.request(request)
  if (state.mode === 'normal') return response
  await clock.sleep(Math.max(0, request.timeoutMs - (clock.monotonicMs() - startedMs)))
  throw new HedgebotError('network', 'simulated network: no answer', {
    code: 'timeout',
    mayHaveBeenDelivered: true,
  })
}

function connectThrough(
  inner: Transport,
  handlers: VenueSocketHandlers,
  state: MemoryProxyState,
): VenueSocket {
  const isDeaf = (): boolean => state.mode === 'hang' || state.mode === 'swallow'
  let hasLost = false
  const hears = (work: () => void): void => {
    if (isDeaf()) hasLost = true
    else work()
  }
  const stopListening = state.onChange(() => {
    // A stream that lost something cannot go on as if it had not.
    if (state.mode === 'refuse' || (hasLost && !isDeaf())) socket.terminate()
  })
  const socket = inner.connect({
    onOpen: () => hears(() => handlers.onOpen()),
    onMessage: (text) => hears(() => handlers.onMessage(text)),
    onPong: () => hears(() => handlers.onPong()),
    onClose(close) {
      stopListening()
      handlers.onClose(close)
    },
  })
  return {
    send(text) {
      if (state.mode !== 'hang') return socket.send(text)
      // Nothing tells a half-open connection from one that carries what is sent.
      hasLost = true
      return true
    },
    ping() {
      if (!isDeaf()) socket.ping()
    },
    close: () => socket.close(),
    terminate: () => socket.terminate(),
  }
}

/** A connection that never opens, and how long it takes to say so. */
function connectNowhere(
  egress: string,
  handlers: VenueSocketHandlers,
  { clock, state, connectTimeoutMs }: MemoryProxyOptions,
): VenueSocket {
  const error = refusalOf(state.mode, egress)
  let isOver = false
  const end = (why: HedgebotError | undefined): void => {
    if (isOver) return
    isOver = true
    cancel()
    const close = { code: 1006, reason: '' }
    queueMicrotask(() => handlers.onClose(why === undefined ? close : { ...close, error: why }))
  }
  const waitMs = error === undefined ? connectTimeoutMs : 1
  const cancel = clock.setTimer(waitMs, () =>
    end(error ?? proxyFailure(egress, 'proxy_timeout', false)),
  )
  return {
    send: () => false,
    ping: () => undefined,
    close: () => end(undefined),
    terminate: () => end(undefined),
  }
}

function refusalOf(mode: MemoryProxyMode, egress: string): HedgebotError | undefined {
  if (mode === 'refuse') return proxyFailure(egress, 'proxy_refused', false)
  return mode === 'auth' ? proxyFailure(egress, 'proxy_auth', false) : undefined
}

function proxyFailure(egress: string, code: string, mayHaveBeenDelivered: boolean): HedgebotError {
  return new HedgebotError('proxy', `simulated proxy "${egress}": ${code}`, {
    code,
    mayHaveBeenDelivered,
  })
}
