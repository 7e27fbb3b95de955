/**
 * Results and margins of what is open, a few hedges at a time: reading a thousand at once would keep a tick waiting. Once
 * a minute their sum becomes a point of the course that reports draw.
 * @module
 */
import { minDec, sumKnown } from '../../hedge/decimal.ts'
import type { Dec } from '../../hedge/decimal.ts'
import type { Hedge } from '../../hedge/ledger.ts'
import type { Engine } from '../engine-context.ts'
import type { HedgeReport } from '../hedge-report.ts'
import type { AlertBoard } from './alert-board.ts'
import type { FollowedHedges } from './followed-hedges.ts'

export interface ResultLook {
  /** To be called about once a second. */
  look(hedges: readonly Hedge[]): void
}

/** So many looks until every hedge was looked at. */
const ROUND = 10
const SAMPLE_MS = 60_000
/** Initial margin over portfolio, percent. */
const MARGIN_HIGH_PCT = 80
const MARGIN_FINE_PCT = 70

interface Result {
  readonly netUsd: Dec | undefined
  readonly worstLegUsd: Dec | undefined
}

/** Has looked at nothing yet. */
export function createResultLook(
  engine: Engine,
  { alerts, followed }: { readonly alerts: AlertBoard; readonly followed: FollowedHedges },
): ResultLook {
  const results = new Map<string, Result>()
  let turn = 0
  let nextSampleMs = engine.clock.monotonicMs() + SAMPLE_MS
  return {
    look(hedges) {
      turn += 1
      hedges.forEach(({ hedgeId }, at) => {
        if ((at + turn) % ROUND !== 0) return
        const report = followed.report(hedgeId)
        if (report === undefined) return
        results.set(hedgeId, resultOf(report))
        lookAtMargin(alerts, report)
      })
      if (engine.clock.monotonicMs() < nextSampleMs) return
      nextSampleMs = engine.clock.monotonicMs() + SAMPLE_MS
      addSample(engine, hedges, results)
    },
  }
}

function resultOf(report: HedgeReport): Result {
  const { unrealizedPnlUsd, realizedPnlUsd, feesUsd, fundingPaidUsd, legs } = report
  const costs = fundingPaidUsd?.plus(feesUsd).negated()
  return {
    netUsd: sumKnown([unrealizedPnlUsd, realizedPnlUsd, costs]),
    worstLegUsd: lowest(legs.map((leg) => leg.unrealizedPnlUsd)),
  }
}

/** Unknown as soon as one is: the worst may be the one that is not seen. */
function lowest(values: readonly (Dec | undefined)[]): Dec | undefined {
  const known = values.filter((value) => value !== undefined)
  const [first, ...rest] = known
  if (first === undefined || known.length < values.length) return undefined
  return rest.reduce(minDec, first)
}

function addSample(
  { journal, clock }: Engine,
  hedges: readonly Hedge[],
  results: Map<string, Result>,
): void {
  const live = new Set(hedges.map(({ hedgeId }) => hedgeId))
  for (const hedgeId of results.keys()) if (!live.has(hedgeId)) results.delete(hedgeId)
  const known = hedges.map(({ hedgeId }) => results.get(hedgeId))
  journal.addPnlSample({
    atMs: clock.now(),
    openHedges: hedges.length,
    netUsd: sumKnown(known.map((result) => result?.netUsd))?.toFixed(),
    worstLegUsd: lowest(known.map((result) => result?.worstLegUsd))?.toFixed(),
  })
}

function lookAtMargin(alerts: AlertBoard, { hedgeId, legs }: HedgeReport): void {
  for (const { account, marginUsagePct } of legs) {
    if (marginUsagePct === undefined) continue
    const key = `margin/${hedgeId}/${account}`
    if (marginUsagePct.gte(MARGIN_HIGH_PCT)) {
      alerts.raise(key, {
        level: 'warning',
        kind: 'balance_low',
        message: `${account}: ${marginUsagePct.toFixed(0)} % of its margin is used`,
        hedgeId,
        account,
      })
    } else if (marginUsagePct.lt(MARGIN_FINE_PCT)) alerts.clear(key)
  }
}
