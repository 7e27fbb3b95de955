/**
 * The whole life of one hedge's stops against a small model of the venue: levels that change, orders that vanish,
 * placings that are refused, answers that come late.
 * @module
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/hedge/decide.ts'
import type { Action, HedgeFacts, RestingStop } from '../../src/hedge/hedge-facts.ts'
import { judgeStops } from '../../src/hedge/judge-stops.ts'
import { lacksStops, placingsInARow } from '../../src/hedge/keep-stops.ts'
import { known } from '../../src/hedge/known.ts'
import type { StopLevels } from '../../src/hedge/stops.ts'
import { NOW_MS, makeFacts, makeHedge, makeLevel, makeLevels, makeStop } from './facts-arbitrary.ts'

const LIFE_MS = 28 * 86_400_000
const TURN_MS = 500
const CALM_MS = 120_000
/** Longer waits are mostly quiet: only their ends are gone through. */
const BUSY_MS = 600_000

type Chance =
  | { readonly kind: 'levels'; readonly down: number | undefined; readonly up: number | undefined }
  | { readonly kind: 'near'; readonly down: number }
  | { readonly kind: 'vanish'; readonly leg: 0 | 1; readonly place: number }
  | { readonly kind: 'refuse'; readonly times: number }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Nobody runs. */
  | { readonly kind: 'sleep'; readonly ms: number }

const chanceArbitrary: fc.Arbitrary<Chance> = fc.oneof(
  fc.record({
    kind: fc.constant('levels' as const),
    down: fc.constantFrom(undefined, 80_000, 88_000, 90_000, 90_040),
    up: fc.constantFrom(undefined, 110_000, 115_000),
  }),
  fc.record({ kind: fc.constant('near' as const), down: fc.integer({ min: 90_000, max: 98_000 }) }),
  fc.record({
    kind: fc.constant('vanish' as const),
    leg: fc.constantFrom(0 as const, 1 as const),
    place: fc.nat({ max: 3 }),
  }),
  fc.record({ kind: fc.constant('refuse' as const), times: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('sleep' as const), ms: fc.constantFrom(600_000, 22 * 86_400_000) }),
  fc.record({
    kind: fc.constant('wait' as const),
    ms: fc.constantFrom(500, 3000, 61_000),
  }),
)

interface ModelLeg {
  resting: RestingStop[]
  /** What a transaction under way will do; it takes some turns. */
  pending: { readonly turns: number; readonly apply: () => void } | undefined
  placedAtMs: number[]
  lastCancelAtMs: number | undefined
  lackSinceMs: number | undefined
}

/** One hedge, its venue and the loop around `decide`. */
function createModel(hasSiblingCancel: boolean) {
  const legs: [ModelLeg, ModelLeg] = [emptyLeg(), emptyLeg()]
  const levels: { now: StopLevels } = { now: valueOf(makeLevels()) }
  let nowMs = NOW_MS
  let counter = 0
  let refusals = 0
  const spent = { units: 0 }

  const factsNow = (): HedgeFacts => {
    const base = makeFacts({
      hedge: makeHedge({ state: 'open', openedAtMs: NOW_MS - 5000 }),
      held: ['0.01', '0.01'],
      wantedStops: known(levels.now, nowMs),
      nowMs,
    })
    return {
      ...base,
      legs: base.legs.map((leg, at) => {
        const model = legs[at] ?? emptyLeg()
        return {
          ...leg,
          stops: known([...model.resting], nowMs),
          awaited:
            model.pending === undefined
              ? []
              : [
                  {
                    orderId: 1,
                    purpose: 'stops' as const,
                    acceptedAtMs: nowMs,
                    reads: 0,
                    lastReadAtMs: undefined,
                  },
                ],
          stopTries: placingsInARow(model.placedAtMs, nowMs),
          lastStopsAtMs: model.placedAtMs.at(-1),
          lastCancelAtMs: model.lastCancelAtMs,
          stopsLackSinceMs: model.lackSinceMs,
        }
      }),
    }
  }

  const place = (model: ModelLeg) => {
    expect(model.pending, 'placed twice at once').toBeUndefined()
    model.placedAtMs.push(nowMs)
    spent.units += 1
    const wanted = levels.now
    const expiresAtMs = nowMs + LIFE_MS
    const stops = (['down', 'up'] as const).flatMap((direction) => {
      const level = wanted[direction]
      counter += 1
      return level === undefined
        ? []
        : [
            makeStop({
              direction,
              triggerPrice: level.triggerPrice,
              clientOrderIndex: counter,
              orderIndex: String(counter),
              expiresAtMs,
            }),
          ]
    })
    const isRefused = refusals > 0
    if (isRefused) refusals -= 1
    model.pending = {
      turns: 2,
      apply: () => {
        if (!isRefused) model.resting.push(...stops)
      },
    }
  }

  const cancel = (model: ModelLeg, at: HedgeFacts, legIndex: number, orderIndex: string) => {
    expect(model.pending).toBeUndefined()
    model.lastCancelAtMs = nowMs
    spent.units += 1
    const gone = model.resting.find((stop) => stop.orderIndex === orderIndex)
    expect(gone, 'cancelled what does not rest').toBeDefined()
    const leg = at.legs[legIndex]
    if (leg === undefined) throw new Error('no such leg')
    // Even when the venue ends the whole placement with it, every wanted level has another that was seen.
    const left = model.resting.filter((stop) => stop.expiresAtMs !== gone?.expiresAtMs)
    expect(lacksStops(at, { ...leg, stops: known(left, nowMs) })).toBe(false)
    const { standing } = judgeStops(at, leg, levels.now)
    const isNewer = (stop: RestingStop) => (stop.expiresAtMs ?? 0) > (gone?.expiresAtMs ?? 0)
    expect(standing !== undefined || left.some(isNewer)).toBe(true)
    model.pending = {
      turns: 1,
      apply: () => {
        model.resting = model.resting.filter(
          (stop) =>
            stop.orderIndex !== orderIndex &&
            !(hasSiblingCancel && stop.expiresAtMs === gone?.expiresAtMs),
        )
      },
    }
  }

  const perform = (at: HedgeFacts, action: Action) => {
    if (action.kind === 'place_stops') {
      for (const legIndex of action.legIndexes) place(legs[legIndex as 0 | 1])
    } else if (action.kind === 'cancel') {
      cancel(legs[action.legIndex as 0 | 1], at, action.legIndex, action.orderIndex)
    } else throw new Error(`unexpected ${action.kind}`)
  }

  const turn = () => {
    nowMs += TURN_MS
    for (const model of legs) {
      model.resting = model.resting.filter((stop) => (stop.expiresAtMs ?? 0) > nowMs)
      if (model.pending === undefined) continue
      const { turns, apply } = model.pending
      if (turns > 1) model.pending = { turns: turns - 1, apply }
      else {
        model.pending = undefined
        apply()
      }
    }
    const seen = factsNow()
    seen.legs.forEach((leg, legIndex) => {
      const model = legs[legIndex as 0 | 1]
      model.lackSinceMs = lacksStops(seen, leg) ? (model.lackSinceMs ?? nowMs) : undefined
    })
    const at = factsNow()
    for (const action of decide(at).actions) perform(at, action)
  }

  return {
    legs,
    spent,
    factsNow,
    run(ms: number) {
      const lastMs = Math.min(ms, BUSY_MS)
      nowMs += ms - lastMs
      for (let left = lastMs; left > 0; left -= TURN_MS) turn()
    },
    suffer(chance: Chance) {
      if (chance.kind === 'levels') {
        const { down, up } = chance
        levels.now = valueOf(
          makeLevels({
            down: down === undefined ? undefined : makeLevel(down),
            up: up === undefined ? undefined : makeLevel(up),
          }),
        )
      } else if (chance.kind === 'near') {
        const down = makeLevel(chance.down, { limitedBy: 'liquidation' })
        levels.now = valueOf(makeLevels({ down }))
      } else if (chance.kind === 'vanish') legs[chance.leg].resting.splice(chance.place, 1)
      else if (chance.kind === 'refuse') refusals += chance.times
      else if (chance.kind === 'sleep') nowMs += chance.ms
      else this.run(chance.ms)
    },
    calm() {
      refusals = 0
      this.run(CALM_MS)
    },
  }
}

function emptyLeg(): ModelLeg {
  return {
    resting: [],
    pending: undefined,
    placedAtMs: [],
    lastCancelAtMs: undefined,
    lackSinceMs: undefined,
  }
}

function valueOf(levels: ReturnType<typeof makeLevels>): StopLevels {
  if (!levels.isKnown) throw new Error('levels of a sample are known')
  return levels.value
}

describe('stops through a random life', () => {
  it.each([false, true])(
    'ends with exactly the wanted pair on every leg, and never lets go of one before the next is seen (siblings die together: %s)',
    (hasSiblingCancel) => {
      let replaced = 0
      fc.assert(
        fc.property(fc.array(chanceArbitrary, { maxLength: 12 }), (chances) => {
          const model = createModel(hasSiblingCancel)
          for (const chance of chances) {
            model.suffer(chance)
            model.run(2000)
          }
          model.calm()
          const at = model.factsNow()
          const levels = at.wantedStops
          if (levels?.isKnown !== true) throw new Error('levels are known')
          at.legs.forEach((leg, legIndex) => {
            const judged = judgeStops(at, leg, levels.value)
            expect(judged.surplus).toEqual([])
            expect(judged.standing).toBeDefined()
            expect(model.legs[legIndex as 0 | 1].resting).toHaveLength(
              [levels.value.down, levels.value.up].filter((level) => level !== undefined).length,
            )
          })
          expect(decide(at).actions).toEqual([])
          replaced += model.legs[0].placedAtMs.length > 1 ? 1 : 0
        }),
        { numRuns: 100 },
      )
      expect(replaced).toBeGreaterThan(20)
    },
  )

  it('costs a unit for each placing and each cancellation, and none while nothing changes', () => {
    const model = createModel(false)
    model.run(10_000)
    expect(model.spent.units).toBe(2)
    model.run(600_000)
    expect(model.spent.units).toBe(2)
    model.suffer({ kind: 'levels', down: 80_000, up: 115_000 })
    model.run(30_000)
    expect(model.spent.units).toBe(2 + 2 * 3)
  })

  it('stays far below the budget while everything is refused', () => {
    const model = createModel(false)
    model.suffer({ kind: 'refuse', times: 10_000 })
    model.run(600_000)
    const [leg] = model.legs
    expect(leg.placedAtMs.length).toBeGreaterThan(10)
    expect(leg.placedAtMs.length).toBeLessThan(18)
  })
})
