/**
 * What a proxy says to CONNECT and to SOCKS 5: any bytes, in any pieces, with an end at any place. A tunnel stands only
 * where the answer says so; the bytes behind it are handed on untouched.
 * @module
 */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { createSecret } from '../../../src/config/secret.ts'
import type { HedgebotError } from '../../../src/errors.ts'
import { askConnect } from '../../../src/proxies/connect-handshake.ts'
import { askSocks } from '../../../src/proxies/socks-handshake.ts'
import type { Draw } from './draw.ts'
import { claim, type FuzzTarget } from './fuzz-target.ts'
import { judgeError, judgeSecrets } from './judge-error.ts'
import { hugeText, junkText } from './junk.ts'
import { type PlantedSecrets, plantSecrets } from './planted-secrets.ts'

/** Both protocols. */
export const proxyHandshakes: FuzzTarget = {
  name: 'proxy-handshakes',
  weight: 10_000,
  limitMs: 10_000,
  cpuLimitMs: 1_000,
  run(draw) {
    const secrets = plantSecrets(draw)
    return draw.chance(0.5) ? connect(draw, secrets) : socks(draw, secrets)
  },
}

const WAY = { egress: 'proxy_1', proxyAddress: '127.0.0.1:1080' }

function loginOf(draw: Draw, { password }: PlantedSecrets) {
  if (draw.chance(0.2)) return {}
  const secret = createSecret({ source: 'literal', reveal: () => password })
  return { username: 'trader', password: secret }
}

function targetOf(draw: Draw) {
  return { host: draw.pick(['venue.example', '127.0.0.1', '::1', '2001:db8::7']), port: 443 }
}

async function connect(draw: Draw, secrets: PlantedSecrets) {
  const bytes = Buffer.from(connectAnswer(draw, secrets), 'latin1')
  const login = loginOf(draw, secrets)
  const end = await handshake(draw, bytes, (socket) =>
    askConnect(socket, WAY, { target: targetOf(draw), login }),
  )
  const text = bytes.toString('latin1')
  const head = /^(HTTP\/1\.\d (\d{3})\b[^]*?\r?\n\r?\n)/.exec(text.slice(0, 16_384))
  const isTunnel = head !== null && head[2]?.startsWith('2') === true
  return judgeEnd(end, { isTunnel, headBytes: head?.[1]?.length ?? 0, bytes, secrets })
}

function connectAnswer(draw: Draw, { password }: PlantedSecrets): string {
  const line = draw.pick([
    'HTTP/1.1 200 Connection established',
    'HTTP/1.0 200 OK',
    'HTTP/1.1 299',
    'HTTP/1.1 407 Proxy Authentication Required',
    'HTTP/1.1 403 Forbidden',
    'HTTP/1.1 502 Bad Gateway',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 200',
    'HTTP/2 200 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1 -200 OK',
    'http/1.1 200 OK',
    'SSH-2.0 200',
    '220 smtp.example ESMTP',
    '\x05\x00',
    '\x15\x03\x01\x00\x02\x02\x28',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK',
    '',
    junkText(draw),
  ])
  const echo = Buffer.from(`trader:${password}`).toString('base64')
  const headers = Array.from({ length: draw.int(0, 4) }, () =>
    draw.pick([
      'Via: 1.1 squid',
      `Proxy-Authorization: Basic ${echo}`,
      `X-Login: ${password}`,
      'Content-Length: 99999999999999999999',
      'Transfer-Encoding: chunked',
      `X: ${hugeText(draw, draw.pick([10, 20_000, 200_000]))}`,
      junkText(draw),
      ' folded',
    ]),
  )
  const close = draw.pick(['\r\n\r\n', '\r\n\r\n', '\n\n', '\r\n', ''])
  const rest = draw.chance(0.4) ? junkText(draw) : ''
  return mutateText(draw, `${[line, ...headers].join('\r\n')}${close}${rest}`)
}

function mutateText(draw: Draw, text: string): string {
  if (draw.chance(0.6)) return text
  const at = draw.int(0, text.length)
  return `${text.slice(0, at)}${draw.chance(0.5) ? junkText(draw) : ''}${text.slice(at + draw.int(0, 3))}`
}

async function socks(draw: Draw, secrets: PlantedSecrets) {
  const login = loginOf(draw, secrets)
  const bytes = socksAnswer(draw, secrets)
  const end = await handshake(draw, bytes, (socket) =>
    askSocks(socket, WAY, { target: targetOf(draw), login }),
  )
  return judgeEnd(end, { ...socksOracle(bytes, 'username' in login), bytes, secrets })
}

function socksAnswer(draw: Draw, { password }: PlantedSecrets): Buffer {
  const method = draw.pick([0, 0, 2, 2, 255, 1, draw.int(0, 255)])
  const login = method === 2 ? [draw.pick([1, 1, 5]), draw.pick([0, 0, 1, 255])] : []
  const type = draw.pick([1, 3, 4, 0, 2, draw.int(0, 255)])
  const address =
    type === 3
      ? [3, 97, 98, 99]
      : Array.from({ length: type === 4 ? 16 : 4 }, () => draw.int(0, 255))
  const reply = [5, draw.pick([0, 0, 0, 1, 2, 9, 255]), 0, type, ...address, 0, 80]
  const whole = Buffer.from([draw.pick([5, 5, 5, 5, 4, 0, 72]), method, ...login, ...reply])
  const rest = Buffer.from(draw.chance(0.3) ? junkText(draw) : '')
  const bytes = Buffer.concat([whole, rest])
  if (draw.chance(0.05)) return Buffer.from(`HTTP/1.1 400 Bad ${password}`)
  if (draw.chance(0.2)) return bytes.subarray(0, draw.int(0, bytes.length))
  if (draw.chance(0.1)) return Buffer.from(draw.bytes(draw.int(0, 300)))
  return bytes
}

/** What RFC 1928 and 1929 say of these bytes. */
function socksOracle(bytes: Buffer, hasLogin: boolean) {
  const no = { isTunnel: false, headBytes: 0 }
  if (bytes[0] !== 5) return no
  let at = 2
  if (bytes[1] === 2 && hasLogin) {
    if (bytes[3] !== 0) return no
    at = 4
  } else if (bytes[1] !== 0) return no
  if (bytes[at] !== 5 || bytes[at + 1] !== 0) return no
  const lengths: Readonly<Record<number, number>> = { 1: 10, 3: 7 + (bytes[at + 4] ?? 0), 4: 22 }
  const length = lengths[bytes[at + 3] ?? -1]
  if (length === undefined || bytes.length < at + length) return no
  return { isTunnel: true, headBytes: at + length }
}

interface End {
  readonly outcome: 'tunnel' | 'refused'
  readonly error: unknown
  /** What a reader finds behind the answer. */
  readonly rest: Buffer
  readonly written: Buffer
}

/** A socket of which the other side says these bytes in pieces and then ends. */
async function handshake(
  draw: Draw,
  bytes: Buffer,
  ask: (socket: Socket) => Promise<void>,
): Promise<End> {
  const written: Buffer[] = []
  const wire = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk)
      done()
    },
  })
  wire.on('error', () => undefined)
  const asked = ask(wire as Socket).then(
    () => ({ outcome: 'tunnel' as const, error: undefined }),
    (error: unknown) => ({ outcome: 'refused' as const, error }),
  )
  const isWhole = draw.chance(0.3)
  for (let at = 0; at < bytes.length;) {
    const size = isWhole ? bytes.length : draw.pick([1, 2, 5, 1_400, 20_000])
    wire.push(bytes.subarray(at, at + size))
    at += size
    if (!isWhole && draw.chance(0.5)) await new Promise(setImmediate)
  }
  wire.push(null)
  const end = await Promise.race([asked, turns(200)])
  if (end === 'never')
    return {
      outcome: 'refused',
      error: 'never',
      rest: Buffer.alloc(0),
      written: Buffer.concat(written),
    }
  const rest: Buffer[] = []
  for (
    let chunk = wire.read() as Buffer | null;
    chunk !== null;
    chunk = wire.read() as Buffer | null
  )
    rest.push(chunk)
  wire.destroy()
  return { ...end, rest: Buffer.concat(rest), written: Buffer.concat(written) }
}

async function turns(count: number): Promise<'never'> {
  for (let at = 0; at < count; at += 1) await new Promise(setImmediate)
  return 'never'
}

function judgeEnd(
  end: End,
  told: {
    readonly isTunnel: boolean
    readonly headBytes: number
    readonly bytes: Buffer
    readonly secrets: PlantedSecrets
  },
) {
  const { isTunnel, headBytes, bytes, secrets } = told
  const input = bytes.subarray(0, 1_000).toString('latin1')
  claim(end.error !== 'never', 'the handshake waits after the end of the connection', input)
  claim(end.outcome !== 'tunnel' || isTunnel, 'a tunnel is taken for open', input)
  if (end.outcome === 'tunnel') {
    const behind = bytes.subarray(headBytes)
    claim(
      end.rest.equals(behind),
      `${end.rest.length} of ${behind.length} bytes are handed on`,
      input,
    )
    return 'accepted' as const
  }
  claim(!isTunnel, `an open tunnel is refused: ${String(end.error)}`, input)
  // Undefined: the connection was just closed; `openTunnel` names that.
  if (end.error !== undefined) {
    judgeError(end.error, { secrets, input })
    claim(
      (end.error as HedgebotError).mayHaveBeenDelivered === false,
      'a tunnel that failed delivered nothing',
      input,
    )
  }
  judgeSecrets(end.error, { secrets, input })
  return 'named error' as const
}
