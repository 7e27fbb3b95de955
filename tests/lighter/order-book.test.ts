import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Dec } from '../../src/hedge/decimal.ts'
import { applyBookUpdate, bookOfSnapshot, type OrderBook } from '../../src/lighter/order-book.ts'

type Change = readonly [price: number, size: number]

function wire(nonce: number, begin: number | undefined, bids: Change[], asks: Change[] = []) {
  const level = ([price, size]: Change) => ({ price: new Dec(price), size: new Dec(size) })
  return {
    nonce: BigInt(nonce),
    begin_nonce: begin === undefined ? undefined : BigInt(begin),
    bids: bids.map(level),
    asks: asks.map(level),
  }
}

function shown(book: OrderBook): { bids: string[]; asks: string[] } {
  const text = (levels: OrderBook['bids']) =>
    levels.map((level) => `${level.price.toFixed()}x${level.baseSize.toFixed()}`)
  return { bids: text(book.bids), asks: text(book.asks) }
}

describe('order book', () => {
  it('sorts a snapshot best first and leaves empty levels out', () => {
    const book = bookOfSnapshot(
      wire(
        5,
        0,
        [
          [9, 1],
          [10, 2],
          [8, 0],
        ],
        [
          [12, 1],
          [11, 3],
          [12, 4],
        ],
      ),
    )
    expect(shown(book)).toEqual({ bids: ['10x2', '9x1'], asks: ['11x3', '12x4'] })
  })

  it('says a gap when an update does not continue the last frame', () => {
    const book = bookOfSnapshot(wire(5, 0, [[10, 1]]))
    expect(applyBookUpdate(book, wire(9, 6, [[10, 2]])).kind).toBe('gap')
    expect(applyBookUpdate(book, wire(9, 4, [[10, 2]])).kind).toBe('gap')
    expect(applyBookUpdate(book, wire(9, 5, [[10, 2]])).kind).toBe('applied')
  })

  it('takes a frame that comes twice once', () => {
    const book = bookOfSnapshot(wire(5, 0, [[10, 1]]))
    const change = applyBookUpdate(book, wire(7, 5, [[10, 2]]))
    if (change.kind !== 'applied') throw new Error('not applied')
    expect(applyBookUpdate(change.book, wire(7, 5, [[10, 2]])).kind).toBe('duplicate')
  })

  it('accepts the old form without begin_nonce', () => {
    const book = bookOfSnapshot(wire(5, undefined, [[10, 1]]))
    expect(applyBookUpdate(book, wire(6, undefined, [[10, 2]])).kind).toBe('applied')
  })

  it('equals a plain map of levels after any updates', () => {
    const changes = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 5 })),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(
        changes,
        fc.array(fc.tuple(changes, changes), { maxLength: 8 }),
        (first, rest) => {
          const bids = new Map<number, number>()
          const asks = new Map<number, number>()
          for (const [price, size] of unique(first)) bids.set(price, size)
          let book = bookOfSnapshot(wire(0, 0, unique(first)))
          for (const [at, [bidChanges, askChanges]] of rest.entries()) {
            for (const [price, size] of bidChanges) bids.set(price, size)
            for (const [price, size] of askChanges) asks.set(price, size)
            const change = applyBookUpdate(book, wire(at + 1, at, bidChanges, askChanges))
            if (change.kind !== 'applied') throw new Error(change.kind)
            book = change.book
          }
          expect(shown(book)).toEqual({ bids: reference(bids, -1), asks: reference(asks, 1) })
        },
      ),
    )
  })
})

function unique(changes: Change[]): Change[] {
  return [...new Map(changes.map((change) => [change[0], change])).values()]
}

function reference(levels: Map<number, number>, direction: number): string[] {
  return [...levels]
    .filter(([, size]) => size > 0)
    .sort(([a], [b]) => direction * (a - b))
    .map(([price, size]) => `${price}x${size}`)
}
