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
import { completeExit } from './complete-exit.ts'
import type { DriveOptions } from './drive-hedge.ts'
import { driveHedge } from './drive-hedge.ts'
import type { Engine } from './engine-context.ts'
import { logTrade } from './trade-log.ts'

/**
 * Opens planned hedges; accounts and market must be connected. `waitsMs`: how long each has to wait for the venue's
 * limits; its time for opening begins then. Returns every hedge as the ledger has it at the end.
 * @throws HedgebotError kind `busy` when an account is in a live hedge; then nothing was recorded
 */
export async function openHedges(
  engine: Engine,
  plan: readonly PlannedHedge[],
  waitsMs: readonly number[] = [],
): Promise<readonly Hedge[]> {
  const hedges = engine.journal.createHedges(
    plan.map((hedge, at) => newHedge(engine, hedge, waitsMs[at] ?? 0)),
  )
  for (const hedge of hedges) logPlanned(engine, hedge)
  const waits = new Map(hedges.map(({ hedgeId }, at) => [hedgeId, waitsMs[at] ?? 0]))
  return driveOpening(engine, hedges, waits)
}

function logPlanned(engine: Engine, { hedgeId, name, symbol, legs }: Hedge): void {
  const plan = legs.map(
    ({ account, side, plannedBase }) => `${account} ${side} ${plannedBase.toString()}`,
  )
  logTrade(engine, 'hedge planned', { hedgeId, name, market: symbol, legs: plan })
}

/**
 * Drives hedges that this process owns until all are open with their stops seen, or at an end. Those that are ready
 * first stay under its eyes: they are owned by it, so nobody else could close them.
 */
async function driveOpening(
  engine: Engine,
  hedges: readonly Hedge[],
  waitsMs: ReadonlyMap<string, number>,
): Promise<readonly Hedge[]> {
  const canary = createCanary(engine)
  return driveTogether(engine, hedges, (hedge) => {
    const isCanary = hedge.hedgeId === hedges[0]?.hedgeId
    return {
      isPlanner: true,
      beforeFirst: () => beginOpening(engine, hedge, waitsMs.get(hedge.hedgeId) ?? 0),
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
  /** Before its first turn. */
  readonly beforeFirst?: () => Promise<void>
}

/** Waits for its turn in the venue's limits, or until openings are stopped, and reads the nonces that it needs. */
async function beginOpening(engine: Engine, hedge: Hedge, waitMs: number): Promise<void> {
  const startMs = engine.clock.monotonicMs() + waitMs
  while (!engine.isOpeningStopped()) {
    const leftMs = startMs - engine.clock.monotonicMs()
    if (leftMs <= 0) break
    await engine.waker.wait(leftMs, [hedge.hedgeId])
  }
  if (engine.isOpeningStopped()) return
  for (const { accountIndex, message } of await ensureNonces(engine, hedge.legs, 'open')) {
    engine.report({ level: 'warning', message: `account ${accountIndex}: ${message}` })
  }
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
    const { onFailure, beforeFirst, ...role } = roleOf(hedge)
    try {
      await beforeFirst?.()
      const end = await driveHedge(engine, hedge.hedgeId, {
        ...role,
        isDone(now) {
          if (isOpeningDone(now)) busy.delete(now.hedgeId)
          else busy.add(now.hedgeId)
          return busy.size === 0
        },
        giveUpAtMs: Math.max(hedge.openDeadlineMs, startedAtMs) + SETTLE_MS,
      })
      // Its fills may have come while nobody listened; a lost one is its new owner's.
      return end.end === 'lost' ? end.hedge : await completeExit(engine, end.hedge)
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

function newHedge(engine: Engine, planned: PlannedHedge, waitMs: number): NewHedge {
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
    openDeadlineMs: clock.now() + waitMs + policy.openTimeoutMs,
    attemptsUsed: 0,
    nakedSinceMs: undefined,
  }
}
