/**
 * SOCKS 5 with user name and password (RFC 1928, RFC 1929), names resolved at the proxy. Of our own because
 * socks-proxy-agent 10.1.0 keeps its socket to itself: measured, a caller that gives up cannot close it, a failure
 * carries no code, and `util.inspect` of its errors shows the password.
 * @module
 */
import { isIPv4, isIPv6, type Socket } from 'node:net'
import { HedgebotError } from '../errors.ts'
import type { EgressName } from './connection-error.ts'
import type { ProxyLogin, TunnelTarget } from './proxy-endpoint.ts'
import { readAnswer } from './read-answer.ts'
import { authError, notSocksError, socksReplyError } from './tunnel-error.ts'

const VERSION = 5
const LOGIN_VERSION = 1
const METHOD = { none: 0, login: 2 } as const
const ADDRESS = { ipv4: 1, name: 3, ipv6: 4 } as const
const CONNECT = 1
/** RFC 1929 counts each of the two in one byte. */
const MAX_FIELD_BYTES = 255

/**
 * Logs in where the server wants it and asks for a connection to the target.
 * @throws HedgebotError kind `proxy`, or the socket's own error
 */
export async function askSocks(
  socket: Socket,
  way: EgressName,
  asked: { readonly target: TunnelTarget; readonly login: ProxyLogin },
): Promise<void> {
  const { login, target } = asked
  const hasLogin = login.username !== undefined || login.password !== undefined
  const methods = hasLogin ? [METHOD.none, METHOD.login] : [METHOD.none]
  socket.write(Buffer.from([VERSION, methods.length, ...methods]))
  const [, method] = await readAnswer(socket, (received) => {
    if (received[0] !== VERSION) throw notSocksError(way, received)
    return 2
  })
  if (method === METHOD.login && hasLogin) await logIn(socket, way, login)
  else if (method !== METHOD.none) throw authError(way, hasLogin, `SOCKS method ${method}`)
  await requestConnection(socket, way, target)
}

async function logIn(socket: Socket, way: EgressName, login: ProxyLogin): Promise<void> {
  const fields = [login.username ?? '', login.password?.reveal() ?? ''].map((text) => {
    const bytes = Buffer.from(text)
    return [Buffer.from([bytes.length]), bytes]
  })
  socket.write(Buffer.concat([Buffer.from([LOGIN_VERSION]), ...fields.flat()]))
  const [, status] = await readAnswer(socket, () => 2)
  if (status !== 0) throw authError(way, true, `SOCKS status ${status}`)
}

async function requestConnection(
  socket: Socket,
  way: EgressName,
  target: TunnelTarget,
): Promise<void> {
  const port = Buffer.alloc(2)
  port.writeUInt16BE(target.port)
  socket.write(Buffer.concat([Buffer.from([VERSION, CONNECT, 0]), addressBytes(target.host), port]))
  const answer = await readAnswer(socket, (received) => replyLength(received, way))
  const reply = answer[1] ?? -1
  if (reply !== 0) throw socksReplyError(way, reply)
}

/** Version, reply, reserved, address type, address, port; a refusal may end after the reply. */
function replyLength(received: Buffer, way: EgressName): number | undefined {
  const [version, reply, , type, first] = received
  if (version !== VERSION) throw notSocksError(way, received)
  if (reply === undefined) return undefined
  if (reply !== 0) return 2
  if (type === undefined || first === undefined) return undefined
  if (type === ADDRESS.ipv4) return 4 + 4 + 2
  if (type === ADDRESS.ipv6) return 4 + 16 + 2
  if (type === ADDRESS.name) return 4 + 1 + first + 2
  throw notSocksError(way, received)
}

function addressBytes(host: string): Buffer {
  if (isIPv4(host)) return Buffer.from([ADDRESS.ipv4, ...host.split('.').map(Number)])
  if (isIPv6(host)) return Buffer.from([ADDRESS.ipv6, ...ipv6Bytes(host)])
  const name = Buffer.from(host)
  return Buffer.concat([Buffer.from([ADDRESS.name, name.length]), name])
}

/** Node has no conversion to bytes; its URL parser writes every form as groups of hex digits with at most one `::`. */
function ipv6Bytes(host: string): readonly number[] {
  const [left = '', right] = new URL(`http://[${host}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string): readonly number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const head = groups(left)
  const tail = right === undefined ? [] : groups(right)
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0)
  return [...head, ...zeros, ...tail].flatMap((group) => [group >> 8, group & 0xff])
}

/**
 * Refuses a login that the protocol cannot carry, before it is needed.
 * @throws HedgebotError kind `config`
 */
export function assertSocksLogin(egress: string, { username, password }: ProxyLogin): void {
  const fields = { username: username ?? '', password: password?.reveal() ?? '' }
  for (const [name, text] of Object.entries(fields)) {
    if (Buffer.byteLength(text) <= MAX_FIELD_BYTES) continue
    throw new HedgebotError('config', `proxy "${egress}": ${name} is too long for SOCKS 5`, {
      code: 'proxy_login_too_long',
      hint: `SOCKS 5 takes at most ${MAX_FIELD_BYTES} bytes (UTF-8) of each.`,
    })
  }
}
