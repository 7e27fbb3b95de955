import type { PlannedHedge } from '../hedge/plan.ts'
import { oppositeSide } from '../hedge/side.ts'
import type { Journal } from '../ports.ts'

/** Rounds that are looked through for the last use of an account. */
const ROUNDS_MAX = 2000

/** When each account was last in a hedge, by name, for `open --next`. */
export function lastUsedAtMs(journal: Journal): ReadonlyMap<string, number> {
  const used = new Map<string, number>()
  for (const hedge of journal.recentHedges(ROUNDS_MAX)) {
    for (const { account } of hedge.legs) {
      used.set(account, Math.max(used.get(account) ?? 0, hedge.createdAtMs))
    }
  }
  return used
}

/** `hedge.flip_each_round`: sides opposite to those of the last round under the same name. */
export function flipAfterLastRound(
  journal: Journal,
  hedges: readonly PlannedHedge[],
): readonly PlannedHedge[] {
  const rounds = journal.recentHedges(ROUNDS_MAX)
  return hedges.map((planned) => {
    const last = rounds.find((hedge) => hedge.name === planned.name && hedge.state === 'closed')
    const before = last?.legs.find((leg) => leg.account === planned.legs[0]?.account)
    if (before === undefined || before.side !== planned.legs[0]?.side) return planned
    return {
      ...planned,
      legs: planned.legs.map((leg) => ({ ...leg, side: oppositeSide(leg.side) })),
    }
  })
}
