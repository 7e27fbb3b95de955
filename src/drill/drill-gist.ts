/**
 * A drill in a few words. Pure.
 * @module
 */
import type { HedgeEnd } from './judge-drill.ts'
import { standOf } from './judge-drill.ts'
import type { OwnFill } from './venue-record.ts'

/** How many hedges came to what, and who closed. */
export function gistOf(hedges: readonly HedgeEnd[], fills: readonly OwnFill[]): string {
  const open = hedges.filter((hedge) => standOf(hedge) === 'hedged').length
  const naked = hedges.filter((hedge) => standOf(hedge) === 'naked').length
  const wasOpen = ({ legs }: HedgeEnd): boolean =>
    legs.some(({ largestBase }) => !largestBase.isZero())
  const over = hedges.filter((hedge) => standOf(hedge) === 'flat' && wasOpen(hedge))
  const back = over.filter(({ legs }) =>
    legs.some(({ largestBase }) => largestBase.isZero()),
  ).length
  const closed = over.length - back
  const never = hedges.length - open - naked - over.length
  const parts = [
    [naked, 'naked'],
    [open, 'open'],
    [back, 'taken back'],
    [closed, `closed${closedBy(fills)}`],
    [never, 'not opened'],
  ] as const
  return parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ')
}

function closedBy(fills: readonly OwnFill[]): string {
  const kinds = new Set(fills.map(({ by }) => by))
  if (kinds.has('liquidation')) return ' after a liquidation'
  return kinds.has('stop') ? ' by stops on the exchange' : ''
}
