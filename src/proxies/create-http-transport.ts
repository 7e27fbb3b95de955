import http, { type Agent, type ClientRequest } from 'node:http'
import https from 'node:https'
import type { HedgebotError } from '../errors.ts'
import type { Clock, Transport, VenueSocket, VenueSocketHandlers } from '../ports.ts'
import { type EgressName, transportClosedError } from './connection-error.ts'
import { createHttpRequester } from './http.ts'
import { hostAndPort, type ProxyEndpoint } from './proxy-endpoint.ts'
import { assertSocksLogin } from './socks-handshake.ts'
import { TunnelAgent } from './tunnel-agent.ts'
import { connectWebSocket } from './websocket.ts'

/** One way to one venue. */
export interface HttpTransportOptions {
  /** `direct`, or the proxy's name. */
  readonly egress: string
  /** For example `https://mainnet.zklighter.elliot.ai`. */
  readonly restUrl: string
  /** For example `wss://mainnet.zklighter.elliot.ai/stream`. */
  readonly wsUrl: string
  readonly proxy?: ProxyEndpoint
  readonly clock: Clock
  /** Longest time for a tunnel; the venue's TCP and TLS behind it may take as long again. */
  readonly connectTimeoutMs: number
}

/** Idle connections are dropped before the other side does it. */
const IDLE_TIMEOUT_MS = 20_000

/**
 * Creates the real way to the venue: axios and ws, direct or through one proxy. Connections are kept and reused
 * until `close()`.
 * @throws HedgebotError kind `config`, code `proxy_login_too_long` for a login that SOCKS 5 cannot carry
 */
export function createHttpTransport(options: HttpTransportOptions): Transport {
  const { egress, clock, proxy } = options
  if (proxy?.protocol === 'socks5') assertSocksLogin(egress, proxy)
  const proxyAddress = proxy === undefined ? undefined : hostAndPort(proxy)
  const way: EgressName = { egress, proxyAddress }
  const requestAgent = createAgent(options, way, options.restUrl.startsWith('https:'))
  // Sockets get an agent of their own without keep-alive: an upgraded connection never returns to a pool.
  const socketAgent =
    proxy === undefined ? undefined : tunnelAgent({ options, way, proxy, keepAlive: false })
  const connectTimeoutMs = options.connectTimeoutMs * (proxy === undefined ? 1 : 2)
  const sockets = new Set<VenueSocket>()
  let isClosed = false
  const request = createHttpRequester({
    way,
    baseUrl: options.restUrl,
    agent: requestAgent,
    giveUpTunnel: (unsent) => giveUpTunnel(requestAgent, unsent),
    clock,
    connectTimeoutMs,
  })
  return {
    egress,
    request: (venueRequest) =>
      isClosed ? Promise.reject(transportClosedError(way)) : request(venueRequest),
    connect(handlers) {
      if (isClosed) return closedSocket(handlers, transportClosedError(way))
      const socket = connectWebSocket(
        { way, url: options.wsUrl, agent: socketAgent, clock, connectTimeoutMs },
        {
          onOpen: () => handlers.onOpen(),
          onMessage: (text) => handlers.onMessage(text),
          onPong: () => handlers.onPong(),
          onClose: (close) => {
            sockets.delete(socket)
            handlers.onClose(close)
          },
        },
      )
      sockets.add(socket)
      return socket
    },
    close() {
      isClosed = true
      for (const socket of sockets) socket.terminate()
      requestAgent.destroy()
      socketAgent?.destroy()
    },
  }
}

function createAgent(options: HttpTransportOptions, way: EgressName, isSecure: boolean): Agent {
  if (options.proxy !== undefined) {
    return tunnelAgent({ options, way, proxy: options.proxy, keepAlive: true })
  }
  const settings = { keepAlive: true, timeout: IDLE_TIMEOUT_MS }
  return isSecure ? new https.Agent(settings) : new http.Agent(settings)
}

function giveUpTunnel(agent: Agent, request: ClientRequest): HedgebotError | undefined {
  return agent instanceof TunnelAgent ? agent.giveUp(request) : undefined
}

function tunnelAgent(parts: {
  readonly options: HttpTransportOptions
  readonly way: EgressName
  readonly proxy: ProxyEndpoint
  readonly keepAlive: boolean
}): TunnelAgent {
  const { clock, connectTimeoutMs } = parts.options
  const { way, proxy, keepAlive } = parts
  return new TunnelAgent({ way, proxy, clock, connectTimeoutMs, keepAlive })
}

/** A socket that never opens: says so once, after the caller has it in hand. */
function closedSocket(handlers: VenueSocketHandlers, error: HedgebotError): VenueSocket {
  queueMicrotask(() => handlers.onClose({ code: 1006, reason: '', error }))
  const nothing = (): void => undefined
  return { send: () => false, ping: nothing, close: nothing, terminate: nothing }
}
