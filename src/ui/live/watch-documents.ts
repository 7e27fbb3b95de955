/**
 * The documents of `watch --json`, one a line (CLI.md "JSON"): hedges and totals as in every other document.
 * @module
 */
import type { ExitCode } from '../../errors.ts'
import { budgetsJson, egressesJson } from '../egress-json.ts'
import { documentHead } from '../error-document.ts'
import { hedgeJson, totalsJson } from '../hedges-json.ts'
import type { LiveEvent, LiveSummary } from './live-view.ts'
import type { WatchSource } from './watch-source.ts'

/** Everything there is, now. `exit` is what `watch --once` would end with. */
export function watchDocument(source: WatchSource, exit: ExitCode) {
  const summary = source.summary()
  const reports = source.reports()
  return {
    ...head(summary, exit),
    kind: 'summary',
    hedges: reports.map((report) =>
      hedgeJson(report, (legIndex) => source.stopPrice(report.hedgeId, legIndex)),
    ),
    totals: totalsJson(reports),
    markets: summary.markets.map((market) => ({
      market: market.symbol,
      mark_price: market.markPrice ?? null,
      mark_age_ms: market.markAgeMs ?? null,
      best_bid: market.bestBid ?? null,
      best_ask: market.bestAsk ?? null,
    })),
    request_budgets: budgetsJson(summary.budgets),
    egresses: egressesJson(summary.egresses),
    openings_paused: summary.isOpeningPaused,
  }
}

/** One event. */
export function watchEventDocument(summary: LiveSummary, event: LiveEvent, exit: ExitCode) {
  return {
    ...head({ ...summary, atMs: event.atMs }, exit),
    kind: 'event',
    event: {
      level: event.level,
      kind: event.kind,
      message: event.message,
      hedge_id: event.hedgeId ?? null,
      account: event.account ?? null,
    },
  }
}

function head({ atMs, network }: Pick<LiveSummary, 'atMs' | 'network'>, exit: ExitCode) {
  return documentHead({ command: 'watch', atMs, network, exit })
}
