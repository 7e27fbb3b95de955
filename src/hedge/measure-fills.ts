import { ZERO, sumDec } from './decimal.ts'
import type { HedgeLeg, LedgerFill, LedgerOrder, OrderPurpose } from './ledger.ts'
import type { Dec } from './decimal.ts'
import { openingSide, signedChange } from './side.ts'

/** The fills of one hedge and what they are measured against. */
export interface MeasureFillsOptions {
  /** Fills of one hedge, in any order. */
  readonly fills: readonly LedgerFill[]
  readonly legs: readonly Pick<HedgeLeg, 'account' | 'accountIndex' | 'side'>[]
  /** The hedge's orders; a fill without one (a stop, a liquidation) counts by its direction. */
  readonly orders: readonly Pick<LedgerOrder, 'accountIndex' | 'clientOrderIndex' | 'purpose'>[]
  /** Net size that does not count as naked, base coins. */
  readonly toleranceBase: Dec
  readonly ownAccountIndices: ReadonlySet<number>
  /** Venue time until which a hedge that is still naked counts; undefined: until the last fill. */
  readonly untilMs: number | undefined
}

/** Averages of one leg over its fills. */
export interface LegFillAverages {
  readonly account: string
  readonly accountIndex: number
  /** Of all fills that added to the leg; undefined when there were none. */
  readonly averageEntryPrice: Dec | undefined
  /** Of all fills that took from it. */
  readonly averageExitPrice: Dec | undefined
}

/** What the fills of a hedge say about how it was opened and closed; milliseconds of venue time. */
export interface FillMeasures {
  /** Between the first and the last fill of opening orders; undefined without two. */
  readonly openingGapMs: number | undefined
  readonly closingGapMs: number | undefined
  /** How long the net size was above tolerance. */
  readonly nakedMs: number
  /** True when it still is after the last fill. */
  readonly isNakedAtEnd: boolean
  readonly legs: readonly LegFillAverages[]
  readonly fillCount: number
  /** Fills whose other side is an account of ours: "0 of N" (DESIGN.md section 3). */
  readonly ownCounterFillCount: number
}

/** Measures leg gaps, naked time and averages from fills alone (words of DESIGN.md section 2). */
export function measureFills(options: MeasureFillsOptions): FillMeasures {
  const fills = options.fills.toSorted((a, b) => a.atMs - b.atMs)
  const phases = fills.map((fill) => ({ fill, phase: phaseOf(fill, options) }))
  const timesOf = (phase: Phase) =>
    phases.filter((entry) => entry.phase === phase).map((entry) => entry.fill.atMs)
  const own = new Set([...options.ownAccountIndices].map(String))
  return {
    openingGapMs: gapMs(timesOf('opening')),
    closingGapMs: gapMs(timesOf('closing')),
    ...nakedTime(fills, options),
    legs: options.legs.map((leg) => averagesOf(leg, fills)),
    fillCount: fills.length,
    ownCounterFillCount: fills.filter((fill) => own.has(fill.counterAccountIndex)).length,
  }
}

type Phase = 'opening' | 'closing' | undefined

/** Trimming (`reduce`) belongs to neither: a trim in the opening would stretch the closing gap over the whole round. */
const PHASES: Readonly<Record<OrderPurpose, Phase>> = {
  open: 'opening',
  complete: 'opening',
  close: 'closing',
  flatten: 'closing',
  stops: 'closing',
  reduce: undefined,
  leverage: undefined,
  cancel: undefined,
  displace: undefined,
}

function phaseOf(fill: LedgerFill, { orders, legs }: MeasureFillsOptions): Phase {
  const order = orders.find(
    (candidate) =>
      candidate.accountIndex === fill.accountIndex &&
      candidate.clientOrderIndex === fill.clientOrderIndex &&
      // Zero is no index: liquidations and foreign orders carry it.
      fill.clientOrderIndex !== 0,
  )
  if (order !== undefined) return PHASES[order.purpose]
  const leg = legs.find((candidate) => candidate.accountIndex === fill.accountIndex)
  if (leg === undefined) return undefined
  return fill.side === openingSide(leg.side) ? 'opening' : 'closing'
}

function gapMs(timesMs: readonly number[]): number | undefined {
  const first = timesMs[0]
  const last = timesMs.at(-1)
  return timesMs.length < 2 || first === undefined || last === undefined ? undefined : last - first
}

function nakedTime(
  fills: readonly LedgerFill[],
  { toleranceBase, untilMs }: MeasureFillsOptions,
): Pick<FillMeasures, 'nakedMs' | 'isNakedAtEnd'> {
  let netBase = ZERO
  let nakedMs = 0
  let sinceMs: number | undefined
  for (const fill of fills) {
    if (sinceMs !== undefined) nakedMs += fill.atMs - sinceMs
    netBase = netBase.plus(signedChange(fill.side, fill.baseSize))
    sinceMs = netBase.abs().gt(toleranceBase) ? fill.atMs : undefined
  }
  const isNakedAtEnd = sinceMs !== undefined
  if (sinceMs !== undefined && untilMs !== undefined) nakedMs += Math.max(0, untilMs - sinceMs)
  return { nakedMs, isNakedAtEnd }
}

function averagesOf(
  leg: MeasureFillsOptions['legs'][number],
  fills: readonly LedgerFill[],
): LegFillAverages {
  const own = fills.filter((fill) => fill.accountIndex === leg.accountIndex)
  const adding = openingSide(leg.side)
  return {
    account: leg.account,
    accountIndex: leg.accountIndex,
    averageEntryPrice: averagePrice(own.filter((fill) => fill.side === adding)),
    averageExitPrice: averagePrice(own.filter((fill) => fill.side !== adding)),
  }
}

/** Size-weighted average price; undefined without fills. */
export function averagePrice(
  fills: readonly Pick<LedgerFill, 'baseSize' | 'price'>[],
): Dec | undefined {
  const baseSize = sumDec(fills.map((fill) => fill.baseSize))
  if (baseSize.lte(0)) return undefined
  return sumDec(fills.map((fill) => fill.baseSize.times(fill.price))).div(baseSize)
}
