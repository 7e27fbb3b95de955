/** Bytes that are HTTP or WebSocket, nearly. */
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Draw } from './draw.ts'
import { hugeText, junkText } from './junk.ts'
import { mutateJson } from './mutate-json.ts'

/** In one piece or in several, and then an end, a reset, or nothing. */
export function say(draw: Draw, socket: Socket, bytes: Buffer): void {
  const middle = draw.chance(0.5) ? bytes.length : draw.int(0, bytes.length)
  socket.write(bytes.subarray(0, middle))
  const kind = draw.int(0, 9)
  setImmediate(() => {
    if (middle < bytes.length) socket.write(bytes.subarray(middle))
    if (kind === 0) socket.resetAndDestroy()
    else if (kind < 8) socket.end()
  })
}

/** A small answer that becomes 40 MB. */
const ZIPPED = gzipSync(Buffer.alloc(40 * 1_048_576, 0x20))
const ZIPPED_HEAD = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${ZIPPED.length}\r\n\r\n`

const LINES: readonly string[] = [
  'HTTP/1.1 200 OK',
  'HTTP/1.1 200 OK',
  'HTTP/1.1 200 OK',
  'HTTP/1.1 302 Found',
  'HTTP/1.1 100 Continue',
  'HTTP/1.1 101 Switching Protocols',
  'HTTP/1.1 999 x',
  'HTTP/1.1 0 x',
  'HTTP/9.9 200 OK',
  'HTTP/1.1 -1 x',
]

/** An answer to a request; `echo` is what its sender would not want to see again. */
export function badAnswer(draw: Draw, echo: string): Buffer {
  if (draw.chance(0.03)) return Buffer.concat([Buffer.from(ZIPPED_HEAD), ZIPPED])
  if (draw.chance(0.05)) return Buffer.from(draw.bytes(draw.int(0, 500)))
  const good = '{"code":200,"tx_hash":"ab"}'
  const body = draw.chance(0.5) ? good : mutateJson(draw, good).text
  const line = draw.chance(0.9) ? draw.pick(LINES) : junkText(draw)
  const headers = Array.from({ length: draw.int(0, 5) }, () => badHeader(draw, body, echo))
  const head = `${[line, ...headers].join('\r\n')}\r\n\r\n`
  if (draw.chance(0.7)) return Buffer.from(head + body)
  const after = draw.pick(['0\r\n\r\n', '', 'FFFFFFFFFF\r\n', '-1\r\n'])
  return Buffer.from(`${head}${body.length.toString(16)}\r\n${body}\r\n${after}`)
}

function badHeader(draw: Draw, body: string, echo: string): string {
  const length = draw.pick([
    String(Buffer.byteLength(body)),
    String(Buffer.byteLength(body)),
    '0',
    '5',
    '999999999',
    '-1',
    'x',
    '99999999999999999999',
  ])
  return draw.pick([
    `Content-Length: ${length}`,
    `Content-Length: ${length}`,
    'Transfer-Encoding: chunked',
    'Content-Encoding: gzip',
    'Content-Encoding: br',
    'Content-Type: text/html; charset=x-unknown',
    'Location: file:///etc/passwd',
    `Set-Cookie: ${echo}`,
    `X: ${hugeText(draw, draw.pick([10, 9_000, 70_000]))}`,
    'Date: Sat, 13 Sep 275760 00:00:00 GMT',
    `: ${junkText(draw)}`,
    junkText(draw).replaceAll('\n', ' '),
  ])
}

/** What a server says that takes an upgrade, nine times of ten rightly. */
export function upgradeOf(draw: Draw, request: string): Buffer {
  const key = /sec-websocket-key: (\S+)/i.exec(request)?.[1] ?? ''
  const accept = createHash('sha1')
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64')
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${draw.chance(0.9) ? accept : junkText(draw).replaceAll(/[\r\n]/g, '')}`,
    ...(draw.chance(0.1) ? ['Sec-WebSocket-Extensions: permessage-deflate'] : []),
    ...(draw.chance(0.1) ? ['Sec-WebSocket-Protocol: evil'] : []),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

/** Text, its pieces, binary, close, ping, pong, and what there is not. */
const OPCODES: readonly number[] = [
  0x81, 0x81, 0x81, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8a, 0xc1, 0x83, 0x8f,
]

/** One frame as RFC 6455 has it, or nearly. */
export function badFrame(draw: Draw): Buffer {
  const payload = draw.chance(0.2)
    ? Buffer.from(draw.bytes(draw.int(0, 60)))
    : Buffer.from(mutateJson(draw, '{"type":"connected"}').text.slice(0, 60_000))
  const opcode = draw.chance(0.9) ? draw.pick(OPCODES) : draw.int(0, 255)
  const length = draw.chance(0.9) ? payload.length : draw.int(0, 65_000)
  const mask = draw.chance(0.05) ? 0x80 : 0
  if (draw.chance(0.03))
    return Buffer.concat([Buffer.from([opcode, mask | 127]), Buffer.alloc(8, 0x7f), payload])
  if (length < 126) return Buffer.concat([Buffer.from([opcode, mask | length]), payload])
  return Buffer.concat([Buffer.from([opcode, mask | 126, length >> 8, length & 0xff]), payload])
}
