/**
 * What the stop rules remember between two looks and over a restart: the best result of each hedge, which hedges a stop
 * has reached, how many stops there were today. Plain data, text in the journal.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import { Dec } from './decimal.ts'
import type { StopPolicy } from './stop-policy.ts'

/** Memory of one hedge. */
export interface HedgeStopMemory {
  /** Best net result in USD since trailing was armed; undefined before. */
  readonly bestNetUsd: Dec | undefined
  /** True once a stop has reached it: it is not counted again. */
  readonly isStopped: boolean
}

/** Stops of one UTC day. */
export interface DailyStops {
  /** Days since 1970-01-01 UTC. */
  readonly utcDay: number
  readonly count: number
}

/** Never changed in place: the very same object comes back when nothing changed, so only a new one need be written. */
export interface StopMemory {
  readonly hedges: ReadonlyMap<string, HedgeStopMemory>
  readonly daily: DailyStops
}

/** Nothing has happened yet. */
export const NO_STOP_MEMORY: StopMemory = { hedges: new Map(), daily: { utcDay: 0, count: 0 } }

const DAY_MS = 86_400_000
const NO_HEDGE_MEMORY: HedgeStopMemory = { bestNetUsd: undefined, isStopped: false }

/** What is remembered of a hedge; an empty memory when nothing. */
export function hedgeMemory(memory: StopMemory, hedgeId: string): HedgeStopMemory {
  return memory.hedges.get(hedgeId) ?? NO_HEDGE_MEMORY
}

/** Raises best results; a lower one changes nothing, so a trailing stop never loosens. */
export function rememberBests(
  memory: StopMemory,
  netUsdByHedge: ReadonlyMap<string, Dec>,
): StopMemory {
  const better = [...netUsdByHedge].filter(
    ([hedgeId, netUsd]) => hedgeMemory(memory, hedgeId).bestNetUsd?.gte(netUsd) !== true,
  )
  if (better.length === 0) return memory
  const hedges = new Map(memory.hedges)
  for (const [hedgeId, bestNetUsd] of better) {
    hedges.set(hedgeId, { ...hedgeMemory(memory, hedgeId), bestNetUsd })
  }
  return { ...memory, hedges }
}

/**
 * Counts stops, each given as the hedges that it closes. A stop counts when one of its hedges was not reached by a stop
 * before, so saying it again counts nothing. Also for stops that the exchange executed itself.
 */
export function countStops(
  memory: StopMemory,
  stops: readonly (readonly string[])[],
  nowMs: number,
): StopMemory {
  const hedges = new Map(memory.hedges)
  let added = 0
  for (const hedgeIds of stops) {
    const reached = hedgeIds.filter((hedgeId) => hedges.get(hedgeId)?.isStopped !== true)
    if (reached.length > 0) added += 1
    for (const hedgeId of reached) {
      hedges.set(hedgeId, { ...hedgeMemory(memory, hedgeId), isStopped: true })
    }
  }
  if (added === 0) return memory
  const { utcDay, count } = dailyStops(memory, nowMs)
  return { hedges, daily: { utcDay, count: count + added } }
}

/** Drops a hedge whose round is over. The stops of the day stay counted. */
export function forgetHedge(memory: StopMemory, hedgeId: string): StopMemory {
  if (!memory.hedges.has(hedgeId)) return memory
  const hedges = new Map(memory.hedges)
  hedges.delete(hedgeId)
  return { ...memory, hedges }
}

/** Why nothing may be opened now: the stops of this UTC day have reached the limit. Undefined: they have not. */
export function dailyLimitReached(
  memory: StopMemory,
  policy: Pick<StopPolicy, 'dailyStopLimit'>,
  nowMs: number,
): { readonly count: number; readonly limit: number; readonly untilMs: number } | undefined {
  const limit = policy.dailyStopLimit
  const { utcDay, count } = dailyStops(memory, nowMs)
  if (limit === undefined || count < limit) return undefined
  return { count, limit, untilMs: (utcDay + 1) * DAY_MS }
}

/** As text for the journal: decimals as text, hedges in the order of their ids. */
export function stopMemoryToJson(memory: StopMemory): string {
  const hedges = [...memory.hedges]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([hedgeId, one]) => ({
      hedge_id: hedgeId,
      best_net_usd: one.bestNetUsd?.toString() ?? null,
      is_stopped: one.isStopped,
    }))
  const daily = { utc_day: memory.daily.utcDay, count: memory.daily.count }
  return JSON.stringify({ hedges, daily })
}

/**
 * Reads what `stopMemoryToJson` wrote; fields that a later version added are ignored.
 * @throws HedgebotError kind `journal`, code `stop_memory_unreadable`: nothing is guessed, a forgotten best result would
 *   loosen a trailing stop
 */
export function stopMemoryFromJson(text: string): StopMemory {
  try {
    const { hedges, daily } = JSON.parse(text) as StoredMemory
    const entries = (hedges as readonly StoredHedge[]).map(readHedge)
    return {
      hedges: new Map(entries),
      daily: { utcDay: wholeNumber(daily.utc_day), count: wholeNumber(daily.count) },
    }
  } catch (error) {
    throw new HedgebotError('journal', 'the memory of the stops cannot be read', {
      code: 'stop_memory_unreadable',
      hint: 'best results and the stops of today are lost; stops by loss work without them',
      cause: error,
    })
  }
}

/** What is stored, not yet trusted. */
interface StoredMemory {
  readonly hedges: unknown
  readonly daily: { readonly utc_day: unknown; readonly count: unknown }
}

interface StoredHedge {
  readonly hedge_id: unknown
  readonly best_net_usd: unknown
  readonly is_stopped: unknown
}

function readHedge(stored: StoredHedge): readonly [string, HedgeStopMemory] {
  const { hedge_id: hedgeId, best_net_usd: best, is_stopped: isStopped } = stored
  if (typeof hedgeId !== 'string' || typeof isStopped !== 'boolean') throw new TypeError('no hedge')
  if (best !== null && typeof best !== 'string') throw new TypeError('no decimal')
  const bestNetUsd = best === null ? undefined : new Dec(best)
  if (bestNetUsd?.isFinite() === false) throw new TypeError('no amount')
  return [hedgeId, { bestNetUsd, isStopped }]
}

function wholeNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new TypeError('no whole number')
}

/** A clock that goes back over midnight does not give the day's stops back; one that was days ahead bars no days. */
function dailyStops({ daily }: StopMemory, nowMs: number): DailyStops {
  const today = Math.floor(nowMs / DAY_MS)
  if (today > daily.utcDay) return { utcDay: today, count: 0 }
  return daily.utcDay - today <= 1 ? daily : { utcDay: today, count: daily.count }
}
