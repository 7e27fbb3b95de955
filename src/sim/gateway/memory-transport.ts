/**
 * A way to the simulated exchange without sockets: the same interface as the real transport, over the gateway and its
 * clock, with seeded latencies and every loss that the gateway's faults plan (DESIGN.md section 6).
 * @module
 */
import { HedgebotError } from '../../errors.ts'
import type { Clock, Rng, Transport, VenueRequest, VenueResponse } from '../../ports.ts'
import type { Gateway } from './gateway.ts'
import { createMemorySocket, type MemorySocket } from './memory-socket.ts'

export interface MemoryTransportOptions {
  readonly gateway: Gateway
  /** The client's clock. */
  readonly clock: Clock
  readonly rng: Rng
  /** Default `direct`. */
  readonly egress?: string
  /** Address that the venue sees; default `127.0.0.1`. */
  readonly remoteAddress?: string
  /** One way, drawn uniformly for each message; default 5 to 15 ms. */
  readonly minLatencyMs?: number
  readonly maxLatencyMs?: number
}

export interface MemoryTransport extends Transport {
  /** Breaks every open socket, as a dying proxy would. */
  cutSockets(): void
  /** While down, nothing gets through: connections are refused and sockets break. */
  setDown(isDown: boolean): void
}

/** Creates a transport through one egress. */
export function createMemoryTransport(options: MemoryTransportOptions): MemoryTransport {
  const { gateway, clock, rng, egress = 'direct', remoteAddress = '127.0.0.1' } = options
  const { minLatencyMs = 5, maxLatencyMs = 15 } = options
  const latencyMs = () => minLatencyMs + (maxLatencyMs - minLatencyMs) * rng.nextFloat()
  const sockets = new Set<MemorySocket>()
  let isDown = false

  const exchange = async (request: VenueRequest): Promise<VenueResponse> => {
    await clock.sleep(latencyMs())
    const outcome = await gateway.request({
      remoteAddress,
      method: request.method,
      path: request.path,
      query: request.query ?? {},
      headers: headersOf(request),
      body: new URLSearchParams(request.form).toString(),
    })
    if ('lost' in outcome) return lose(outcome.how)
    await clock.sleep(latencyMs())
    return outcome
  }
  const cutSockets = () => {
    for (const socket of sockets) socket.cut()
    sockets.clear()
  }

  return {
    egress,
    request(request) {
      if (request.signal?.aborted === true) return Promise.reject(failure('aborted', false))
      if (isDown) return Promise.reject(failure('connection refused', false))
      return withDeadline(clock, request, exchange(request))
    },
    connect(handlers) {
      const socket = createMemorySocket({ gateway, clock, remoteAddress, handlers, latencyMs })
      if (isDown) socket.cut()
      else sockets.add(socket)
      return socket
    },
    cutSockets,
    setDown(down) {
      isDown = down
      if (down) cutSockets()
    },
    close() {
      for (const socket of sockets) socket.close()
      sockets.clear()
    },
  }
}

function headersOf(request: VenueRequest): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    headers[name.toLowerCase()] = value
  }
  if (request.form !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded'
  return headers
}

/** What the client feels of a loss: silence runs into its own time-out. */
function lose(how: 'silence' | 'cut' | 'unreachable'): Promise<VenueResponse> {
  if (how === 'silence') return new Promise(() => undefined)
  return Promise.reject(
    how === 'cut' ? failure('connection reset', true) : failure('connection refused', false),
  )
}

function withDeadline(
  clock: Clock,
  { timeoutMs, signal }: VenueRequest,
  work: Promise<VenueResponse>,
): Promise<VenueResponse> {
  return new Promise((resolve, reject) => {
    const onAbort = () => finish(() => reject(failure('aborted', true)))
    const cancel = clock.setTimer(timeoutMs, () => {
      finish(() => reject(failure(`no answer within ${timeoutMs} ms`, true)))
    })
    const finish = (settle: () => void) => {
      cancel()
      signal?.removeEventListener('abort', onAbort)
      settle()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    work.then(
      (response) => finish(() => resolve(response)),
      (error: unknown) => finish(() => reject(error)),
    )
  })
}

function failure(what: string, mayHaveBeenDelivered: boolean): HedgebotError {
  const code = what.startsWith('no answer') ? 'timeout' : what.replaceAll(' ', '_')
  return new HedgebotError('network', `simulated network: ${what}`, { code, mayHaveBeenDelivered })
}
