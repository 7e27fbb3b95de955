/**
 * What other processes, and other parts of this one, have written: new hedges, asked-for closings, owners that are gone.
 * @module
 */
import type { Hedge } from '../../hedge/ledger.ts'
import { isLiveState } from '../../hedge/ledger.ts'
import type { Engine } from '../engine-context.ts'
import type { AlertBoard } from './alert-board.ts'
import type { Driver } from './drive-followed.ts'
import type { FollowedHedges } from './followed-hedges.ts'
import type { FollowedMarkets } from './follow-markets.ts'

/** What reading the ledger needs. */
export interface LedgerParts {
  readonly engine: Engine
  readonly alerts: AlertBoard
  readonly followed: FollowedHedges
  readonly driver: Driver
  readonly markets: FollowedMarkets
  /** The ledger has a hedge so now, changed or not. */
  readonly refresh: (hedge: Hedge) => void
}

/** Takes over what changed in the ledger, and adopts what has no owner. */
export function readLedger(parts: LedgerParts): void {
  const { engine, followed, markets, refresh } = parts
  const live = engine.journal.liveHedges().filter((hedge) => canFollow(parts, hedge))
  const liveIds = new Set(live.map(({ hedgeId }) => hedgeId))
  for (const hedge of live) {
    markets.follow(hedge.marketIndex)
    refresh(hedge)
    if (hedge.target === 'flat') engine.waker.wake(hedge.hedgeId)
  }
  for (const { hedgeId } of followed.live()) {
    const ended = liveIds.has(hedgeId) ? undefined : engine.journal.hedge(hedgeId)
    if (ended !== undefined) refresh(ended)
  }
  adoptOrphans(parts)
}

/** Owners that died without a word change nothing in the ledger: this asks the kernel. */
export function adoptOrphans({ engine, followed, driver }: LedgerParts): void {
  const waiting = followed.live().filter(({ hedgeId }) => !driver.isDriving(hedgeId))
  driver.adopt(
    waiting
      .flatMap(({ hedgeId }) => engine.journal.hedge(hedgeId) ?? [])
      .filter(({ state }) => isLiveState(state)),
  )
}

/** A hedge without the keys of all its accounts cannot be closed by us: that is said, and the others go on. */
function canFollow({ engine, alerts }: LedgerParts, hedge: Hedge): boolean {
  const missing = hedge.legs.filter((leg) => engine.accountByIndex(leg.accountIndex) === undefined)
  const key = `keys/${hedge.hedgeId}`
  if (missing.length === 0) {
    alerts.clear(key)
    return true
  }
  const { ownerId } = hedge
  const isOthers = ownerId !== undefined && engine.journal.isOwnerAlive(ownerId)
  if (!isOthers) {
    alerts.raise(key, {
      level: 'alert',
      kind: 'account_without_key',
      message:
        `${hedge.hedgeId} ${hedge.name} is not watched: ` +
        `${missing.map(({ account }) => account).join(', ')} is not in the configuration`,
      hedgeId: hedge.hedgeId,
    })
  }
  return false
}
