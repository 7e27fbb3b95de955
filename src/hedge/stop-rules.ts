/**
 * The stops as a function of (snapshot, policy, memory, now). What each rule does with what is unknown or old:
 *
 * - `stop_loss` judges every leg for itself, in any state that is not closing yet: it needs the mark and this leg's
 *   position. Another leg that is unknown, naked, smaller than planned or missing does not hold it back.
 * - `hedge_stop`, `take_profit`, `trailing_stop` need the net result, so every leg and the mark. Gains are taken only in
 *   state `open`: half an opening can look like one.
 * - `total_stop` adds up the hedges whose net result is known, closing ones too. The others count neither as a loss nor
 *   against one.
 * - `max_hold` needs the clock only.
 *
 * A value that is old decides nothing; it becomes an alert, urgent when the last known values would stop the hedge.
 * Nothing here adds exposure, and a verdict stands until the hedge's target is flat.
 * @module
 */
import { maxDec } from './decimal.ts'
import type { Dec } from './decimal.ts'
import type { Known } from './known.ts'
import { isLiveState } from './ledger.ts'
import { staleAlerts } from './stop-alerts.ts'
import { compareIds, holdEndMs, holdStop, legStop, netStop, totalStop } from './stop-causes.ts'
import type { StopMemory } from './stop-memory.ts'
import { countStops, forgetHedge, hedgeMemory, rememberBests } from './stop-memory.ts'
import type { StopPolicy } from './stop-policy.ts'
import { assertStopPolicy } from './stop-policy.ts'
import type { Freshness, StopHedge, StopSnapshot } from './stop-snapshot.ts'
import { freshMark, isFresh, netPnlUsd } from './stop-snapshot.ts'
import type { StaleAlert, StopCause, StopVerdict } from './stop-verdict.ts'

/** While something is old, it may be fresh again without any other news. */
const STALE_RECHECK_MS = 1000

/** Loss limits: what `risk.on_stop` and the daily limit are about. */
const LOSS_CAUSES: readonly StopCause[] = ['stop_loss', 'hedge_stop', 'total_stop']

/** Everything that a decision depends on. */
export interface DecideStopsOptions {
  readonly snapshot: StopSnapshot
  readonly policy: StopPolicy
  readonly memory: StopMemory
  readonly nowMs: number
}

/** What to close, what cannot be seen, what to remember and when to look again. */
export interface StopDecision {
  /** At most one for a hedge, by hedge id, the total last. */
  readonly verdicts: readonly StopVerdict[]
  /** Said again at every look while they hold. */
  readonly alerts: readonly StaleAlert[]
  /** The same object when nothing changed. It is written with the closing orders: one commit, then they leave. */
  readonly memory: StopMemory
  /** Look again at this time even if nothing happens; undefined: only when something changes. */
  readonly nextWakeMs: number | undefined
}

/** Applies every rule to everything. */
export function decideStops(options: DecideStopsOptions): StopDecision {
  const { snapshot, policy, nowMs } = options
  const own = judgeHedges(options, snapshot.hedges)
  const left = snapshot.hedges.filter(isReducible)
  const total =
    left.length === 0 ? undefined : totalStop(snapshot, { nowMs, policy, nets: own.nets })
  const counted = total === undefined ? own.memory : countStops(own.memory, [idsOf(left)], nowMs)
  // The total counts what is closing as well, and so changes when that gets old.
  const counting = policy.totalStopUsd === undefined ? left : snapshot.hedges.filter(isLive)
  const wakes = counting.map((hedge) => wakeOf(hedge, options))
  if (own.alerts.length > 0) wakes.push(nowMs + Math.min(STALE_RECHECK_MS, policy.staleAfterMs))
  const nextWakeMs = wakes.reduce((soonest, wakeMs) => Math.min(soonest, wakeMs), Infinity)
  return {
    verdicts: total === undefined ? own.verdicts : [...own.verdicts, total],
    alerts: own.alerts,
    memory: forgetEnded(counted, snapshot.hedges),
    nextWakeMs: nextWakeMs === Infinity ? undefined : nextWakeMs,
  }
}

/**
 * The rules of these hedges alone, for a tick that hits few of many: what must be on the wire first. The total and the
 * next wake belong to the `decideStops` that follows, with the memory that this returns.
 */
export function decideOwnStops(
  options: DecideStopsOptions,
  hedgeIds: ReadonlySet<string>,
): Omit<StopDecision, 'nextWakeMs'> {
  const hedges = options.snapshot.hedges.filter(({ hedgeId }) => hedgeIds.has(hedgeId))
  const { verdicts, alerts, memory } = judgeHedges(options, hedges)
  return { verdicts, alerts, memory }
}

interface JudgedHedges extends Omit<StopDecision, 'nextWakeMs'> {
  /** Net results that were asked for, by hedge. */
  readonly nets: ReadonlyMap<string, Known<Dec>>
}

function judgeHedges(options: DecideStopsOptions, hedges: readonly StopHedge[]): JudgedHedges {
  const { snapshot, policy, memory, nowMs } = options
  assertStopPolicy(policy)
  const verdicts: StopVerdict[] = []
  const alerts: StaleAlert[] = []
  const bests = new Map<string, Dec>()
  const nets = new Map<string, Known<Dec>>()
  for (const hedge of hedges) {
    if (!isReducible(hedge)) continue
    const { verdict, bestNetUsd, net } = judgeHedge(hedge, options)
    if (net !== undefined) nets.set(hedge.hedgeId, net)
    if (bestNetUsd !== undefined) bests.set(hedge.hedgeId, bestNetUsd)
    if (verdict !== undefined) verdicts.push(verdict)
    else alerts.push(...staleAlerts(hedge, snapshot, { nowMs, policy }))
  }
  verdicts.sort((a, b) => compareIds(a.hedgeId ?? '', b.hedgeId ?? ''))
  alerts.sort((a, b) => compareIds(a.hedgeId, b.hedgeId))
  const remembered = rememberBests(memory, bests)
  return {
    verdicts,
    alerts,
    memory: countStops(remembered, reachedBy(verdicts, snapshot), nowMs),
    nets,
  }
}

interface Judged {
  readonly verdict: StopVerdict | undefined
  /** Undefined while trailing is not armed. */
  readonly bestNetUsd: Dec | undefined
  /** Undefined when no rule of the hedge's own asks for it. */
  readonly net: Known<Dec> | undefined
}

/** The first rule that fires, losses before gains before time. */
function judgeHedge(hedge: StopHedge, options: DecideStopsOptions): Judged {
  const { snapshot, policy, nowMs } = options
  const at = { nowMs, staleAfterMs: policy.staleAfterMs }
  const mark = freshMark(snapshot, hedge.market, at)
  const net = needsNet(policy) ? netPnlUsd(hedge, mark, at) : undefined
  const bestNetUsd = bestOf(hedge, net, options)
  const verdict =
    legStop(hedge, mark, { nowMs, policy }) ??
    (net?.isKnown === true
      ? netStop(hedge, { netUsd: net.value, bestNetUsd, policy })
      : undefined) ??
    holdStop(hedge, policy, nowMs)
  return { verdict, bestNetUsd, net }
}

function needsNet(policy: StopPolicy): boolean {
  const { hedgeStopUsd, takeProfitUsd, trailingUsd } = policy
  return [hedgeStopUsd, takeProfitUsd, trailingUsd].some((limit) => limit !== undefined)
}

/** Trailing is armed by the first net result that is known once the hedge is open. */
function bestOf(
  hedge: StopHedge,
  net: Known<Dec> | undefined,
  { memory, policy }: DecideStopsOptions,
): Dec | undefined {
  if (policy.trailingUsd === undefined || hedge.state !== 'open') return undefined
  const { bestNetUsd } = hedgeMemory(memory, hedge.hedgeId)
  if (net?.isKnown !== true) return bestNetUsd
  return bestNetUsd === undefined ? net.value : maxDec(bestNetUsd, net.value)
}

/** For every stop that counts, the hedges that it closes. */
function reachedBy(
  verdicts: readonly StopVerdict[],
  snapshot: StopSnapshot,
): readonly (readonly string[])[] {
  const losses = verdicts.filter(({ cause }) => LOSS_CAUSES.includes(cause))
  // One that closes everything leaves nothing for the others to close.
  if (losses.some(({ closes }) => closes === 'all')) {
    return [idsOf(snapshot.hedges.filter(isReducible))]
  }
  return losses.map(({ hedgeId }) => (hedgeId === undefined ? [] : [hedgeId]))
}

/** When a hedge is due by time, or the first fresh value of it gets old; infinite when never. */
function wakeOf(hedge: StopHedge, { snapshot, policy, nowMs }: DecideStopsOptions): number {
  const at = { nowMs, staleAfterMs: policy.staleAfterMs }
  const mark = snapshot.marks.get(hedge.market.marketIndex)
  let wakeMs = mark?.isKnown === true ? oldAtMs(mark.atMs, at) : Infinity
  for (const { position, result } of hedge.legs) {
    if (result.isKnown) wakeMs = Math.min(wakeMs, oldAtMs(result.atMs, at))
    if (!position.isKnown) continue
    const sinceMs = position.value.unsettledSinceMs ?? position.atMs
    wakeMs = Math.min(wakeMs, oldAtMs(position.atMs, at), oldAtMs(sinceMs, at))
  }
  const endMs = holdEndMs(hedge, policy)
  return endMs === undefined || endMs <= nowMs ? wakeMs : Math.min(wakeMs, endMs)
}

/** When a fresh value is old; what is old already needs no waking. */
function oldAtMs(atMs: number, at: Freshness): number {
  return isFresh(atMs, at) ? atMs + at.staleAfterMs + 1 : Infinity
}

/** True while a stop has something to decide: nobody has decided to close it yet. */
function isReducible({ state, target }: StopHedge): boolean {
  return target === 'open' && isLiveState(state) && state !== 'closing'
}

function isLive({ state }: StopHedge): boolean {
  return isLiveState(state)
}

function idsOf(hedges: readonly StopHedge[]): readonly string[] {
  return hedges.map(({ hedgeId }) => hedgeId)
}

function forgetEnded(memory: StopMemory, hedges: readonly StopHedge[]): StopMemory {
  const ended = hedges.filter(({ state }) => !isLiveState(state))
  return ended.reduce((left, { hedgeId }) => forgetHedge(left, hedgeId), memory)
}
