/**
 * Our client order indices: 48 bits, of which 12 say "hedgebot", 12 say which journal, and 24 count. An order of ours
 * is recognised by its index alone, even when the journal is lost (DESIGN.md section 3, rule 7).
 * @module
 */

/** The top 12 bits of every client order index of this program. */
export const CLIENT_ORDER_TAG = 0x4b7

export const INSTANCE_COUNT = 2 ** 12
export const COUNTER_COUNT = 2 ** 24

/** Puts an index together; `counter` wraps at 2^24. */
export function composeClientOrderIndex(instance: number, counter: number): number {
  // Arithmetic, not bit operators: those cut to 32 bits.
  return (CLIENT_ORDER_TAG * INSTANCE_COUNT + instance) * COUNTER_COUNT + (counter % COUNTER_COUNT)
}

/** Which journal made this index; undefined when it does not carry our tag. */
export function instanceOfClientOrderIndex(clientOrderIndex: number): number | undefined {
  const head = Math.floor(clientOrderIndex / COUNTER_COUNT)
  if (Math.floor(head / INSTANCE_COUNT) !== CLIENT_ORDER_TAG) return undefined
  return head % INSTANCE_COUNT
}

/** True when the index carries our tag, whatever journal made it. */
export function isOurClientOrderIndex(clientOrderIndex: number): boolean {
  return instanceOfClientOrderIndex(clientOrderIndex) !== undefined
}
