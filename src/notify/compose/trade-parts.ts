/**
 * Parts that messages about trades share.
 * @module
 */
import type { TradeLeg, TradeRecord } from '../../engine/trade-record.ts'
import { sumDec, sumKnown } from '../../hedge/decimal.ts'
import { formatMs, formatUsd } from '../../ui/format-number.ts'
import type { Block, Cell, Column } from '../message.ts'

/** Up to here every leg is shown, above only a line for each hedge. */
export const MOST_IN_DETAIL = 3
/** More rows nobody reads on a phone. */
export const MOST_ROWS = 40

/** How well it was traded; of several hedges the worst gap and naked time. */
export function executionFacts(
  records: readonly TradeRecord[],
  gapOf: (record: TradeRecord) => number | undefined,
) {
  const gaps = records.map(gapOf).filter((gap) => gap !== undefined)
  const worst = records.length === 1 ? '' : ', worst'
  const own = records.reduce((total, { ownFills }) => total + ownFills, 0)
  const all = records.reduce((total, { fills }) => total + fills, 0)
  return [
    {
      label: `Leg gap${worst}`,
      value: gaps.length === 0 ? '?' : `${formatMs(Math.max(...gaps))} ms`,
    },
    {
      label: `Naked time${worst}`,
      value: `${formatMs(Math.max(...records.map(({ nakedMs }) => nakedMs)))} ms`,
    },
    {
      label: 'Slippage against mark',
      value: `${formatUsd(sumKnown(records.map(({ slippageUsd }) => slippageUsd)))} USD`,
    },
    { label: 'Fees', value: `${formatUsd(sumDec(records.map(({ feesUsd }) => feesUsd)))} USD` },
    { label: 'Fills against own accounts', value: `${own} of ${all}` },
  ]
}

/** A line for each hedge. */
export function manyTable(
  records: readonly TradeRecord[],
  columns: readonly Column[],
  cellsOf: (record: TradeRecord) => readonly Cell[],
): Block {
  const rows = records.slice(0, MOST_ROWS).map(cellsOf)
  const more = records.length - rows.length
  if (more === 0) return { kind: 'table', columns, rows }
  const note = [{ text: `and ${more} more` }, ...columns.slice(1).map(() => ({ text: '' }))]
  return { kind: 'table', columns, rows: [...rows, note] }
}

/** `h3 account_5+account_6`. */
export function nameOf({ hedgeId, name }: TradeRecord): string {
  return `${hedgeId} ${name}`
}

/** `account_5 long`. */
export function legCell({ account, side }: TradeLeg): Cell {
  return { text: `${account} ${side}` }
}

/** A column of words. */
export function leftColumn(label: string): Column {
  return { label, align: 'left' }
}

/** A column of numbers. */
export function rightColumn(label: string): Column {
  return { label, align: 'right' }
}
