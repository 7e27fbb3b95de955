/**
 * One HTTP request over a connection that stands already, so that a slow or sick answer is not mixed up with a slow or
 * sick tunnel.
 * @module
 */
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { USER_AGENT } from '../http.ts'
import type { Expected } from './read-from.ts'
import { closedFailure, lateFailure, systemFailure } from './step-failure.ts'
import { type Patience, waitWithin } from './wait-within.ts'

/** An answer, its body as far as we read. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** What a request needs. */
export interface ExchangeOptions {
  readonly socket: Socket
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly expected: Expected
  readonly patience: Patience
  /** Called when the head of the answer is there. */
  readonly onHead?: () => void
}

/** What came of asking for an upgrade. */
export type UpgradeAnswer =
  | {
      readonly kind: 'upgraded'
      readonly headers: http.IncomingHttpHeaders
      readonly socket: Socket
    }
  | { readonly kind: 'refused'; readonly answer: HttpAnswer }

/** As much of a body as is read; the answers we ask for are a line. */
const MAX_BODY_BYTES = 65_536

/** Makes one GET request. */
export function getOver(options: ExchangeOptions): Promise<HttpAnswer> {
  return exchange<HttpAnswer>(options, (request, ends) => {
    request.on('response', (response) => {
      options.onHead?.()
      readAnswer(response, ends.resolve, ends.fail)
    })
  })
}

/** Asks for an upgrade; whatever came after the head is back in the socket. */
export function upgradeOver(options: ExchangeOptions): Promise<UpgradeAnswer> {
  return exchange<UpgradeAnswer>(options, (request, ends) => {
    request.on('upgrade', ({ headers }: IncomingMessage, socket: Socket, rest: Buffer) => {
      if (rest.length > 0) socket.unshift(rest)
      ends.resolve({ kind: 'upgraded', headers, socket })
    })
    request.on('response', (response) => {
      readAnswer(response, (answer) => ends.resolve({ kind: 'refused', answer }), ends.fail)
    })
  })
}

interface Ends<T> {
  readonly resolve: (value: T) => void
  readonly fail: (cause: unknown) => void
}

function exchange<T>(
  options: ExchangeOptions,
  listen: (request: ClientRequest, ends: Ends<T>) => void,
): Promise<T> {
  const { socket, expected, patience } = options
  const late = (): Error => lateFailure(expected, expected.omission, patience.timeoutMs)
  return waitWithin<T>(patience, late, ({ resolve, reject }) => {
    const request = createRequest(options)
    const fail = (cause: unknown): void => reject(systemFailure(cause, expected))
    listen(request, { resolve, fail })
    // An earlier read paused it; only now somebody listens.
    request.on('socket', () => socket.resume())
    request.on('error', fail)
    request.on('close', () => reject(closedFailure(expected)))
    request.end()
    // A request that is over is taken off its socket; the socket itself belongs to the caller.
    return () => {
      request.removeAllListeners()
      request.on('error', () => undefined)
      if (socket.destroyed) request.destroy()
    }
  })
}

function createRequest({ socket, url, headers }: ExchangeOptions): ClientRequest {
  return http.request({
    createConnection: () => socket,
    host: url.hostname,
    port: url.port === '' ? defaultPortOf(url) : url.port,
    defaultPort: defaultPortOf(url),
    path: `${url.pathname}${url.search}`,
    headers: { Accept: 'application/json', 'User-Agent': USER_AGENT, ...headers },
  })
}

function defaultPortOf({ protocol }: URL): number {
  return protocol === 'https:' || protocol === 'wss:' ? 443 : 80
}

function readAnswer(
  response: IncomingMessage,
  done: (answer: HttpAnswer) => void,
  fail: (cause: unknown) => void,
): void {
  let body = Buffer.alloc(0)
  const finish = (): void =>
    done({ status: response.statusCode ?? 0, headers: response.headers, body: body.toString() })
  response.on('data', (chunk: Buffer) => {
    body = Buffer.concat([body, chunk])
    if (body.length > MAX_BODY_BYTES) finish()
  })
  response.on('end', finish)
  response.on('error', fail)
}
