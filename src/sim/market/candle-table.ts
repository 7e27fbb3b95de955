/**
 * Reads the text of a price table as people have it: commas, semicolons or tabs, quotes, a byte order mark, a line of
 * advertising above the header, or no header at all.
 * @module
 */
import { HedgebotError } from '../../errors.ts'

/** What a column of candles can be. */
export const CANDLE_COLUMNS = ['time', 'open', 'high', 'low', 'close'] as const

export type CandleColumn = (typeof CANDLE_COLUMNS)[number]

/** A line's cells, with its number in the file. */
export interface CandleRow {
  readonly line: number
  cell(column: CandleColumn): string | undefined
}

export interface CandleTable {
  has(column: CandleColumn): boolean
  readonly rows: readonly CandleRow[]
}

/** Names by preference: where a file has several of them, the first found here counts. Letters and digits only. */
const NAMES: Readonly<Record<CandleColumn, readonly string[]>> = {
  time: [
    'opentime',
    'timestamp',
    'unixtimestamp',
    'unix',
    'epoch',
    't',
    'ts',
    'time',
    'starttime',
    'start',
    'datetime',
    'date',
    'dateutc',
    'timeutc',
    'gmttime',
    'timestamputc',
  ],
  open: ['open', 'o', 'openprice', 'priceopen'],
  high: ['high', 'h', 'highprice', 'pricehigh', 'max'],
  low: ['low', 'l', 'lowprice', 'pricelow', 'min'],
  close: ['close', 'c', 'closeprice', 'priceclose', 'closelast', 'last', 'price'],
}

/**
 * Splits a file into rows with known columns. Without a header, five or more columns of numbers are taken as time,
 * open, high, low, close.
 * @throws HedgebotError kind `usage`, code `candles_invalid`, with the line
 */
export function readCandleTable(text: string): CandleTable {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const first = lines.findIndex((line) => line.trim() !== '')
  if (first < 0) throw invalidCandles(1, 'the file is empty')
  const head = findHeader(lines, first)
  const { delimiter, columns } = head
  const rows: CandleRow[] = []
  for (let at = head.firstRow; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (line.trim() === '') continue
    const cells = splitLine(line, delimiter, at + 1)
    rows.push({
      line: at + 1,
      cell(column) {
        const index = columns.get(column)
        return index === undefined ? undefined : cells[index]
      },
    })
  }
  return { has: (column) => columns.has(column), rows }
}

/** A mistake in a file of candles, found at a line of it. */
export function invalidCandles(line: number, message: string): HedgebotError {
  return new HedgebotError('usage', `line ${line}: ${message}`, {
    code: 'candles_invalid',
    hint: 'a CSV file with a header such as time,open,high,low,close',
  })
}

interface Header {
  readonly delimiter: string
  readonly columns: ReadonlyMap<CandleColumn, number>
  readonly firstRow: number
}

/** The header is the first line with words, or the one below it when that is a line of its own. */
function findHeader(lines: readonly string[], first: number): Header {
  for (const at of [first, first + 1]) {
    const line = lines[at] ?? ''
    const delimiter = delimiterOf(line)
    const cells = splitLine(line, delimiter, at + 1)
    if (cells.length >= 5 && cells.slice(0, 5).every((cell) => /^-?\d+(\.\d+)?$/.test(cell))) {
      const columns = new Map(CANDLE_COLUMNS.map((column, index) => [column, index]))
      return { delimiter, columns, firstRow: at }
    }
    const columns = namedColumns(cells)
    if (columns.has('time') && columns.has('close')) {
      return { delimiter, columns, firstRow: at + 1 }
    }
  }
  throw invalidCandles(first + 1, 'the header must name a time and a close (or price) column')
}

function namedColumns(cells: readonly string[]): ReadonlyMap<CandleColumn, number> {
  const names = cells.map((cell) => cell.toLowerCase().replace(/[^a-z0-9]/g, ''))
  const columns = new Map<CandleColumn, number>()
  for (const column of CANDLE_COLUMNS) {
    const name = NAMES[column].find((wanted) => names.includes(wanted))
    if (name !== undefined) columns.set(column, names.indexOf(name))
  }
  return columns
}

function delimiterOf(line: string): string {
  const count = (delimiter: string) => line.split(delimiter).length
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best))
}

function splitLine(line: string, delimiter: string, number: number): readonly string[] {
  if (!line.includes('"')) return line.split(delimiter).map((cell) => cell.trim())
  const cells: string[] = []
  let cell = ''
  let isQuoted = false
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? ''
    if (char === '"' && isQuoted && line[at + 1] === '"') {
      cell += '"'
      at += 1
    } else if (char === '"') isQuoted = !isQuoted
    else if (char === delimiter && !isQuoted) {
      cells.push(cell.trim())
      cell = ''
    } else cell += char
  }
  if (isQuoted) throw invalidCandles(number, 'a quote is not closed')
  return [...cells, cell.trim()]
}
