/**
 * Profit and loss in the venue's own arithmetic (PROTOCOL.md 11.4). Floating figures are at mark, without funding and
 * fees; those are shown apart.
 * @module
 */
import { Dec, ZERO, sumDec } from './decimal.ts'
import type { Known } from './known.ts'
import { known, unknown } from './known.ts'
import type { OrderSide } from './side.ts'
import { signedChange } from './side.ts'

/** The venue keeps entry quotes in whole millionths of a USD. */
const QUOTE_DECIMALS = 6

/** A position as far as profit is concerned: signed base size (long positive) and entry price in USD. */
export interface PnlPosition {
  readonly signedBase: Dec
  readonly entryPrice: Dec
}

/** Floating profit of one position in USD at a price; negative is a loss. */
export function unrealizedPnlUsd(position: PnlPosition, price: Dec): Dec {
  return position.signedBase.times(price.minus(position.entryPrice))
}

/** Floating profit of a hedge: the sum of its legs, unknown as soon as one leg or mark is. As old as the oldest. */
export function hedgeUnrealizedPnlUsd(
  legs: readonly Known<PnlPosition>[],
  mark: Known<Dec>,
): Known<Dec> {
  if (!mark.isKnown) return mark
  let atMs = mark.atMs
  const parts: Dec[] = []
  for (const leg of legs) {
    if (!leg.isKnown) return unknown(leg.reason)
    parts.push(unrealizedPnlUsd(leg.value, mark.value))
    atMs = Math.min(atMs, leg.atMs)
  }
  return known(sumDec(parts), atMs)
}

/** Size times price in USD, positive for both sides. */
export function notionalUsd(signedBase: Dec, price: Dec): Dec {
  return signedBase.abs().times(price)
}

/** What is left when all legs are added up. */
export interface NetExposure {
  /** Zero when hedged; positive when more long than short. */
  readonly signedBase: Dec
  readonly signedUsd: Dec
  /** `net_exposure_usd` of CLI.md. */
  readonly absoluteUsd: Dec
}

/** Net exposure of any number of positions of one market at a price. */
export function netExposure(
  positions: readonly Pick<PnlPosition, 'signedBase'>[],
  price: Dec,
): NetExposure {
  const signedBase = sumDec(positions.map((position) => position.signedBase))
  const signedUsd = signedBase.times(price)
  return { signedBase, signedUsd, absoluteUsd: signedUsd.abs() }
}

/** The part of a fill that moves a position. */
export interface PnlFill {
  readonly side: OrderSide
  readonly baseSize: Dec
  readonly price: Dec
  readonly feeUsd: Dec
}

/** What a series of fills of one account in one market amounts to. */
export interface FillBalance {
  readonly signedBase: Dec
  /** What the open position cost, USD, positive for both sides. */
  readonly entryQuoteUsd: Dec
  /** Undefined when flat. */
  readonly entryPrice: Dec | undefined
  /** Without fees. */
  readonly realizedPnlUsd: Dec
  readonly feesUsd: Dec
}

/** The balance of an account that has never traded in the market. */
export const NO_FILLS: FillBalance = {
  signedBase: ZERO,
  entryQuoteUsd: ZERO,
  entryPrice: undefined,
  realizedPnlUsd: ZERO,
  feesUsd: ZERO,
}

/**
 * Adds fills, oldest first, to a balance, exactly as the venue does: a reduction keeps the entry quote's share, floored
 * to a millionth; a flip starts anew at the fill's price.
 */
export function applyFills(fills: readonly PnlFill[], start: FillBalance = NO_FILLS): FillBalance {
  return fills.reduce(applyFill, start)
}

/** Total fees in USD. */
export function totalFeesUsd(fills: readonly Pick<PnlFill, 'feeUsd'>[]): Dec {
  return sumDec(fills.map((fill) => fill.feeUsd))
}

function applyFill(before: FillBalance, fill: PnlFill): FillBalance {
  const changeBase = signedChange(fill.side, fill.baseSize)
  const signedBase = before.signedBase.plus(changeBase)
  const entryQuoteUsd = newEntryQuote(before, signedBase, fill)
  const signedQuoteBefore = signOf(before.signedBase).times(before.entryQuoteUsd)
  const signedQuoteAfter = signOf(signedBase).times(entryQuoteUsd)
  const realized = signedQuoteAfter.minus(signedQuoteBefore.plus(changeBase.times(fill.price)))
  return {
    signedBase,
    entryQuoteUsd,
    entryPrice: signedBase.isZero() ? undefined : entryQuoteUsd.div(signedBase.abs()),
    realizedPnlUsd: before.realizedPnlUsd.plus(realized),
    feesUsd: before.feesUsd.plus(fill.feeUsd),
  }
}

function newEntryQuote(before: FillBalance, signedBase: Dec, fill: PnlFill): Dec {
  const sizeBefore = before.signedBase.abs()
  const sizeAfter = signedBase.abs()
  const isFlip = signedBase.times(before.signedBase).lt(0)
  if (isFlip) return fill.price.times(sizeAfter)
  if (sizeAfter.gte(sizeBefore)) return before.entryQuoteUsd.plus(fill.baseSize.times(fill.price))
  return before.entryQuoteUsd
    .times(sizeAfter)
    .div(sizeBefore)
    .toDecimalPlaces(QUOTE_DECIMALS, Dec.ROUND_FLOOR)
}

function signOf(signed: Dec): Dec {
  return new Dec(signed.isZero() ? 0 : signed.isNegative() ? -1 : 1)
}
