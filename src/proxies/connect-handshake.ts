/**
 * The CONNECT request of an HTTP proxy (RFC 9110 section 9.3.6). The parent class of our agent has one of its own,
 * which we do not use: measured with https-proxy-agent 9.1.0, it buffers an endless answer without bound, waits for
 * ever on a SOCKS server, takes `SSH-2.0 200` for an open tunnel, and shows a refusal as if the venue had answered.
 * @module
 */
import type { Socket } from 'node:net'
import type { EgressName } from './connection-error.ts'
import { hostAndPort, type ProxyLogin, type TunnelTarget } from './proxy-endpoint.ts'
import { readAnswer } from './read-answer.ts'
import { connectStatusError, notHttpError } from './tunnel-error.ts'

/** A longer head is no answer to CONNECT; Node's own limit for headers is the same. */
const MAX_HEAD_BYTES = 16_384

/**
 * Asks the proxy for a tunnel and reads its answer.
 * @throws HedgebotError kind `proxy`, or the socket's own error
 */
export async function askConnect(
  socket: Socket,
  way: EgressName,
  asked: { readonly target: TunnelTarget; readonly login: ProxyLogin },
): Promise<void> {
  const { login, target } = asked
  socket.write(connectRequest(target, login))
  const head = await readAnswer(socket, (received) => headLength(received, way))
  const status = Number(/^HTTP\/1\.\d (\d{3})\b/.exec(head.toString('latin1'))?.[1])
  if (Number.isNaN(status)) throw notHttpError(way, head)
  if (status < 200 || status > 299) {
    throw connectStatusError(way, status, authorization(login) !== undefined)
  }
}

function connectRequest(target: TunnelTarget, login: ProxyLogin): string {
  const credentials = authorization(login)
  const lines = [
    `CONNECT ${hostAndPort(target)} HTTP/1.1`,
    `Host: ${hostAndPort(target)}`,
    'Proxy-Connection: Keep-Alive',
    ...(credentials === undefined ? [] : [`Proxy-Authorization: ${credentials}`]),
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** RFC 7617, in UTF-8. */
function authorization({ username, password }: ProxyLogin): string | undefined {
  if (username === undefined && password === undefined) return undefined
  const pair = `${username ?? ''}:${password?.reveal() ?? ''}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

/** Where the head ends, once it does. */
function headLength(received: Buffer, way: EgressName): number | undefined {
  const start = received.toString('latin1', 0, 5)
  if (!'HTTP/'.startsWith(start)) throw notHttpError(way, received)
  const text = received.toString('latin1', 0, MAX_HEAD_BYTES)
  const end = /\r?\n\r?\n/.exec(text)
  if (end !== null) return end.index + end[0].length
  if (received.length >= MAX_HEAD_BYTES) throw notHttpError(way, received)
  return undefined
}
