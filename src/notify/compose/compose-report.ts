import type { HedgeReport } from '../../engine/hedge-report.ts'
import type { TradeRecord } from '../../engine/trade-record.ts'
import { minDec, sumKnown } from '../../hedge/decimal.ts'
import type { Dec } from '../../hedge/decimal.ts'
import type { EgressState, PnlSample } from '../../ports.ts'
import { countOf, formatGainUsd, formatSize, formatUsd } from '../../ui/format-number.ts'
import type { Sum } from '../../ui/summarize-hedges.ts'
import { summarizeHedges } from '../../ui/summarize-hedges.ts'
import type { AlertEntry } from '../memory/alert-memory.ts'
import { ruleOf } from '../memory/catalogue.ts'
import type { Block, Cell, Message, Severity } from '../message.ts'
import type { Period } from './course.ts'
import { courseBlocks } from './course.ts'
import { MOST_ROWS, leftColumn, rightColumn } from './trade-parts.ts'
import type { ComposeContext } from './words.ts'
import { firstOf, messageOf, spanText, timeText, toneOf } from './words.ts'

/** How things stand. */
export interface ReportView {
  /** What is open, with the venue's figures. */
  readonly reports: readonly HedgeReport[]
  /** What ended since the last report. */
  readonly ended: readonly TradeRecord[]
  readonly samples: readonly PnlSample[]
  readonly period: Period
  readonly egresses: readonly EgressState[]
  readonly isOpeningPaused: boolean
}

/** The report on a schedule; `alerts` are those that hold. */
export function composeReport(
  context: ComposeContext,
  view: ReportView,
  alerts: readonly AlertEntry[],
): Message {
  const { reports, ended, samples, period } = view
  return messageOf(context, {
    kind: 'report',
    severity: severityOf(reports, alerts),
    title: titleOf(view, alerts),
    blocks: [
      ...alertBlocks(alerts, context.nowMs),
      { kind: 'facts', rows: factRows(view) },
      ...(reports.length === 0 ? [] : [hedgeTable(reports)]),
      ...courseBlocks(samples, period),
      ...(ended.length === 0 ? [] : [endedText(ended, period)]),
    ],
  })
}

function severityOf(reports: readonly HedgeReport[], alerts: readonly AlertEntry[]): Severity {
  if (reports.some(({ isExposed }) => isExposed)) return 'critical'
  if (alerts.some(({ severity }) => severity === 'critical')) return 'critical'
  return alerts.length > 0 || reports.some(({ isUnknown }) => isUnknown) ? 'warning' : 'info'
}

function titleOf({ reports }: ReportView, alerts: readonly AlertEntry[]): string {
  const summary = summarizeHedges(reports)
  const open =
    reports.length === 0
      ? 'nothing is open'
      : `${countOf(reports.length, 'hedge')} open, floating ${gainText(summary.unrealizedPnlUsd)} USD`
  const exposed = summary.exposed === 0 ? '' : `, ${countOf(summary.exposed, 'hedge')} EXPOSED`
  const state = alerts.length === 0 ? '' : `, ${countOf(alerts.length, 'alert')}`
  return `${open}${exposed}${state}`
}

function alertBlocks(alerts: readonly AlertEntry[], nowMs: number): readonly Block[] {
  if (alerts.length === 0) return []
  const lines = alerts.map(
    ({ kind, message, sinceMs }) =>
      `${ruleOf(kind).title}: ${message} (since ${timeText(sinceMs, nowMs)})`,
  )
  return [
    { kind: 'heading', text: 'Needs a look', tone: 'warning' },
    { kind: 'list', items: firstOf(lines, MOST_ROWS) },
  ]
}

function factRows({ reports, egresses, isOpeningPaused }: ReportView) {
  const summary = summarizeHedges(reports)
  const well = egresses.filter(({ condition }) => condition === 'healthy').length
  const exposure =
    summary.netExposureUsd === 'none' ? '0.00' : formatUsd(known(summary.netExposureUsd))
  return [
    { label: 'Net exposure', value: `${exposure} USD` },
    {
      label: 'Floating P&L',
      value: `${gainText(summary.unrealizedPnlUsd)} USD`,
      ...toneOf(known(summary.unrealizedPnlUsd)),
    },
    { label: 'Fees so far', value: `${sumText(summary.feesUsd)} USD` },
    { label: 'Funding paid', value: `${sumText(summary.fundingPaidUsd)} USD` },
    {
      label: 'Legs without stops',
      value: String(summary.unprotected),
      ...(summary.unprotected === 0 ? {} : { tone: 'bad' as const }),
    },
    ...(egresses.length === 0
      ? []
      : [{ label: 'Ways to the exchange', value: `${well} of ${egresses.length} are well` }]),
    ...(isOpeningPaused
      ? [{ label: 'Openings', value: 'paused (hedgebot resume)', tone: 'warning' as const }]
      : []),
  ]
}

function known(sum: Sum): Dec | undefined {
  return sum === 'none' ? undefined : sum
}

function gainText(sum: Sum): string {
  return sum === 'none' ? '0.00' : formatGainUsd(sum)
}

function sumText(sum: Sum): string {
  return sum === 'none' ? '0.00' : formatUsd(sum)
}

function hedgeTable(reports: readonly HedgeReport[]): Block {
  const rows = reports.slice(0, MOST_ROWS).map(hedgeCells)
  const more = reports.length - rows.length
  return {
    kind: 'table',
    columns: [
      leftColumn('Hedge'),
      rightColumn('Size'),
      rightColumn('Floating'),
      rightColumn('Worst leg'),
      leftColumn('Stops'),
    ],
    rows: more === 0 ? rows : [...rows, moreRow(more)],
  }
}

function moreRow(more: number): readonly Cell[] {
  return [{ text: `and ${more} more` }, { text: '' }, { text: '' }, { text: '' }, { text: '' }]
}

function hedgeCells(report: HedgeReport): readonly Cell[] {
  const long = report.legs.find(({ side }) => side === 'long')
  const worst = worstOf(report)
  const isBad = report.stopState === 'UNPROTECTED'
  const state = report.isExposed ? ' EXPOSED' : report.state === 'open' ? '' : ` ${report.state}`
  return [
    {
      text: `${report.hedgeId} ${report.name}${state}`,
      ...(report.isExposed ? { tone: 'bad' as const } : {}),
    },
    { text: formatSize(long?.baseSize) },
    { text: formatGainUsd(report.unrealizedPnlUsd), ...toneOf(report.unrealizedPnlUsd) },
    { text: formatGainUsd(worst), ...toneOf(worst) },
    {
      text: report.stopState.toLowerCase().replaceAll('_', ' '),
      ...(isBad ? { tone: 'bad' as const } : {}),
    },
  ]
}

function worstOf({ legs }: HedgeReport): Dec | undefined {
  const values = legs.map(({ unrealizedPnlUsd }) => unrealizedPnlUsd)
  const [first, ...rest] = values.filter((value) => value !== undefined)
  if (first === undefined || rest.length + 1 < values.length) return undefined
  return rest.reduce(minDec, first)
}

function endedText(ended: readonly TradeRecord[], { fromMs, toMs }: Period): Block {
  const net = formatGainUsd(sumKnown(ended.map(({ netUsd }) => netUsd)))
  return {
    kind: 'text',
    text: `Ended in the last ${spanText(toMs - fromMs)}: ${countOf(ended.length, 'hedge')}, net ${net} USD.`,
  }
}
