/**
 * `open`: records planned hedges, lets the canary go first, then all others at once, and drives each until it is
 * open, shrunk or aborted.
 * @module
 */
import type { PlannedHedge } from '../hedge/plan.ts'
import type { Hedge } from '../hedge/ledger.ts'
import type { NewHedge } from '../ports.ts'
import { ensureNonces, keepLeases } from './connect-accounts.ts'
import { allEnds } from './all-ends.ts'
import type { DriveOptions } from './drive-hedge.ts'
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

/**
 * Drives hedges that this process owns until all are open with their stops seen, or at an end. Those that are ready
 * first stay under its eyes: they are owned by it, so nobody else could close them.
 */
async function driveOpening(engine: Engine, hedges: readonly Hedge[]): Promise<readonly Hedge[]> {
  const canary = createCanary(engine)
  return driveTogether(engine, hedges, (hedge) => {
    const isCanary = hedge.hedgeId === hedges[0]?.hedgeId
    return {
      isPlanner: true,
      mayStart: isCanary ? () => true : canary.isVerified,
      ...(isCanary ? { onTick: canary.look, onFailure: canary.fail } : {}),
    }
  })
}

/**
 * Brings hedges of a dead run to an end: nothing is added (their planner is gone), what is lopsided shrinks, what was
 * to be closed is closed.
 */
export async function driveRecovery(
  engine: Engine,
  hedges: readonly Hedge[],
): Promise<readonly Hedge[]> {
  return driveTogether(engine, hedges, () => ({ isPlanner: false, mayStart: () => false }))
}

/** After the deadline nothing is added; this long it tries to come to a known end before it says that it is unknown. */
const SETTLE_MS = 60_000

type Role = Pick<DriveOptions, 'isPlanner' | 'mayStart' | 'onTick'> & {
  readonly onFailure?: () => void
}

async function driveTogether(
  engine: Engine,
  hedges: readonly Hedge[],
  roleOf: (hedge: Hedge) => Role,
): Promise<readonly Hedge[]> {
  const stopRenewing = keepLeases(engine)
  const ids = hedges.map((hedge) => hedge.hedgeId)
  for (const hedgeId of ids) engine.memory.driven.add(hedgeId)
  const startedAtMs = engine.clock.now()
  const busy = new Set(ids)
  const driveOne = async (hedge: Hedge): Promise<Hedge> => {
    const { onFailure, ...role } = roleOf(hedge)
    try {
      const end = await driveHedge(engine, hedge.hedgeId, {
        ...role,
        isDone(now) {
          if (isOpeningDone(now)) busy.delete(now.hedgeId)
          else busy.add(now.hedgeId)
          return busy.size === 0
        },
        giveUpAtMs: Math.max(hedge.openDeadlineMs, startedAtMs) + SETTLE_MS,
      })
      return end.hedge
    } catch (error) {
      onFailure?.()
      throw error
    } finally {
      busy.delete(hedge.hedgeId)
    }
  }
  try {
    return await allEnds(hedges.map(driveOne))
  } finally {
    stopRenewing()
    for (const hedgeId of ids) engine.memory.driven.delete(hedgeId)
    // Only these: a watch in the same process goes on owning its own.
    engine.journal.releaseHedges(ids)
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
    fail() {
      if (!isVerified) engine.stopOpening('canary_failed')
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
