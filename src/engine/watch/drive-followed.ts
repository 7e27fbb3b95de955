/**
 * Ownership of what is followed: adopts hedges whose owner is gone, drives each of ours by the loop that all commands
 * share, and brings them to a safe end when the watch ends.
 * @module
 */
import { HedgebotError, messageOf } from '../../errors.ts'
import type { HedgeFacts } from '../../hedge/hedge-facts.ts'
import type { Hedge } from '../../hedge/ledger.ts'
import { isLiveState } from '../../hedge/ledger.ts'
import { completeExit } from '../complete-exit.ts'
import { connectAccounts, ensureNonces } from '../connect-accounts.ts'
import type { DriveEnd } from '../drive-hedge.ts'
import { driveHedge, isAtRest } from '../drive-hedge.ts'
import type { Engine } from '../engine-context.ts'
import { forgetHedge } from '../forget-hedge.ts'
import { noteAnyway } from '../note-anyway.ts'

export interface DriverOptions {
  /** Called at every turn with the hedge as the ledger has it, and at the end of its drive. */
  readonly onTurn: (hedge: Hedge) => void
  /** It is over, and how it ended was read. */
  readonly onEnd: (hedge: Hedge) => void
}

export interface Driver {
  /** Becomes the owner where there is none, and drives. */
  adopt(hedges: readonly Hedge[]): void
  /** Brings what is lopsided or closing to a safe end, then gives everything up. */
  end(): Promise<void>
  /** A closing does not wait for the book any more. */
  hurry(): void
  isDriving(hedgeId: string): boolean
}

/** Changes of the venue and of other processes wake a quiet loop; this is only in case one was missed. */
const QUIET_LOOK_MS = 5_000
const SPREAD_COUNT = 97
const SPREAD_MS = 50
/** How long the first turn waits for the snapshots of its legs. */
const HEAR_MS = 2_000
/** After a mistake of ours a loop starts again so much later. */
const AGAIN_MS = 5_000
/** How long an ending watch goes on for a safe end. */
const END_MS = 15_000

interface State {
  readonly driving: Map<string, Promise<void>>
  readonly restAtMs: Map<string, number>
  endsAtMs: number | undefined
  mayHoldBack: boolean
}

/** Creates a driver that owns nothing yet. */
export function createDriver(engine: Engine, options: DriverOptions): Driver {
  const state: State = {
    driving: new Map(),
    restAtMs: new Map(),
    endsAtMs: undefined,
    mayHoldBack: true,
  }
  return {
    adopt(hedges) {
      if (state.endsAtMs !== undefined) return
      for (const hedge of hedges) adoptOne(engine, { hedge, state, options })
    },
    async end() {
      state.endsAtMs ??= engine.clock.monotonicMs() + END_MS
      engine.waker.wake()
      const ids = [...state.driving.keys()]
      await Promise.all(state.driving.values())
      engine.journal.releaseHedges(ids)
    },
    hurry() {
      state.mayHoldBack = false
    },
    isDriving: (hedgeId) => state.driving.has(hedgeId),
  }
}

interface Adoption {
  readonly hedge: Hedge
  readonly state: State
  readonly options: DriverOptions
}

function adoptOne(engine: Engine, adoption: Adoption): void {
  const { hedge, state, options } = adoption
  const { hedgeId } = hedge
  const { journal, memory, clock } = engine
  if (state.driving.has(hedgeId) || memory.driven.has(hedgeId)) return
  if (clock.monotonicMs() < (state.restAtMs.get(hedgeId) ?? -Infinity)) return
  if (isHeldByOther(engine, hedge)) return
  const claimed = journal.claimHedge(hedgeId)
  if (claimed === undefined) return
  if (claimed.epoch !== hedge.epoch) noteAdoption(engine, claimed)
  options.onTurn(claimed)
  const drive = driveOwn(engine, claimed, adoption).finally(() => state.driving.delete(hedgeId))
  state.driving.set(hedgeId, drive)
}

/** Asked without writing: a claim is a transaction. */
function isHeldByOther({ journal, clock }: Engine, hedge: Hedge): boolean {
  const { ownerId, leaseUntilMs } = hedge
  if (ownerId === undefined || ownerId === journal.ownerId) return false
  return leaseUntilMs > clock.now() && journal.isOwnerAlive(ownerId)
}

/** What was left half done is worth a warning; a hedge that its opener handed over is the ordinary case. */
function noteAdoption(engine: Engine, { hedgeId, name, state, target }: Hedge): void {
  const isWhole = state === 'open' && target === 'open'
  const what = isWhole ? 'watched from now on' : `left ${state} by an earlier run: taking over`
  engine.note({
    level: isWhole ? 'info' : 'warning',
    kind: 'hedge_adopted',
    message: `${hedgeId} ${name}: ${what}`,
    hedgeId,
  })
}

/** Never rejects: what cannot go on is told, and tried again. */
async function driveOwn(engine: Engine, hedge: Hedge, adoption: Adoption): Promise<void> {
  const { state, options } = adoption
  const { hedgeId } = hedge
  try {
    await hearLegs(engine, hedge)
    const end = await drive(engine, hedgeId, adoption)
    const now = engine.journal.hedge(hedgeId) ?? end.hedge
    options.onTurn(now)
    if (end.end === 'lost') noteLost(engine, now)
    if (isLiveState(now.state)) return
    const ended = await completeExit(engine, now)
    options.onTurn(ended)
    options.onEnd(ended)
    forgetHedge(engine, hedgeId)
  } catch (error) {
    state.restAtMs.set(hedgeId, engine.clock.monotonicMs() + AGAIN_MS)
    const message = `${hedgeId} ${hedge.name}: its loop failed and starts again: ${messageOf(error)}`
    noteAnyway(engine, { level: 'alert', kind: 'watch_failed', message, hedgeId })
    if (!(error instanceof HedgebotError) || error.isFatal) engine.stopOpening('watch_failed')
  }
}

/**
 * The first turn knows both legs, or that one of them does not answer: what is merely on its way is not taken for
 * unknown. Stops by price do not wait for it.
 */
async function hearLegs(engine: Engine, { hedgeId, legs }: Hedge): Promise<void> {
  const indexes = legs.map(({ accountIndex }) => accountIndex)
  const problems = await Promise.all([
    connectAccounts(engine, indexes, HEAR_MS),
    ensureNonces(engine, legs, 'close'),
  ])
  for (const { message } of problems.flat()) engine.logger.warn(message, { hedgeId })
}

function drive(engine: Engine, hedgeId: string, adoption: Adoption): Promise<DriveEnd> {
  const { state, options } = adoption
  return driveHedge(engine, hedgeId, {
    isPlanner: false,
    mayStart: () => false,
    get mayHoldBack() {
      return state.mayHoldBack
    },
    onTick: options.onTurn,
    isDone: (hedge, facts) => !isLiveState(hedge.state) || mayLeave(engine, facts, state),
    giveUpAtMs: undefined,
    quietLookMs: quietLookMs(hedgeId),
  })
}

/** Spread by their numbers: hundreds of hedges that look at once would hold up a tick. */
function quietLookMs(hedgeId: string): number {
  const number = Number(hedgeId.slice(1))
  return QUIET_LOOK_MS + (Number.isInteger(number) ? (number % SPREAD_COUNT) * SPREAD_MS : 0)
}

/** An ending watch leaves what is known to be whole as it is, and what is not only when its time is over. */
function mayLeave({ clock }: Engine, facts: HedgeFacts, { endsAtMs }: State): boolean {
  if (endsAtMs === undefined) return false
  const isKnown = facts.legs.every(({ position }) => position.isKnown && position.value.isSettled)
  return (isKnown && isAtRest(facts)) || clock.monotonicMs() >= endsAtMs
}

function noteLost(engine: Engine, { hedgeId, name }: Hedge): void {
  engine.note({
    level: 'warning',
    kind: 'lease_lost',
    message: `${hedgeId} ${name}: another process took it over`,
    hedgeId,
  })
}
