import { createHash } from 'node:crypto'
import type { Parsed } from './read-from.ts'
import { StepFailure } from './step-failure.ts'

/** The constant of RFC 6455 section 1.3. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** What a server that understood the upgrade answers in `Sec-WebSocket-Accept`. */
export function acceptFor(key: string): string {
  // The protocol prescribes SHA-1; nothing secret depends on it.
  return createHash('sha1').update(`${key}${ACCEPT_SUFFIX}`).digest('base64')
}

/**
 * The first text frame of a server, which is short and comes unmasked and in one piece (RFC 6455 section 5.2).
 * @throws StepFailure when it is something else
 */
export function parseTextFrame(received: Buffer): Parsed<string> | undefined {
  const [head, size] = received
  if (head === undefined || size === undefined) return undefined
  if (head !== 0x81 || size > 126) throw foreign()
  const start = size === 126 ? 4 : 2
  if (received.length < start) return undefined
  const length = size === 126 ? received.readUInt16BE(2) : size
  if (received.length < start + length) return undefined
  return { value: received.toString('utf8', start, start + length), length: start + length }
}

function foreign(): StepFailure {
  const text = "the first frame on the WebSocket is not the venue's"
  return new StepFailure({ reason: 'foreign', text, isBehindTunnel: true })
}
