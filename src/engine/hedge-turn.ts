/**
 * One turn of the loop for one hedge: settle, gather, decide, record, send (DESIGN.md section 3). Synchronous from
 * reading the ledger to handing orders to the sockets: nothing can come between.
 * @module
 */
import { decide } from '../hedge/decide.ts'
import type { Action, Decision, HedgeFacts } from '../hedge/hedge-facts.ts'
import type { Hedge } from '../hedge/ledger.ts'
import { HedgebotError } from '../errors.ts'
import type { HedgePatch } from '../ports.ts'
import { noteHeldBack } from './closing-book.ts'
import { commitThenSend } from './commit-then-send.ts'
import type { Engine } from './engine-context.ts'
import { gatherFacts } from './gather-facts.ts'
import { isLeaseLost, performActions } from './perform-actions.ts'
import { settleOrders } from './settle-orders.ts'
import { noteProtection, trackedChanges } from './track-hedge.ts'

export interface TurnOptions {
  readonly isPlanner: boolean
  readonly mayStart: () => boolean
  /** False: a closing goes out whatever the book can take. Default true. */
  readonly mayHoldBack?: boolean | undefined
  /** True when there is nothing to decide any more; then nothing is. */
  readonly isOver: (hedge: Hedge, facts: HedgeFacts) => boolean
}

/** What a turn came to. */
export interface Turn {
  /** As the ledger has it after the turn, but for what its actions changed. */
  readonly hedge: Hedge
  readonly isOver: boolean
  /** Nothing was decided when it is over. */
  readonly decision: Decision
  /** An action could not be done, though everything else was. */
  readonly error: unknown
}

const NO_DECISION: Decision = { actions: [], wakeAtMs: undefined }

/**
 * Takes one turn for a hedge that this process owns.
 * @throws HedgebotError kind `busy`, code `lease_lost`: somebody else owns it now, and nothing was done
 */
export function turnHedge(engine: Engine, hedgeId: string, options: TurnOptions): Turn {
  const before = adoptLanes(engine, hedgeId)
  const known = engine.journal.ordersOfHedge(hedgeId)
  const orders = settleOrders(engine, known) ? engine.journal.ordersOfHedge(hedgeId) : known
  const facts = gatherFacts(engine, before, {
    isPlanner: options.isPlanner,
    mayStart: options.mayStart(),
    mayHoldBack: options.mayHoldBack,
    orders,
  })
  const patch = trackedChanges(facts)
  const now = withPatch(facts, patch)
  const isOver = options.isOver(now.hedge, now)
  const decision = isOver ? NO_DECISION : decide(now)
  const error = carryOut(engine, { before: facts, now, patch, decision })
  return { hedge: now.hedge, isOver, decision, error }
}

/** The facts as they are once the ledger says what was seen. */
function withPatch(facts: HedgeFacts, patch: HedgePatch | undefined): HedgeFacts {
  if (patch === undefined) return facts
  const hedge = { ...facts.hedge, ...patch }
  return {
    ...facts,
    hedge,
    legs: facts.legs.map((leg, at) => ({ ...leg, leg: hedge.legs[at] ?? leg.leg })),
  }
}

/** Records and sends; returns the first error of an action, after everything else was done. */
function carryOut(
  engine: Engine,
  turn: {
    readonly before: HedgeFacts
    readonly now: HedgeFacts
    readonly patch: HedgePatch | undefined
    readonly decision: Decision
  },
): unknown {
  const { before, now, patch, decision } = turn
  const isQuiet = decision.actions.length === 0 && decision.waitsFor === undefined
  if (patch === undefined && isQuiet) return undefined
  let failure: unknown
  commitThenSend(engine, decision.actions.some(addsRisk) ? 'full' : 'normal', () => {
    if (patch !== undefined) {
      engine.journal.updateHedge(before.hedge, patch)
      noteProtection(engine, before.hedge, now.hedge.legs)
    }
    noteHeldBack(engine, now.hedge, decision)
    try {
      performActions(engine, now, decision.actions)
    } catch (error) {
      if (isLeaseLost(error)) throw error
      failure = error
    }
  })
  return failure
}

/** Must survive a power failure before it leaves. */
function addsRisk({ kind }: Action): boolean {
  return kind === 'add' || kind === 'set_leverage'
}

/** A lane that another process holds becomes ours as soon as that process is gone. */
function adoptLanes(engine: Engine, hedgeId: string): Hedge {
  const { journal } = engine
  const hedge = requireHedge(engine, hedgeId)
  for (const leg of hedge.legs) {
    const lane = journal.lane(leg)
    if (lane?.state === 'held' && lane.ownerId !== hedge.ownerId) journal.adoptLane(leg)
  }
  return hedge
}

/** The hedge as the ledger has it. @throws HedgebotError kind `bug` when it is not there */
export function requireHedge(engine: Engine, hedgeId: string): Hedge {
  const hedge = engine.journal.hedge(hedgeId)
  if (hedge !== undefined) return hedge
  throw new HedgebotError('bug', `the journal lost hedge ${hedgeId}`, { code: 'hedge_lost' })
}
