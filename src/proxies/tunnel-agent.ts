/**
 * CONNECT tunnels with a deadline. A proxy that accepts TCP and never answers CONNECT would hang axios and ws for
 * ever (DEPENDENCIES.md sections 1 and 4), and a proxy's own refusal must not look like the exchange's answer.
 * @module
 */
import type { ClientRequest, OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { HedgebotError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import {
  type EgressName,
  proxyConnectError,
  proxyError,
  proxyStatusError,
} from './connection-error.ts'

/** One HTTP proxy. The password is revealed only when a tunnel is opened. */
export interface ProxyEndpoint {
  readonly host: string
  readonly port: number
  readonly protocol: 'http' | 'https' | 'socks5'
  readonly username?: string | undefined
  readonly password?: { reveal(): string } | undefined
}

/** What an agent needs. */
export interface TunnelAgentOptions {
  readonly way: EgressName
  readonly proxy: ProxyEndpoint
  readonly clock: Clock
  /** From the start of the TCP connection to the answer to CONNECT. */
  readonly connectTimeoutMs: number
  readonly keepAlive: boolean
}

/** An idle tunnel is dropped before proxies and exchange do it: a request on a dying one would be in doubt. */
const IDLE_TIMEOUT_MS = 20_000

type ConnectTarget = Parameters<HttpsProxyAgent<string>['connect']>[1]

/** Agent that opens tunnels through one proxy; a class because Node's agents are extended by inheritance. */
export class TunnelAgent extends HttpsProxyAgent<string> {
  readonly #options: TunnelAgentOptions

  constructor(options: TunnelAgentOptions) {
    const { proxy } = options
    const host = proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host
    // Credentials go into the headers, never into the URL, which libraries copy into their errors.
    super(`${proxy.protocol}://${host}:${proxy.port}`, {
      keepAlive: options.keepAlive,
      headers: () => credentialHeaders(proxy),
    })
    this.options.timeout = IDLE_TIMEOUT_MS
    this.#options = options
  }

  /**
   * Opens a tunnel.
   * @throws HedgebotError kind `proxy`, nothing delivered
   */
  override async connect(request: ClientRequest, target: ConnectTarget): Promise<Socket> {
    const { clock, connectTimeoutMs, way } = this.#options
    const deadline = new AbortController()
    let isLate = false
    const cancelTimer = clock.setTimer(connectTimeoutMs, () => {
      isLate = true
      deadline.abort()
    })
    const onRequestClosed = (): void => deadline.abort()
    request.once('close', onRequestClosed)
    let status: number | undefined
    request.once('proxyConnect', (answer: { readonly statusCode: number }) => {
      status = answer.statusCode
    })
    try {
      const socket = await this.#connectWithSignal(request, target, deadline.signal)
      if (status === 200) return socket
      socket.destroy()
      throw proxyStatusError(way, status ?? 0)
    } catch (cause) {
      if (cause instanceof HedgebotError) throw cause
      if (isLate) {
        throw proxyError(way, 'proxy_timeout', `did not open a tunnel in ${connectTimeoutMs} ms`)
      }
      throw proxyConnectError(way, cause)
    } finally {
      cancelTimer()
      request.off('close', onRequestClosed)
    }
  }

  /** The parent reads `connectOpts` before its first await, so the signal is there just for this call. */
  #connectWithSignal(
    request: ClientRequest,
    target: ConnectTarget,
    signal: AbortSignal,
  ): Promise<Socket> {
    const plain = this.connectOpts
    this.connectOpts = { ...plain, signal }
    try {
      return super.connect(request, target)
    } finally {
      this.connectOpts = plain
    }
  }
}

function credentialHeaders(proxy: ProxyEndpoint): OutgoingHttpHeaders {
  if (proxy.username === undefined && proxy.password === undefined) return {}
  const pair = `${proxy.username ?? ''}:${proxy.password?.reveal() ?? ''}`
  return { 'Proxy-Authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}
