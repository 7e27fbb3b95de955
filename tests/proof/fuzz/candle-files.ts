/**
 * Files of candles as people and programs write them, and as they break: a price path that goes on in time with prices
 * above zero, or one named error with the line.
 * @module
 */
import { MAX_PRICE_TICKS } from '../../../src/sim/core/units.ts'
import { readCandles } from '../../../src/sim/market/read-candles.ts'
import type { Draw } from './draw.ts'
import { claim, type FuzzTarget } from './fuzz-target.ts'
import { refusable } from './judge-error.ts'
import { hugeText, junkText } from './junk.ts'
import { mutateLines } from './mutate-lines.ts'

/** CSV files. */
export const candleFiles: FuzzTarget = {
  name: 'candle-files',
  weight: 7_000,
  limitMs: 10_000,
  cpuLimitMs: 2_000,
  async run(draw) {
    const good = makeFile(draw)
    const text = draw.chance(0.5) ? good : mutateLines(draw, good)
    const priceDecimals = draw.int(0, 6)
    const end = await refusable(() => readCandles(text, { priceDecimals, file: 'c.csv' }), {
      input: text,
    })
    if ('error' in end) {
      claim(
        end.error.kind === 'usage' && end.error.code === 'candles_invalid',
        `code ${end.error.code}`,
        text,
      )
      claim(/^c\.csv, line \d+: /.test(end.error.message), `no line: ${end.error.message}`, text)
      return 'named error'
    }
    judgePath(end.value, text)
    return 'accepted'
  },
}

function judgePath(path: ReturnType<typeof readCandles>, text: string): void {
  const rows = text.split(/\r\n|\n|\r/).length
  let count = 0
  let lastMs = 0
  for (const { elapsedMs, priceTicks } of path) {
    count += 1
    claim(Number.isFinite(elapsedMs), `a point at ${elapsedMs}`, text)
    claim(count > 1 || elapsedMs === 0, `the path starts at ${elapsedMs}`, text)
    claim(elapsedMs >= lastMs, `the path goes back from ${lastMs} to ${elapsedMs}`, text)
    claim(priceTicks > 0n && priceTicks <= MAX_PRICE_TICKS, `price ${priceTicks}`, text)
    claim(count <= 5 * rows, `${count} points of ${rows} lines`, text)
    lastMs = elapsedMs
  }
  claim(count > 0, 'a path without points', text)
}

const HEADS: readonly (readonly string[])[] = [
  ['time', 'open', 'high', 'low', 'close'],
  ['Open time', 'Open', 'High', 'Low', 'Close', 'Volume'],
  ['unix', 'date', 'symbol', 'open', 'high', 'low', 'close', 'Volume BTC'],
  ['timestamp', 'price'],
  ['t', 'o', 'h', 'l', 'c'],
  ['Date', 'Close/Last', 'Volume', 'Open', 'High', 'Low'],
]

function makeFile(draw: Draw): string {
  const delimiter = draw.pick([',', ',', ';', '\t'])
  const end = draw.pick(['\n', '\n', '\r\n', '\r'])
  const head = draw.pick(HEADS)
  const hasHead = draw.chance(0.8)
  const startMs = 1_760_000_000_000 + draw.int(0, 1e6)
  const stepMs = draw.pick([1_000, 60_000, 3_600_000])
  const unit = draw.pick(['ms', 's', 'us', 'ns', 'iso', 'day'])
  const rows = Array.from({ length: draw.pick([1, 2, 3, 8, 40]) }, (_, at) =>
    rowOf(draw, head, { unit, timeMs: startMs + at * stepMs }),
  )
  if (draw.chance(0.2)) rows.reverse()
  const lines = [
    ...(draw.chance(0.1) ? ['https://www.example.com'] : []),
    ...(hasHead ? [head] : []),
    ...rows,
  ]
  const text = lines
    .map((cells) =>
      typeof cells === 'string' ? cells : cells.map((cell) => quoted(draw, cell)).join(delimiter),
    )
    .join(end)
  return `${draw.chance(0.1) ? '\uFEFF' : ''}${text}${draw.chance(0.5) ? end : ''}`
}

function quoted(draw: Draw, cell: string): string {
  return draw.chance(0.05) ? `"${cell}"` : cell
}

function rowOf(
  draw: Draw,
  head: readonly string[],
  { unit, timeMs }: { readonly unit: string; readonly timeMs: number },
): readonly string[] {
  const low = 90_000 + draw.int(0, 20_000)
  const high = low + draw.int(0, 900)
  const prices: Readonly<Record<string, number>> = { o: low, h: high, l: low, c: high }
  return head.map((name) => {
    const letter = name.toLowerCase()[0] ?? ''
    const isTime = /time|unix|date|^t/i.test(name)
    if (isTime)
      return name.toLowerCase() === 'open time' || name !== 'date'
        ? timeText(draw, unit, timeMs)
        : '2026-01-01'
    const price = prices[letter] ?? (name === 'price' ? high : undefined)
    return price === undefined ? String(draw.int(0, 99)) : priceText(draw, price)
  })
}

const ODD_CELLS: readonly string[] = [
  '9'.repeat(400),
  '99999999999999999999',
  '275760-09-13',
  '2026-13-45',
  '0',
  '-5',
  '1e9',
  '',
  '00000000000000000001760000000',
  '1.7e12',
  '0.0000000000001',
  'NaN',
]

function timeText(draw: Draw, unit: string, ms: number): string {
  if (draw.chance(0.02)) return draw.pick(ODD_CELLS)
  if (unit === 'iso') return new Date(ms).toISOString()
  if (unit === 'day') return new Date(ms).toISOString().replace('T', ' ').slice(0, 19)
  if (unit === 's') return String(Math.floor(ms / 1_000))
  return `${ms}${unit === 'us' ? '000' : unit === 'ns' ? '000000' : ''}`
}

function priceText(draw: Draw, price: number): string {
  const kind = draw.int(0, 12)
  if (draw.chance(0.01)) return draw.pick(ODD_CELLS)
  if (kind === 0) return price.toLocaleString('en')
  if (kind === 1) return `${price}.${'5'.repeat(draw.int(1, 30))}`
  if (kind === 2 && draw.chance(0.2)) return hugeText(draw, 500)
  if (kind === 3 && draw.chance(0.2)) return junkText(draw)
  return kind < 6 ? `${price}.00` : String(price)
}
