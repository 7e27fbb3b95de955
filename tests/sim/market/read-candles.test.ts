import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../../src/errors.ts'
import { createRecordedPath } from '../../../src/sim/market/price-path.ts'
import type { CandleMarket } from '../../../src/sim/market/read-candles.ts'
import { readCandles } from '../../../src/sim/market/read-candles.ts'

const BTC = { priceDecimals: 1 }
const MINUTE_MS = 60_000
const PLAIN = [
  'time,open,high,low,close,volume',
  '1760130000,100.0,104.0,99.0,101.0,5',
  '1760130060,101.5,102.0,95.0,96.0,7',
].join('\n')
const PLAIN_POINTS = [
  { elapsedMs: 0, priceTicks: 1_000n },
  { elapsedMs: 20_000, priceTicks: 990n },
  { elapsedMs: 40_000, priceTicks: 1_040n },
  { elapsedMs: 59_940, priceTicks: 1_010n },
  { elapsedMs: 60_000, priceTicks: 1_015n },
  { elapsedMs: 80_000, priceTicks: 1_020n },
  { elapsedMs: 100_000, priceTicks: 950n },
  { elapsedMs: 119_940, priceTicks: 960n },
]

function pointsOf(text: string, market: CandleMarket = BTC) {
  return [...readCandles(text, market)]
}

function refusalOf(text: string, market: CandleMarket = BTC): HedgebotError {
  try {
    readCandles(text, market)
  } catch (error) {
    if (error instanceof HedgebotError) return error
    throw error
  }
  throw new Error('the file was accepted')
}

describe('a file of candles', () => {
  it('becomes a walk from open to the nearer extreme, to the other one, to close', () => {
    expect(pointsOf(PLAIN, BTC)).toEqual(PLAIN_POINTS)
  })

  it('visits low first when both are as near and the candle rises, else high', () => {
    const walk = (close: string) =>
      pointsOf(`t,o,h,l,c\n1760130000,100,101,99,${close}`, BTC).map((p) => p.priceTicks)
    expect(walk('100.5')).toEqual([1_000n, 990n, 1_010n, 1_005n])
    expect(walk('99.5')).toEqual([1_000n, 1_010n, 990n, 995n])
  })

  it.each([
    ['Windows line ends and a byte order mark', `\uFEFF${PLAIN.replaceAll('\n', '\r\n')}\r\n`],
    ['quotes', PLAIN.replaceAll(/[^,\n]+/g, '"$&"')],
    ['semicolons', PLAIN.replaceAll(',', ';')],
    ['tabs and spaces', PLAIN.replaceAll(',', ' \t ')],
    ['empty lines', PLAIN.replaceAll('\n', '\n\n')],
    [
      'newest first',
      PLAIN.split('\n')
        .toSpliced(1, 2, ...PLAIN.split('\n').slice(1).toReversed())
        .join('\n'),
    ],
    ['milliseconds', PLAIN.replaceAll(/17601300\d\d/g, '$&000')],
    ['microseconds', PLAIN.replaceAll(/17601300\d\d/g, '$&000000')],
    ['nanoseconds', PLAIN.replaceAll(/17601300\d\d/g, '$&000000000')],
    ['no header', PLAIN.split('\n').slice(1).join('\n')],
    ['a line of advertising', `https://www.example.com\n${PLAIN}`],
    [
      'other names',
      PLAIN.replace('time,open,high,low,close', 'Open Time,Open Price,HIGH,Low,Close*'),
    ],
    [
      'ISO times',
      PLAIN.replace('1760130000', '2025-10-10T21:00:00Z').replace(
        '1760130060',
        '2025-10-10T21:01:00.000Z',
      ),
    ],
    [
      'times without a zone',
      PLAIN.replace('1760130000', '2025-10-10 21:00:00').replace('1760130060', '2025-10-10 21:01'),
    ],
    [
      'times of another zone',
      PLAIN.replace('1760130000', '2025-10-10 23:00:00+02:00').replace(
        '1760130060',
        '2025-10-10 17:01:00-0400',
      ),
    ],
  ])('is understood with %s', (_what, text) => {
    expect(pointsOf(text, BTC)).toEqual(PLAIN_POINTS)
  })

  it('prefers a number for the time where there is a date as well, in any order of columns', () => {
    const text = 'date,symbol,close,low,high,open,unix\nx,BTC/USD,101,99,104,100,1760130000\n'
    expect(pointsOf(text, BTC).map(({ priceTicks }) => priceTicks)).toEqual([
      1_000n,
      990n,
      1_040n,
      1_010n,
    ])
  })

  it('of closes alone is a line through single prices', () => {
    expect(pointsOf('date,price\n2025-10-10,100\n2025-10-11,"1,102.25"', BTC)).toEqual([
      { elapsedMs: 0, priceTicks: 1_000n },
      { elapsedMs: 86_400_000, priceTicks: 11_023n },
    ])
  })

  it('stands still in gaps, and jumps to the next open', () => {
    const text = `${PLAIN}\n1760130600,90,91,89,90,1`
    const path = createRecordedPath(readCandles(text, BTC))
    for (const minute of [2, 5, 9.9]) expect(path(minute * MINUTE_MS)).toBe(960n)
    expect(path(10 * MINUTE_MS)).toBe(900n)
    expect(path(1_000 * MINUTE_MS)).toBe(900n)
  })

  it('may have more cells in a line than in its header', () => {
    expect(pointsOf('time,open,high,low,close\n1760130000,1,2,1,1,5,', BTC)).toHaveLength(4)
  })

  it('starts at its first price and stands still after its last', () => {
    const path = createRecordedPath(readCandles(PLAIN, BTC))
    expect(path(0)).toBe(1_000n)
    expect(path(10_000_000)).toBe(960n)
  })

  it.each([
    ['', 1, 'empty'],
    ['foo,bar\n1,2', 1, 'header'],
    ['time,close', 2, 'no candle'],
    ['time,open,high,low,close\n1760130000,1,2,1,x', 2, '"x" is no price'],
    ['time;close\n1760130000;64000,5', 2, 'digits and a point'],
    ['time,close\n1760130000,0.04', 2, 'above zero'],
    ['time,close\n1760130000,-5', 2, 'no price'],
    ['time,close\n1760130000,999999999999', 2, 'more than a price can be'],
    ['time,close\nyesterday,5', 2, '"yesterday" is no time'],
    ['time,close\n2025-13-40,5', 2, 'no time'],
    ['time,close\n1760130000,5\n1760130000,6', 3, 'same time as in line 2'],
    ['time,close\n1760130000,5\n1760130060,6\n1760130030,6', 4, 'neither grow nor fall'],
    ['time,open,high,low,close\n1760130000,5,6,5.5,6', 2, 'low is above'],
    ['time,open,high,low,close\n1760130000,5,5,4,6', 2, 'high is below'],
    ['time,close\n"1760130000,5', 2, 'quote is not closed'],
  ])('%j is refused at its line', (text, line, why) => {
    const error = refusalOf(text, { ...BTC, file: 'c.csv' })
    expect(error).toMatchObject({ kind: 'usage', code: 'candles_invalid', exit: 2 })
    expect(error.message).toContain(`c.csv, line ${line}: `)
    expect(error.message).toContain(why)
    expect(error.hint).toContain('time,open,high,low,close')
  })

  it('gives back every price that was written, in order', () => {
    const candle = fc
      .tuple(
        fc.nat(1_000),
        fc.nat(1_000),
        fc.nat(1_000),
        fc.nat(1_000),
        fc.integer({ min: 1, max: 4_000_000 }),
      )
      .map(([a, b, up, down, base]) => {
        const [open, close] = [base + 1_000 + a, base + 1_000 + b]
        return { open, close, high: Math.max(open, close) + up, low: Math.min(open, close) - down }
      })
    const text = (ticks: number) => `${Math.trunc(ticks / 10)}.${ticks % 10}`
    fc.assert(
      fc.property(
        fc.array(candle, { minLength: 1, maxLength: 30 }),
        fc.boolean(),
        (candles, isNewestFirst) => {
          const lines = candles.map(
            ({ open, high, low, close }, at) =>
              `${1_760_130_000 + at * 60},${text(open)},${text(high)},${text(low)},${text(close)}`,
          )
          const body = isNewestFirst ? lines.toReversed() : lines
          const points = pointsOf(['time,open,high,low,close', ...body].join('\n'), BTC)
          const path = createRecordedPath(points)
          expect(points).toHaveLength(candles.length * 4)
          for (const [at, { open, high, low, close }] of candles.entries()) {
            const startMs = at * MINUTE_MS
            expect(path(startMs)).toBe(BigInt(open))
            expect(path(startMs + 59_940)).toBe(BigInt(close))
            const between = [path(startMs + 20_000), path(startMs + 40_000)].map(Number)
            expect(between.toSorted((a, b) => a - b)).toEqual([low, high])
          }
        },
      ),
    )
  })

  it('of a month of minutes is read in good time', () => {
    const lines = Array.from(
      { length: 43_200 },
      (_, at) => `${1_760_130_000 + at * 60},100,101,99,100`,
    )
    const points = pointsOf(['time,open,high,low,close', ...lines].join('\n'), BTC)
    expect(points).toHaveLength(43_200 * 4)
  })
})
