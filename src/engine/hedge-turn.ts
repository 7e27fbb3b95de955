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
import { commitThenSend, saidLast } from './commit-then-send.ts'
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
  /** The hedge is to close for this cause: asked for in the same commit as the orders that close it. */
  readonly flatFor?: string
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
  // What is settled first is said after the orders that follow from it.
  return saidLast(engine, () => takeTurn(engine, hedgeId, options))
}

function takeTurn(engine: Engine, hedgeId: string, options: TurnOptions): Turn {
  const before = asked(adoptLanes(engine, hedgeId), options.flatFor)
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
  const { flatFor } = options
  const error = carryOut(engine, { before: facts, now, patch, decision, flatFor })
  return { hedge: now.hedge, isOver, decision, error }
}

/** The turn that asks for the end of a hedge of ours and sends what closes it. @throws as `turnHedge` */
export function closingTurn(engine: Engine, hedgeId: string, cause: string): Turn {
  return turnHedge(engine, hedgeId, {
    isPlanner: false,
    mayStart: () => false,
    isOver: () => false,
    flatFor: cause,
  })
}

/** The first cause stays, as in the journal. */
function asked(hedge: Hedge, flatFor: string | undefined): Hedge {
  if (flatFor === undefined || hedge.target === 'flat') return hedge
  return { ...hedge, target: 'flat', cause: flatFor }
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
    readonly flatFor: string | undefined
  },
): unknown {
  const { before, now, patch, decision, flatFor } = turn
  const isQuiet = decision.actions.length === 0 && decision.waitsFor === undefined
  if (patch === undefined && flatFor === undefined && isQuiet) return undefined
  let failure: unknown
  commitThenSend(engine, decision.actions.some(addsRisk) ? 'full' : 'normal', () => {
    if (flatFor !== undefined) engine.journal.requestFlat(before.hedge.hedgeId, flatFor)
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
  requireOwn(engine, hedge)
  for (const leg of hedge.legs) {
    const lane = journal.lane(leg)
    if (lane?.state === 'held' && lane.ownerId !== hedge.ownerId) journal.adoptLane(leg)
  }
  return hedge
}

/** Asked before anything is decided; the commit asks again. */
function requireOwn({ journal }: Engine, hedge: Hedge): void {
  if (hedge.ownerId === journal.ownerId) return
  throw new HedgebotError('busy', `hedge ${hedge.hedgeId} belongs to another process now`, {
    code: 'lease_lost',
  })
}

/** The hedge as the ledger has it. @throws HedgebotError kind `bug` when it is not there */
export function requireHedge(engine: Engine, hedgeId: string): Hedge {
  const hedge = engine.journal.hedge(hedgeId)
  if (hedge !== undefined) return hedge
  throw new HedgebotError('bug', `the journal lost hedge ${hedgeId}`, { code: 'hedge_lost' })
}
