/**
 * From verdicts to orders on their sockets, in one synchronous piece: target and orders of several hedges are one
 * commit, and nothing is waited for in between.
 * @module
 */
import { messageOf } from '../../errors.ts'
import type { StopHedge } from '../../hedge/stop-snapshot.ts'
import type { StopCause, StopVerdict } from '../../hedge/stop-verdict.ts'
import { isLiveState } from '../../hedge/ledger.ts'
import type { EventLevel } from '../../ports.ts'
import { commitThenSend, saidLast } from '../commit-then-send.ts'
import type { Engine } from '../engine-context.ts'
import { closingTurn } from '../hedge-turn.ts'

/** So many hedges share a commit: the first orders must not wait until the last are signed. */
const HEDGES_A_COMMIT = 8

const LEVELS: Readonly<Record<StopCause, EventLevel>> = {
  stop_loss: 'alert',
  hedge_stop: 'alert',
  total_stop: 'alert',
  trailing_stop: 'warning',
  take_profit: 'info',
  max_hold: 'info',
}

interface Closing {
  readonly hedgeId: string
  readonly verdict: StopVerdict
}

/** What is to be carried out, and what must not be forgotten with it. */
export interface StopOrders {
  readonly verdicts: readonly StopVerdict[]
  readonly hedges: readonly StopHedge[]
  /** Writes what the rules remember: in the first commit, so that no stop is carried out and not counted. */
  readonly remember: () => void
  /** That commit was undone. */
  readonly onUndone: () => void
}

/**
 * Closes what the verdicts say, each hedge once, by its own verdict before the one that closes everything. Returns the
 * hedges that it was about.
 */
export function carryOutStops(engine: Engine, orders: StopOrders): readonly string[] {
  return saidLast(engine, () => closeAll(engine, orders))
}

function closeAll(engine: Engine, orders: StopOrders): readonly string[] {
  const closings = closingsOf(orders.verdicts, orders.hedges)
  for (let at = 0; at < closings.length; at += HEDGES_A_COMMIT) {
    const chunk = closings.slice(at, at + HEDGES_A_COMMIT)
    try {
      commitThenSend(engine, 'normal', () => {
        for (const closing of chunk) closeOne(engine, closing)
        if (at === 0) orders.remember()
      })
    } catch (error) {
      // The journal takes nothing: the next review says it again, and the exchange's own stops stand.
      engine.logger.error('a stop could not be recorded', { error: messageOf(error) })
      engine.stopOpening('journal')
      if (at === 0) orders.onUndone()
    }
  }
  const ids = closings.map(({ hedgeId }) => hedgeId)
  for (const hedgeId of ids) engine.waker.wake(hedgeId)
  return ids
}

function closingsOf(
  verdicts: readonly StopVerdict[],
  hedges: readonly StopHedge[],
): readonly Closing[] {
  const byHedge = new Map<string, StopVerdict>()
  for (const verdict of verdicts) {
    if (verdict.hedgeId !== undefined) byHedge.set(verdict.hedgeId, verdict)
  }
  const all = verdicts.find(({ closes }) => closes === 'all')
  if (all !== undefined) {
    for (const { hedgeId, state, target } of hedges) {
      if (!isLiveState(state) || target === 'flat' || byHedge.has(hedgeId)) continue
      byHedge.set(hedgeId, all)
    }
  }
  return [...byHedge].map(([hedgeId, verdict]) => ({ hedgeId, verdict }))
}

function closeOne(engine: Engine, { hedgeId, verdict }: Closing): void {
  const { journal } = engine
  const { cause } = verdict
  try {
    const hedge = journal.hedge(hedgeId)
    if (hedge === undefined || !isLiveState(hedge.state) || hedge.target === 'flat') return
    const message = `${hedgeId} ${hedge.name}: ${verdict.reason}: closing`
    engine.note({ level: LEVELS[cause], kind: cause, message, hedgeId })
    if (hedge.ownerId === journal.ownerId) closeOwn(engine, hedgeId, cause)
    // Its living owner sees it within 100 ms.
    else journal.requestFlat(hedgeId, cause)
  } catch (error) {
    engine.logger.error('a stop could not be carried out at once', {
      hedgeId,
      error: messageOf(error),
    })
    journal.requestFlat(hedgeId, cause)
  }
}

function closeOwn(engine: Engine, hedgeId: string, cause: StopCause): void {
  const { error } = closingTurn(engine, hedgeId, cause)
  if (error === undefined) return
  engine.logger.warn('not every closing order could go out at once', {
    hedgeId,
    error: messageOf(error),
  })
}
