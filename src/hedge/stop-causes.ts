/**
 * Each rule by itself: what it compares with which limit, and what it says when the limit is reached. USD, milliseconds.
 * What a rule does with unknown values stands in `stop-rules.ts`.
 * @module
 */
import type { Dec } from './decimal.ts'
import { ZERO } from './decimal.ts'
import type { Known } from './known.ts'
import { isLiveState } from './ledger.ts'
import { lossAtMark } from './stop-alerts.ts'
import type { StopPolicy } from './stop-policy.ts'
import type { StopHedge, StopSnapshot } from './stop-snapshot.ts'
import { freshMark, freshPosition, netPnlUsd } from './stop-snapshot.ts'
import { hoursText, limitText } from './stop-verdict.ts'
import type { StopCause, StopVerdict } from './stop-verdict.ts'

/** The limits and the moment. */
interface At {
  readonly policy: StopPolicy
  readonly nowMs: number
}

/** `stop_loss_threshold`: the leg that has lost most, when it has lost the threshold. */
export function legStop(
  hedge: StopHedge,
  mark: Known<Dec>,
  { policy, nowMs }: At,
): StopVerdict | undefined {
  if (!mark.isKnown) return undefined
  const limitUsd = policy.stopLossUsd
  const at = { nowMs, staleAfterMs: policy.staleAfterMs }
  let worst: { legIndex: number; account: string; lossUsd: Dec } | undefined
  for (const [legIndex, leg] of hedge.legs.entries()) {
    const lossUsd = lossAtMark(freshPosition(leg, at), mark.value)
    if (lossUsd === undefined || lossUsd.lt(limitUsd)) continue
    if (worst === undefined || lossUsd.gt(worst.lossUsd))
      worst = { legIndex, account: leg.account, lossUsd }
  }
  if (worst === undefined) return undefined
  const { legIndex, account, lossUsd } = worst
  return {
    hedgeId: hedge.hedgeId,
    closes: policy.onStop,
    cause: 'stop_loss',
    legIndex,
    valueUsd: lossUsd,
    limitUsd,
    reason: limitText(`${account} lost {value}`, lossUsd, limitUsd),
  }
}

/** Rules about the net result of one hedge: loss always, gains only once it is open. */
export function netStop(
  hedge: StopHedge,
  facts: {
    readonly netUsd: Dec
    readonly bestNetUsd: Dec | undefined
    readonly policy: StopPolicy
  },
): StopVerdict | undefined {
  const { netUsd, policy, bestNetUsd } = facts
  const { hedgeStopUsd, trailingUsd, takeProfitUsd } = policy
  const { hedgeId } = hedge
  const lossUsd = netUsd.negated()
  if (hedgeStopUsd !== undefined && lossUsd.gte(hedgeStopUsd)) {
    const reason = limitText(`${hedgeId} lost {value} net`, lossUsd, hedgeStopUsd)
    const fired = verdictOf(hedgeId, 'hedge_stop', { valueUsd: lossUsd, limitUsd: hedgeStopUsd })
    return { ...fired, closes: policy.onStop, reason }
  }
  if (hedge.state !== 'open') return undefined
  const fallUsd = bestNetUsd?.minus(netUsd)
  if (trailingUsd !== undefined && fallUsd?.gte(trailingUsd) === true) {
    const best = bestNetUsd?.toFixed(2)
    const words = `${hedgeId} fell {value} from its best net result of ${best} USD`
    const fired = verdictOf(hedgeId, 'trailing_stop', { valueUsd: fallUsd, limitUsd: trailingUsd })
    return { ...fired, reason: limitText(words, fallUsd, trailingUsd) }
  }
  if (takeProfitUsd === undefined || netUsd.lt(takeProfitUsd)) return undefined
  const reason = limitText(`${hedgeId} gained {value} net`, netUsd, takeProfitUsd)
  const fired = verdictOf(hedgeId, 'take_profit', { valueUsd: netUsd, limitUsd: takeProfitUsd })
  return { ...fired, reason }
}

/** `max_hold`, counted as `close --due` does: since the hedge was open, and before that since it was planned. */
export function holdStop(
  hedge: StopHedge,
  policy: StopPolicy,
  nowMs: number,
): StopVerdict | undefined {
  const endMs = holdEndMs(hedge, policy)
  if (policy.maxHoldMs === undefined || endMs === undefined || nowMs < endMs) return undefined
  const held = hoursText(nowMs - endMs + policy.maxHoldMs)
  return {
    ...verdictOf(hedge.hedgeId, 'max_hold', { valueUsd: undefined, limitUsd: undefined }),
    reason: `${hedge.hedgeId} was held for ${held}, limit ${hoursText(policy.maxHoldMs)}`,
  }
}

/** When `max_hold` ends, wall clock; undefined without the rule. */
export function holdEndMs(
  hedge: Pick<StopHedge, 'openedAtMs' | 'createdAtMs'>,
  { maxHoldMs }: Pick<StopPolicy, 'maxHoldMs'>,
): number | undefined {
  return maxHoldMs === undefined ? undefined : (hedge.openedAtMs ?? hedge.createdAtMs) + maxHoldMs
}

/**
 * `total_stop_usd`: net loss of everything that is known, closing hedges included.
 *
 * @param at.nets net results that are computed already
 */
export function totalStop(
  snapshot: StopSnapshot,
  at: At & { readonly nets: ReadonlyMap<string, Known<Dec>> },
): StopVerdict | undefined {
  const { totalStopUsd: limitUsd, staleAfterMs } = at.policy
  if (limitUsd === undefined) return undefined
  const freshness = { nowMs: at.nowMs, staleAfterMs }
  const { closedNetUsd } = snapshot
  let netUsd = closedNetUsd.isKnown ? closedNetUsd.value : ZERO
  const unknown: string[] = []
  for (const hedge of snapshot.hedges) {
    if (!isLiveState(hedge.state)) continue
    const net =
      at.nets.get(hedge.hedgeId) ??
      netPnlUsd(hedge, freshMark(snapshot, hedge.market, freshness), freshness)
    if (net.isKnown) netUsd = netUsd.plus(net.value)
    else unknown.push(hedge.hedgeId)
  }
  const lossUsd = netUsd.negated()
  if (lossUsd.lt(limitUsd)) return undefined
  const left = [...unknown.toSorted(compareIds), ...(closedNetUsd.isKnown ? [] : ['closed rounds'])]
  const without = left.length === 0 ? '' : ` (without ${left.join(', ')}: not known)`
  return {
    ...verdictOf(undefined, 'total_stop', { valueUsd: lossUsd, limitUsd }),
    closes: 'all',
    reason: limitText('all hedges lost {value} net', lossUsd, limitUsd) + without,
  }
}

/** The order of hedge ids: `h2` before `h10`. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}

function verdictOf(
  hedgeId: string | undefined,
  cause: StopCause,
  amounts: Pick<StopVerdict, 'valueUsd' | 'limitUsd'>,
): Omit<StopVerdict, 'reason'> {
  return { hedgeId, closes: 'hedge', cause, legIndex: undefined, ...amounts }
}
