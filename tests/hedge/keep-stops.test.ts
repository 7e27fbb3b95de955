import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/hedge/decide.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import type { Action, HedgeFacts, LegFacts, RestingStop } from '../../src/hedge/hedge-facts.ts'
import { TIMING } from '../../src/hedge/hedge-facts.ts'
import {
  dueStop,
  lacksStops,
  levelsToPlace,
  placingsInARow,
  protectionOf,
  seenLevels,
} from '../../src/hedge/keep-stops.ts'
import { known, unknown } from '../../src/hedge/known.ts'
import type { Hedge } from '../../src/hedge/ledger.ts'
import {
  DAY_MS,
  NOW_MS,
  POLICY,
  factsArbitrary,
  makeFacts,
  makeHedge,
  makeLeg,
  makeLevel,
  makeLevels,
  makePair,
} from './facts-arbitrary.ts'

const OFF = { ...POLICY, isExchangeStopOn: false }

const OPEN: Partial<Hedge> = { state: 'open', openedAtMs: NOW_MS - 600_000 }

interface Case extends Partial<HedgeFacts> {
  readonly hedgeChange?: Partial<Hedge>
  /** What rests for both legs. */
  readonly stops?: readonly RestingStop[]
  readonly leg?: Partial<LegFacts>
}

/** An open hedge of 0.01 BTC a leg that wants 90,000 and 110,000. */
function facts({ hedgeChange, stops = [], leg = {}, ...change }: Case = {}): HedgeFacts {
  const base = makeFacts({
    hedge: makeHedge({ ...OPEN, ...hedgeChange }),
    held: ['0.01', '0.01'],
    wantedStops: makeLevels(),
    ...change,
  })
  return {
    ...base,
    legs: base.legs.map((each) => ({ ...each, stops: known(stops, NOW_MS), ...leg })),
  }
}

type Done = readonly (`place ${string}` | `cancel ${number} ${string}` | `close: ${string}`)[]

function decided(at: HedgeFacts): Done {
  return decide(at).actions.map((action) => {
    if (action.kind === 'place_stops') return `place ${action.legIndexes.join(' ')}` as const
    if (action.kind === 'cancel') return `cancel ${action.legIndex} ${action.orderIndex}` as const
    if (action.kind === 'become') return `close: ${action.cause ?? ''}` as const
    throw new Error(`unexpected ${action.kind}`)
  })
}

function first(stops: readonly RestingStop[]): string {
  return stops[0]?.orderIndex ?? ''
}

describe('stops that are missing', () => {
  it('leaves alone what rests as wanted', () => {
    expect(decided(facts({ stops: makePair(1) }))).toEqual([])
  })

  it('places them again once channels had time to tell', () => {
    const lackedFor = (ms: number) => decided(facts({ leg: { stopsLackSinceMs: NOW_MS - ms } }))
    expect(lackedFor(999)).toEqual([])
    expect(lackedFor(1000)).toEqual(['place 0 1'])
  })

  it('places both levels again when one of the pair is gone, and cancels what is left only then', () => {
    const left = makePair(1).slice(1)
    expect(decided(facts({ stops: left }))).toEqual(['place 0 1'])
    const seen = [...left, ...makePair(2)]
    expect(decided(facts({ stops: seen }))).toEqual([
      `cancel 0 ${first(left)}`,
      `cancel 1 ${first(left)}`,
    ])
  })

  it('tries a few times with growing pauses, then once a minute without end', () => {
    const due = (stopTries: number, ageMs: number) =>
      decided(facts({ leg: { stopTries, lastStopsAtMs: NOW_MS - ageMs } })).length > 0
    expect(due(1, 999)).toBe(false)
    expect(due(1, 1000)).toBe(true)
    expect(due(4, 7999)).toBe(false)
    expect(due(4, 8000)).toBe(true)
    for (const tries of [POLICY.attempts, 1000]) {
      expect(due(tries, TIMING.stopReplaceMs - 1)).toBe(false)
      expect(due(tries, TIMING.stopReplaceMs)).toBe(true)
    }
  })

  it('counts stops that would close only a part of the leg as missing', () => {
    const part = makePair(1, undefined, { baseSize: new Dec('0.004') })
    expect(decided(facts({ stops: part }))).toEqual(['place 0 1'])
    const whole = makePair(1, undefined, { baseSize: new Dec('0.01') })
    expect(decided(facts({ stops: whole }))).toEqual([])
  })

  it('places nothing while a lane is held, an order is awaited, or positions or levels are unknown', () => {
    const held = {
      orderId: 1,
      purpose: 'stops' as const,
      isInFlight: true,
      sends: 1,
      lastSentAtMs: NOW_MS,
      expiresAtMs: NOW_MS + 15_000,
    }
    const awaited = {
      orderId: 1,
      purpose: 'stops' as const,
      acceptedAtMs: NOW_MS,
      reads: 0,
      lastReadAtMs: undefined,
    }
    expect(decided(facts({ leg: { held } }))).toEqual([])
    expect(decided(facts({ leg: { awaited: [awaited] } }))).toEqual([])
    expect(decided(facts({ wantedStops: unknown('no mark') }))).toEqual([])
    expect(decided(facts({ leg: { stops: unknown('no socket') } }))).toEqual([])
    const blind = decide(facts({ leg: { position: unknown('no socket') } })).actions
    expect(blind.map((action) => action.kind)).toEqual(['read', 'read'])
  })
})

describe('a row of tries', () => {
  it('ends where nothing was tried for two minutes', () => {
    const ago = (...seconds: readonly number[]) =>
      placingsInARow(
        seconds.map((each) => NOW_MS - each * 1000),
        NOW_MS,
      )
    expect(ago()).toBe(0)
    expect(ago(121)).toBe(0)
    expect(ago(400, 120, 60, 1)).toBe(3)
    expect(ago(240, 120)).toBe(2)
  })
})

describe('stops at an old level', () => {
  const old = makePair(1, { down: 88_000, up: 112_000 })

  it('are replaced, and cancelled one by one only when the new pair was seen', () => {
    expect(decided(facts({ stops: old }))).toEqual(['place 0 1'])
    expect(decided(facts({ stops: [...old, ...makePair(2)] }))).toEqual([
      `cancel 0 ${first(old)}`,
      `cancel 1 ${first(old)}`,
    ])
    const [, up] = old
    expect(decided(facts({ stops: [...old.slice(1), ...makePair(2)] }))).toEqual([
      `cancel 0 ${up?.orderIndex}`,
      `cancel 1 ${up?.orderIndex}`,
    ])
  })

  it('are not replaced for drift inside a thousandth', () => {
    expect(decided(facts({ stops: makePair(1, { down: 89_911, up: 110_109 }) }))).toEqual([])
    expect(decided(facts({ stops: makePair(1, { down: 89_909, up: 110_000 }) }))).not.toEqual([])
  })

  it('are replaced once a minute at most, the entry counted', () => {
    const at = (ageMs: number) =>
      decided(facts({ stops: old, leg: { lastStopsAtMs: NOW_MS - ageMs } }))
    expect(at(59_999)).toEqual([])
    expect(at(60_000)).toEqual(['place 0 1'])
    const hedgeChange = { openedAtMs: NOW_MS - 59_999 }
    expect(decided(facts({ stops: old, hedgeChange }))).toEqual([])
  })

  it('are replaced at once when liquidation has come nearer, not when it went away', () => {
    const leg = { stopTries: 1, lastStopsAtMs: NOW_MS - 1000 }
    const down = makeLevel(90_000, { limitedBy: 'liquidation' })
    const up = makeLevel(110_000, { limitedBy: 'liquidation' })
    const behind = makePair(1, { down: 88_000, up: 110_000 })
    const above = makePair(1, { down: 90_000, up: 112_000 })
    const ahead = makePair(1, { down: 92_000, up: 108_000 })
    const wantedStops = makeLevels({ down, up })
    expect(decided(facts({ stops: behind, leg, wantedStops }))).toEqual(['place 0 1'])
    expect(decided(facts({ stops: above, leg, wantedStops }))).toEqual(['place 0 1'])
    expect(decided(facts({ stops: ahead, leg, wantedStops }))).toEqual([])
    const spent = { stopTries: POLICY.attempts, lastStopsAtMs: NOW_MS - 59_000 }
    expect(decided(facts({ stops: behind, leg: spent, wantedStops }))).toEqual([])
  })

  it('are renewed a week before they expire', () => {
    const expiring = (aheadMs: number) => makePair(1, undefined, { expiresAtMs: NOW_MS + aheadMs })
    expect(decided(facts({ stops: expiring(7 * DAY_MS) }))).toEqual([])
    expect(decided(facts({ stops: expiring(7 * DAY_MS - 1) }))).toEqual(['place 0 1'])
    const renewed = [...expiring(6 * DAY_MS), ...makePair(2)]
    expect(decided(facts({ stops: renewed }))).toEqual([
      `cancel 0 ${first(renewed)}`,
      `cancel 1 ${first(renewed)}`,
    ])
  })
})

describe('what can be reached', () => {
  it('is judged again: stops come for a level that becomes reachable', () => {
    const legs = [
      makeLeg({ stopState: 'NOT_REACHABLE' }),
      makeLeg({ account: 'a2', accountIndex: 2, side: 'short', stopState: 'NOT_REACHABLE' }),
    ]
    const hedgeChange = { legs }
    expect(decided(facts({ hedgeChange }))).toEqual(['place 0 1'])
    const none = makeLevels({ down: undefined, up: undefined })
    expect(decided(facts({ hedgeChange, wantedStops: none }))).toEqual([])
  })

  it('a level that is not reachable any more is dropped after the other rests without it', () => {
    const both = makePair(1)
    const wantedStops = makeLevels({ up: undefined })
    expect(decided(facts({ stops: both, wantedStops }))).toEqual(['place 0 1'])
    const seen = [...both, ...makePair(2, { down: 90_000 })]
    expect(decided(facts({ stops: seen, wantedStops }))[0]).toBe(`cancel 0 ${first(both)}`)
  })

  it('everything is cancelled when nothing is reachable any more, or exchange stops are off', () => {
    const pair = makePair(1)
    const cancels = [`cancel 0 ${first(pair)}`, `cancel 1 ${first(pair)}`]
    const none = makeLevels({ down: undefined, up: undefined })
    expect(decided(facts({ stops: pair, wantedStops: none }))).toEqual(cancels)
    expect(decided(facts({ stops: pair, policy: OFF, wantedStops: undefined }))).toEqual(cancels)
    expect(decided(facts({ policy: OFF, wantedStops: undefined }))).toEqual([])
  })
})

describe('one mark closes all legs', () => {
  const at = (stops: readonly RestingStop[], wantedStops = makeLevels()) => {
    const base = facts({ wantedStops })
    const legs = base.legs.map((leg, place) =>
      place === 0 ? { ...leg, stops: known(stops, NOW_MS) } : leg,
    )
    return levelsToPlace({ ...base, legs })
  }
  const prices = (levels: ReturnType<typeof at>) =>
    [levels?.down, levels?.up].map((level) => level?.triggerPrice.toNumber())

  it("stops of one leg are placed at the other leg's levels while these are near enough", () => {
    expect(prices(at(makePair(1, { down: 90_050, up: 109_960 })))).toEqual([90_050, 109_960])
    expect(prices(at(makePair(1, { down: 80_000, up: 109_960 })))).toEqual([90_000, 110_000])
    expect(prices(at([]))).toEqual([90_000, 110_000])
  })

  it('says no levels while they are not known or one is due', () => {
    expect(at([], unknown('no mark'))).toBeUndefined()
    expect(at([], makeLevels({ up: makeLevel(99_000, { isDue: true }) }))).toBeUndefined()
  })
})

describe('a liquidation price that is older than the collateral', () => {
  const stops = makePair(1)
  const reads = (leg: Partial<LegFacts>) =>
    decide(facts({ stops, leg })).actions.map((action) => action.kind)

  it('is read again, with a pause between reads', () => {
    expect(reads({ isLiquidationPriceOld: true })).toEqual(['read', 'read'])
    const lastAccountReadAtMs = NOW_MS - TIMING.longestReadPauseMs + 1
    expect(reads({ isLiquidationPriceOld: true, lastAccountReadAtMs })).toEqual([])
    expect(reads({ isLiquidationPriceOld: false })).toEqual([])
  })
})

describe('cancelling', () => {
  const stops = [...makePair(1), ...makePair(2)]

  it('keeps the newer of two equal pairs', () => {
    expect(decided(facts({ stops }))[0]).toBe(`cancel 0 ${first(stops)}`)
  })

  it('pauses longer after every refusal', () => {
    const due = (cancelTries: number, ageMs: number) =>
      decided(facts({ stops, leg: { cancelTries, lastCancelAtMs: NOW_MS - ageMs } })).length > 0
    expect(due(0, 0)).toBe(true)
    expect(due(1, 999)).toBe(false)
    expect(due(9, 59_999)).toBe(false)
    expect(due(9, 60_000)).toBe(true)
  })

  it('takes an order of ours on the wrong side away', () => {
    const wrong = makePair(3, { down: 90_000 }, { isClosing: false })
    expect(decided(facts({ stops: [...makePair(1), ...wrong] }))[0]).toBe(
      `cancel 0 ${first(wrong)}`,
    )
  })

  it('never lets placings pile up that the venue shows otherwise than they were sent', () => {
    const strange = [1, 2, 3].flatMap((number) => makePair(number, { down: 85_000, up: 115_000 }))
    const leg = { lastStopsAtMs: NOW_MS - 1000 }
    expect(decided(facts({ stops: strange, leg }))[0]).toBe(`cancel 0 ${first(strange)}`)
    expect(decided(facts({ stops: strange.slice(2), leg }))).toEqual([])
    const parts = { baseSize: new Dec('0.001') }
    const whole = makePair(1, { down: 85_000, up: 115_000 })
    const newer = [2, 3].flatMap((number) => makePair(number, undefined, parts))
    expect(decided(facts({ stops: [...whole, ...newer], leg }))).toEqual([])
  })
})

describe('a level that mark has passed already', () => {
  const near = makeLevels({
    down: makeLevel(100_500, { isDue: true, limitedBy: 'liquidation', account: 'a1' }),
  })
  const lost = makeLevels({ up: makeLevel(99_500, { isDue: true, account: 'a2' }) })

  it('closes the hedge when nothing rests there', () => {
    expect(decided(facts({ wantedStops: near }))).toEqual(['close: liquidation_near'])
    expect(decided(facts({ wantedStops: lost }))).toEqual(['close: stop_loss'])
    expect(decided(facts({ wantedStops: near, stops: makePair(1) }))).toEqual([
      'close: liquidation_near',
    ])
  })

  it('gives what rests there two seconds to fire', () => {
    const stops = makePair(1, { down: 100_500, up: 110_000 })
    const since = (ms: number) =>
      decided(facts({ wantedStops: near, stops, stopDueSinceMs: NOW_MS - ms }))
    expect(decided(facts({ wantedStops: near, stops }))).toEqual([])
    expect(since(1999)).toEqual([])
    expect(since(2000)).toEqual(['close: liquidation_near'])
  })

  it('gives the same time while nobody can see what rests', () => {
    const leg = { stops: unknown('no socket') }
    expect(decided(facts({ wantedStops: lost, leg }))).toEqual([])
    expect(decided(facts({ wantedStops: lost, leg, stopDueSinceMs: NOW_MS - 2000 }))).toEqual([
      'close: stop_loss',
    ])
  })

  it('neither closes nor places by an old mark', () => {
    const mark = unknown('9000 ms old')
    expect(decided(facts({ wantedStops: near, mark }))).toEqual([])
    expect(dueStop(facts({ wantedStops: near, mark }))).toBeUndefined()
    expect(decided(facts({ mark }))).toEqual(['place 0 1'])
  })

  it('is told to the watcher, liquidation before loss', () => {
    expect(dueStop(facts())).toBeUndefined()
    expect(dueStop(facts({ wantedStops: lost }))).toEqual({
      account: 'a2',
      triggerPrice: new Dec(99_500),
      limitedBy: 'loss',
    })
    const both = makeLevels({
      down: makeLevel(100_100, { isDue: true }),
      up: makeLevel(99_900, { isDue: true, limitedBy: 'liquidation', account: 'a2' }),
    })
    expect(dueStop(facts({ wantedStops: both }))?.limitedBy).toBe('liquidation')
  })
})

describe('how stops stand', () => {
  const stateOf = (at: HedgeFacts) => at.legs.map((leg) => protectionOf(at, leg))
  const legs = (stopState: 'RESTING' | 'PENDING' | 'UNPROTECTED' | 'OFF') => ({
    legs: makeHedge().legs.map((leg) => ({ ...leg, stopState })),
  })

  it('RESTING when every reachable level is covered for the whole leg', () => {
    expect(stateOf(facts({ stops: makePair(1) }))).toEqual(['RESTING', 'RESTING'])
    const wantedStops = makeLevels({ up: undefined })
    const down = makePair(1, { down: 90_000 })
    expect(stateOf(facts({ stops: down, wantedStops }))).toEqual(['RESTING', 'RESTING'])
    expect(stateOf(facts({ stops: down }))).not.toContain('RESTING')
  })

  it('stays RESTING while a replacement is on its way and the old pair rests', () => {
    const old = makePair(1, { down: 80_000, up: 120_000 })
    expect(stateOf(facts({ stops: old }))).toEqual(['RESTING', 'RESTING'])
  })

  it('PENDING for five seconds after something changed, then UNPROTECTED until it is seen', () => {
    const lacked = (ms: number, hedgeChange = legs('RESTING')) =>
      stateOf(facts({ hedgeChange, leg: { stopsLackSinceMs: NOW_MS - ms } }))[0]
    expect(lacked(4999)).toBe('PENDING')
    expect(lacked(5000)).toBe('UNPROTECTED')
    expect(lacked(0, legs('UNPROTECTED'))).toBe('UNPROTECTED')
    expect(stateOf(facts({ stops: makePair(1), hedgeChange: legs('UNPROTECTED') }))[0]).toBe(
      'RESTING',
    )
  })

  it('what was seen resting is not gone because nobody can look', () => {
    const leg = { stops: unknown('no socket') }
    expect(stateOf(facts({ leg, hedgeChange: legs('RESTING') }))[0]).toBe('RESTING')
    expect(stateOf(facts({ leg, hedgeChange: legs('PENDING') }))[0]).toBe('UNPROTECTED')
  })

  it('goes by the levels of the ledger while the wanted ones are not known', () => {
    const wantedStops = unknown('no mark')
    const remembered = {
      legs: legs('PENDING').legs.map((leg) => ({ ...leg, stopDown: new Dec(90_000) })),
    }
    const hedgeChange = remembered
    expect(stateOf(facts({ wantedStops, hedgeChange, stops: makePair(1) }))[0]).toBe('RESTING')
    expect(stateOf(facts({ wantedStops, hedgeChange }))[0]).toBe('UNPROTECTED')
    expect(stateOf(facts({ wantedStops }))[0]).toBe('PENDING')
  })

  it('OFF and NOT_REACHABLE follow the settings of now', () => {
    expect(stateOf(facts({ policy: OFF, wantedStops: undefined, stops: makePair(1) }))[0]).toBe(
      'OFF',
    )
    const none = makeLevels({ down: undefined, up: undefined })
    expect(stateOf(facts({ wantedStops: none, hedgeChange: legs('RESTING') }))[0]).toBe(
      'NOT_REACHABLE',
    )
    const hedgeChange = legs('OFF')
    const leg = { stopsLackSinceMs: NOW_MS }
    expect(stateOf(facts({ hedgeChange, leg }))[0]).toBe('PENDING')
  })

  it('the ledger shows the levels that were seen, not those that are wished', () => {
    const levels = (at: HedgeFacts) => at.legs.map((leg) => seenLevels(at, leg))[0]
    const stops = makePair(1, { down: 90_050, up: 110_000 })
    expect(levels(facts({ stops }))).toEqual({
      stopDown: new Dec(90_050),
      stopUp: new Dec(110_000),
    })
    const hedgeChange = {
      legs: makeHedge().legs.map((leg) => ({ ...leg, stopDown: new Dec(80_000) })),
    }
    expect(levels(facts({ hedgeChange }))?.stopDown).toEqual(new Dec(80_000))
    expect(levels(facts({ hedgeChange, policy: OFF }))).toEqual({
      stopDown: undefined,
      stopUp: undefined,
    })
  })
})

describe('the rules of stops, for any hedge in any condition', () => {
  const always = (check: (at: HedgeFacts, actions: readonly Action[]) => void) =>
    fc.assert(
      fc.property(factsArbitrary, (at) => check(at, decide(at).actions)),
      { numRuns: 3000 },
    )

  it('places only in state open, on legs that wait for nothing, never at a level that is due', () => {
    let placed = 0
    always((at, actions) => {
      for (const action of actions) {
        if (action.kind !== 'place_stops') continue
        placed += 1
        expect(at.hedge.state).toBe('open')
        expect(at.policy.isExchangeStopOn).toBe(true)
        if (at.wantedStops?.isKnown !== true) throw new Error('placed without levels')
        const { down, up } = at.wantedStops.value
        expect([down?.isDue, up?.isDue]).not.toContain(true)
        for (const legIndex of action.legIndexes) {
          const leg = at.legs[legIndex]
          expect(leg?.held).toBeUndefined()
          expect(leg?.awaited).toEqual([])
          expect(leg?.stops.isKnown).toBe(true)
        }
        expect(at.legs.every((leg) => leg.position.isKnown)).toBe(true)
      }
    })
    expect(placed).toBeGreaterThan(0)
  })

  it('in state open cancels nothing that a leg would be bare without', () => {
    let cancelled = 0
    always((at, actions) => {
      for (const action of actions) {
        if (action.kind !== 'cancel' || at.hedge.state !== 'open' || at.hedge.target !== 'open')
          continue
        cancelled += 1
        const leg = at.legs[action.legIndex]
        if (leg?.stops.isKnown !== true) throw new Error('cancelled what nobody sees')
        if (!at.policy.isExchangeStopOn) continue
        const gone = leg.stops.value.find((stop) => stop.orderIndex === action.orderIndex)
        // The venue may end the whole placement with it.
        const left = leg.stops.value.filter((stop) => stop.expiresAtMs !== gone?.expiresAtMs)
        const samePlacement = leg.stops.value.filter(
          (stop) => stop.expiresAtMs === gone?.expiresAtMs && stop.orderIndex !== gone?.orderIndex,
        )
        const after = (stops: readonly RestingStop[]) =>
          lacksStops(at, { ...leg, stops: known(stops, NOW_MS) })
        expect(lacksStops(at, leg) || !after([...left, ...samePlacement])).toBe(true)
      }
    })
    expect(cancelled).toBeGreaterThan(0)
  })
})
