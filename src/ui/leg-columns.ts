import type { ChalkInstance } from 'chalk'
import type { HedgeReport, LegReport } from '../engine/hedge-report.ts'
import type { Dec } from '../hedge/decimal.ts'
import {
  UNKNOWN,
  formatGainUsd,
  formatPct,
  formatPrice,
  formatSeconds,
  formatSize,
} from './format-number.ts'
import { egressText } from './egress-text.ts'
import { paintGain, paintStop, paintUnknown } from './paint.ts'
import { stopText } from './stop-text.ts'
import type { Column } from './render-table.ts'
import { cleanText } from './text-width.ts'

/** A leg with the hedge that it belongs to. */
export interface LegRow {
  readonly report: HedgeReport
  readonly leg: LegReport
}

/** What `status` says about a leg; the market stands in the header when there is only one. */
export function legColumns(
  reports: readonly HedgeReport[],
  chalk: ChalkInstance,
): readonly Column<LegRow>[] {
  const markets = new Set(reports.map((report) => report.market))
  const [market = ''] = markets
  return [
    ...identityColumns({ hasMarket: markets.size > 1 }),
    ...positionColumns(markets.size > 1 ? '' : ` ${cleanText(market)}`, chalk),
    ...riskColumns(chalk),
    {
      header: 'egress',
      align: 'left',
      priority: 9,
      canShrink: true,
      cell: ({ leg }) => egressText(leg),
    },
    { header: 'age s', align: 'right', priority: 8, cell: ({ leg }) => formatSeconds(leg.ageMs) },
  ]
}

function identityColumns(options: { readonly hasMarket: boolean }): readonly Column<LegRow>[] {
  const market: Column<LegRow> = {
    header: 'market',
    align: 'left',
    priority: 2,
    cell: ({ report }) => report.market,
  }
  return [
    { header: 'hedge', align: 'left', priority: 1, cell: ({ report }) => report.hedgeId },
    ...(options.hasMarket ? [market] : []),
    {
      header: 'account',
      align: 'left',
      priority: 1,
      canShrink: true,
      cell: ({ leg }) => leg.account,
    },
    { header: 'side', align: 'left', priority: 1, cell: ({ leg }) => leg.side },
  ]
}

function positionColumns(unit: string, chalk: ChalkInstance): readonly Column<LegRow>[] {
  return [
    {
      header: `size${unit}`,
      align: 'right',
      priority: 1,
      cell: ({ leg }) => formatSize(leg.baseSize),
      paint: (text) => paintUnknown(chalk, text),
    },
    {
      header: 'entry USD',
      align: 'right',
      priority: 5,
      cell: ({ leg }) => (isFlat(leg) ? '-' : formatPrice(leg.entryPrice)),
    },
    {
      header: 'mark USD',
      align: 'right',
      priority: 6,
      cell: ({ leg }) => formatPrice(leg.markPrice),
    },
    {
      header: 'P&L USD',
      align: 'right',
      priority: 1,
      cell: ({ leg }) => (isFlat(leg) ? '-' : formatGainUsd(leg.unrealizedPnlUsd)),
      paint: (text, { leg }) => paintGain(chalk, text, leg.unrealizedPnlUsd),
    },
  ]
}

function riskColumns(chalk: ChalkInstance): readonly Column<LegRow>[] {
  return [
    {
      header: 'margin %',
      align: 'right',
      priority: 4,
      cell: ({ leg }) => formatPct(leg.marginUsagePct),
      paint: (text) => paintUnknown(chalk, text),
    },
    { header: 'liq. %', align: 'right', priority: 3, cell: ({ leg }) => liquidation(leg) },
    {
      header: 'stop',
      align: 'left',
      priority: 2,
      cell: ({ leg }) => stopText(leg.stopState),
      paint: (text, { leg }) => paintStop(chalk, text, leg.stopState),
    },
    { header: 'stop down', align: 'right', priority: 7, cell: ({ leg }) => level(leg.stopDown) },
    { header: 'stop up', align: 'right', priority: 7, cell: ({ leg }) => level(leg.stopUp) },
  ]
}

/** A flat leg has neither entry nor liquidation: that is not unknown. */
function isFlat(leg: LegReport): boolean {
  return leg.baseSize?.isZero() === true
}

/** A known leg without a liquidation price cannot be liquidated. */
function liquidation(leg: LegReport): string {
  if (isFlat(leg)) return '-'
  if (leg.liquidationDistancePct !== undefined) return formatPct(leg.liquidationDistancePct)
  const isKnown = leg.baseSize !== undefined && leg.liquidationPrice === undefined
  return isKnown ? 'none' : UNKNOWN
}

/** No level is a fact of the ledger, not an unknown value. */
function level(price: Dec | undefined): string {
  return price === undefined ? '-' : formatPrice(price)
}
