/**
 * Tunnels as an agent of Node's HTTP client. The parent, made for this, brings the pool of sockets that come later;
 * opening is our own (open-tunnel.ts), because every step needs a limit and a name (DEPENDENCIES.md section 1).
 * @module
 */
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { HttpsProxyAgent } from 'https-proxy-agent'
import type { HedgebotError } from '../errors.ts'
import { networkError, transportClosedError } from './connection-error.ts'
import { openTunnel, type TunnelAttempt, type TunnelOptions } from './open-tunnel.ts'
import { hostAndPort } from './proxy-endpoint.ts'

/** What an agent needs. */
export interface TunnelAgentOptions extends TunnelOptions {
  readonly keepAlive: boolean
}

/** An idle tunnel is dropped before proxies and exchange do it: a request on a dying one would be in doubt. */
const IDLE_TIMEOUT_MS = 20_000

type ConnectTarget = Parameters<HttpsProxyAgent<string>['connect']>[1]

/** Agent that opens tunnels through one proxy; a class because Node's agents are extended by inheritance. */
export class TunnelAgent extends HttpsProxyAgent<string> {
  readonly #options: TunnelAgentOptions
  readonly #attempts = new Map<ClientRequest, TunnelAttempt>()

  constructor(options: TunnelAgentOptions) {
    // The parent gets no credentials: libraries copy its address into their errors.
    super(`http://${hostAndPort(options.proxy)}`, { keepAlive: options.keepAlive })
    this.options.timeout = IDLE_TIMEOUT_MS
    this.#options = options
  }

  /**
   * Opens a tunnel.
   * @throws HedgebotError kind `proxy`, nothing delivered
   */
  override async connect(request: ClientRequest, target: ConnectTarget): Promise<Socket> {
    if (request.destroyed) throw endedError(this.#options)
    const { host = 'localhost', port } = target
    const attempt = openTunnel(this.#options, { host, port })
    this.#attempts.set(request, attempt)
    const onAbort = (): void => void attempt.giveUp()
    request.once('abort', onAbort)
    try {
      const socket = await attempt.opened
      return target.secureEndpoint ? startTls(socket, target) : socket
    } finally {
      this.#attempts.delete(request)
      request.off('abort', onAbort)
    }
  }

  /**
   * Ends the opening of this request's tunnel, if it still goes on, and tells how far it came. Node says nothing to an
   * agent about a request that was destroyed before it had a socket, so the one who destroys it says it here.
   */
  giveUp(request: ClientRequest): HedgebotError | undefined {
    return this.#attempts.get(request)?.giveUp()
  }

  override destroy(): void {
    const reason = transportClosedError(this.#options.way)
    for (const attempt of this.#attempts.values()) attempt.giveUp(reason)
    super.destroy()
  }
}

/** How this handshake ends is heard by the request, which has the socket before the first byte comes back. */
function startTls(socket: Socket, target: ConnectTarget & { secureEndpoint: true }): Socket {
  const { path: _path, port: _port, ...settings } = target
  const secure = connectTls({ ...settings, socket })
  secure.on('error', () => undefined)
  return secure
}

function endedError({ way }: TunnelAgentOptions): HedgebotError {
  return networkError(way, 'was not asked: the request had ended', {
    code: 'aborted',
    mayHaveBeenDelivered: false,
  })
}
