import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { composeClientOrderIndex } from '../../src/hedge/client-order-index.ts'
import { exitCause, lastReducingFill } from '../../src/hedge/exit-cause.ts'
import type { OrderSide, Side } from '../../src/hedge/side.ts'
import { closingSide, openingSide } from '../../src/hedge/side.ts'
import type { VenueFill } from '../../src/hedge/venue-view.ts'
import { dec } from './sample-market.ts'

const OURS = composeClientOrderIndex(7, 1)
const STOP = composeClientOrderIndex(7, 2)
const FOREIGN = 12_345
const KNOWN: ReadonlySet<number> = new Set([OURS])

let nextTradeId = 1

function fill(side: OrderSide, atMs: number, change: Partial<VenueFill> = {}): VenueFill {
  nextTradeId += 1
  return {
    tradeId: String(nextTradeId),
    marketIndex: 1,
    clientOrderIndex: 0,
    side,
    baseSize: dec('0.01'),
    price: dec('100000'),
    feeUsd: dec(0),
    realizedPnlUsd: undefined,
    counterAccountIndex: '999',
    type: 'trade',
    signedBaseAfter: undefined,
    atMs,
    ...change,
  }
}

function causeOf(fills: readonly VenueFill[], side: Side = 'long') {
  return exitCause({ fills, leg: { side }, knownClientOrderIndexes: KNOWN })
}

describe('exit cause', () => {
  it.each([
    ['a stop of ours that fired', { clientOrderIndex: STOP }, 'exchange_stop'],
    ['a liquidation', { type: 'liquidation' }, 'liquidation'],
    ['a deleveraging', { type: 'deleverage' }, 'deleverage'],
    ['an order by hand', {}, 'closed_elsewhere'],
    ['an order of another program', { clientOrderIndex: FOREIGN }, 'closed_elsewhere'],
    ['an order of the journal', { clientOrderIndex: OURS }, undefined],
  ] as const)('is told by %s', (_name, change, expected) => {
    const opening = fill('buy', 1, { clientOrderIndex: OURS })
    expect(causeOf([opening, fill('sell', 2, change)])).toBe(expected)
  })

  it('is unknown without a fill that took from the leg', () => {
    expect(causeOf([])).toBeUndefined()
    expect(causeOf([fill('buy', 1, { clientOrderIndex: FOREIGN })])).toBeUndefined()
    expect(causeOf([fill('buy', 1, { clientOrderIndex: STOP })], 'short')).toBe('exchange_stop')
  })

  it('is that of the last fill, of one millisecond the one with the higher trade id', () => {
    const stop = fill('sell', 5, { clientOrderIndex: STOP, tradeId: '99' })
    const later = fill('sell', 5, { type: 'liquidation', tradeId: '100' })
    expect(causeOf([later, stop])).toBe('liquidation')
    expect(causeOf([stop, { ...later, atMs: 4 }])).toBe('exchange_stop')
  })

  const anyFill = fc
    .record({
      isReducing: fc.boolean(),
      atMs: fc.integer({ min: 1, max: 50 }),
      clientOrderIndex: fc.constantFrom(0, OURS, STOP, FOREIGN),
      type: fc.constantFrom('trade', 'liquidation', 'deleverage', 'market-settlement'),
    })
    .map(({ isReducing, atMs, ...rest }) => ({ isReducing, atMs, rest }))

  it('depends neither on the order of the fills nor on any but the last that took from the leg', () => {
    fc.assert(
      fc.property(
        fc.array(anyFill, { maxLength: 12 }),
        fc.constantFrom<Side>('long', 'short'),
        fc.integer(),
        (samples, side, seed) => {
          const fills = samples.map(({ isReducing, atMs, rest }) =>
            fill(isReducing ? closingSide(side) : openingSide(side), atMs, rest),
          )
          const turned = fills.toSorted(
            (a, b) => ((Number(a.tradeId) * 31 + seed) % 7) - ((Number(b.tradeId) * 31 + seed) % 7),
          )
          const last = lastReducingFill({ fills, leg: { side } })
          expect(causeOf(turned, side)).toBe(causeOf(fills, side))
          expect(causeOf(last === undefined ? [] : [last], side)).toBe(causeOf(fills, side))
          const isReduced = samples.some(({ isReducing }) => isReducing)
          if (!isReduced) expect(causeOf(fills, side)).toBeUndefined()
        },
      ),
    )
  })
})
