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
import { fillRevision } from '../record-fills.ts'
import { isSameHedge } from './same-hedge.ts'
import { stopHedgeOf } from './stop-hedge.ts'

export interface FollowedHedges {
  /** Live ones and the newest that ended, oldest first. */
  all(): readonly Hedge[]
  live(): readonly Hedge[]
  get(hedgeId: string): Hedge | undefined
  /** The ledger has it so now. False when nothing about it or its fills is new. */
  put(hedge: Hedge): boolean
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
  /** Of the fills that the figures are about. */
  readonly revision: number
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
    const revision = fillRevision(engine, hedge.hedgeId)
    if (entries.has(hedge.hedgeId)) entries.set(hedge.hedgeId, { hedge, figures: read, revision })
    return read
  }
  return {
    all: hedges,
    live: () => hedges().filter(({ state }) => isLiveState(state)),
    get: (hedgeId) => entries.get(hedgeId)?.hedge,
    put(hedge) {
      const known = entries.get(hedge.hedgeId)
      const revision = fillRevision(engine, hedge.hedgeId)
      // Fills of a hedge in other hands are recorded there.
      const isOurs = hedge.ownerId === engine.journal.ownerId
      const figures = isOurs && known?.revision === revision ? known.figures : undefined
      const isNew = figures === undefined || known === undefined || !isSameHedge(known.hedge, hedge)
      entries.set(hedge.hedgeId, { hedge, figures, revision })
      if (!isNew) return false
      placeAccounts(byAccount, hedge)
      if (!isLiveState(hedge.state)) forgetOldest(entries)
      return true
    },
    touch(hedgeId) {
      const entry = entries.get(hedgeId)
      if (entry !== undefined) entries.set(hedgeId, { ...entry, figures: undefined })
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

/** An account is in at most one live hedge. */
function placeAccounts(byAccount: Map<number, string>, { hedgeId, state, legs }: Hedge): void {
  for (const { accountIndex } of legs) {
    if (isLiveState(state)) byAccount.set(accountIndex, hedgeId)
    else if (byAccount.get(accountIndex) === hedgeId) byAccount.delete(accountIndex)
  }
}

function forgetOldest(entries: Map<string, Entry>): void {
  const ended = [...entries].filter(([, { hedge }]) => !isLiveState(hedge.state))
  for (const [hedgeId] of ended.slice(0, Math.max(0, ended.length - ENDED_MAX))) {
    entries.delete(hedgeId)
  }
}
