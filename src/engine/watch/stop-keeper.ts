/**
 * The stops of a watch: one comparison a mark tick, and when a level is hit, closing orders before anything else is
 * done. Everything slower (net results, totals, time, staleness) is reviewed beside it.
 * @module
 */
import { ZERO } from '../../hedge/decimal.ts'
import { known } from '../../hedge/known.ts'
import { createStopBoard } from '../../hedge/stop-board.ts'
import type { LegStopLevel } from '../../hedge/stop-levels.ts'
import { countStops } from '../../hedge/stop-memory.ts'
import type { StopPolicy } from '../../hedge/stop-policy.ts'
import type { DecideStopsOptions, StopDecision } from '../../hedge/stop-rules.ts'
import { decideOwnStops, decideStops } from '../../hedge/stop-rules.ts'
import type { StopHedge, StopSnapshot } from '../../hedge/stop-snapshot.ts'
import type { StaleAlert } from '../../hedge/stop-verdict.ts'
import type { Engine } from '../engine-context.ts'
import type { StopMemoryStore } from '../stop-memory-store.ts'
import { createStopMemoryStore } from '../stop-memory-store.ts'
import { carryOutStops } from './carry-out-stops.ts'

export interface StopKeeperOptions {
  readonly policy: StopPolicy
  /** Every hedge that is followed as it is now, those that have just ended too; built when asked for. */
  readonly hedges: () => readonly StopHedge[]
  readonly hedge: (hedgeId: string) => StopHedge | undefined
  /** Their targets are flat now. */
  readonly onClosing: (hedgeIds: readonly string[]) => void
}

export interface StopKeeper {
  /** A hedge is new, or something about it changed. */
  set(hedge: StopHedge): void
  remove(hedgeId: string): void
  /** A frame of a market arrived. The hot path. */
  tick(marketIndex: number): void
  /** The exchange's own stop closed it: that counts for the day as well. */
  countElsewhere(hedgeId: string): void
  /** Applies every rule to everything; returns what cannot be seen. */
  review(): readonly StaleAlert[]
  /** When the next review is due, wall clock; undefined: when something changes. */
  nextReviewAtMs(): number | undefined
  levels(hedgeId: string): readonly LegStopLevel[]
}

/** A lopsided hedge makes every tick matter for net results; a review of everything takes longer than a tick. */
const REVIEW_PAUSE_MS = 50

/** Creates the keeper with what the journal remembers of earlier stops. */
export function createStopKeeper(engine: Engine, options: StopKeeperOptions): StopKeeper {
  const { policy } = options
  const { clock, waker } = engine
  const board = createStopBoard(policy)
  const memory = createStopMemoryStore(engine)
  const work = { engine, memory, onClosing: options.onClosing }
  let nextReviewAtMs: number | undefined = clock.now()
  let lastReviewAtMs = -Infinity
  const inputs = (hedges: readonly StopHedge[]): DecideStopsOptions =>
    inputsOf(engine, { hedges, policy, memory: memory.get() })
  const review = (): readonly StaleAlert[] => {
    lastReviewAtMs = clock.now()
    const hedges = options.hedges()
    const decision = decideStops(inputs(hedges))
    carryOut(work, decision, hedges)
    nextReviewAtMs = decision.nextWakeMs
    return decision.alerts
  }
  const actOn = (hits: readonly LegStopLevel[]): void => {
    // The levels are as old as the last change; whether the legs are proven now is asked now.
    const ids = new Set(hits.map(({ hedgeId }) => hedgeId))
    const hedges = [...ids].flatMap((hedgeId) => options.hedge(hedgeId) ?? [])
    const decision = decideOwnStops(inputs(hedges), ids)
    const isForAll = decision.verdicts.some(({ closes }) => closes === 'all')
    carryOut(work, decision, isForAll ? options.hedges() : hedges)
  }
  return {
    set: board.set,
    remove: board.remove,
    tick(marketIndex) {
      if ((engine.memory.pulse?.restMs() ?? 0) > 0) return
      const { mark } = engine.feed(marketIndex).view()
      const nowMs = clock.now()
      const { hits, isDecisionDue } = board.tick(marketIndex, mark, nowMs)
      if (hits.length > 0) actOn(hits)
      if (!isDecisionDue) return
      nextReviewAtMs = Math.max(nowMs, lastReviewAtMs + REVIEW_PAUSE_MS)
      if (nextReviewAtMs === nowMs) waker.wake('watch')
    },
    countElsewhere: (hedgeId) => memory.set(countStops(memory.get(), [[hedgeId]], clock.now())),
    review,
    nextReviewAtMs: () => nextReviewAtMs,
    levels: board.levels,
  }
}

function inputsOf(
  engine: Engine,
  of: { readonly hedges: readonly StopHedge[] } & Pick<DecideStopsOptions, 'policy' | 'memory'>,
): DecideStopsOptions {
  const { hedges, policy, memory } = of
  return { snapshot: snapshotOf(engine, hedges), policy, memory, nowMs: engine.clock.now() }
}

interface CarryingOut extends Pick<StopKeeperOptions, 'onClosing'> {
  readonly engine: Engine
  readonly memory: StopMemoryStore
}

/** Closes what is decided, and writes what is to be remembered with it. */
function carryOut(
  { engine, memory, onClosing }: CarryingOut,
  decision: Pick<StopDecision, 'verdicts' | 'memory'>,
  hedges: readonly StopHedge[],
): void {
  const { verdicts } = decision
  const remember = (): void => memory.set(decision.memory)
  if (verdicts.length === 0) remember()
  else onClosing(carryOutStops(engine, { verdicts, hedges, remember, onUndone: memory.undone }))
}

/** The total counts what is open: a round that is over cannot be stopped any more. */
function snapshotOf(engine: Engine, hedges: readonly StopHedge[]): StopSnapshot {
  const markets = new Set(hedges.map(({ market }) => market.marketIndex))
  return {
    hedges,
    marks: new Map([...markets].map((index) => [index, engine.feed(index).view().mark])),
    closedNetUsd: known(ZERO, engine.clock.now()),
  }
}
