import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StepFailure } from '../../src/proxies/probe/step-failure.ts'
import {
  readClock,
  readExitAddress,
  venueAnswerFailure,
} from '../../src/proxies/probe/venue-answer.ts'
import { acceptFor, parseTextFrame } from '../../src/proxies/probe/websocket-frame.ts'

/** Whatever comes, a parser wants more, is content, or fails in our words. */
function isTame(parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch (cause) {
    return cause instanceof StepFailure
  }
}

describe('frames', () => {
  it('never fail in words of others, whatever bytes come', () => {
    const bytes = fc.uint8Array({ maxLength: 600 }).map((array) => Buffer.from(array))
    fc.assert(
      fc.property(bytes, (received) => {
        expect(isTame(() => parseTextFrame(received))).toBe(true)
      }),
    )
  })

  it('know the handshake of RFC 6455', () => {
    expect(acceptFor('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
    expect(parseTextFrame(Buffer.from([0x81, 5, 72, 101, 108, 108, 111]))?.value).toBe('Hello')
  })
})

describe('an answer of the venue', () => {
  const answer = (status: number, body: string) => ({ status, headers: {}, body })

  it('is good when it is JSON without a code of an error', () => {
    expect(venueAnswerFailure(answer(200, '{"status":200,"network_id":1}'))).toBeUndefined()
    expect(venueAnswerFailure(answer(200, '{"code":200}'))).toBeUndefined()
    expect(venueAnswerFailure(answer(200, '[]'))?.reason).toBe('foreign')
    expect(venueAnswerFailure(answer(400, '{"code":20558}'))).toMatchObject({
      reason: 'venue_status',
      venueCode: 20_558,
    })
  })

  it('never finds its way into a message', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.string({ minLength: 8 }),
        (status, echo) => {
          const text = venueAnswerFailure(answer(status, `Basic ${echo}`))?.text
          expect(text).not.toContain(`Basic ${echo}`)
        },
      ),
    )
  })

  it('tells the clock within what it promises, by the stamp or by the date', () => {
    const times = fc.record({
      offsetMs: fc.integer({ min: -1e7, max: 1e7 }),
      thereMs: fc.nat(3_000),
      backMs: fc.nat(3_000),
      sentAtMs: fc.integer({ min: 1.6e12, max: 2e12 }),
      isStamp: fc.boolean(),
    })
    fc.assert(
      fc.property(times, ({ offsetMs, thereMs, backMs, sentAtMs, isStamp }) => {
        const venueMs = Math.floor((sentAtMs + thereMs + offsetMs) / 1_000) * 1_000
        const body = isStamp ? JSON.stringify({ timestamp: venueMs / 1_000 }) : ''
        const headers = isStamp ? {} : { date: new Date(venueMs).toUTCString() }
        const receivedAtMs = sentAtMs + thereMs + backMs
        const reading = readClock({ headers, body }, { sentAtMs, receivedAtMs })
        const error = Math.abs((reading?.offsetMs ?? NaN) - offsetMs)
        expect(error).toBeLessThanOrEqual((reading?.uncertaintyMs ?? NaN) + 1)
      }),
    )
  })

  it('from a cache, or without a time, tells nothing about the clock', () => {
    const asked = { sentAtMs: 0, receivedAtMs: 1 }
    const body = '{"timestamp":1763005601}'
    expect(readClock({ headers: { age: '7' }, body }, asked)).toBeUndefined()
    expect(readClock({ headers: {}, body: '{}' }, asked)).toBeUndefined()
    expect(readClock({ headers: { date: 'soon' }, body: 'x' }, asked)).toBeUndefined()
  })
})

describe('an exit address', () => {
  it.each([
    ['203.0.113.7\n', '203.0.113.7'],
    ['{"ip":"2001:DB8::1"}', '2001:db8::1'],
    ['{"origin":"10.0.0.1, 203.0.113.7"}', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
  ])('is read from %j', (body, address) => {
    expect(readExitAddress(body)).toBe(address)
  })

  it('is nothing but an address', () => {
    fc.assert(
      fc.property(fc.string(), (body) => {
        expect(readExitAddress(body) ?? '').toMatch(/^[\da-f.:]*$/)
      }),
    )
    expect(readExitAddress('<html>203.0.113.7</html>')).toBeUndefined()
    expect(readExitAddress('{"ip":7}')).toBeUndefined()
  })
})
