/**
 * Completes the fills of hedges that are over: what could not be read in the moments after a closing, or by a process that
 * died, is read later, so that results and reports are whole in the end.
 * @module
 */
import type { Hedge } from '../../hedge/ledger.ts'
import { isWhole, readMissingFills } from '../complete-fills.ts'
import type { Engine } from '../engine-context.ts'

export interface EndedLook {
  /** To be called about once a second. */
  look(): void
}

/** Back to here ended hedges are looked at; older ones were looked at by earlier watches. */
const BACK_MS = 3 * 86_400_000
const MOST_HEDGES = 200
/** Others are heard first, and may still be completing their own. */
const FIRST_MS = 10_000
const AGAIN_MS = 30_000
/** What cannot be read so often is not there any more. */
const TRIES_MAX = 10

/** So many are compared in one look: each costs two queries, and ticks wait for them. */
const HEDGES_A_LOOK = 10

/** Has looked at nothing yet. */
export function createEndedLook(engine: Engine): EndedLook {
  const { clock, journal } = engine
  const tries = new Map<string, number>()
  const whole = new Set<string>()
  let nextMs = clock.monotonicMs() + FIRST_MS
  let isBusy = false
  const next = (): Hedge | undefined => {
    const unsure = journal
      .hedgesEndedBetween(clock.now() - BACK_MS, Number.MAX_SAFE_INTEGER)
      .slice(-MOST_HEDGES)
      .filter(({ hedgeId }) => !whole.has(hedgeId) && (tries.get(hedgeId) ?? 0) < TRIES_MAX)
      .filter((hedge) => hasKeys(engine, hedge))
    for (const hedge of unsure.slice(0, HEDGES_A_LOOK)) {
      if (!isWhole(engine, hedge)) return hedge
      whole.add(hedge.hedgeId)
    }
    // There may be more to compare.
    if (unsure.length > HEDGES_A_LOOK) nextMs = clock.monotonicMs()
    return undefined
  }
  return {
    look() {
      if (isBusy || clock.monotonicMs() < nextMs) return
      nextMs = clock.monotonicMs() + AGAIN_MS
      const hedge = next()
      if (hedge === undefined) return
      isBusy = true
      tries.set(hedge.hedgeId, (tries.get(hedge.hedgeId) ?? 0) + 1)
      void complete(engine, hedge).finally(() => {
        isBusy = false
      })
    },
  }
}

/** Never rejects. */
async function complete(engine: Engine, hedge: Hedge): Promise<void> {
  try {
    await readMissingFills(engine, hedge, 'read')
    if (!isWhole(engine, hedge)) return
    engine.logger.info('the result of a hedge that is over is whole now', {
      hedgeId: hedge.hedgeId,
    })
  } catch (error) {
    engine.logger.warn('fills of a hedge that is over could not be completed', { error })
  }
}

/** Without its key nothing can be read of an account. */
function hasKeys(engine: Engine, { legs }: Hedge): boolean {
  return legs.every(({ accountIndex }) => engine.accountByIndex(accountIndex) !== undefined)
}
