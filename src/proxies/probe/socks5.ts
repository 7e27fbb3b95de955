/**
 * The bytes of SOCKS5 (RFC 1928, with a user name and password as in RFC 1929), as far as a tunnel to a name needs them.
 * @module
 */
import { isIP } from 'node:net'
import type { Address } from './connect-socket.ts'
import type { Parsed } from './read-from.ts'
import { StepFailure } from './step-failure.ts'

const VERSION = 5
const NO_LOGIN = 0
const PASSWORD = 2
const NOT_ACCEPTABLE = 0xff

/** First bytes: the ways to log in that we have. */
export function socksGreeting(hasLogin: boolean): Buffer {
  const methods = hasLogin ? [NO_LOGIN, PASSWORD] : [NO_LOGIN]
  return Buffer.from([VERSION, methods.length, ...methods])
}

/**
 * Which way the server chose.
 * @throws StepFailure when it takes none of ours or does not speak SOCKS5
 */
export function parseSocksChoice(received: Buffer): Parsed<'none' | 'password'> | undefined {
  assertSocks(received, VERSION)
  const method = received[1]
  if (method === undefined) return undefined
  if (method === NO_LOGIN) return { value: 'none', length: 2 }
  if (method === PASSWORD) return { value: 'password', length: 2 }
  const isWanting = method === NOT_ACCEPTABLE
  throw isWanting ? loginFailure('wants another login') : unreadable()
}

/** User name and password; undefined when one is too long for the protocol. */
export function socksLogin(username: string, password: string): Buffer | undefined {
  const user = Buffer.from(username)
  const secret = Buffer.from(password)
  if (user.length > 255 || secret.length > 255) return undefined
  return Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([secret.length]), secret])
}

/**
 * Whether the login was right.
 * @throws StepFailure when it was not
 */
export function parseSocksLoginAnswer(received: Buffer): Parsed<true> | undefined {
  assertSocks(received, 1)
  if (received.length < 2) return undefined
  if (received[1] === 0) return { value: true, length: 2 }
  throw loginFailure('does not accept the user name or password')
}

/** Asks for a tunnel; names are resolved by the proxy. */
export function socksRequest({ host, port }: Address): Buffer {
  const head = [VERSION, 1, 0]
  const portBytes = Buffer.from([port >> 8, port & 0xff])
  if (isIP(host) === 4) {
    return Buffer.concat([Buffer.from([...head, 1, ...host.split('.').map(Number)]), portBytes])
  }
  const name = Buffer.from(host)
  return Buffer.concat([Buffer.from([...head, 3, name.length]), name, portBytes])
}

/** What the codes of RFC 1928 section 6 mean. */
const REPLIES: Readonly<Record<number, string>> = {
  1: 'general failure',
  2: 'not allowed by its rules',
  3: 'network unreachable',
  4: 'host unreachable',
  5: 'connection refused',
  6: 'TTL expired',
  7: 'command not supported',
  8: 'address type not supported',
}

/**
 * Whether the tunnel stands.
 * @throws StepFailure with the reply's code when it does not
 */
export function parseSocksReply(received: Buffer): Parsed<true> | undefined {
  assertSocks(received, VERSION)
  const status = received[1]
  if (status === undefined) return undefined
  if (status !== 0) {
    const text = `the proxy did not open a tunnel: ${REPLIES[status] ?? 'unknown reply'} (${status})`
    throw new StepFailure({ reason: 'socks_reply', text, isBehindTunnel: false, status })
  }
  const length = replyLength(received)
  return length === undefined || received.length < length ? undefined : { value: true, length }
}

function replyLength(received: Buffer): number | undefined {
  const kind = received[3]
  if (kind === 1) return 10
  if (kind === 4) return 22
  const nameLength = received[4]
  return kind === 3 && nameLength !== undefined ? 7 + nameLength : undefined
}

function assertSocks(received: Buffer, version: number): void {
  if (received.length === 0 || received[0] === version) return
  const isHttp = received.toString('latin1', 0, 4) === 'HTTP'.slice(0, received.length)
  throw isHttp
    ? new StepFailure({
        reason: 'speaks_http',
        text: 'the proxy speaks HTTP, not SOCKS5',
        isBehindTunnel: false,
      })
    : unreadable()
}

function unreadable(): StepFailure {
  const text = 'the proxy answered with something that is not SOCKS5'
  return new StepFailure({ reason: 'unreadable', text, isBehindTunnel: false })
}

function loginFailure(what: string): StepFailure {
  return new StepFailure({ reason: 'login', text: `the proxy ${what}`, isBehindTunnel: false })
}
