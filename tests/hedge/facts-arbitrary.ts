import * as fc from 'fast-check'
import { Dec } from '../../src/hedge/decimal.ts'
import type { ClosingBook, HedgeFacts, LegFacts, RestingStop } from '../../src/hedge/hedge-facts.ts'
import { known, unknown } from '../../src/hedge/known.ts'
import type { Hedge, HedgeLeg, HedgeState, OrderPurpose } from '../../src/hedge/ledger.ts'
import type { MarketInfo } from '../../src/hedge/market.ts'
import type { RiskPolicy } from '../../src/hedge/policy.ts'
import type { StopLevel, StopLevels } from '../../src/hedge/stops.ts'
import type { BookLevel } from '../../src/hedge/venue-view.ts'

export const NOW_MS = 1_800_000_000_000

const MARKET: MarketInfo = {
  marketIndex: 1,
  symbol: 'BTC',
  sizeDecimals: 5,
  priceDecimals: 1,
  minBaseSize: new Dec('0.0002'),
  minNotionalUsd: new Dec(10),
  maxOrderNotionalUsd: new Dec(1_000_000),
  defaultInitialMarginFraction: new Dec('0.05'),
  minInitialMarginFraction: new Dec('0.02'),
  maintenanceMarginFraction: new Dec('0.012'),
  closeOutMarginFraction: new Dec('0.008'),
  isActive: true,
  isForceReduceOnly: false,
  isIsolatedOnly: false,
}

export const POLICY: RiskPolicy = {
  stopLossUsd: new Dec(100),
  onStop: 'hedge',
  isExchangeStopOn: true,
  exchangeStopPct: new Dec(120),
  liquidationBufferPct: new Dec(1),
  maxSlippagePct: new Dec('0.5'),
  closeStepsPct: [new Dec('0.5'), new Dec('1.5'), new Dec('4.5')],
  openTimeoutMs: 30_000,
  maxNakedMs: 3000,
  nakedToleranceUsd: new Dec(0),
  orderExpiryMs: 15_000,
  leaseMs: 5000,
  maxPositionBase: undefined,
  maxPositionUsd: undefined,
  marginMode: 'keep',
  maxClockOffsetMs: 2000,
  attempts: 5,
  maxHoldMs: undefined,
  onFatal: 'protect',
}

export function makeLeg(change: Partial<HedgeLeg> = {}): HedgeLeg {
  return {
    account: 'a1',
    accountIndex: 1,
    apiKeyIndex: 5,
    side: 'long',
    plannedBase: new Dec('0.01'),
    leverage: new Dec(10),
    lastSeenBase: undefined,
    stopDown: undefined,
    stopUp: undefined,
    stopState: 'PENDING',
    ...change,
  }
}

export function makeLegFacts(change: Partial<LegFacts> = {}): LegFacts {
  return {
    leg: makeLeg(),
    position: known({ signedBase: new Dec(0), isSettled: true, hasSecondSource: false }, NOW_MS),
    held: undefined,
    awaited: [],
    lastAnswerAgeMs: 10,
    openUnitsLeft: 40,
    hasLeverage: known(true, NOW_MS),
    refusal: undefined,
    reduceTries: 0,
    lastReduceAtMs: undefined,
    stops: known([], NOW_MS),
    stopTries: 0,
    liveOwnOrders: known([], NOW_MS),
    lastAccountReadAtMs: undefined,
    ...change,
  }
}

export function makeHedge(change: Partial<Hedge> = {}): Hedge {
  return {
    hedgeId: 'h1',
    name: 'a1+a2',
    runId: 'r1',
    marketIndex: 1,
    symbol: 'BTC',
    state: 'planned',
    target: 'open',
    cause: undefined,
    legs: [makeLeg(), makeLeg({ account: 'a2', accountIndex: 2, side: 'short' })],
    openDeadlineMs: NOW_MS + 20_000,
    attemptsUsed: 0,
    nakedSinceMs: undefined,
    createdAtMs: NOW_MS - 1000,
    openedAtMs: undefined,
    closedAtMs: undefined,
    ownerId: 'me',
    epoch: 1,
    leaseUntilMs: NOW_MS + 5000,
    ...change,
  }
}

/** Facts of a hedge whose legs hold the given sizes, each in its own direction. */
export function makeFacts(
  change: Partial<HedgeFacts> & { readonly held?: readonly string[] } = {},
): HedgeFacts {
  const { held, ...rest } = change
  const hedge = rest.hedge ?? makeHedge()
  return {
    hedge,
    legs: hedge.legs.map((leg, at) => {
      const size = new Dec(held?.[at] ?? 0)
      return makeLegFacts({
        leg,
        position: known(
          {
            signedBase: leg.side === 'long' ? size : size.negated(),
            isSettled: true,
            hasSecondSource: false,
          },
          NOW_MS,
        ),
      })
    }),
    market: MARKET,
    mark: known(new Dec(100_000), NOW_MS),
    policy: POLICY,
    nowMs: NOW_MS,
    isPlanner: true,
    isOpeningStopped: false,
    mayStart: true,
    ...rest,
  }
}

/** Levels around a mark of 100,000, as pairs of price and size, best first. */
export function levelsOf(...levels: readonly (readonly [number, string])[]): readonly BookLevel[] {
  return levels.map(([price, size]) => ({ price: new Dec(price), baseSize: new Dec(size) }))
}

/** A book that takes one coin on each side, unless told otherwise. */
export function makeBook(change: Partial<ClosingBook> = {}): ClosingBook {
  return {
    bids: known(levelsOf([99_990, '1']), NOW_MS),
    asks: known(levelsOf([100_010, '1']), NOW_MS),
    claimedBidsBase: new Dec(0),
    claimedAsksBase: new Dec(0),
    heldBackSinceMs: undefined,
    thinSeenAtMs: undefined,
    ...change,
  }
}

export const DAY_MS = 86_400_000

/** One resting stop at a level that follows the position, with a month to live. */
export function makeStop(change: Partial<RestingStop> = {}): RestingStop {
  return {
    orderIndex: '562949953421313',
    clientOrderIndex: 1,
    direction: 'down',
    triggerPrice: new Dec(90_000),
    baseSize: new Dec(0),
    isClosing: true,
    expiresAtMs: NOW_MS + 27 * DAY_MS,
    ...change,
  }
}

/** A pair as one placement leaves it; `number` tells placements apart, a later one lives longer. */
export function makePair(
  number: number,
  prices: { readonly down?: number | undefined; readonly up?: number | undefined } = {
    down: 90_000,
    up: 110_000,
  },
  change: Partial<RestingStop> = {},
): readonly RestingStop[] {
  return (['down', 'up'] as const).flatMap((direction, at) => {
    const price = prices[direction]
    if (price === undefined) return []
    const clientOrderIndex = 10 * number + at
    return [
      makeStop({
        direction,
        triggerPrice: new Dec(price),
        clientOrderIndex,
        orderIndex: `5629499534${clientOrderIndex}`,
        expiresAtMs: NOW_MS + 27 * DAY_MS + number,
        ...change,
      }),
    ]
  })
}

/** A level of a hedge, by default one that a loss sets and mark has not reached. */
export function makeLevel(price: number, change: Partial<StopLevel> = {}): StopLevel {
  return {
    triggerPrice: new Dec(price),
    account: 'a1',
    limitedBy: 'loss',
    isDue: false,
    ...change,
  }
}

/** Both levels of a hedge; `undefined` for one that cannot be reached. */
export function makeLevels(
  change: Partial<Pick<StopLevels, 'down' | 'up'>> = {},
): NonNullable<HedgeFacts['wantedStops']> {
  const levels = { down: makeLevel(90_000), up: makeLevel(110_000), ...change }
  const isReachable = levels.down !== undefined || levels.up !== undefined
  return known({ state: isReachable ? 'REACHABLE' : 'NOT_REACHABLE', ...levels }, NOW_MS)
}

/** Stops of one or two placements, whole or in parts, at good levels and bad ones, some about to expire. */
const stopsArbitrary: fc.Arbitrary<LegFacts['stops']> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(unknown('socket closed')) },
  { weight: 2, arbitrary: fc.constant(known(makePair(1), NOW_MS)) },
  {
    weight: 4,
    arbitrary: fc
      .uniqueArray(
        fc.record({
          number: fc.integer({ min: 1, max: 3 }),
          down: fc.constantFrom(undefined, 90_000, 90_050, 80_000),
          up: fc.constantFrom(undefined, 110_000, 125_000),
          baseSize: fc.constantFrom(new Dec(0), new Dec(0), new Dec('0.001')),
          isClosing: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.boolean()),
          isOld: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()),
        }),
        { maxLength: 3, selector: ({ number }) => number },
      )
      .map((sets) =>
        known(
          sets.flatMap(({ number, down, up, isOld, ...change }) =>
            makePair(
              number,
              { down, up },
              isOld ? { ...change, expiresAtMs: NOW_MS + DAY_MS + number } : change,
            ),
          ),
          NOW_MS,
        ),
      ),
  },
)

const levelArbitrary: fc.Arbitrary<Partial<StopLevel>> = fc.record({
  limitedBy: fc.constantFrom('loss' as const, 'liquidation' as const),
  isDue: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.boolean()),
})

const wantedArbitrary: fc.Arbitrary<HedgeFacts['wantedStops']> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant(unknown('no mark')) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(levelArbitrary, levelArbitrary, fc.boolean(), fc.boolean())
      .map(([down, up, hasDown, hasUp]) =>
        makeLevels({
          down: hasDown ? makeLevel(90_000, down) : undefined,
          up: hasUp ? makeLevel(110_000, up) : undefined,
        }),
      ),
  },
)

const sizeArbitrary = fc
  .integer({ min: 0, max: 1000 })
  .map((ticks) => new Dec(ticks).times('0.00001'))

const purposeArbitrary = fc.constantFrom<OrderPurpose>(
  'open',
  'complete',
  'reduce',
  'close',
  'stops',
  'leverage',
  'cancel',
  'displace',
)

const pastArbitrary = fc.integer({ min: 0, max: 40_000 }).map((ageMs) => NOW_MS - ageMs)

const heldArbitrary = fc.record({
  orderId: fc.integer({ min: 1, max: 50 }),
  purpose: purposeArbitrary,
  isInFlight: fc.boolean(),
  sends: fc.integer({ min: 1, max: 8 }),
  lastSentAtMs: pastArbitrary,
  expiresAtMs: fc.integer({ min: -20_000, max: 15_000 }).map((aheadMs) => NOW_MS + aheadMs),
})

const awaitedArbitrary = fc.record({
  orderId: fc.integer({ min: 51, max: 99 }),
  purpose: purposeArbitrary,
  acceptedAtMs: pastArbitrary,
  reads: fc.integer({ min: 0, max: 4 }),
  lastReadAtMs: fc.option(pastArbitrary, { nil: undefined }),
})

/** Mostly undefined. */
function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
}

/** Mostly quiet legs: a world in which everything is in doubt never reaches the interesting branches. */
function legFactsArbitrary(leg: HedgeLeg): fc.Arbitrary<LegFacts> {
  const position = fc.oneof(
    { weight: 1, arbitrary: fc.constant(unknown('socket closed')) },
    {
      weight: 6,
      arbitrary: fc
        .record({
          size: fc.oneof(
            fc.constant(new Dec(0)),
            fc.constant(leg.plannedBase),
            sizeArbitrary,
            sizeArbitrary.map((size) => size.negated()),
          ),
          isSettled: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.boolean()),
          hasSecondSource: fc.boolean(),
        })
        .map(({ size, isSettled, hasSecondSource }) =>
          known(
            { signedBase: leg.side === 'long' ? size : size.negated(), isSettled, hasSecondSource },
            NOW_MS - 5,
          ),
        ),
    },
  )
  return fc.record({
    leg: fc.constant(leg),
    position,
    held: rarely(heldArbitrary),
    awaited: fc.oneof(
      { weight: 7, arbitrary: fc.constant([]) },
      fc.array(awaitedArbitrary, { maxLength: 2 }),
    ),
    lastAnswerAgeMs: fc.oneof(
      { weight: 6, arbitrary: fc.constant(20) },
      fc.constant(5000),
      fc.constant(undefined),
    ),
    openUnitsLeft: fc.oneof(
      { weight: 4, arbitrary: fc.constant(40) },
      fc.integer({ min: 0, max: 5 }),
    ),
    hasLeverage: fc.oneof(
      { weight: 4, arbitrary: fc.constant(known(true, NOW_MS)) },
      fc.constant(known(false, NOW_MS)),
      fc.constant(unknown('no row')),
    ),
    refusal: rarely(fc.record({ code: fc.constant('margin_not_allowed'), canHeal: fc.boolean() })),
    reduceTries: fc.integer({ min: 0, max: 8 }),
    lastReduceAtMs: fc.option(pastArbitrary, { nil: undefined }),
    stops: stopsArbitrary,
    stopTries: fc.integer({ min: 0, max: 6 }),
    lastStopsAtMs: fc.option(pastArbitrary, { nil: undefined }),
    stopsLackSinceMs: fc.option(pastArbitrary, { nil: undefined }),
    cancelTries: fc.integer({ min: 0, max: 3 }),
    lastCancelAtMs: fc.option(pastArbitrary, { nil: undefined }),
    liveOwnOrders: fc.constantFrom(
      known<readonly string[]>([], NOW_MS),
      known<readonly string[]>([], NOW_MS),
      known<readonly string[]>([], NOW_MS),
      known<readonly string[]>(['281474976710657'], NOW_MS),
      unknown('socket closed'),
    ),
    lastAccountReadAtMs: fc.option(pastArbitrary, { nil: undefined }),
    liquidationPrice: fc.constantFrom(undefined, undefined, new Dec(50_000), new Dec(99_500)),
  })
}

/** One side of a book: empty, thin, far away or deep enough for any hedge here. */
function sideArbitrary(sign: 1 | -1): fc.Arbitrary<readonly BookLevel[]> {
  const levelArbitrary = fc
    .record({ away: fc.constantFrom(10, 200, 900, 2000, 6000), size: sizeArbitrary })
    .map(({ away, size }) => ({ price: new Dec(100_000 + sign * away), baseSize: size }))
  const nearestFirst = (a: BookLevel, b: BookLevel) => sign * a.price.cmp(b.price)
  return fc.oneof(
    fc.constant([]),
    fc.array(levelArbitrary, { maxLength: 4 }).map((levels) => levels.toSorted(nearestFirst)),
    fc.constant(levelsOf([100_000 + sign * 10, '1'])),
  )
}

/** Any book, known or not, whether it has held the closing back already or not. */
export const bookArbitrary: fc.Arbitrary<ClosingBook> = fc
  .record({
    bids: sideArbitrary(-1),
    asks: sideArbitrary(1),
    isKnown: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, fc.constant(false)),
    claimedBidsBase: fc.oneof(fc.constant(new Dec(0)), sizeArbitrary),
    claimedAsksBase: fc.oneof(fc.constant(new Dec(0)), sizeArbitrary),
    heldBackSinceMs: fc.constantFrom(undefined, NOW_MS - 50, NOW_MS - 700, NOW_MS - 31_000),
    thinSeenAtMs: fc.constantFrom(undefined, NOW_MS - 100, NOW_MS - 5000),
  })
  .map(({ bids, asks, isKnown, ...rest }) => ({
    ...rest,
    bids: isKnown ? known(bids, NOW_MS) : unknown('gap'),
    asks: isKnown ? known(asks, NOW_MS) : unknown('gap'),
  }))

const STATES: readonly HedgeState[] = ['planned', 'opening', 'open', 'closing', 'closed', 'aborted']

/** A planned or opening hedge that is about to add: quiet legs of any size, so that every run reaches the additions. */
const readyArbitrary: fc.Arbitrary<HedgeFacts> = fc
  .record({
    state: fc.constantFrom('planned' as const, 'opening' as const),
    attemptsUsed: fc.integer({ min: 0, max: 5 }),
    nakedSinceMs: fc.constantFrom(undefined, undefined, NOW_MS - 100, NOW_MS - 1600),
    held: fc.tuple(sizeArbitrary, sizeArbitrary),
    isEmpty: fc.boolean(),
  })
  .map(({ held, isEmpty, ...change }) =>
    makeFacts({
      hedge: makeHedge(change),
      held: isEmpty || change.state === 'planned' ? [] : held.map((size) => size.toString()),
    }),
  )

/** An open hedge within tolerance with quiet legs, so that every run reaches what keeps its stops. */
const standingArbitrary: fc.Arbitrary<HedgeFacts> = fc
  .record({
    wantedStops: wantedArbitrary,
    stops: fc.tuple(stopsArbitrary, stopsArbitrary),
    stopTries: fc.integer({ min: 0, max: 6 }),
    lastStopsAtMs: fc.option(pastArbitrary, { nil: undefined }),
    cancelTries: fc.integer({ min: 0, max: 3 }),
    lastCancelAtMs: fc.option(pastArbitrary, { nil: undefined }),
    isOn: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean()),
  })
  .map(({ wantedStops, stops, isOn, ...leg }) => {
    const facts = makeFacts({
      hedge: makeHedge({ state: 'open', openedAtMs: NOW_MS - 600_000 }),
      held: ['0.01', '0.01'],
      wantedStops: isOn ? wantedStops : undefined,
      policy: { ...POLICY, isExchangeStopOn: isOn },
    })
    return {
      ...facts,
      legs: facts.legs.map((each, at) => ({ ...each, ...leg, stops: stops[at] ?? each.stops })),
    }
  })

/** Any hedge in any condition, some ready to add, some only to be protected. */
export const factsArbitrary: fc.Arbitrary<HedgeFacts> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined).chain(() => anyFactsArbitrary) },
  { weight: 1, arbitrary: readyArbitrary },
  { weight: 1, arbitrary: standingArbitrary },
)

/** Any hedge in any state with two or three legs, in any condition. */
const anyFactsArbitrary: fc.Arbitrary<HedgeFacts> = fc
  .record({
    state: fc.constantFrom(...STATES),
    target: fc.constantFrom('open' as const, 'open' as const, 'flat' as const),
    isTriple: fc.boolean(),
    openDeadlineMs: fc.constantFrom(NOW_MS - 1, NOW_MS, NOW_MS + 20_000),
    attemptsUsed: fc.integer({ min: 0, max: 6 }),
    nakedSinceMs: fc.option(fc.constantFrom(NOW_MS - 100, NOW_MS - 1600, NOW_MS - 9000), {
      nil: undefined,
    }),
  })
  .chain(({ isTriple, ...change }) => {
    const base = makeHedge(change)
    const legs = isTriple
      ? [
          makeLeg({ plannedBase: new Dec('0.005'), stopDown: new Dec(90_000) }),
          makeLeg({ account: 'a3', accountIndex: 3, plannedBase: new Dec('0.005') }),
          makeLeg({ account: 'a2', accountIndex: 2, side: 'short', stopUp: new Dec(110_000) }),
        ]
      : base.legs
    const hedge = { ...base, legs, openedAtMs: base.state === 'open' ? NOW_MS - 4000 : undefined }
    return fc.record({
      hedge: fc.constant(hedge),
      legs: fc.tuple(...legs.map(legFactsArbitrary)),
      market: fc.constant(MARKET),
      mark: fc.constantFrom(known(new Dec(100_000), NOW_MS), unknown('no frame')),
      policy: fc.constantFrom(POLICY, POLICY, { ...POLICY, isExchangeStopOn: false }),
      wantedStops: wantedArbitrary,
      stopDueSinceMs: fc.option(pastArbitrary, { nil: undefined }),
      nowMs: fc.constant(NOW_MS),
      isPlanner: fc.constantFrom(true, true, false),
      isOpeningStopped: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean()),
      mayStart: fc.boolean(),
      book: fc.oneof(
        { weight: 1, arbitrary: fc.constant(undefined) },
        { weight: 2, arbitrary: bookArbitrary },
      ),
    })
  })
