import type { Dec } from './decimal.ts'

/** Direction of a leg (a position). */
export type Side = 'long' | 'short'

/** Direction of an order. */
export type OrderSide = 'buy' | 'sell'

/** The other side of a hedge. */
export function oppositeSide(side: Side): Side {
  return side === 'long' ? 'short' : 'long'
}

/** The order that adds to a leg. */
export function openingSide(side: Side): OrderSide {
  return side === 'long' ? 'buy' : 'sell'
}

/** The order that takes from a leg. */
export function closingSide(side: Side): OrderSide {
  return side === 'long' ? 'sell' : 'buy'
}

/** A base size with the sign of its side: long positive, short negative. */
export function signedBase(side: Side, baseSize: Dec): Dec {
  return side === 'long' ? baseSize : baseSize.negated()
}

/** What an order or a fill adds to a position: bought positive, sold negative. */
export function signedChange(side: OrderSide, baseSize: Dec): Dec {
  return side === 'buy' ? baseSize : baseSize.negated()
}

/** The side of a signed base size, undefined when flat. */
export function sideOfSigned(signed: Dec): Side | undefined {
  if (signed.isZero()) return undefined
  return signed.isPositive() ? 'long' : 'short'
}
