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
  /** To be gone through once: they are split on the way, since a year of minutes is half a million of them. */
  readonly rows: Iterable<CandleRow>
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
  const lines = textLines(text)
  const head = findHeader(lines)
  return { has: (column) => head.columns.has(column), rows: readRows(lines, head) }
}

interface TextLine {
  readonly content: string
  /** In the file, from 1. */
  readonly number: number
}

/** The lines that are not empty; nothing of them is kept. */
function* textLines(text: string): Generator<TextLine, undefined> {
  const ends = /\r\n|\n|\r/g
  let from = text.startsWith('\uFEFF') ? 1 : 0
  for (let number = 1; from <= text.length; number += 1) {
    const end = ends.exec(text)
    const content = text.slice(from, end?.index)
    if (content.trim() !== '') yield { content, number }
    if (end === null) return
    from = ends.lastIndex
  }
}

function* readRows(
  lines: Iterable<TextLine>,
  { delimiter, columns, firstRow }: Header,
): Generator<CandleRow, undefined> {
  for (const { content, number } of firstRow === undefined ? lines : chain(firstRow, lines)) {
    const cells = splitLine(content, delimiter, number)
    yield {
      line: number,
      cell(column) {
        const index = columns.get(column)
        return index === undefined ? undefined : cells[index]
      },
    }
  }
}

function* chain(first: TextLine, rest: Iterable<TextLine>): Generator<TextLine, undefined> {
  yield first
  yield* rest
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
  /** A line that was taken to look for the header and is a row. */
  readonly firstRow: TextLine | undefined
}

/** The header is the first line with words, or the one below it when that is a line of its own. */
function findHeader(lines: Iterator<TextLine, undefined>): Header {
  const first = lines.next().value
  if (first === undefined) throw invalidCandles(1, 'the file is empty')
  const header = headerIn(first) ?? headerIn(lines.next().value)
  if (header !== undefined) return header
  throw invalidCandles(first.number, 'the header must name a time and a close (or price) column')
}

function headerIn(line: TextLine | undefined): Header | undefined {
  if (line === undefined) return undefined
  const delimiter = delimiterOf(line.content)
  const cells = splitLine(line.content, delimiter, line.number)
  if (cells.length >= 5 && cells.slice(0, 5).every((cell) => /^-?\d+(\.\d+)?$/.test(cell))) {
    const columns = new Map(CANDLE_COLUMNS.map((column, index) => [column, index]))
    return { delimiter, columns, firstRow: line }
  }
  const columns = namedColumns(cells)
  if (!columns.has('time') || !columns.has('close')) return undefined
  return { delimiter, columns, firstRow: undefined }
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
