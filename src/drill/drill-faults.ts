/**
 * The faults that can be drilled: names for the command line, and one sentence each.
 * @module
 */

/** Names of the faults, in the order of the list and of the table. */
export const DRILL_FAULTS = [
  'leg-refused',
  'leg-timeout',
  'partial-fill',
  'lost-answer',
  'proxy-death',
  'stream-silent',
  'venue-down',
  'rate-limit',
  'liquidated-leg',
  'crash',
  'price-jump',
  'machine-off',
] as const

/** One of `DRILL_FAULTS`. */
export type DrillFault = (typeof DRILL_FAULTS)[number]

/** What happens in each drill, one line. */
export const FAULT_SUMMARIES: Readonly<Record<DrillFault, string>> = {
  'leg-refused': 'the exchange refuses one leg of an opening',
  'leg-timeout': 'the order of one leg is lost on its way to the exchange',
  'partial-fill': 'the book is too thin: legs are filled in part only',
  'lost-answer': 'an order is carried out, but its answer never arrives',
  'proxy-death': 'a proxy dies while hedges stand, and a stop comes due',
  'stream-silent': 'all streams fall silent while the price moves to the stop',
  'venue-down': 'the exchange cannot be reached while a stop comes due',
  'rate-limit': 'the exchange answers "too many requests" while hedges are closed',
  'liquidated-leg': 'the exchange liquidates one leg of a hedge',
  crash: 'open is killed between two legs, then watch in the middle of a stop',
  'price-jump': 'the price jumps through the stop within one tick',
  'machine-off': 'your machine is off while the price goes through the stops',
}

/** True for the name of a fault. */
export function isDrillFault(text: string): text is DrillFault {
  return (DRILL_FAULTS as readonly string[]).includes(text)
}
