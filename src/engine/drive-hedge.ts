/**
 * The loop for one hedge: a turn, then a wait. `open`, `close`, `watch` and the recovery after a crash are this loop
 * with another end (DESIGN.md section 3).
 * @module
 */
import { HedgebotError, hasCode, messageOf } from '../errors.ts'
import { isMoving } from '../hedge/decide-pending.ts'
import type { Action, HedgeFacts } from '../hedge/hedge-facts.ts'
import type { Hedge } from '../hedge/ledger.ts'
import { ensureNonces } from './connect-accounts.ts'
import type { Engine } from './engine-context.ts'
import { requireHedge, turnHedge } from './hedge-turn.ts'
import { noteAnyway } from './note-anyway.ts'
import { accountKey, wakeOnChange } from './waker.ts'

/** A request of another process (target flat) is seen within this time. */
const LOOK_MS = 100
/** How long an interrupted command goes on for a safe end. */
const INTERRUPTED_MS = 15_000
/** Ticks that fail for a mistake of ours one after the other before the loop gives the error to its caller. */
const FAILURES_MAX = 100

export interface DriveOptions {
  readonly isPlanner: boolean
  readonly mayStart: () => boolean
  readonly isDone: (hedge: Hedge, facts: HedgeFacts) => boolean
  /** Wall clock; undefined: never. */
  readonly giveUpAtMs: number | undefined
  /** False: a closing goes out whatever the book can take. Default true. */
  readonly mayHoldBack?: boolean | undefined
  readonly onTick?: (hedge: Hedge) => void
  /**
   * While nothing is under way, looks again after so long without news; default 100 ms, in which a request of another
   * process is seen.
   */
  readonly quietLookMs?: number
}

export interface DriveEnd {
  readonly end: 'done' | 'given_up' | 'lost'
  readonly hedge: Hedge
}

/**
 * Drives one hedge that this process owns until `isDone`.
 * @throws HedgebotError when ticks keep failing
 */
export async function driveHedge(
  engine: Engine,
  hedgeId: string,
  options: DriveOptions,
): Promise<DriveEnd> {
  const first = requireHedge(engine, hedgeId)
  const unsubscribers = first.legs.map((leg) =>
    wakeOnChange(engine.waker, engine.link(leg.accountIndex)),
  )
  unsubscribers.push(
    engine.feed(first.marketIndex).onTick(() => {
      if (engine.memory.heldBack.has(hedgeId)) engine.waker.wake(hedgeId)
    }),
  )
  try {
    return await loop(engine, hedgeId, options)
  } finally {
    engine.memory.heldBack.delete(hedgeId)
    for (const unsubscribe of unsubscribers) unsubscribe()
  }
}

async function loop(engine: Engine, hedgeId: string, options: DriveOptions): Promise<DriveEnd> {
  const { legs } = requireHedge(engine, hedgeId)
  const keys = [hedgeId, ...legs.map(({ accountIndex }) => accountKey(accountIndex))]
  let failures = 0
  for (;;) {
    const restMs = engine.memory.pulse?.restMs() ?? 0
    if (restMs > 0) {
      await engine.clock.sleep(restMs)
      continue
    }
    let waitMs = LOOK_MS
    try {
      const tick = runTick(engine, hedgeId, options)
      if (tick.end !== undefined) return tick.end
      waitMs = tick.waitMs
      failures = 0
    } catch (error) {
      failures += 1
      const end = afterFailure(engine, hedgeId, { error, failures, options })
      if (end !== undefined) return end
    }
    if (waitMs > 0) await engine.waker.wait(waitMs, keys)
  }
}

/** The end of the loop, where a failure is one. @throws the failure, when only a caller can do something about it */
function afterFailure(
  engine: Engine,
  hedgeId: string,
  {
    error,
    failures,
    options,
  }: { readonly error: unknown; readonly failures: number; readonly options: DriveOptions },
): DriveEnd | undefined {
  if (hasCode(error, 'lease_lost')) return { end: 'lost', hedge: requireHedge(engine, hedgeId) }
  if (hasCode(error, 'nonce_unknown')) readMissingNonces(engine, hedgeId)
  if (failures === 1) noteFailure(engine, hedgeId, error)
  // Closing is never given up by itself: only its caller's time ends it.
  if (failures >= FAILURES_MAX && options.giveUpAtMs === undefined && isOurs(error)) throw error
  if (!isTimeOver(engine, options)) return undefined
  return { end: 'given_up', hedge: requireHedge(engine, hedgeId) }
}

interface Tick {
  readonly end: DriveEnd | undefined
  readonly waitMs: number
}

function runTick(engine: Engine, hedgeId: string, options: DriveOptions): Tick {
  let isDone = false
  let isQuiet = false
  const turn = turnHedge(engine, hedgeId, {
    isPlanner: options.isPlanner,
    mayStart: options.mayStart,
    mayHoldBack: options.mayHoldBack,
    isOver(hedge, facts) {
      options.onTick?.(hedge)
      isQuiet = isAtRest(facts)
      isDone = options.isDone(hedge, facts)
      return isDone || isTimeOver(engine, options)
    },
  })
  if (turn.error !== undefined) throw turn.error
  const { hedge, decision } = turn
  if (turn.isOver) return { end: { end: isDone ? 'done' : 'given_up', hedge }, waitMs: 0 }
  if (decision.actions.some(isImmediate)) return { end: undefined, waitMs: 0 }
  const wakeInMs = (decision.wakeAtMs ?? Infinity) - engine.clock.now()
  const lookMs = isQuiet && decision.actions.length === 0 ? options.quietLookMs : undefined
  return { end: undefined, waitMs: Math.max(1, Math.min(lookMs ?? LOOK_MS, wakeInMs)) }
}

/** True when a hedge is whole and nothing that was sent is without its outcome: then only news can change anything. */
export function isAtRest({ hedge, legs }: HedgeFacts): boolean {
  if (hedge.state !== 'open' || hedge.target !== 'open' || hedge.nakedSinceMs !== undefined) {
    return false
  }
  return legs.every(
    ({ held, awaited }) => held === undefined && !awaited.some(({ purpose }) => isMoving(purpose)),
  )
}

/** The world mends itself and a closing is never given up; a bug, a full disk or a missing key does not. */
function isOurs(error: unknown): boolean {
  return !(error instanceof HedgebotError) || error.isFatal || error.kind === 'config'
}

/** After a change of state there may be more to decide at once. */
function isImmediate(action: Action): boolean {
  return action.kind === 'become'
}

/** Out of time: the caller's limit, or an interruption after which the venue did not let it come to a safe end. */
function isTimeOver(engine: Engine, { giveUpAtMs }: DriveOptions): boolean {
  if ((engine.abortedForMs() ?? 0) >= INTERRUPTED_MS) return true
  return giveUpAtMs !== undefined && engine.clock.now() >= giveUpAtMs
}

/** A lane that does not know its nonce asks the venue, while the loop goes on. */
function readMissingNonces(engine: Engine, hedgeId: string): void {
  const { busyReads } = engine.memory
  const key = `nonces/${hedgeId}`
  if (busyReads.has(key)) return
  busyReads.add(key)
  void ensureNonces(engine, requireHedge(engine, hedgeId).legs, 'close').finally(() => {
    busyReads.delete(key)
    engine.waker.wake(hedgeId)
  })
}

function noteFailure(engine: Engine, hedgeId: string, error: unknown): void {
  const isFatal = !(error instanceof HedgebotError) || error.isFatal
  if (error instanceof HedgebotError && error.kind === 'refused') {
    engine.memory.blocked.set(hedgeId, { code: error.code, canHeal: false })
  }
  if (isFatal) engine.stopOpening(error instanceof HedgebotError ? error.code : 'bug')
  const message = `${hedgeId}: ${messageOf(error)}`
  if (!isFatal) engine.logger.warn(message, { hedgeId })
  else noteAnyway(engine, { level: 'alert', kind: 'tick_failed', message, hedgeId })
}
