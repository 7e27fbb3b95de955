/**
 * Completes the fills of open hedges: what happened while nobody listened (a killed opening, a partial liquidation) is
 * taken from the streams, or read, so that results are whole and net limits can act.
 * @module
 */
import { messageOf } from '../../errors.ts'
import type { Hedge } from '../../hedge/ledger.ts'
import { settledBaseIn } from '../../hedge/venue-view.ts'
import { readMissingFills, recordKnownFills } from '../complete-fills.ts'
import type { Engine } from '../engine-context.ts'
import type { FollowedHedges } from './followed-hedges.ts'

export interface FillsLook {
  /** To be called about once a second with the hedges of this process. */
  look(hedges: readonly Hedge[]): void
}

/** Fills and rows of a running order part for moments; then the streams may still tell. */
const GRACE_LOOKS = 3
/** Growing pauses between reads of one hedge, one unit a leg each. */
const PAUSES_MS = [0, 5_000, 30_000, 120_000]

/** Has read nothing yet. */
export function createFillsLook(engine: Engine, followed: FollowedHedges): FillsLook {
  const gaps = new Map<string, { looks: number; reads: number; nextMs: number }>()
  return {
    look(hedges) {
      for (const hedge of hedges) {
        const { hedgeId } = hedge
        if (hedge.state !== 'open' || addsUp(engine, hedge, followed)) {
          gaps.delete(hedgeId)
          continue
        }
        const gap = gaps.get(hedgeId) ?? { looks: 0, reads: 0, nextMs: 0 }
        gaps.set(hedgeId, gap)
        gap.looks += 1
        if (gap.looks < GRACE_LOOKS) continue
        if (recordKnownFills(engine, hedge)) followed.touch(hedgeId)
        const nowMs = engine.clock.monotonicMs()
        if (nowMs < gap.nextMs || addsUp(engine, hedge, followed)) continue
        gap.reads += 1
        gap.nextMs = nowMs + (PAUSES_MS[Math.min(gap.reads, PAUSES_MS.length - 1)] ?? 0)
        void complete(engine, hedge).then(() => followed.touch(hedgeId))
      }
    },
  }
}

/** Never rejects: a journal that takes nothing must not end the watch, and the next look tries again. */
async function complete(engine: Engine, hedge: Hedge): Promise<void> {
  try {
    await readMissingFills(engine, hedge, 'read')
  } catch (error) {
    const fields = { hedgeId: hedge.hedgeId, error: messageOf(error) }
    engine.logger.warn('fills could not be recorded', fields)
  }
}

/** True also while a position is not known: then nothing can be said. */
function addsUp(engine: Engine, hedge: Hedge, followed: FollowedHedges): boolean {
  const figures = followed.figures(hedge)
  return hedge.legs.every(({ accountIndex }) => {
    const base = settledBaseIn(engine.link(accountIndex).view(), hedge.marketIndex)
    return base === undefined || figures.legs.get(accountIndex)?.signedBase.eq(base) === true
  })
}
