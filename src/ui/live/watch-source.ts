/**
 * The live table's data out of a watch that runs: nothing is computed here but text, ages and sums.
 * @module
 */
import type { HedgeReport, LegReport } from '../../engine/hedge-report.ts'
import type { Watch } from '../../engine/watch/watch.ts'
import type { Dec } from '../../hedge/decimal.ts'
import type { Known } from '../../hedge/known.ts'
import type { MarketView } from '../../hedge/venue-view.ts'
import type { Clock } from '../../ports.ts'
import { egressText } from '../egress-text.ts'
import { stopDistancePct } from '../stop-distance.ts'
import { legGapMs, plainSum, summarizeHedges } from '../summarize-hedges.ts'
import type {
  LiveBudget,
  LiveEgress,
  LiveEvent,
  LiveHedge,
  LiveLeg,
  LiveMarket,
  LiveSource,
  LiveTotals,
} from './live-view.ts'

/** A followed market as its feed shows it. */
export interface WatchedMarket {
  readonly symbol: string
  readonly view: MarketView
}

/** Where everything comes from. Functions are asked anew for every frame. */
export interface WatchSourceOptions {
  readonly watch: Pick<Watch, 'hedges' | 'report' | 'stopPrice'>
  readonly clock: Pick<Clock, 'now'>
  readonly network: string
  /** `watch.stale_after_ms`. */
  readonly staleAfterMs: number
  readonly markets: () => readonly WatchedMarket[]
  readonly budgets: () => readonly LiveBudget[]
  readonly egresses: () => readonly LiveEgress[]
  readonly isOpeningPaused: () => boolean
  /** Oldest first. */
  readonly events: () => readonly LiveEvent[]
}

/** The table's source, with the reports behind it for documents and exit codes. */
export interface WatchSource extends LiveSource {
  reports(): readonly HedgeReport[]
  stopPrice(hedgeId: string, legIndex: number): Dec | undefined
}

/** Builds the source; it keeps nothing itself. */
export function createWatchSource(options: WatchSourceOptions): WatchSource {
  const { watch, clock } = options
  const reports = (): readonly HedgeReport[] =>
    watch
      .hedges()
      .map(({ hedgeId }) => watch.report(hedgeId))
      .filter((report) => report !== undefined)
  return {
    reports,
    stopPrice: (hedgeId, legIndex) => watch.stopPrice(hedgeId, legIndex),
    summary() {
      const atMs = clock.now()
      return {
        atMs,
        network: options.network,
        markets: options.markets().map((market) => liveMarket(market, atMs)),
        totals: liveTotals(reports()),
        budgets: options.budgets(),
        egresses: options.egresses(),
        events: options.events(),
        isOpeningPaused: options.isOpeningPaused(),
        staleAfterMs: options.staleAfterMs,
      }
    },
    entries: () =>
      watch.hedges().map(({ hedgeId, name, legs }) => ({ hedgeId, name, legs: legs.length })),
    hedge(hedgeId) {
      const report = watch.report(hedgeId)
      if (report === undefined) return undefined
      return liveHedge(report, (legIndex) => watch.stopPrice(hedgeId, legIndex))
    },
  }
}

function liveMarket({ symbol, view }: WatchedMarket, atMs: number): LiveMarket {
  const { mark, bids, asks } = view
  return {
    symbol,
    markPrice: text(valueOf(mark)),
    markAgeMs: mark.isKnown ? Math.max(0, atMs - mark.atMs) : undefined,
    bestBid: text(valueOf(bids)?.[0]?.price),
    bestAsk: text(valueOf(asks)?.[0]?.price),
  }
}

function liveTotals(reports: readonly HedgeReport[]): LiveTotals {
  const { hedges, open, nakedMs, exposed, unprotected, unknown, ...sums } = summarizeHedges(reports)
  return {
    hedges,
    open,
    unrealizedPnlUsd: plainSum(sums.unrealizedPnlUsd),
    realizedPnlUsd: plainSum(sums.realizedPnlUsd),
    fundingPaidUsd: plainSum(sums.fundingPaidUsd),
    feesUsd: plainSum(sums.feesUsd),
    netExposureUsd: plainSum(sums.netExposureUsd),
    nakedMs,
    exposed,
    unprotected,
    unknown,
  }
}

function liveHedge(
  report: HedgeReport,
  stopPriceOf: (legIndex: number) => Dec | undefined,
): LiveHedge {
  const { hedgeId, name, market, state, target, cause, nakedMs } = report
  const { stopState, isExposed, isUnknown } = report
  return {
    hedgeId,
    name,
    market,
    state,
    target,
    cause,
    legs: report.legs.map((leg, at) => liveLeg(leg, stopPriceOf(at))),
    netExposureBase: text(report.netExposureBase),
    netExposureUsd: text(report.netExposureUsd),
    unrealizedPnlUsd: text(report.unrealizedPnlUsd),
    realizedPnlUsd: text(report.realizedPnlUsd),
    fundingPaidUsd: text(report.fundingPaidUsd),
    feesUsd: text(report.feesUsd),
    legGapMs: legGapMs(report),
    nakedMs,
    stopState,
    isExposed,
    isUnknown,
  }
}

function liveLeg(leg: LegReport, stopPrice: Dec | undefined): LiveLeg {
  const { account, accountIndex, side, stopState, ageMs } = leg
  return {
    account,
    accountIndex,
    side,
    baseSize: text(leg.baseSize),
    entryPrice: text(leg.entryPrice),
    markPrice: text(leg.markPrice),
    unrealizedPnlUsd: text(leg.unrealizedPnlUsd),
    fundingPaidUsd: text(leg.fundingPaidUsd),
    feesUsd: text(leg.feesUsd),
    marginUsagePct: text(leg.marginUsagePct),
    liquidationPrice: text(leg.liquidationPrice),
    liquidationDistancePct: text(leg.liquidationDistancePct),
    stopPrice: text(stopPrice),
    stopDistancePct: text(stopDistancePct(leg.markPrice, stopPrice)),
    stopState,
    ageMs,
    egress: egressText(leg),
  }
}

function valueOf<T>(known: Known<T>): T | undefined {
  return known.isKnown ? known.value : undefined
}

/** Without exponent. */
function text(value: Dec | undefined): string | undefined {
  return value?.toFixed()
}
