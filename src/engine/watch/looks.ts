/**
 * What is done about once a second, beside the stops: ages, dangers, foreign things, fills that are missing.
 * @module
 */
import type { Hedge } from '../../hedge/ledger.ts'
import type { StopPolicy } from '../../hedge/stop-policy.ts'
import type { Engine } from '../engine-context.ts'
import { createAccountAudit } from './account-audit.ts'
import type { AlertBoard } from './alert-board.ts'
import type { Driver } from './drive-followed.ts'
import { createDangerLook } from './danger-look.ts'
import { createEndedLook } from './ended-look.ts'
import { lookAtFatal } from './fatal-look.ts'
import { createFillsLook } from './fills-look.ts'
import type { FollowedMarkets } from './follow-markets.ts'
import type { FollowedHedges } from './followed-hedges.ts'
import { createForeignPositions } from './foreign-positions.ts'
import { createFreshnessKeeper } from './freshness-keeper.ts'
import { lookAtLiquidations } from './liquidation-look.ts'
import { createResultLook } from './result-look.ts'
import { lookAtAccess } from './venue-look.ts'

export interface LooksOptions {
  readonly policy: Pick<StopPolicy, 'staleAfterMs'>
  readonly alerts: AlertBoard
  readonly followed: FollowedHedges
  readonly driver: Driver
  readonly markets: FollowedMarkets
}

export interface Looks {
  /** One step that fails keeps no other from being done. @throws the first error, after all of them */
  look(): void
  /** After a stall nothing is believed before it was asked again. */
  askEverything(): void
}

/** Puts the looks together, the most pressing first. */
export function createLooks(engine: Engine, options: LooksOptions): Looks {
  const { policy, alerts, followed, driver, markets } = options
  const accounts = (): ReadonlyMap<number, number> => accountsInHedges(followed.live())
  const freshness = createFreshnessKeeper(engine, {
    staleAfterMs: policy.staleAfterMs,
    alerts,
    accounts,
    marketIndexes: markets.indexes,
  })
  const audit = createAccountAudit(engine, accounts)
  const fills = createFillsLook(engine, followed)
  const foreign = createForeignPositions(engine, alerts)
  const dangers = createDangerLook(engine, alerts)
  const ended = createEndedLook(engine)
  const results = createResultLook(engine, { alerts, followed })
  return {
    look() {
      const hedges = followed.live()
      const own = hedges.filter(({ hedgeId }) => driver.isDriving(hedgeId))
      everyStep([
        () => alerts.keepHedges(() => liveIds(engine)),
        () => lookAtFatal(engine, { alerts, driver, hedges }),
        () => lookAtLiquidations(engine, alerts, hedges),
        () => dangers.look(hedges),
        freshness.look,
        audit.look,
        () => fills.look(own),
        () => foreign.look(accountsInHedges(hedges), markets.indexes()),
        () => lookAtAccess(engine, alerts),
        () => results.look(hedges),
        ended.look,
      ])
    },
    askEverything: freshness.askEverything,
  }
}

/** Also those that cannot be followed: what is told of them holds. */
function liveIds({ journal }: Engine): ReadonlySet<string> {
  return new Set(journal.liveHedges().map(({ hedgeId }) => hedgeId))
}

/** Each with the market of its hedge. */
function accountsInHedges(hedges: readonly Hedge[]): ReadonlyMap<number, number> {
  return new Map(
    hedges.flatMap((hedge) => hedge.legs.map((leg) => [leg.accountIndex, hedge.marketIndex])),
  )
}

/** Does every step, whatever becomes of the others. @throws the first error, after all of them */
export function everyStep(steps: readonly (() => void)[]): void {
  const errors: unknown[] = []
  for (const step of steps) {
    try {
      step()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}
