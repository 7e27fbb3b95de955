/**
 * `open`: records planned hedges, lets the canary go first, then all others at once, and drives each until it is
 * open, shrunk or aborted.
 * @module
 */
import type { PlannedHedge } from '../hedge/plan.ts'
import type { Hedge } from '../hedge/ledger.ts'
import type { NewHedge } from '../ports.ts'
import { ensureNonces, keepLeases } from './connect-accounts.ts'
import type { DriveEnd } from './drive-hedge.ts'
import { driveHedge } from './drive-hedge.ts'
import type { Engine } from './engine-context.ts'

/**
 * Opens planned hedges; accounts and market must be connected. Returns every hedge as the ledger has it at the end.
 * @throws HedgebotError kind `busy` when an account is in a live hedge; then nothing was recorded
 */
export async function openHedges(
  engine: Engine,
  plan: readonly PlannedHedge[],
): Promise<readonly Hedge[]> {
  const lanes = plan.flatMap((hedge) => hedge.legs)
  const problems = await ensureNonces(engine, lanes, 'open')
  for (const { accountIndex, message } of problems) {
    engine.report({ level: 'warning', message: `account ${accountIndex}: ${message}` })
  }
  const hedges = engine.journal.createHedges(plan.map((hedge) => newHedge(engine, hedge)))
  return driveOpening(engine, hedges)
}

/** Drives hedges that this process owns until each is open with its stops seen, or at an end. */
async function driveOpening(engine: Engine, hedges: readonly Hedge[]): Promise<readonly Hedge[]> {
  const stopRenewing = keepLeases(engine)
  const canary = createCanary(engine)
  const driveOne = async (hedge: Hedge, isCanary: boolean): Promise<DriveEnd> => {
    const end = await driveHedge(engine, hedge.hedgeId, {
      isPlanner: true,
      mayStart: isCanary ? () => true : canary.isVerified,
      isDone: isOpeningDone,
      giveUpAtMs: undefined,
      ...(isCanary ? { onTick: canary.look } : {}),
    })
    if (isCanary) canary.look(end.hedge)
    return end
  }
  try {
    const ends = await Promise.all(hedges.map((hedge, at) => driveOne(hedge, at === 0)))
    return ends.map((end) => end.hedge)
  } finally {
    stopRenewing()
    engine.journal.releaseHedges()
  }
}

/**
 * Brings hedges of a dead run to an end: nothing is added (their planner is gone), what is lopsided shrinks, what was
 * to be closed is closed.
 */
export async function driveRecovery(
  engine: Engine,
  hedges: readonly Hedge[],
): Promise<readonly Hedge[]> {
  const stopRenewing = keepLeases(engine)
  try {
    const ends = await Promise.all(
      hedges.map((hedge) =>
        driveHedge(engine, hedge.hedgeId, {
          isPlanner: false,
          mayStart: () => false,
          isDone: isOpeningDone,
          giveUpAtMs: undefined,
        }),
      ),
    )
    return ends.map((end) => end.hedge)
  } finally {
    stopRenewing()
    engine.journal.releaseHedges()
  }
}

/** Open with its stops seen (or known not to), or at an end. */
function isOpeningDone(hedge: Hedge): boolean {
  if (hedge.state === 'closed' || hedge.state === 'aborted') return true
  if (hedge.state !== 'open' || hedge.target === 'flat') return false
  return hedge.legs.every((leg) => leg.stopState !== 'PENDING')
}

/** Rule 4: the first hedge of a run is verified before the rest may start; when it fails they do not. */
function createCanary(engine: Engine) {
  let isVerified = false
  return {
    isVerified: () => isVerified,
    look(hedge: Hedge) {
      if (!isVerified && hedge.state === 'open') {
        isVerified = true
        engine.waker.wake()
      }
      const isOver =
        hedge.state === 'aborted' || hedge.state === 'closed' || hedge.state === 'closing'
      if (!isVerified && isOver) engine.stopOpening('canary_failed')
    },
  }
}

function newHedge(engine: Engine, planned: PlannedHedge): NewHedge {
  const { policy, clock, runId } = engine
  return {
    name: planned.name,
    runId,
    marketIndex: planned.market.marketIndex,
    symbol: planned.market.symbol,
    state: 'planned',
    target: 'open',
    cause: undefined,
    legs: planned.legs.map((leg) => ({
      ...leg,
      lastSeenBase: undefined,
      stopDown: undefined,
      stopUp: undefined,
      stopState: policy.isExchangeStopOn ? 'PENDING' : 'OFF',
    })),
    openDeadlineMs: clock.now() + policy.openTimeoutMs,
    attemptsUsed: 0,
    nakedSinceMs: undefined,
  }
}
