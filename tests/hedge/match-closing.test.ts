import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/hedge/decide.ts'
import { Dec, minDec, sumDec } from '../../src/hedge/decimal.ts'
import type { ClosingBook, HedgeFacts, LegFacts } from '../../src/hedge/hedge-facts.ts'
import { TIMING } from '../../src/hedge/hedge-facts.ts'
import { known, unknown } from '../../src/hedge/known.ts'
import { matchClosing } from '../../src/hedge/match-closing.ts'
import type { BookLevel } from '../../src/hedge/venue-view.ts'
import {
  NOW_MS,
  POLICY,
  bookArbitrary,
  factsArbitrary,
  levelsOf,
  makeBook,
  makeFacts,
  makeHedge,
  makeLeg,
} from './facts-arbitrary.ts'

const CLOSING = makeHedge({ state: 'closing', target: 'flat', cause: 'user' })

const NO_LEVELS = known<readonly BookLevel[]>([], NOW_MS)

/** A closing hedge, one long against one short of 0.01 unless told otherwise. */
function closing(
  book: Partial<ClosingBook>,
  change: Partial<HedgeFacts> & { readonly held?: readonly string[] } = {},
): HedgeFacts {
  return makeFacts({ hedge: CLOSING, held: ['0.01', '0.01'], book: makeBook(book), ...change })
}

function withLeg(facts: HedgeFacts, at: number, change: Partial<LegFacts>): HedgeFacts {
  return {
    ...facts,
    legs: facts.legs.map((leg, index) => (index === at ? { ...leg, ...change } : leg)),
  }
}

/** Sizes of the closing orders that leave, by leg. */
function sentBy(facts: HedgeFacts): readonly string[] {
  return decide(facts).actions.flatMap((action) =>
    action.kind === 'reduce'
      ? action.orders.map((order) => `${order.legIndex}: ${order.baseSize}`)
      : [],
  )
}

describe('closing with a book that takes both sides', () => {
  it('holds nothing back: all legs whole, at once', () => {
    expect(matchClosing(closing({})).baseSizes).toBeUndefined()
    expect(sentBy(closing({}))).toEqual(['0: 0.01', '1: 0.01'])
  })

  it('counts what the average allows, as the venue does', () => {
    // 0.5 percent below 99,900 is 99,400.5: the first level pays for the second.
    const bids = known(levelsOf([99_900, '0.006'], [99_000, '0.006']), NOW_MS)
    expect(matchClosing(closing({ bids })).baseSizes).toBeUndefined()
  })
})

describe('closing with a book that cannot take one side', () => {
  it('sends neither leg while there are no bids, and looks again soon', () => {
    const facts = closing({ bids: NO_LEVELS })
    const decision = decide(facts)
    expect(decision).toEqual({
      actions: [],
      wakeAtMs: NOW_MS + TIMING.thinLookMs,
      waitsFor: 'bids',
    })
    expect(decide(closing({ asks: NO_LEVELS })).waitsFor).toBe('asks')
  })

  it('becomes closing all the same', () => {
    const hedge = makeHedge({ state: 'open', target: 'flat', cause: 'user' })
    const decision = decide(closing({ bids: NO_LEVELS }, { hedge }))
    expect(decision.actions).toMatchObject([{ kind: 'become', state: 'closing' }])
    expect(decision.waitsFor).toBe('bids')
  })

  it('sends of both legs what the thin side takes', () => {
    const bids = known(levelsOf([99_990, '0.0042']), NOW_MS)
    expect(sentBy(closing({ bids }))).toEqual(['0: 0.0042', '1: 0.0042'])
  })

  it('sends no crumbs, but the last rest whole', () => {
    const crumb = known(levelsOf([99_990, '0.0009']), NOW_MS)
    expect(sentBy(closing({ bids: crumb }))).toEqual([])
    const rest = closing({ bids: crumb, heldBackSinceMs: NOW_MS }, { held: ['0.0009', '0.0009'] })
    expect(sentBy(rest)).toEqual(['0: 0.0009', '1: 0.0009'])
  })

  it('leaves to another hedge what it has just sent against the book', () => {
    const bids = known(levelsOf([99_990, '0.015']), NOW_MS)
    expect(sentBy(closing({ bids, claimedBidsBase: new Dec('0.01') }))).toEqual([
      '0: 0.005',
      '1: 0.005',
    ])
  })

  it('widens by waiting as it would by trying', () => {
    const far = known(levelsOf([98_600, '1']), NOW_MS)
    // The touch anchors below mark: make it near and useless.
    const bids = known(
      [...levelsOf([99_990, '0.00001']), ...(far.isKnown ? far.value : [])],
      NOW_MS,
    )
    const steps = [0, 299, 300, 1000].map((waitedMs) => {
      const heldBackSinceMs = NOW_MS - waitedMs
      return [
        matchClosing(closing({ bids, heldBackSinceMs })).stepFloor,
        sentBy(closing({ bids, heldBackSinceMs })).length,
      ]
    })
    expect(steps).toEqual([
      [0, 0],
      [0, 0],
      [1, 2],
      [2, 2],
    ])
    const [reduce] = decide(closing({ bids, heldBackSinceMs: NOW_MS - 300 })).actions
    expect(reduce?.kind === 'reduce' && reduce.orders.map((order) => order.step)).toEqual([1, 1])
  })

  it('judges an unruly book with room to move, and gives its orders the next wider step', () => {
    // Bids 2 percent below mark: it has parted from its book.
    const bids = known(levelsOf([98_000, '1']), NOW_MS)
    const facts = closing({ bids })
    expect(sentBy(facts)).toEqual(['0: 0.01', '1: 0.01'])
    const [reduce] = decide(facts).actions
    expect(reduce?.kind === 'reduce' && reduce.orders.map((order) => order.step)).toEqual([1, 1])
    // The venue takes no ask lower than 5 percent below mark: one more percent and the leg could not be sold.
    const edge = known(levelsOf([95_800, '1']), NOW_MS)
    expect(sentBy(closing({ bids: edge }))).toEqual([])
    expect(decide(closing({ bids: edge })).waitsFor).toBe('bids')
  })

  it('takes a difference between the sides back at once, and nothing more', () => {
    expect(sentBy(closing({ bids: NO_LEVELS }, { held: ['0.006', '0.01'] }))).toEqual(['1: 0.004'])
    expect(sentBy(closing({ bids: NO_LEVELS }, { held: ['0.01', '0.006'] }))).toEqual(['0: 0.004'])
  })

  it('closes a leg whose partner is gone without looking at the book', () => {
    const facts = closing({ bids: NO_LEVELS }, { held: ['0.01', '0'] })
    expect(sentBy(facts)).toEqual(['0: 0.01'])
    expect(decide(facts).waitsFor).toBeUndefined()
  })

  it('waits for a leg that has to pause, and for what is on its way', () => {
    const book = { heldBackSinceMs: NOW_MS - 5000 }
    const paused = withLeg(closing(book), 0, { reduceTries: 3, lastReduceAtMs: NOW_MS - 100 })
    expect(sentBy(paused)).toEqual([])
    expect(decide(paused).wakeAtMs).toBe(NOW_MS + TIMING.thinLookMs)
    const awaited = [
      {
        orderId: 3,
        purpose: 'close' as const,
        acceptedAtMs: NOW_MS - 100,
        reads: 0,
        lastReadAtMs: undefined,
      },
    ]
    expect(sentBy(withLeg(closing(book), 0, { awaited }))).toEqual([])
  })

  it('does not wait where nobody can tell a position, a mark or a book', () => {
    const gone = unknown('socket closed')
    const blind = withLeg(closing({ bids: NO_LEVELS }), 0, { position: gone })
    expect(sentBy(blind)).toEqual(['0: 0.01', '1: 0.01'])
    expect(sentBy(closing({ bids: NO_LEVELS }, { mark: gone }))).toHaveLength(2)
    expect(sentBy(closing({ bids: gone, asks: gone }))).toHaveLength(2)
    expect(sentBy(closing({}, { book: undefined }))).toHaveLength(2)
  })

  it('lets a gap in the book pass for a moment, not for long', () => {
    const gap = { bids: unknown('gap'), asks: unknown('gap'), heldBackSinceMs: NOW_MS - 9000 }
    expect(sentBy(closing({ ...gap, thinSeenAtMs: NOW_MS - 1999 }))).toEqual([])
    expect(sentBy(closing({ ...gap, thinSeenAtMs: NOW_MS - 2000 }))).toHaveLength(2)
  })

  it('sends a leg whole that is near its liquidation, and not its partner', () => {
    const near = withLeg(closing({ bids: NO_LEVELS }), 0, { liquidationPrice: new Dec(99_100) })
    expect(sentBy(near)).toEqual(['0: 0.01'])
    const far = withLeg(closing({ bids: NO_LEVELS }), 0, { liquidationPrice: new Dec(98_900) })
    expect(sentBy(far)).toEqual([])
    const short = withLeg(closing({ bids: NO_LEVELS }), 1, { liquidationPrice: new Dec(101_000) })
    expect(sentBy(short)).toEqual(['1: 0.01'])
  })

  it('tries the side that the book cannot take after its patience, now and then', () => {
    const sinceMs = NOW_MS - TIMING.thinPatienceMs
    const book = { bids: NO_LEVELS, heldBackSinceMs: sinceMs }
    expect(sentBy(closing({ ...book, heldBackSinceMs: sinceMs + 1 }))).toEqual([])
    expect(sentBy(closing(book))).toEqual(['0: 0.01'])
    const tried = withLeg(closing(book), 0, { reduceTries: 1, lastReduceAtMs: NOW_MS - 14_999 })
    expect(sentBy(tried)).toEqual([])
  })

  it('is not held back by an opening in doubt: the close takes its nonce', () => {
    const held = {
      orderId: 7,
      purpose: 'open' as const,
      isInFlight: false,
      sends: 1,
      lastSentAtMs: NOW_MS - 10,
      expiresAtMs: NOW_MS + 14_000,
    }
    expect(sentBy(withLeg(closing({ bids: NO_LEVELS }), 0, { held }))).toHaveLength(2)
  })
})

const RUNS = { numRuns: 3000 }

function isOf(side: 'long' | 'short') {
  return (facts: HedgeFacts, sizes: readonly Dec[]): Dec =>
    sumDec(sizes.filter((_, at) => facts.legs[at]?.leg.side === side))
}

const longsOf = isOf('long')
const shortsOf = isOf('short')

/** Held sizes of one or two longs and one short in ticks of 0.00001. */
const quietArbitrary = fc
  .record({
    ticks: fc.tuple(
      fc.integer({ min: 0, max: 600 }),
      fc.integer({ min: 0, max: 600 }),
      fc.integer({ min: 0, max: 1200 }),
    ),
    isBalanced: fc.boolean(),
    book: bookArbitrary,
  })
  .map(({ ticks: [first, second, short], isBalanced, book }) => {
    const legs = [
      makeLeg({ plannedBase: new Dec('0.006') }),
      makeLeg({ account: 'a3', accountIndex: 3, plannedBase: new Dec('0.006') }),
      makeLeg({ account: 'a2', accountIndex: 2, side: 'short', plannedBase: new Dec('0.012') }),
    ]
    const sizes = [first, second, isBalanced ? first + second : short]
    const held = sizes.map((size) => new Dec(size).times('0.00001').toString())
    return makeFacts({ hedge: { ...CLOSING, legs }, held, book })
  })

describe('for any book', () => {
  it('what is sent of a hedge that is held back never makes its sides differ, before patience ends', () => {
    let matched = 0
    fc.assert(
      fc.property(quietArbitrary, (facts) => {
        const { baseSizes } = matchClosing(facts)
        const isPatient = (facts.book?.heldBackSinceMs ?? NOW_MS) > NOW_MS - TIMING.thinPatienceMs
        if (baseSizes === undefined || !isPatient) return
        const held = facts.legs.map((leg) =>
          leg.position.isKnown ? leg.position.value.signedBase.abs() : new Dec(0),
        )
        const left = held.map((size, at) => size.minus(baseSizes[at] ?? 0))
        expect(longsOf(facts, left).eq(shortsOf(facts, left))).toBe(true)
        for (const [at, size] of baseSizes.entries()) {
          expect(size.gte(0)).toBe(true)
          expect(size.lte(held[at] ?? 0)).toBe(true)
          expect(size.decimalPlaces()).toBeLessThanOrEqual(5)
        }
        if (minDec(longsOf(facts, baseSizes), shortsOf(facts, baseSizes)).gt(0)) matched += 1
      }),
      RUNS,
    )
    expect(matched).toBeGreaterThan(20)
  })

  it('after patience only the side that the book cannot take is sent beyond the match', () => {
    let tried = 0
    fc.assert(
      fc.property(quietArbitrary, (facts) => {
        const late = { ...facts, nowMs: NOW_MS + TIMING.thinPatienceMs }
        const { baseSizes, waitsFor } = matchClosing(late)
        if (baseSizes === undefined || late.book?.heldBackSinceMs === undefined) return
        if (waitsFor === undefined) return
        tried += 1
        const held = late.legs.map((leg) =>
          leg.position.isKnown ? leg.position.value.signedBase.abs() : new Dec(0),
        )
        const before = matchClosing({
          ...late,
          book: { ...late.book, heldBackSinceMs: late.nowMs - TIMING.thinPatienceMs + 1 },
        })
        const [hardOf, easyOf] = waitsFor === 'bids' ? [longsOf, shortsOf] : [shortsOf, longsOf]
        expect(hardOf(late, baseSizes).eq(hardOf(late, held))).toBe(true)
        expect(easyOf(late, baseSizes).eq(easyOf(late, before.baseSizes ?? held))).toBe(true)
      }),
      RUNS,
    )
    expect(tried).toBeGreaterThan(100)
  })

  it('holds back only what is matched: a leg alone, or a book that takes all, is closed whole', () => {
    fc.assert(
      fc.property(factsArbitrary, (facts) => {
        const { baseSizes, waitsFor } = matchClosing(facts)
        if (waitsFor !== undefined) expect(baseSizes).toBeDefined()
        if (facts.book === undefined || !facts.mark.isKnown) expect(baseSizes).toBeUndefined()
        const deep = { ...facts, book: makeBook() }
        expect(matchClosing(deep).baseSizes).toBeUndefined()
      }),
      RUNS,
    )
  })

  it('a venue that fills what its book shows never leaves the hedge naked, and closes it in the end', () => {
    fc.assert(
      fc.property(
        fc.array(bookArbitrary, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 1000 }),
        (books, ticks) => {
          let left = new Dec(ticks).times('0.00001')
          let heldBackSinceMs: number | undefined
          let nowMs = NOW_MS
          const known12 = books.filter((book) => book.bids.isKnown)
          for (const book of [...known12, makeBook()]) {
            const facts = closing(
              { ...book, heldBackSinceMs, thinSeenAtMs: heldBackSinceMs },
              { held: [left.toString(), left.toString()], nowMs },
            )
            const decision = decide(facts)
            if (decision.waitsFor !== undefined) heldBackSinceMs ??= nowMs
            const sent = decision.actions.flatMap((action) =>
              action.kind === 'reduce' ? action.orders.map((order) => order.baseSize) : [],
            )
            const [long = new Dec(0), short = new Dec(0)] = sent
            expect(long.eq(short)).toBe(true)
            left = left.minus(long)
            nowMs += 200
          }
          expect(left.isZero()).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('the steps of waiting are those of the policy', () => {
    fc.assert(
      fc.property(bookArbitrary, fc.integer({ min: 0, max: 60_000 }), (book, waitedMs) => {
        const facts = closing({ ...book, heldBackSinceMs: NOW_MS - waitedMs })
        const { stepFloor } = matchClosing(facts)
        const waited = waitedMs < 300 ? 0 : waitedMs < 1000 ? 1 : 2
        // One more where the book is unruly, never beyond the last.
        expect(stepFloor).toBeLessThan(POLICY.closeStepsPct.length)
        expect([waited, waited + 1]).toContain(stepFloor)
      }),
    )
  })
})
