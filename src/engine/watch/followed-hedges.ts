/**
 * The hedges that a watch has before its eyes: as the ledger last had them, with what the journal says of their fills,
 * kept until it changes.
 * @module
 */
import type { Hedge } from '../../hedge/ledger.ts'
import { isLiveState } from '../../hedge/ledger.ts'
import type { StopHedge } from '../../hedge/stop-snapshot.ts'
import type { Engine } from '../engine-context.ts'
import type { HedgeReport } from '../hedge-report.ts'
import { reportHedge } from '../hedge-report.ts'
import type { LedgerFigures } from '../ledger-figures.ts'
import { ledgerFigures } from '../ledger-figures.ts'
import { stopHedgeOf } from './stop-hedge.ts'

export interface FollowedHedges {
  /** Live ones and the newest that ended, oldest first. */
  all(): readonly Hedge[]
  live(): readonly Hedge[]
  get(hedgeId: string): Hedge | undefined
  /** The ledger has it so now. */
  put(hedge: Hedge): void
  /** Its fills or orders changed, or may have. */
  touch(hedgeId: string): void
  ofAccount(accountIndex: number): readonly Hedge[]
  figures(hedge: Hedge): LedgerFigures
  stopHedge(hedgeId: string): StopHedge | undefined
  report(hedgeId: string): HedgeReport | undefined
}

/** Ended hedges that stay in the table. */
const ENDED_MAX = 20

interface Entry {
  readonly hedge: Hedge
  readonly figures: LedgerFigures | undefined
}

/** Follows nothing yet. */
export function createFollowedHedges(engine: Engine): FollowedHedges {
  const entries = new Map<string, Entry>()
  const byAccount = new Map<number, string>()
  const hedges = (): readonly Hedge[] => Array.from(entries.values(), ({ hedge }) => hedge)
  const figures = (hedge: Hedge): LedgerFigures => {
    const known = entries.get(hedge.hedgeId)?.figures
    if (known !== undefined) return known
    const read = ledgerFigures(engine, hedge)
    if (entries.has(hedge.hedgeId)) entries.set(hedge.hedgeId, { hedge, figures: read })
    return read
  }
  return {
    all: hedges,
    live: () => hedges().filter(({ state }) => isLiveState(state)),
    get: (hedgeId) => entries.get(hedgeId)?.hedge,
    put(hedge) {
      entries.set(hedge.hedgeId, { hedge, figures: undefined })
      for (const { accountIndex } of hedge.legs) {
        if (isLiveState(hedge.state)) byAccount.set(accountIndex, hedge.hedgeId)
        else if (byAccount.get(accountIndex) === hedge.hedgeId) byAccount.delete(accountIndex)
      }
      if (!isLiveState(hedge.state)) forgetOldest(entries)
    },
    touch(hedgeId) {
      const entry = entries.get(hedgeId)
      if (entry !== undefined) entries.set(hedgeId, { hedge: entry.hedge, figures: undefined })
    },
    ofAccount(accountIndex) {
      const hedge = entries.get(byAccount.get(accountIndex) ?? '')?.hedge
      return hedge === undefined ? [] : [hedge]
    },
    figures,
    stopHedge(hedgeId) {
      const hedge = entries.get(hedgeId)?.hedge
      return hedge === undefined ? undefined : stopHedgeOf(engine, hedge, figures(hedge))
    },
    report(hedgeId) {
      const hedge = entries.get(hedgeId)?.hedge
      return hedge === undefined ? undefined : reportHedge(engine, hedge, figures(hedge))
    },
  }
}

function forgetOldest(entries: Map<string, Entry>): void {
  const ended = [...entries].filter(([, { hedge }]) => !isLiveState(hedge.state))
  for (const [hedgeId] of ended.slice(0, Math.max(0, ended.length - ENDED_MAX))) {
    entries.delete(hedgeId)
  }
}
