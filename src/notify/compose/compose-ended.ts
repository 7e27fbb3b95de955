import type { TradeRecord } from '../../engine/trade-record.ts'
import type { Dec } from '../../hedge/decimal.ts'
import { sumKnown } from '../../hedge/decimal.ts'
import { countOf, formatGainUsd, formatPrice, formatSize } from '../../ui/format-number.ts'
import type { Block, Cell, Message, Severity } from '../message.ts'
import { worseOf } from '../memory/alert-memory.ts'
import { ruleOf } from '../memory/catalogue.ts'
import { STOP_CAUSES } from '../memory/trade-memory.ts'
import type { PendingStop } from '../memory/trade-memory.ts'
import {
  MOST_IN_DETAIL,
  MOST_ROWS,
  executionFacts,
  leftColumn,
  legCell,
  manyTable,
  nameOf,
  rightColumn,
} from './trade-parts.ts'
import type { ComposeContext } from './words.ts'
import { causeText, firstOf, messageOf, spanText, toneOf } from './words.ts'

/** A round that ended so wants a person to look: how much, and the rule of the catalogue that advises. */
const BAD_CAUSES: Readonly<Record<string, { readonly severity: Severity; readonly rule: string }>> =
  {
    liquidation: { severity: 'critical', rule: 'exit_liquidation' },
    deleverage: { severity: 'critical', rule: 'exit_deleverage' },
    leg_vanished: { severity: 'critical', rule: 'leg_vanished' },
    closed_elsewhere: { severity: 'warning', rule: 'exit_closed_elsewhere' },
  }

/** One or two messages for what ended: what a stop closed, and the rest. */
export function composeEnded(
  context: ComposeContext,
  records: readonly TradeRecord[],
): readonly Message[] {
  const stopped = records.filter(({ cause }) => STOP_CAUSES.has(cause ?? ''))
  const closed = records.filter((record) => !stopped.includes(record))
  return [
    ...(stopped.length === 0 ? [] : [composeEnd(context, stopped, 'stop')]),
    ...(closed.length === 0 ? [] : [composeEnd(context, closed, 'closed')]),
  ]
}

function composeEnd(
  context: ComposeContext,
  records: readonly TradeRecord[],
  kind: 'stop' | 'closed',
): Message {
  return messageOf(context, {
    kind,
    severity: severityOfEnd(records, kind),
    title: endedTitle(records),
    blocks: [
      { kind: 'facts', rows: endedFacts(records) },
      ...(records.length <= MOST_IN_DETAIL
        ? records.flatMap((record) => endedDetail(record, records.length > 1))
        : [manyTable(records, ENDED_COLUMNS, endedCells)]),
      ...adviceBlocks(records),
    ],
  })
}

/** A gain is good news, also when a rule took it. */
const QUIET_STOPS: ReadonlySet<string> = new Set(['take_profit', 'max_hold'])

function severityOfEnd(records: readonly TradeRecord[], kind: 'stop' | 'closed'): Severity {
  const causes = records.map(({ cause }) => cause ?? '')
  const isQuiet = kind === 'closed' || causes.every((cause) => QUIET_STOPS.has(cause))
  return causes.reduce<Severity>(
    (worst, cause) => worseOf(worst, BAD_CAUSES[cause]?.severity ?? 'info'),
    isQuiet ? 'info' : 'warning',
  )
}

/** Each advice once. */
function adviceBlocks(records: readonly TradeRecord[]): readonly Block[] {
  const rules = new Set(records.flatMap(({ cause }) => BAD_CAUSES[cause ?? '']?.rule ?? []))
  return [...rules].map((rule) => ({ kind: 'advice', text: ruleOf(rule).advice }))
}

function endedTitle(records: readonly TradeRecord[]): string {
  const net = netWords(records)
  const causes = [...new Set(records.map(({ cause }) => causeText(cause)))]
  const why = firstOf(causes, 2).join(', ')
  const [only] = records
  const what =
    records.length === 1 && only !== undefined
      ? `${nameOf(only)} closed`
      : `${countOf(records.length, 'hedge')} closed`
  return `${what}, ${net}: ${why}`
}

/** A subject with a wrong figure is worse than one without. */
function netWords(records: readonly TradeRecord[]): string {
  const net = netOf(records)
  return net === undefined ? 'result not known yet' : `net ${formatGainUsd(net)} USD`
}

function netOf(records: readonly TradeRecord[]): Dec | undefined {
  return sumKnown(records.map(({ netUsd }) => netUsd))
}

function endedFacts(records: readonly TradeRecord[]) {
  const net = netOf(records)
  const realized = sumKnown(records.map(({ realizedPnlUsd }) => realizedPnlUsd))
  const held = records.flatMap(({ openedAtMs, closedAtMs }) =>
    openedAtMs === undefined || closedAtMs === undefined ? [] : [closedAtMs - openedAtMs],
  )
  const causes = [...new Set(records.map(({ cause }) => causeText(cause)))]
  return [
    { label: 'Why', value: firstOf(causes, 3).join(', ') },
    { label: 'Net P&L', value: `${formatGainUsd(net)} USD`, ...toneOf(net) },
    { label: 'P&L before fees', value: `${formatGainUsd(realized)} USD` },
    ...executionFacts(records, ({ closingGapMs }) => closingGapMs),
    { label: 'Held', value: heldText(held) },
  ]
}

function heldText(heldMs: readonly number[]): string {
  if (heldMs.length === 0) return '?'
  const shortest = spanText(Math.min(...heldMs))
  const longest = spanText(Math.max(...heldMs))
  return shortest === longest ? shortest : `${shortest} to ${longest}`
}

function endedDetail(record: TradeRecord, hasReason: boolean): readonly Block[] {
  const heading = hasReason ? `${nameOf(record)}: ${causeText(record.cause)}` : nameOf(record)
  return [
    { kind: 'heading', text: heading },
    {
      kind: 'table',
      columns: [
        leftColumn('Leg'),
        rightColumn('Size'),
        rightColumn('Entry'),
        rightColumn('Exit'),
        rightColumn('P&L USD'),
      ],
      rows: record.legs.map((leg) => [
        legCell(leg),
        { text: formatSize(leg.openedBase) },
        { text: formatPrice(leg.averageEntryPrice) },
        { text: formatPrice(leg.averageExitPrice) },
        { text: formatGainUsd(leg.realizedPnlUsd), ...toneOf(leg.realizedPnlUsd) },
      ]),
      foot: [
        { text: 'Net of fees' },
        { text: '' },
        { text: '' },
        { text: '' },
        { text: formatGainUsd(record.netUsd), ...toneOf(record.netUsd) },
      ],
    },
    ...incompleteBlocks(record),
  ]
}

/** A result that lacks fills must not look like one. */
function incompleteBlocks(record: TradeRecord): readonly Block[] {
  if (record.isComplete) return []
  return [
    {
      kind: 'text',
      text: 'Not all fills of this hedge are known yet: it was read flat, and its figures are incomplete.',
      tone: 'warning',
    },
  ]
}

const ENDED_COLUMNS = [leftColumn('Hedge'), leftColumn('Why'), rightColumn('Net USD')]

function endedCells(record: TradeRecord): readonly Cell[] {
  return [
    { text: nameOf(record) },
    { text: causeText(record.cause) },
    { text: formatGainUsd(record.netUsd), ...toneOf(record.netUsd) },
  ]
}

/** A stop that was hit and is not through. */
export function composeStopping(context: ComposeContext, stops: readonly PendingStop[]): Message {
  const [first] = stops
  const sinceMs = Math.min(...stops.map((stop) => stop.sinceMs))
  const what =
    stops.length === 1 && first !== undefined ? first.hedgeId : countOf(stops.length, 'hedge')
  return messageOf(context, {
    kind: 'stop',
    severity: 'critical',
    title: `${what}: stop hit ${spanText(context.nowMs - sinceMs)} ago and not flat yet`,
    blocks: [
      {
        kind: 'list',
        items: firstOf(
          stops.map(({ reason }) => reason),
          MOST_ROWS,
        ),
      },
      {
        kind: 'advice',
        text:
          'hedgebot goes on closing and tells when it is flat. hedgebot status shows how it stands; ' +
          'if it lasts, close the legs at the exchange yourself.',
      },
    ],
  })
}
