/**
 * What an account's orders and fills at the venue say about its position: whose it is, since when, what guards it.
 * @module
 */
import { isOurClientOrderIndex } from './client-order-index.ts'
import { Dec } from './decimal.ts'
import type { Known } from './known.ts'
import { initialMarginFractionOf } from './market.ts'
import type { PlanAccount } from './pair-accounts.ts'
import type { Side } from './side.ts'
import { openingSide, sideOfSigned, signedChange } from './side.ts'
import type { VenueFill, VenueOrder, VenuePosition } from './venue-view.ts'

/** One account of the configuration as the venue shows it in one market. */
export interface AdoptionAccount extends PlanAccount {
  /** Undefined when the account never touched the market. */
  readonly position: Known<VenuePosition | undefined>
  /** All live orders of the account, of any market and owner. */
  readonly liveOrders: Known<readonly VenueOrder[]>
  /** All known fills of the account in the market, oldest first, whosever orders they were. */
  readonly fills: Known<readonly VenueFill[]>
  /** The hedge that has the account already, such as `hedge h3`: an account is in one at most, whatever the market. */
  readonly takenBy: { readonly name: string; readonly marketIndex: number } | undefined
}

/**
 * Why an account takes no part. `in_other_hedge`: its position is ours, but in another market than its hedge's; one of
 * them is left over. `foreign_position`: nothing of ours is on it. `foreign_fills`: ours and somebody else's
 * in one position. `partner_unknown`: its partner may be an account that could not be read.
 */
export type AdoptionCode =
  | 'flat'
  | 'disabled'
  | 'in_hedge'
  | 'in_other_hedge'
  | 'foreign_position'
  | 'foreign_fills'
  | 'unknown'
  | 'partner_unknown'
  | 'no_partner'
  | 'ambiguous'

/** Why, for scripts and in one sentence. */
export interface AdoptionReason {
  readonly code: AdoptionCode
  readonly reason: string
}

/** A position that is ours by its fills or its stops. */
export interface OwnPosition {
  readonly account: AdoptionAccount
  readonly side: Side
  /** Positive. */
  readonly baseSize: Dec
  readonly entryPrice: Dec
  readonly leverage: Dec
  /** Trigger prices of stops of ours that rest. */
  readonly stopDown: Dec | undefined
  readonly stopUp: Dec | undefined
  /** Every fill since the account was last flat, oldest first; undefined when they do not add up to the position. */
  readonly fills: readonly VenueFill[] | undefined
  /** Venue time of the first of them. */
  readonly openedAtMs: number | undefined
}

/**
 * Decides whose a position is. Ours: every fill that added to it since the account was last flat carries our tag; where
 * these fills are not known, our stops rest on it. Whatever else was traded into it makes it the owner's.
 */
export function judgePosition(
  account: AdoptionAccount,
  marketIndex: number,
): OwnPosition | AdoptionReason {
  const shown = shownPosition(account, marketIndex)
  if ('code' in shown) return shown
  const { row, side } = shown
  const since = fillsSinceFlat(shown.fills, row.signedBase)
  const stops = restingStops(shown.orders, { side, marketIndex })
  const foreign = whatIsForeign(since.fills, { side, hasStops: hasAny(stops) })
  if (foreign !== undefined) return foreign
  if (account.takenBy !== undefined) {
    const reason = `it is ours, but the account is in ${account.takenBy.name} on another market`
    return { code: 'in_other_hedge', reason }
  }
  return {
    account,
    side,
    baseSize: row.signedBase.abs(),
    entryPrice: row.entryPrice,
    leverage: leverageOf(row.initialMarginFraction),
    ...stops,
    fills: since.isComplete ? since.fills : undefined,
    openedAtMs: since.isComplete ? since.fills[0]?.atMs : undefined,
  }
}

interface ShownPosition {
  readonly row: VenuePosition
  readonly side: Side
  readonly orders: readonly VenueOrder[]
  readonly fills: readonly VenueFill[]
}

/** A position with all that judging it takes, or why there is none to judge. */
function shownPosition(
  account: AdoptionAccount,
  marketIndex: number,
): ShownPosition | AdoptionReason {
  const { position, liveOrders, fills } = account
  const absent = absenceOf(account, marketIndex)
  if (absent !== undefined) return absent
  const row = position.isKnown ? position.value : undefined
  const side = row === undefined ? undefined : sideOfSigned(row.signedBase)
  if (row === undefined || side === undefined) return FLAT
  if (!row.isSettled) return { code: 'unknown', reason: 'its position is behind its fills' }
  if (!liveOrders.isKnown) return { code: 'unknown', reason: liveOrders.reason }
  if (!fills.isKnown) return { code: 'unknown', reason: fills.reason }
  return { row, side, orders: liveOrders.value, fills: fills.value }
}

const FLAT: AdoptionReason = { code: 'flat', reason: 'it has no position' }

function absenceOf(
  { isEnabled, takenBy, position }: AdoptionAccount,
  marketIndex: number,
): AdoptionReason | undefined {
  if (!isEnabled) {
    return { code: 'disabled', reason: 'it is disabled in the configuration and was not read' }
  }
  if (takenBy?.marketIndex === marketIndex) {
    return { code: 'in_hedge', reason: `it is in ${takenBy.name} already` }
  }
  return position.isKnown ? undefined : { code: 'unknown', reason: position.reason }
}

function whatIsForeign(
  fills: readonly VenueFill[],
  { side, hasStops }: { readonly side: Side; readonly hasStops: boolean },
): AdoptionReason | undefined {
  const adding = fills.filter((fill) => fill.side === openingSide(side))
  const ours = adding.filter((fill) => isOurClientOrderIndex(fill.clientOrderIndex))
  if (ours.length === 0 && !hasStops) {
    return { code: 'foreign_position', reason: 'nothing on its position is ours: it is left alone' }
  }
  if (ours.length === adding.length) return undefined
  return {
    code: 'foreign_fills',
    reason: "its position is made of our orders and of somebody else's: it is left alone",
  }
}

/**
 * The newest fills back to where the account was flat, found by walking back from its position. `isComplete` is false
 * when they do not lead there: the history is too short, or one fill turned the position around.
 */
function fillsSinceFlat(
  fills: readonly VenueFill[],
  signedBase: Dec,
): { readonly fills: readonly VenueFill[]; readonly isComplete: boolean } {
  const side = sideOfSigned(signedBase)
  let base = signedBase
  for (const [back, fill] of fills.toReversed().entries()) {
    base = base.minus(signedChange(fill.side, fill.baseSize))
    if (sideOfSigned(base) === side) continue
    return { fills: fills.slice(fills.length - 1 - back), isComplete: base.isZero() }
  }
  return { fills, isComplete: false }
}

type Stops = Pick<OwnPosition, 'stopDown' | 'stopUp'>

/** Our stops on a leg. While they are renewed two of a kind rest: the newer one counts. */
function restingStops(
  orders: readonly VenueOrder[],
  leg: { readonly side: Side; readonly marketIndex: number },
): Stops {
  const ours = orders.filter(
    (order) =>
      order.marketIndex === leg.marketIndex &&
      order.isReduceOnly &&
      order.triggerPrice !== undefined &&
      isOurClientOrderIndex(order.clientOrderIndex),
  )
  // A long loses when mark falls: its stop-loss is the lower one.
  const isDown = ({ type }: VenueOrder) => type.startsWith('stop-loss') === (leg.side === 'long')
  return {
    stopDown: newest(ours.filter(isDown))?.triggerPrice,
    stopUp: newest(ours.filter((order) => !isDown(order)))?.triggerPrice,
  }
}

function newest(orders: readonly VenueOrder[]): VenueOrder | undefined {
  return orders
    .toSorted((a, b) => a.atMs - b.atMs || a.clientOrderIndex - b.clientOrderIndex)
    .at(-1)
}

function hasAny({ stopDown, stopUp }: Stops): boolean {
  return stopDown !== undefined || stopUp !== undefined
}

/** The whole number that asks for this fraction, else its inverse: the venue rounds 1/3 to 0.3334. */
function leverageOf(initialMarginFraction: Dec): Dec {
  const exact = new Dec(1).div(initialMarginFraction)
  const whole = exact.toDecimalPlaces(0, Dec.ROUND_HALF_UP)
  const asked = whole.gt(0) ? initialMarginFractionOf(whole) : 0
  return initialMarginFraction.times(10_000).minus(asked).abs().lt(1)
    ? whole
    : exact.toDecimalPlaces(4)
}
