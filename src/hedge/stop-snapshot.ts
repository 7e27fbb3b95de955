/**
 * What the stop rules are told about hedges and prices, and what of it is fresh enough to decide anything (DESIGN.md
 * section 3, "Freshness"). Plain data; USD, base coins, wall-clock milliseconds.
 * @module
 */
import { assert } from '../errors.ts'
import type { Dec } from './decimal.ts'
import { ZERO } from './decimal.ts'
import type { Known } from './known.ts'
import { known, unknown } from './known.ts'
import type { Hedge } from './ledger.ts'
import type { MarketInfo } from './market.ts'
import type { PnlPosition } from './pnl.ts'
import type { StopPolicy } from './stop-policy.ts'

/** The open position of a leg as the venue says it; size zero when flat, and then any entry price. */
export interface StopPosition extends PnlPosition {
  /** Since when fills are known that this row lacks (rule 3); undefined: it lacks none. */
  readonly unsettledSinceMs: number | undefined
}

/** What this round of a leg has brought beside its open position, USD. */
export interface RoundResult {
  /** Of the part that is closed already, without fees. */
  readonly realizedPnlUsd: Dec
  /** Positive when received. */
  readonly fundingUsd: Dec
  /** Positive when paid. */
  readonly feesUsd: Dec
}

/** One leg; an account without a row in the market is known to hold zero. The times of both values say until when they are proven to hold, not when they last changed: `provenBy`. */
export interface StopLegFacts {
  readonly account: string
  readonly position: Known<StopPosition>
  readonly result: Known<RoundResult>
}

/** One hedge with what the stop rules need of it. */
export interface StopHedge extends Pick<
  Hedge,
  'hedgeId' | 'state' | 'target' | 'createdAtMs' | 'openedAtMs'
> {
  readonly market: MarketInfo
  readonly legs: readonly StopLegFacts[]
}

/** Everything at one moment. */
export interface StopSnapshot {
  readonly hedges: readonly StopHedge[]
  /** By market index, each as old as its frame; a missing mark is an unknown one. */
  readonly marks: ReadonlyMap<number, Known<Dec>>
  /** Net result of closed rounds that the total rule shall count too; a known zero when none shall. It does not age. */
  readonly closedNetUsd: Known<Dec>
}

/** The moment and the age that is still fresh. */
export interface Freshness extends Pick<StopPolicy, 'staleAfterMs'> {
  readonly nowMs: number
}

/** A quiet account is not an old one: what it said holds until the last proof of life of a socket without a gap. */
export function provenBy<T>(
  value: Known<T>,
  account: { readonly isLive: boolean; readonly lastAliveAtMs: number | undefined },
): Known<T> {
  if (!value.isKnown || !account.isLive || account.lastAliveAtMs === undefined) return value
  return known(value.value, Math.max(value.atMs, account.lastAliveAtMs))
}

/**
 * True while a value read at `atMs` may decide something: exactly at the limit it still may. A time as far ahead of now is
 * no proof either: the clock has jumped.
 */
export function isFresh(atMs: number, { nowMs, staleAfterMs }: Freshness): boolean {
  return Math.abs(nowMs - atMs) <= staleAfterMs
}

/** The mark of a market, unknown when it is old or no price (the venue's zero means none). */
export function freshMark(
  snapshot: Pick<StopSnapshot, 'marks'>,
  market: MarketInfo,
  at: Freshness,
): Known<Dec> {
  const mark = snapshot.marks.get(market.marketIndex)
  if (mark === undefined) return unknown(`no mark of ${market.symbol} was ever seen`)
  if (!mark.isKnown) return unknown(`the mark of ${market.symbol} is unknown: ${mark.reason}`)
  if (!isFresh(mark.atMs, at)) return unknown(`the mark of ${market.symbol} ${oldText(mark, at)}`)
  return isPrice(mark.value) ? mark : unknown(`${market.symbol} has no mark price`)
}

/** True for a price that a mark can have. */
export function isPrice(price: Dec): boolean {
  return price.isFinite() && price.gt(0)
}

/** The position of a leg, unknown when it is old or when fills are known that it lacks. */
export function freshPosition(leg: StopLegFacts, at: Freshness): Known<StopPosition> {
  const { account, position } = leg
  if (!position.isKnown) return unknown(`the position of ${account} is unknown: ${position.reason}`)
  if (!isFresh(position.atMs, at)) {
    return unknown(`the position of ${account} ${oldText(position, at)}`)
  }
  if (position.value.unsettledSinceMs === undefined) return position
  return unknown(`the position of ${account} lacks fills that are known`)
}

/**
 * Net result of a hedge's round: floating profit of all legs at mark, plus what is realized, plus funding, less fees.
 * The price moves of a hedge's legs cancel out, so without funding and fees this limit would watch nothing. Unknown as
 * soon as one part is: the legs offset each other, and a sum without one of them says nothing.
 */
export function netPnlUsd(hedge: StopHedge, mark: Known<Dec>, at: Freshness): Known<Dec> {
  if (!mark.isKnown) return mark
  let atMs = mark.atMs
  for (const leg of hedge.legs) {
    const position = freshPosition(leg, at)
    if (!position.isKnown) return position
    const result = freshResult(leg, at)
    if (!result.isKnown) return result
    atMs = Math.min(atMs, position.atMs, result.atMs)
  }
  const { signedBase, fixedUsd } = netLineOf(hedge.legs)
  const netUsd = signedBase.isZero() ? fixedUsd : signedBase.times(mark.value).plus(fixedUsd)
  return known(netUsd, atMs)
}

/** A net result as a function of mark: signed base times mark plus what no mark changes. */
interface NetLine {
  readonly signedBase: Dec
  readonly fixedUsd: Dec
}

/** Legs are never changed in place, so what was computed of them holds as long as they live: most ticks change none. */
const NET_LINES = new WeakMap<readonly StopLegFacts[], NetLine>()

/** The line of known legs; unknown ones must be excluded before. */
function netLineOf(legs: readonly StopLegFacts[]): NetLine {
  const computed = NET_LINES.get(legs)
  if (computed !== undefined) return computed
  let signedBase = ZERO
  let fixedUsd = ZERO
  for (const { position, result } of legs) {
    assert(position.isKnown && result.isKnown, 'only known legs add up')
    const { realizedPnlUsd, fundingUsd, feesUsd } = result.value
    const entryQuoteUsd = position.value.signedBase.times(position.value.entryPrice)
    signedBase = signedBase.plus(position.value.signedBase)
    fixedUsd = fixedUsd.minus(entryQuoteUsd).plus(realizedPnlUsd).plus(fundingUsd).minus(feesUsd)
  }
  const line = { signedBase, fixedUsd }
  NET_LINES.set(legs, line)
  return line
}

/** What a leg's round has brought so far, unknown when old. */
export function freshResult(leg: StopLegFacts, at: Freshness): Known<RoundResult> {
  const { account, result } = leg
  if (!result.isKnown) {
    return unknown(`funding and fees of ${account} are unknown: ${result.reason}`)
  }
  if (isFresh(result.atMs, at)) return result
  return unknown(`what is known of funding and fees of ${account} ${oldText(result, at)}`)
}

function oldText(value: { readonly atMs: number }, { nowMs }: Freshness): string {
  const seconds = (Math.abs(nowMs - value.atMs) / 1000).toFixed(1)
  return value.atMs > nowMs ? `is ${seconds} s ahead of the clock` : `is ${seconds} s old`
}
