import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../src/errors.ts'
import {
  classifyFailure,
  classifyFrame,
  classifyHttpAnswer,
} from '../../src/lighter/classify-answer.ts'
import type { SendAnswer } from '../../src/ports.ts'

const HASH = 'ab'.repeat(40)
const HTML = '<html><body>403 ERROR The request could not be satisfied</body></html>'

function http(status: number, body: unknown): SendAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return classifyHttpAnswer({ status, body: text }, HASH)
}

describe('answers over REST', () => {
  it('takes a 200 with our hash as accepted, whatever its message says', () => {
    const body = {
      code: 200,
      message: '{"ratelimit": "didn\'t use volume quota"}',
      tx_hash: HASH,
      predicted_execution_time_ms: 1762241985117,
      volume_quota_remaining: 999,
    }
    expect(http(200, body)).toEqual({ outcome: 'accepted', predictedExecutionMs: 1762241985117 })
    expect(http(200, { code: 200, tx_hash: HASH })).toMatchObject({ outcome: 'accepted' })
  })

  it.each([
    ['500 with a code', 500, { code: 29500, message: 'internal server error' }],
    ['502 HTML', 502, HTML],
    ['503 with a business code', 503, { code: 21739, message: 'not enough margin' }],
    ['29500 with status 400', 400, { code: 29500, message: 'internal server error' }],
    ['29501', 400, { code: 29501, message: 'process timeout' }],
    ['200 with HTML', 200, HTML],
    ['200 empty', 200, ''],
    ['200 without a hash', 200, { code: 200 }],
    ['200 with another hash', 200, { code: 200, tx_hash: 'cd'.repeat(40) }],
    ['200 with an undocumented code', 200, { code: 99999, message: 'what' }],
    ['400 without a code', 400, HTML],
    ['404 HTML', 404, HTML],
    ['408', 408, ''],
    ['a redirect', 302, ''],
    ['400 that says 200', 400, { code: 200, message: '' }],
  ])('is in doubt about %s', (_name, status, body) => {
    expect(http(status, body)).toMatchObject({ outcome: 'in_doubt' })
  })

  it.each([
    ['a coded 400', 400, { code: 21739, message: 'not enough margin' }, 'not_enough_margin', false],
    ['429', 429, { code: 23000, message: 'Too Many Requests!' }, 'rate_limited', true],
    ['429 HTML', 429, HTML, 'rate_limited', true],
    ['23000 with status 400', 400, { code: 23000, message: 'x' }, 'rate_limited', true],
    ['405 of the firewall', 405, HTML, 'rate_limited', true],
    ['403 HTML', 403, HTML, 'blocked_by_firewall', true],
    ['an unknown code', 400, { code: 21999, message: 'new' }, 'venue_21999', false],
    ['a refusal with status 200', 200, { code: 21602, message: 'x' }, 'market_unknown', false],
    ['a missing message', 400, { code: 21605 }, 'market_closed', false],
  ])('takes %s as refused', (_name, status, body, code, canHeal) => {
    expect(http(status, body)).toMatchObject({ outcome: 'refused', code, canHeal })
  })

  it.each([
    [20558, 'restricted_region'],
    [21109, 'key_not_registered'],
    [21120, 'invalid_signature'],
    [62007, 'key_is_maker_only'],
  ])('knows %s as fatal for openings', (code, name) => {
    const answer = http(400, { code, message: 'no' })
    expect(answer).toMatchObject({ outcome: 'refused', code: name, isFatal: true, canHeal: false })
  })

  it('knows a used nonce by code and by text', () => {
    expect(http(400, { code: 21104, message: 'invalid nonce' }).outcome).toBe('nonce_used')
    expect(http(400, { code: 400, message: 'Invalid Nonce' }).outcome).toBe('nonce_used')
  })

  it('takes 407 as not sent', () => {
    expect(http(407, 'Proxy Authentication Required').outcome).toBe('not_sent')
  })

  it('is never sure about a 5xx and never accepts without our hash', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.json(), (status, body) => {
        const { outcome } = classifyHttpAnswer({ status, body }, HASH)
        expect(outcome).not.toBe('accepted')
        expect(status < 500 || outcome === 'in_doubt').toBe(true)
      }),
    )
  })
})

describe('answers over the socket', () => {
  it('knows acceptance and both forms of refusal', () => {
    const accepted = { type: 'jsonapi/sendtx', code: 200, id: '1', tx_hash: HASH }
    expect(classifyFrame(accepted, HASH).outcome).toBe('accepted')
    const nested = { error: { code: 21109, message: 'api key not found' }, id: 'probe-1' }
    expect(classifyFrame(nested, HASH)).toMatchObject({ outcome: 'refused', venueCode: 21109 })
    const flat = { type: 'jsonapi/sendtx', code: 21104, message: 'invalid nonce' }
    expect(classifyFrame(flat, HASH).outcome).toBe('nonce_used')
  })

  it.each([
    ['no code', { type: 'jsonapi/sendtx', id: '1' }],
    ['another hash', { code: 200, id: '1', tx_hash: 'ff' }],
    ['an internal error', { error: { code: 29500, message: '' }, id: '1' }],
    ['a strange shape', { code: 'two hundred' }],
  ])('is in doubt about %s', (_name, frame) => {
    expect(classifyFrame(frame, HASH).outcome).toBe('in_doubt')
  })
})

describe('failures of the request itself', () => {
  it('trusts only a certain non-delivery', () => {
    const failure = (mayHaveBeenDelivered?: boolean) =>
      new HedgebotError('network', 'x', {
        code: 'x',
        ...(mayHaveBeenDelivered === undefined ? {} : { mayHaveBeenDelivered }),
      })
    expect(classifyFailure(failure(false)).outcome).toBe('not_sent')
    expect(classifyFailure(failure(true)).outcome).toBe('in_doubt')
    expect(classifyFailure(failure()).outcome).toBe('in_doubt')
    expect(classifyFailure(new Error('what')).outcome).toBe('in_doubt')
  })
})
