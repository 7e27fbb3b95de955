/** How the rows of the terminal are shared out. */
export interface LiveLayout {
  /** Rows for hedges and legs, without the table's head. */
  readonly bodyRows: number
  readonly eventRows: number
}

/** Header, totals, budgets, table head, rule, message, keys. */
const FIXED_ROWS = 7

/** More rows go to the table; the events get a tenth of the screen, between two and eight lines. */
export function layoutRows(rows: number): LiveLayout {
  const eventRows = Math.min(8, Math.max(2, Math.floor(rows / 10)))
  return { bodyRows: Math.max(1, rows - FIXED_ROWS - eventRows), eventRows }
}

/** Keeps a scroll position inside the table. */
export function clampScroll(scroll: number, rowCount: number, bodyRows: number): number {
  return Math.max(0, Math.min(scroll, rowCount - bodyRows))
}
