/**
 * Which hedges the owner is still to hear of: those that opened, those that ended, those that a stop closes. What belongs
 * together becomes one message: ten hedges that open in one run, or that one stop closes. Pure.
 * @module
 */
import type { JournalEvent } from '../../ports.ts'

/** A hedge of which something is to be told. */
export interface PendingHedge {
  readonly hedgeId: string
  readonly sinceMs: number
}

/** A hedge that a stop closes, and of which nothing was told yet. */
export interface PendingStop extends PendingHedge {
  /** `stop_loss`, `total_stop`, ... */
  readonly kind: string
  /** The words of its event. */
  readonly reason: string
}

/** What is to be told of hedges. */
export interface TradeMemory {
  readonly openings: readonly PendingHedge[]
  readonly endings: readonly PendingHedge[]
  readonly stops: readonly PendingStop[]
}

/** Nothing to tell. */
export const NO_TRADES: TradeMemory = { openings: [], endings: [], stops: [] }

const STOP_KINDS: ReadonlySet<string> = new Set([
  'stop_loss',
  'hedge_stop',
  'total_stop',
  'trailing_stop',
  'take_profit',
  'max_hold',
])

/** Causes of an end that a stop message tells, those of the exchange's own stops too. */
export const STOP_CAUSES: ReadonlySet<string> = new Set([...STOP_KINDS, 'exchange_stop'])

/** A run that opens more at once is told of with a number. */
const MOST_PENDING = 2_000

/** The memory after an event of the journal. */
export function takeTradeEvent(memory: TradeMemory, event: JournalEvent): TradeMemory {
  const { kind, hedgeId, atMs: sinceMs, message: reason } = event
  if (hedgeId === undefined) return memory
  const { openings, endings, stops } = memory
  if (kind === 'hedge_open' || kind === 'hedge_aborted') {
    return { ...memory, openings: put(openings, { hedgeId, sinceMs }) }
  }
  if (kind === 'hedge_closed') {
    return {
      openings: openings.filter((one) => one.hedgeId !== hedgeId),
      endings: put(endings, { hedgeId, sinceMs }),
      stops,
    }
  }
  if (!STOP_KINDS.has(kind)) return memory
  return { ...memory, stops: put(stops, { hedgeId, sinceMs, kind, reason }) }
}

function put<T extends PendingHedge>(list: readonly T[], item: T): readonly T[] {
  if (list.some(({ hedgeId }) => hedgeId === item.hedgeId)) return list
  return list.length >= MOST_PENDING ? list : [...list, item]
}

/** How a hedge is by the journal. */
export interface HedgeProgress {
  readonly isLive: boolean
  readonly isOpening: boolean
  /** Its fills add up to flat. */
  readonly isComplete: boolean
}

/** What the decision needs beside the memory. */
export interface TradeTiming {
  readonly nowMs: number
  /** The command ends: whatever is settled is told now. */
  readonly isFinal: boolean
  readonly progress: (hedgeId: string) => HedgeProgress | undefined
  /** Hedges that are being opened or closed now. */
  readonly moving: { readonly opening: number; readonly closing: number }
}

/** What one message is about. */
export type TradeTopic =
  | { readonly topic: 'opened'; readonly hedgeIds: readonly string[] }
  /** Stopped ones among them are told as such by whoever composes, from their cause. */
  | { readonly topic: 'ended'; readonly hedgeIds: readonly string[] }
  /** Hit, and not flat after a while. */
  | { readonly topic: 'stopping'; readonly stops: readonly PendingStop[] }

/** Messages that are due, and the memory without what they tell. */
export interface DueTrades {
  readonly topics: readonly TradeTopic[]
  readonly memory: TradeMemory
}

const TOGETHER_MS = 2_000
/** A run that opens many hedges waits for its request budget. */
const OPENING_MAX_MS = 300_000
const ENDING_MAX_MS = 30_000
/** Fills may come a little later than the flat position. */
const COMPLETE_MAX_MS = 15_000
/** A stop that takes longer is told before it is done. */
const STOPPING_MS = 15_000

/** Decides which messages are due. */
export function dueTrades(memory: TradeMemory, timing: TradeTiming): DueTrades {
  const openings = dueOpenings(memory.openings, timing)
  const endings = dueEndings(memory.endings, timing)
  const ended = new Set(endings)
  const open = memory.stops.filter(({ hedgeId }) => !ended.has(hedgeId))
  const stopping = open.filter((stop) => isOverdue(stop, timing))
  return {
    topics: [
      ...(openings.length === 0 ? [] : [{ topic: 'opened' as const, hedgeIds: openings }]),
      ...(stopping.length === 0 ? [] : [{ topic: 'stopping' as const, stops: stopping }]),
      ...(endings.length === 0 ? [] : [{ topic: 'ended' as const, hedgeIds: endings }]),
    ],
    memory: {
      openings: without(memory.openings, openings),
      endings: without(memory.endings, endings),
      stops: open.filter((stop) => !stopping.includes(stop) && !isGone(stop, timing)),
    },
  }
}

function without<T extends PendingHedge>(list: readonly T[], told: readonly string[]) {
  return list.filter(({ hedgeId }) => !told.includes(hedgeId))
}

function dueOpenings(openings: readonly PendingHedge[], timing: TradeTiming): readonly string[] {
  const { nowMs, isFinal, moving } = timing
  const oldestMs = Math.min(...openings.map(({ sinceMs }) => sinceMs))
  const isDue =
    isFinal ||
    (moving.opening === 0 && nowMs - oldestMs >= TOGETHER_MS) ||
    nowMs - oldestMs >= OPENING_MAX_MS
  return isDue ? openings.map(({ hedgeId }) => hedgeId) : []
}

function dueEndings(endings: readonly PendingHedge[], timing: TradeTiming): readonly string[] {
  const { nowMs, isFinal, moving } = timing
  const ready = endings.filter(
    ({ hedgeId, sinceMs }) =>
      isFinal ||
      timing.progress(hedgeId)?.isComplete !== false ||
      nowMs - sinceMs >= COMPLETE_MAX_MS,
  )
  const oldestMs = Math.min(...endings.map(({ sinceMs }) => sinceMs))
  const isTogether = ready.length === endings.length && moving.closing === 0
  const isDue =
    isFinal || (isTogether && nowMs - oldestMs >= TOGETHER_MS) || nowMs - oldestMs >= ENDING_MAX_MS
  return isDue ? ready.map(({ hedgeId }) => hedgeId) : []
}

function isOverdue({ hedgeId, sinceMs }: PendingStop, { nowMs, progress }: TradeTiming): boolean {
  return progress(hedgeId)?.isLive === true && nowMs - sinceMs >= STOPPING_MS
}

/** Its end was told, or will be by its ending. */
function isGone({ hedgeId }: PendingStop, { progress }: TradeTiming): boolean {
  return progress(hedgeId)?.isLive !== true
}
