/**
 * `close`: writes the target, waits for a living owner or takes over, and drives every hedge until it was read flat.
 * @module
 */
import { isLiveState } from '../hedge/ledger.ts'
import type { Hedge } from '../hedge/ledger.ts'
import { ensureNonces, keepLeases } from './connect-accounts.ts'
import { allEnds } from './all-ends.ts'
import { askFlat } from './ask-flat.ts'
import { completeExit } from './complete-exit.ts'
import { driveHedge } from './drive-hedge.ts'
import type { Engine } from './engine-context.ts'

export interface CloseOptions {
  readonly cause: string
  /** Wall clock at which the command stops waiting; what is open then stays recorded with target flat. */
  readonly giveUpAtMs: number | undefined
  /** False: goes out at once, although one side of the book cannot take its leg. Default true. */
  readonly mayHoldBack?: boolean | undefined
}

/** Closes hedges; accounts and markets must be connected. Returns them as the ledger has them at the end. */
export async function closeHedges(
  engine: Engine,
  hedges: readonly Hedge[],
  options: CloseOptions,
): Promise<readonly Hedge[]> {
  for (const hedge of hedges) askFlat(engine, hedge.hedgeId, options.cause)
  const stopRenewing = keepLeases(engine)
  try {
    await ensureNonces(
      engine,
      hedges.flatMap((hedge) => hedge.legs),
      'close',
    )
    return await allEnds(hedges.map((hedge) => closeOne(engine, hedge.hedgeId, options)))
  } finally {
    stopRenewing()
    engine.journal.releaseHedges()
  }
}

async function closeOne(engine: Engine, hedgeId: string, options: CloseOptions): Promise<Hedge> {
  for (;;) {
    const owned = await waitForOwnership(engine, hedgeId, options)
    if (owned === undefined) return currentHedge(engine, hedgeId)
    const end = await driveHedge(engine, hedgeId, {
      isPlanner: false,
      mayStart: () => false,
      isDone: (hedge) => !isLiveState(hedge.state),
      giveUpAtMs: options.giveUpAtMs,
      mayHoldBack: options.mayHoldBack,
    })
    if (end.end !== 'lost') return completeExit(engine, end.hedge)
    await engine.clock.sleep(100)
  }
}

/** Ours, or undefined when it ended in other hands or time ran out. */
async function waitForOwnership(
  engine: Engine,
  hedgeId: string,
  options: CloseOptions,
): Promise<Hedge | undefined> {
  let hasSaidSo = false
  for (;;) {
    const hedge = currentHedge(engine, hedgeId)
    if (!isLiveState(hedge.state)) return undefined
    const claimed = engine.journal.claimHedge(hedgeId)
    if (claimed !== undefined) return claimed
    if (options.giveUpAtMs !== undefined && engine.clock.now() >= options.giveUpAtMs)
      return undefined
    if (engine.signal?.aborted === true) return undefined
    if (!hasSaidSo) {
      hasSaidSo = true
      const message = `${hedgeId}: another process owns it and was asked to close it`
      engine.report({ level: 'info', message, hedgeId })
    }
    await engine.clock.sleep(100)
  }
}

function currentHedge(engine: Engine, hedgeId: string): Hedge {
  const hedge = engine.journal.hedge(hedgeId)
  if (hedge === undefined) throw new RangeError(`no hedge ${hedgeId}`)
  return hedge
}
