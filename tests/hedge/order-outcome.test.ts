import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderOutcome, parseStatus } from '../../src/hedge/order-outcome.ts'
import { refusalOf } from './refusal-of.ts'
import { anyDec, dec } from './sample-market.ts'

const LIVE = ['in-progress', 'pending', 'open']
const ENDED = [
  'filled',
  'canceled',
  'canceled-post-only',
  'canceled-reduce-only',
  'canceled-position-not-allowed',
  'canceled-margin-not-allowed',
  'canceled-too-much-slippage',
  'canceled-not-enough-liquidity',
  'canceled-self-trade',
  'canceled-expired',
  'canceled-oco',
  'canceled-child',
  'canceled-liquidation',
  'canceled-invalid-balance',
]
const outcome = (status: string, filled = '0', initial = '1') =>
  orderOutcome({ status, initialBase: dec(initial), filledBase: dec(filled) })

describe('the statuses of the venue', () => {
  it('are seventeen, all of them known', () => {
    expect(new Set([...LIVE, ...ENDED]).size).toBe(17)
    for (const status of [...LIVE, ...ENDED]) expect(parseStatus(status)).toBe(status)
  })

  it.each(LIVE)('%s is alive', (status) => {
    expect(outcome(status, '0.2')).toMatchObject({ isTerminal: false, refusal: undefined })
  })

  it.each(ENDED)('%s is the end', (status) => {
    expect(outcome(status).isTerminal).toBe(true)
  })

  it.each(['cancelled', 'Filled', '', 'canceled-because', 'toString', '__proto__', 'constructor'])(
    'do not include "%s", which is an error with a name',
    (status) => {
      const refusal = refusalOf(() => outcome(status))
      expect(refusal).toMatchObject({ kind: 'unknown_state', code: 'order_status_unknown' })
      expect(refusal.message).toContain(`"${status}"`)
    },
  )
})

describe('a refusal', () => {
  it.each([
    ['canceled-too-much-slippage', 'too_much_slippage', true],
    ['canceled-not-enough-liquidity', 'not_enough_liquidity', true],
    ['canceled-expired', 'expired', true],
    ['canceled', 'canceled', true],
    ['filled', 'canceled', true],
    ['canceled-margin-not-allowed', 'margin_not_allowed', false],
    ['canceled-liquidation', 'liquidation', false],
    ['canceled-position-not-allowed', 'position_not_allowed', false],
    ['canceled-reduce-only', 'reduce_only', false],
    ['canceled-self-trade', 'self_trade', false],
    ['canceled-post-only', 'post_only', false],
    ['canceled-oco', 'oco', false],
    ['canceled-child', 'child', false],
    ['canceled-invalid-balance', 'invalid_balance', false],
  ])('by %s is called %s and can heal: %s', (status, code, canHeal) => {
    expect(outcome(status).refusal).toEqual({ code, canHeal })
    expect(outcome(status, '0.4').refusal).toEqual({ code, canHeal })
  })

  it('is none when the whole size filled, whatever the word', () => {
    for (const status of ENDED) expect(outcome(status, '1').refusal).toBeUndefined()
  })

  it('is judged by sizes: filled with less than wanted has a rest', () => {
    const partly = outcome('filled', '0.3')
    expect(partly.filledBase.toString()).toBe('0.3')
    expect(partly.unfilledBase.toString()).toBe('0.7')
    expect(partly.refusal).toEqual({ code: 'canceled', canHeal: true })
  })
})

describe('orders that follow the position', () => {
  it('have no size of their own', () => {
    expect(outcome('pending', '0', '0')).toMatchObject({ isTerminal: false })
    expect(outcome('filled', '0.5', '0').refusal).toBeUndefined()
    expect(outcome('filled', '0', '0').refusal).toBeUndefined()
    expect(outcome('canceled-oco', '0', '0').refusal).toEqual({ code: 'oco', canHeal: false })
    expect(outcome('canceled-oco', '0.5', '0').refusal).toBeUndefined()
  })

  it('have no "of" in their sentence', () => {
    expect(outcome('filled', '0.5', '0').sentence).toBe('filled 0.5')
    expect(outcome('pending', '0', '0').sentence).toBe('it waits for its trigger; filled 0')
  })
})

describe('sizes', () => {
  it('filled and unfilled are never negative and add up to the order', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LIVE, ...ENDED),
        anyDec(0, 10, 3),
        anyDec(0, 10, 3),
        (status, initialBase, filledBase) => {
          const read = orderOutcome({ status, initialBase, filledBase })
          expect(read.unfilledBase.isNegative()).toBe(false)
          expect(read.filledBase.eq(filledBase)).toBe(true)
          const total = filledBase.gt(initialBase) ? filledBase : initialBase
          expect(read.filledBase.plus(read.unfilledBase).eq(total)).toBe(true)
          expect(read.refusal === undefined || read.isTerminal).toBe(true)
        },
      ),
    )
  })
})

describe('the sentence', () => {
  it.each([
    ['filled', '1', 'filled 1 of 1'],
    [
      'canceled-too-much-slippage',
      '0.4',
      'filled 0.4 of 1; the rest was cancelled: the book was worse than its price allowed',
    ],
    [
      'canceled-margin-not-allowed',
      '0',
      'nothing filled; cancelled: the account has not enough margin',
    ],
    [
      'canceled-reduce-only',
      '0',
      'nothing filled; cancelled: there was no position for it to reduce',
    ],
    ['open', '0.4', 'it rests in the book; filled 0.4 of 1'],
    ['filled', '0.4', 'filled 0.4 of 1; the rest was cancelled: the venue gave no reason'],
  ])('of %s with %s filled is plain', (status, filled, sentence) => {
    expect(outcome(status, filled).sentence).toBe(sentence)
  })
})
