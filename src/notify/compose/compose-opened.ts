import type { TradeLeg, TradeRecord } from '../../engine/trade-record.ts'
import { sumDec, sumKnown } from '../../hedge/decimal.ts'
import { countOf, formatPrice, formatSize, formatUsd } from '../../ui/format-number.ts'
import type { Block, Cell, Message } from '../message.ts'
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
import { causeText, firstOf, messageOf } from './words.ts'

/** One message for what a run opened, what it could not open included. */
export function composeOpened(context: ComposeContext, records: readonly TradeRecord[]): Message {
  const opened = records.filter(({ state }) => state !== 'aborted')
  const aborted = records.filter(({ state }) => state === 'aborted')
  return messageOf(context, {
    kind: 'opened',
    severity: aborted.length === 0 ? 'info' : 'warning',
    title: openedTitle(opened, aborted),
    blocks: [
      ...(opened.length === 0 ? [] : openedBlocks(opened)),
      ...(aborted.length === 0 ? [] : abortedBlocks(aborted)),
    ],
  })
}

function openedTitle(opened: readonly TradeRecord[], aborted: readonly TradeRecord[]): string {
  const [only] = opened
  const rest = aborted.length === 0 ? '' : `, ${aborted.length} not opened`
  if (only === undefined) {
    const [first] = aborted
    const what =
      aborted.length === 1 && first !== undefined ? nameOf(first) : countOf(aborted.length, 'hedge')
    return `nothing, ${what} not opened`
  }
  if (opened.length > 1) {
    return `${countOf(opened.length, 'hedge')} in ${marketsOf(opened)}${rest}`
  }
  const size = only.legs.find(({ side }) => side === 'long')?.openedBase
  return `${nameOf(only)}: ${formatSize(size)} ${only.market} long and short${rest}`
}

function openedBlocks(records: readonly TradeRecord[]): readonly Block[] {
  const details =
    records.length <= MOST_IN_DETAIL
      ? records.flatMap(openedDetail)
      : [manyTable(records, OPENED_COLUMNS, openedCells)]
  return [{ kind: 'facts', rows: openedFacts(records) }, ...details]
}

function openedFacts(records: readonly TradeRecord[]) {
  const legs = records.flatMap((record) => record.legs)
  const notional = sumKnown(
    legs.map(({ averageEntryPrice, openedBase }) => averageEntryPrice?.times(openedBase)),
  )
  return [
    { label: 'Legs', value: String(legs.length) },
    { label: 'Notional', value: `${formatUsd(notional)} USD` },
    ...executionFacts(records, ({ openingGapMs }) => openingGapMs),
  ]
}

function openedDetail(record: TradeRecord): readonly Block[] {
  return [
    { kind: 'heading', text: nameOf(record) },
    {
      kind: 'table',
      columns: [leftColumn('Leg'), rightColumn('Size'), rightColumn('Entry'), rightColumn('Fee')],
      rows: record.legs.map((leg) => [
        legCell(leg),
        { text: formatSize(leg.openedBase) },
        { text: formatPrice(leg.averageEntryPrice) },
        { text: formatUsd(leg.feesUsd) },
      ]),
    },
  ]
}

const OPENED_COLUMNS = [
  leftColumn('Hedge'),
  rightColumn('Size'),
  rightColumn('Long at'),
  rightColumn('Short at'),
]

function openedCells(record: TradeRecord): readonly Cell[] {
  const long = record.legs.find(({ side }) => side === 'long')
  const short = record.legs.find(({ side }) => side === 'short')
  return [
    { text: nameOf(record) },
    { text: formatSize(sumDec(longsOf(record).map(({ openedBase }) => openedBase))) },
    { text: formatPrice(long?.averageEntryPrice) },
    { text: formatPrice(short?.averageEntryPrice) },
  ]
}

function longsOf({ legs }: TradeRecord): readonly TradeLeg[] {
  return legs.filter(({ side }) => side === 'long')
}

function abortedBlocks(records: readonly TradeRecord[]): readonly Block[] {
  const lines = records.map((record) => {
    const traded = record.fills === 0 ? 'nothing was traded' : 'what had filled was taken back'
    return `${nameOf(record)}: ${causeText(record.cause)}; ${traded}`
  })
  return [
    { kind: 'heading', text: 'Not opened', tone: 'warning' },
    { kind: 'list', items: firstOf(lines, MOST_ROWS) },
    { kind: 'advice', text: 'hedgebot explain <id> tells the whole story of a hedge.' },
  ]
}

function marketsOf(records: readonly TradeRecord[]): string {
  return [...new Set(records.map(({ market }) => market))].join(', ')
}
