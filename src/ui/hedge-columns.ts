import type { ChalkInstance } from 'chalk'
import type { HedgeReport } from '../engine/hedge-report.ts'
import type { Dec } from '../hedge/decimal.ts'
import { formatGainUsd, formatMs, formatUsd } from './format-number.ts'
import { paintGain, paintState } from './paint.ts'
import type { Column } from './render-table.ts'
import type { HedgesSummary, Sum } from './summarize-hedges.ts'
import { legGapMs } from './summarize-hedges.ts'

/** What `status` says about a hedge, with the totals in the last row. */
export function hedgeColumns(
  summary: HedgesSummary,
  chalk: ChalkInstance,
): readonly Column<HedgeReport>[] {
  return [
    {
      header: 'hedge',
      align: 'left',
      priority: 1,
      cell: (report) => report.hedgeId,
      total: 'total',
    },
    { header: 'name', align: 'left', priority: 2, canShrink: true, cell: (report) => report.name },
    {
      header: 'state',
      align: 'left',
      priority: 1,
      cell: stateText,
      paint: (text, report) => paintState(chalk, text, report),
    },
    ...moneyColumns(summary, chalk),
    ...timeColumns(summary),
    { header: 'cause', align: 'left', priority: 7, cell: (report) => report.cause ?? '' },
  ]
}

function moneyColumns(
  summary: HedgesSummary,
  chalk: ChalkInstance,
): readonly Column<HedgeReport>[] {
  return [
    {
      header: 'net USD',
      align: 'right',
      priority: 1,
      cell: (report) => formatUsd(report.netExposureUsd),
      paint: (text, report) => (report.isExposed ? chalk.red.bold(text) : text),
      total: sumText(summary.netExposureUsd, formatUsd),
    },
    {
      header: 'P&L USD',
      align: 'right',
      priority: 1,
      cell: (report) => formatGainUsd(report.unrealizedPnlUsd),
      paint: (text, report) => paintGain(chalk, text, report.unrealizedPnlUsd),
      total: sumText(summary.unrealizedPnlUsd, formatGainUsd),
    },
    {
      header: 'realized USD',
      align: 'right',
      priority: 6,
      cell: (report) => formatGainUsd(report.realizedPnlUsd),
      total: sumText(summary.realizedPnlUsd, formatGainUsd),
    },
    {
      header: 'fees USD',
      align: 'right',
      priority: 4,
      cell: (report) => formatUsd(report.feesUsd),
      total: sumText(summary.feesUsd, formatUsd),
    },
    {
      header: 'funding paid USD',
      align: 'right',
      priority: 5,
      cell: (report) => formatUsd(report.fundingPaidUsd),
      total: sumText(summary.fundingPaidUsd, formatUsd),
    },
  ]
}

function timeColumns(summary: HedgesSummary): readonly Column<HedgeReport>[] {
  return [
    {
      header: 'gap ms',
      align: 'right',
      priority: 3,
      cell: (report) => gapText(legGapMs(report)),
      total: gapText(summary.legGapMs),
    },
    {
      header: 'naked ms',
      align: 'right',
      priority: 3,
      cell: (report) => formatMs(report.nakedMs),
      total: formatMs(summary.nakedMs),
    },
  ]
}

/** The text of a sum; of nothing it is zero. */
export function sumText(sum: Sum, format: (value: Dec | undefined) => string): string {
  return sum === 'none' ? '0.00' : format(sum)
}

/** Without a second fill there is no gap: that is not unknown. */
function gapText(gapMs: number | undefined): string {
  return gapMs === undefined ? '-' : formatMs(gapMs)
}

/** An open hedge that somebody wants flat is on its way out. */
function stateText(report: HedgeReport): string {
  return report.target === 'flat' && report.state === 'open' ? 'open, to close' : report.state
}
