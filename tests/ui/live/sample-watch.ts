import type { HedgeReport } from '../../../src/engine/hedge-report.ts'
import { Dec } from '../../../src/hedge/decimal.ts'
import { known } from '../../../src/hedge/known.ts'
import type { MarketView } from '../../../src/hedge/venue-view.ts'
import { createWatchSource } from '../../../src/ui/live/watch-source.ts'
import type { WatchSourceOptions } from '../../../src/ui/live/watch-source.ts'
import { sampleHedges } from '../sample-hedges.ts'
import { AT_MS, sampleEvent } from './sample-live.ts'

const STOP_PRICE = new Dec('90123.4')

export function sampleMarketView(atMs: number): MarketView {
  const level = (price: string) => [{ price: new Dec(price), baseSize: new Dec(1) }]
  return {
    mark: known(new Dec('97512.1'), atMs),
    index: known(new Dec('97510'), atMs),
    bids: known(level('97512'), atMs),
    asks: known(level('97512.2'), atMs),
  }
}

/** A watch that shows ready reports. */
function sampleWatch(reports: readonly HedgeReport[]): WatchSourceOptions['watch'] {
  return {
    hedges: () =>
      reports.map((report) => ({
        hedgeId: report.hedgeId,
        name: report.name,
        runId: 'r1',
        marketIndex: 1,
        symbol: report.market,
        state: report.state,
        target: report.target,
        cause: report.cause,
        legs: report.legs.map((leg) => ({
          ...leg,
          apiKeyIndex: 5,
          leverage: new Dec(10),
          lastSeenBase: undefined,
        })),
        openDeadlineMs: 0,
        attemptsUsed: 0,
        nakedSinceMs: undefined,
        createdAtMs: 0,
        openedAtMs: undefined,
        closedAtMs: undefined,
        ownerId: undefined,
        epoch: 1,
        leaseUntilMs: 0,
      })),
    report: (hedgeId) => reports.find((report) => report.hedgeId === hedgeId),
    stopPrice: (_hedgeId, legIndex) => (legIndex === 0 ? STOP_PRICE : undefined),
  }
}

/** The source over a watch; by default the three sample hedges. */
export function sampleWatchSource(
  reports: readonly HedgeReport[] = sampleHedges(),
  change: Partial<WatchSourceOptions> = {},
) {
  return createWatchSource({
    watch: sampleWatch(reports),
    clock: { now: () => AT_MS },
    network: 'testnet',
    staleAfterMs: 5000,
    markets: () => [{ symbol: 'BTC', view: sampleMarketView(AT_MS - 412) }],
    budgets: () => [{ owner: 'owner_1', left: 41, limit: 60 }],
    isOpeningPaused: () => false,
    egresses: () => [],
    events: () => [sampleEvent()],
    ...change,
  })
}
