import type { TradeRecord } from '../../engine/trade-record.ts'
import { sumDec, sumKnown } from '../../hedge/decimal.ts'
import type { PnlSample } from '../../ports.ts'
import { countOf, formatGainUsd, formatMs, formatUsd } from '../../ui/format-number.ts'
import { isAlertKind, ruleOf, severityOf } from '../memory/catalogue.ts'
import type { Block, Message } from '../message.ts'
import type { Period } from './course.ts'
import { courseBlocks } from './course.ts'
import { leftColumn, manyTable, nameOf, rightColumn } from './trade-parts.ts'
import type { ComposeContext } from './words.ts'
import { causeText, firstOf, messageOf, toneOf } from './words.ts'

/** What one day came to. */
export interface DailyView {
  /** The UTC day, `2026-12-01`. */
  readonly day: string
  readonly period: Period
  /** Rounds that ended in it, those that never opened included. */
  readonly ended: readonly TradeRecord[]
  /** Hedges that are open at its end. */
  readonly open: number
  readonly samples: readonly PnlSample[]
  readonly events: readonly {
    readonly kind: string
    readonly level: 'info' | 'warning' | 'alert'
    readonly count: number
  }[]
}

/** The summary of a day. */
export function composeDaily(context: ComposeContext, view: DailyView): Message {
  const closed = view.ended.filter(({ state }) => state === 'closed')
  const net = sumKnown(closed.map(({ netUsd }) => netUsd))
  const troubles = troublesOf(view)
  return messageOf(context, {
    kind: 'daily',
    severity: 'info',
    title:
      `${view.day}: ${countOf(closed.length, 'hedge')} closed, net ${formatGainUsd(net)} USD, ` +
      `${view.open} open`,
    blocks: [
      { kind: 'facts', rows: factRows(view, closed) },
      ...(closed.length === 0 ? [] : [closedTable(closed)]),
      ...courseBlocks(view.samples, view.period),
      ...(troubles.length === 0
        ? []
        : [
            { kind: 'heading' as const, text: 'What happened besides' },
            { kind: 'list' as const, items: firstOf(troubles, 20) },
          ]),
    ],
  })
}

function factRows({ ended, open }: DailyView, closed: readonly TradeRecord[]) {
  const net = sumKnown(closed.map(({ netUsd }) => netUsd))
  const realized = sumKnown(closed.map(({ realizedPnlUsd }) => realizedPnlUsd))
  const aborted = ended.length - closed.length
  const nakedMs = Math.max(0, ...ended.map((record) => record.nakedMs))
  return [
    { label: 'Net P&L', value: `${formatGainUsd(net)} USD`, ...toneOf(net) },
    { label: 'P&L before fees', value: `${formatGainUsd(realized)} USD` },
    { label: 'Fees', value: `${formatUsd(sumDec(closed.map(({ feesUsd }) => feesUsd)))} USD` },
    { label: 'Closed', value: `${closed.length}${causesText(closed)}` },
    ...(aborted === 0 ? [] : [{ label: 'Not opened', value: String(aborted) }]),
    { label: 'Open at the end of the day', value: String(open) },
    { label: 'Longest naked time', value: `${formatMs(nakedMs)} ms` },
  ]
}

/** ` (stop-loss 2, asked for by you 3)`. */
function causesText(closed: readonly TradeRecord[]): string {
  const counts = new Map<string, number>()
  for (const { cause } of closed) {
    const text = causeText(cause)
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  const parts = [...counts].map(([text, count]) => `${text} ${count}`)
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

function closedTable(closed: readonly TradeRecord[]): Block {
  return manyTable(
    closed,
    [leftColumn('Hedge'), leftColumn('Why'), rightColumn('Net USD')],
    (record) => [
      { text: nameOf(record) },
      { text: causeText(record.cause) },
      { text: formatGainUsd(record.netUsd), ...toneOf(record.netUsd) },
    ],
  )
}

/** Whatever would have been worth an alert. */
function troublesOf({ events }: DailyView): readonly string[] {
  return events
    .filter(({ kind, level }) => level !== 'info' && isAlertKind(kind) && !kind.endsWith('_over'))
    .filter(({ kind, level }) => severityOf(kind, level) !== 'info')
    .toSorted((a, b) => b.count - a.count)
    .map(({ kind, count }) => `${ruleOf(kind).title}: ${countOf(count, 'time')}`)
}
