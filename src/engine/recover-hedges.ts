/**
 * What an earlier process left half done is brought to an end first: completed no further, shrunk to what is matched,
 * or closed when that was asked for. The same loop as everything else; nothing of its own.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import type { Hedge } from '../hedge/ledger.ts'
import { connectAccounts, connectMarket, ensureNonces } from './connect-accounts.ts'
import type { Engine } from './engine-context.ts'
import { driveRecovery } from './open-hedges.ts'

/** Live hedges that are neither open nor untouched: a process died in the middle, or still works on them. */
export function unfinishedHedges(
  engine: Engine,
  accountIndexes: ReadonlySet<number>,
): readonly Hedge[] {
  return engine.journal
    .liveHedges()
    .filter(
      (hedge) =>
        (hedge.state !== 'open' || hedge.target === 'flat') &&
        hedge.legs.some((leg) => accountIndexes.has(leg.accountIndex)),
    )
}

/**
 * Takes over unfinished hedges whose owner is gone and drives each to open, closed or aborted.
 * @throws HedgebotError kind `busy` while their owner lives; kinds `network`, `unknown_state` when the venue is silent
 */
export async function recoverHedges(
  engine: Engine,
  hedges: readonly Hedge[],
  connectTimeoutMs: number,
): Promise<readonly Hedge[]> {
  if (hedges.length === 0) return []
  const owned = hedges.map((hedge) => claimOrFail(engine, hedge.hedgeId))
  for (const hedge of owned) {
    const message = `${hedge.hedgeId} ${hedge.name}: left ${hedge.state} by an earlier run: taking over`
    engine.note({ level: 'warning', kind: 'hedge_adopted', message, hedgeId: hedge.hedgeId })
  }
  await connectAccounts(
    engine,
    owned.flatMap((hedge) => hedge.legs.map((leg) => leg.accountIndex)),
    connectTimeoutMs,
  )
  const markets = [...new Set(owned.map((hedge) => hedge.marketIndex))]
  await Promise.all(markets.map((market) => connectMarket(engine, market, connectTimeoutMs)))
  await ensureNonces(
    engine,
    owned.flatMap((hedge) => hedge.legs),
    'close',
  )
  return driveRecovery(engine, owned)
}

/**
 * Becomes the owner of a live hedge.
 * @throws HedgebotError kind `busy`, code `hedge_owned`, while another process lives that owns it
 */
export function claimOrFail(engine: Engine, hedgeId: string): Hedge {
  const claimed = engine.journal.claimHedge(hedgeId)
  if (claimed !== undefined) return claimed
  throw new HedgebotError('busy', `another hedgebot is working on ${hedgeId}`, {
    code: 'hedge_owned',
    hint: 'wait until it has finished, or look with: hedgebot status',
  })
}
