/**
 * The 48-bit client order index: 12 bits that say "hedgebot", 12 bits that say which journal, 24 bits that count.
 * With it an order of ours is recognised on the venue even when the journal is lost (DESIGN.md section 3, rule 7).
 * @module
 */
import { assert } from '../errors.ts'

/** The upper 12 bits of every client order index that hedgebot gives. */
export const clientOrderTag = 0x4b7

/** Number of values of the instance part. */
export const INSTANCE_COUNT = 2 ** 12

/** Number of values of the counter part; after them the counter starts again. */
export const COUNTER_COUNT = 2 ** 24

// Numbers and not shifts: JavaScript's bit operators end at 32 bits.
const TAG_UNIT = INSTANCE_COUNT * COUNTER_COUNT

/** Puts tag, instance and counter together; the counter counts without end and is cut to its 24 bits here. */
export function composeClientOrderIndex(instance: number, counter: number): number {
  assert(Number.isInteger(instance) && instance >= 0 && instance < INSTANCE_COUNT, 'instance bits')
  assert(Number.isSafeInteger(counter) && counter >= 0, 'client order counter is a whole number')
  return clientOrderTag * TAG_UNIT + instance * COUNTER_COUNT + (counter % COUNTER_COUNT)
}

/** True when an order with this client order index was placed by a hedgebot, whichever journal it has. */
export function isOurClientOrderIndex(index: number): boolean {
  return (
    Number.isSafeInteger(index) && index >= 0 && Math.floor(index / TAG_UNIT) === clientOrderTag
  )
}

/** The journal that gave the index; undefined when no hedgebot did. */
export function instanceOfClientOrderIndex(index: number): number | undefined {
  if (!isOurClientOrderIndex(index)) return undefined
  return Math.floor(index / COUNTER_COUNT) % INSTANCE_COUNT
}
