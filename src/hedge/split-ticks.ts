import { assert } from '../errors.ts'
import { Dec, ZERO, maxDec, minDec, sumDec } from './decimal.ts'

const ONE_TICK = new Dec(1)

/**
 * Splits whole ticks over accounts as if dealt one at a time in the given order, never above an account's cap
 * (CLI.md "open": remainders go tick by tick in config order). The shares add up to the total exactly.
 *
 * @throws HedgebotError kind `bug` when the caps cannot hold the total or anything is not a whole number
 */
export function splitTicks(totalTicks: Dec, capTicks: readonly Dec[]): readonly Dec[] {
  assert(totalTicks.isInteger() && !totalTicks.isNegative(), 'the total is whole ticks')
  assert(
    capTicks.every((cap) => cap.isInteger() && !cap.isNegative()),
    'every cap is whole ticks',
  )
  assert(totalTicks.lte(sumDec(capTicks)), 'the caps hold the total')

  const slots = capTicks.map((cap) => ({ cap, share: ZERO }))
  let rest = totalTicks
  while (rest.gt(0)) {
    const unfilled = slots.filter((slot) => slot.share.lt(slot.cap))
    // Whole rounds of dealing at once; below one tick each, the first ones get the remainder.
    const each = maxDec(ONE_TICK, rest.div(unfilled.length).floor())
    for (const slot of unfilled) {
      const dealt = minDec(minDec(each, slot.cap.minus(slot.share)), rest)
      slot.share = slot.share.plus(dealt)
      rest = rest.minus(dealt)
    }
  }
  return slots.map((slot) => slot.share)
}
