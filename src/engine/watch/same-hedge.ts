import { isSameDec } from '../../hedge/decimal.ts'
import type { Hedge, HedgeLeg } from '../../hedge/ledger.ts'

/** Leases are renewed all the time; they change nothing that is shown or decided. */
export function isSameHedge(a: Hedge, b: Hedge): boolean {
  return (
    a.state === b.state &&
    a.target === b.target &&
    a.cause === b.cause &&
    a.epoch === b.epoch &&
    a.ownerId === b.ownerId &&
    a.attemptsUsed === b.attemptsUsed &&
    a.nakedSinceMs === b.nakedSinceMs &&
    a.openedAtMs === b.openedAtMs &&
    a.legs.every((leg, at) => isSameLeg(leg, b.legs[at]))
  )
}

function isSameLeg(a: HedgeLeg, b: HedgeLeg | undefined): boolean {
  if (b === undefined || a.stopState !== b.stopState) return false
  return (
    isSameDec(a.lastSeenBase, b.lastSeenBase) &&
    isSameDec(a.stopDown, b.stopDown) &&
    isSameDec(a.stopUp, b.stopUp)
  )
}
