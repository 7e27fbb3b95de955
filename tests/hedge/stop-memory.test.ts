import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StopMemory } from '../../src/hedge/stop-memory.ts'
import {
  NO_STOP_MEMORY,
  countStops,
  dailyLimitReached,
  forgetHedge,
  hedgeMemory,
  rememberBests,
  stopMemoryFromJson,
  stopMemoryToJson,
} from '../../src/hedge/stop-memory.ts'
import { anyDec, dec } from './sample-market.ts'

const DAY_MS = 86_400_000
const NOON = Date.UTC(2026, 10, 22, 12)
const best = (memory: StopMemory, hedgeId: string, usd: string) =>
  rememberBests(memory, new Map([[hedgeId, dec(usd)]]))
const stopsOf = (memory: StopMemory, nowMs: number) =>
  dailyLimitReached(memory, { dailyStopLimit: 1 }, nowMs)?.count ?? 0

const anyMemory: fc.Arbitrary<StopMemory> = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 40 }).map((no) => `h${no}`),
      fc.option(anyDec(-1_000_000, 1_000_000, 12), { nil: undefined }),
      fc.boolean(),
    ),
  )
  .chain((entries) =>
    fc.record({
      hedges: fc.constant(
        new Map(entries.map(([id, bestNetUsd, isStopped]) => [id, { bestNetUsd, isStopped }])),
      ),
      daily: fc.record({ utcDay: fc.nat(100_000), count: fc.nat(1000) }),
    }),
  )

describe('the memory of stops', () => {
  it('comes back from text as it was, amounts to the last digit', () => {
    fc.assert(
      fc.property(anyMemory, (memory) => {
        const text = stopMemoryToJson(memory)
        const again = stopMemoryFromJson(text)
        expect(stopMemoryToJson(again)).toBe(text)
        expect(again.daily).toEqual(memory.daily)
        expect(again.hedges.size).toBe(memory.hedges.size)
        for (const [hedgeId, one] of memory.hedges) {
          const back = hedgeMemory(again, hedgeId)
          expect(back.isStopped).toBe(one.isStopped)
          expect(back.bestNetUsd?.toString()).toBe(one.bestNetUsd?.toString())
        }
      }),
    )
  })

  it('has its amounts as text and its hedges in one order', () => {
    const memory = best(best(NO_STOP_MEMORY, 'h2', '0.1'), 'h1', '12.345678901234567890123')
    const text = stopMemoryToJson(memory)
    expect(text).toContain('"best_net_usd":"12.345678901234567890123"')
    expect(text.indexOf('"h1"')).toBeLessThan(text.indexOf('"h2"'))
  })

  it.each([
    ['no JSON', '{'],
    ['nothing', 'null'],
    ['no hedges', '{"daily":{"utc_day":1,"count":0}}'],
    ['a hedge without an id', '{"hedges":[{"is_stopped":true}],"daily":{"utc_day":1,"count":0}}'],
    [
      'an amount as a number',
      '{"hedges":[{"hedge_id":"h1","best_net_usd":1.5,"is_stopped":true}],"daily":{"utc_day":1,"count":0}}',
    ],
    [
      'an amount without a value',
      '{"hedges":[{"hedge_id":"h1","best_net_usd":"NaN","is_stopped":true}],"daily":{"utc_day":1,"count":0}}',
    ],
    ['half a stop', '{"hedges":[],"daily":{"utc_day":1,"count":0.5}}'],
    ['a negative day', '{"hedges":[],"daily":{"utc_day":-1,"count":0}}'],
  ])('is not guessed from a text with %s', (_, text) => {
    expect(() => stopMemoryFromJson(text)).toThrow(
      expect.objectContaining({ kind: 'journal', code: 'stop_memory_unreadable' }),
    )
  })

  it('keeps the best result, whatever comes after it', () => {
    fc.assert(
      fc.property(fc.array(anyDec(-100, 100, 4), { minLength: 1 }), (results) => {
        let memory = NO_STOP_MEMORY
        let highest = dec(-1000)
        for (const net of results) {
          memory = rememberBests(memory, new Map([['h1', net]]))
          if (net.gt(highest)) highest = net
          expect(hedgeMemory(memory, 'h1').bestNetUsd?.eq(highest)).toBe(true)
        }
      }),
    )
  })

  it('is the same object while nothing changes', () => {
    const memory = countStops(best(NO_STOP_MEMORY, 'h1', '5'), [['h1']], NOON)
    expect(best(memory, 'h1', '5')).toBe(memory)
    expect(best(memory, 'h1', '4')).toBe(memory)
    expect(countStops(memory, [['h1'], []], NOON)).toBe(memory)
    expect(forgetHedge(memory, 'h9')).toBe(memory)
    expect(rememberBests(memory, new Map())).toBe(memory)
  })

  it('forgets a round that is over, but not that it was stopped today', () => {
    const memory = forgetHedge(countStops(NO_STOP_MEMORY, [['h1']], NOON), 'h1')
    expect(memory.hedges.size).toBe(0)
    expect(stopsOf(memory, NOON)).toBe(1)
  })
})

describe('the stops of a day', () => {
  it('count a stop once, however often it is said', () => {
    const once = countStops(NO_STOP_MEMORY, [['h1'], ['h2']], NOON)
    expect(stopsOf(once, NOON)).toBe(2)
    expect(stopsOf(countStops(once, [['h2'], ['h1'], ['h1', 'h2']], NOON), NOON)).toBe(2)
    expect(stopsOf(countStops(once, [['h1', 'h3']], NOON), NOON)).toBe(3)
  })

  it('bar openings from the limit on, until midnight UTC', () => {
    const two = countStops(NO_STOP_MEMORY, [['h1'], ['h2']], NOON)
    const at = (limit: number | undefined, nowMs = NOON) =>
      dailyLimitReached(two, { dailyStopLimit: limit }, nowMs)
    const midnight = Date.UTC(2026, 10, 23)
    expect(at(2)).toEqual({ count: 2, limit: 2, untilMs: midnight })
    expect(at(1)?.count).toBe(2)
    expect(at(3)).toBeUndefined()
    expect(at(undefined)).toBeUndefined()
    expect(at(2, midnight - 1)).toBeDefined()
    expect(at(2, midnight)).toBeUndefined()
  })

  it('are not given back by a clock that goes back over midnight', () => {
    const memory = countStops(NO_STOP_MEMORY, [['h1']], NOON)
    expect(stopsOf(memory, NOON - DAY_MS)).toBe(1)
  })

  it('do not bar the days until a date that a wrong clock once showed', () => {
    const memory = countStops(NO_STOP_MEMORY, [['h1']], NOON + 1000 * DAY_MS)
    const barred = dailyLimitReached(memory, { dailyStopLimit: 1 }, NOON)
    expect(barred?.untilMs).toBe(Date.UTC(2026, 10, 23))
    expect(stopsOf(countStops(memory, [['h2']], NOON), NOON + DAY_MS)).toBe(0)
  })
})
