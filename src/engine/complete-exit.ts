/**
 * The end of a hedge as it really was: the fills that are missing are read, and a hedge that was flat before anybody
 * here closed it gets the cause that its last fills tell.
 * @module
 */
import { messageOf } from '../errors.ts'
import type { ExitCause } from '../hedge/exit-cause.ts'
import { exitCause, lastReducingFill } from '../hedge/exit-cause.ts'
import type { Hedge, HedgeLeg } from '../hedge/ledger.ts'
import { isLiveState } from '../hedge/ledger.ts'
import type { VenueFill } from '../hedge/venue-view.ts'
import {
  fillsInLife,
  missingFillLegs,
  readMissingFills,
  recordKnownFills,
} from './complete-fills.ts'
import type { Engine } from './engine-context.ts'

/** A closing that is done does not wait longer for its story. */
const READ_LIMIT_MS = 3000
/** The venue's history may lag behind its positions. */
const READ_PAUSE_MS = 700

/**
 * Completes fills and cause of a hedge that is over and that this process owns, within a few seconds; others it leaves
 * alone. An aborted one may have been whole for hours, after a crash in its opening, until its stops fired. Costs nothing
 * when no fill is missing. Never rejects: the hedge is flat whatever becomes known of how.
 */
export async function completeExit(engine: Engine, hedge: Hedge): Promise<Hedge> {
  if (isLiveState(hedge.state)) return hedge
  try {
    await completeFills(engine, hedge)
    const cause = exitOfHedge(engine, hedge)
    return cause === undefined || cause === hedge.cause ? hedge : correctCause(engine, hedge, cause)
  } catch (error) {
    const fields = { hedgeId: hedge.hedgeId, error: messageOf(error) }
    engine.logger.warn('how the hedge ended could not be read', fields)
    return hedge
  }
}

/**
 * Why a flat hedge got flat, when no order of the journal ended any of its legs: the cause of the leg that went first.
 * Undefined when one of ours did, or when nothing is known of a leg.
 */
function exitOfHedge(engine: Engine, hedge: Hedge): ExitCause | undefined {
  const exits = hedge.legs.map((leg) => exitOfLeg(engine, hedge, leg))
  const known = exits.filter((exit) => exit !== undefined)
  if (known.length < exits.length) return undefined
  return known.toSorted((a, b) => a.atMs - b.atMs)[0]?.cause
}

function exitOfLeg(
  engine: Engine,
  hedge: Hedge,
  leg: HedgeLeg,
): { readonly cause: ExitCause; readonly atMs: number } | undefined {
  const fills = fillsInLife(engine, hedge, leg.accountIndex)
  const knownClientOrderIndexes = journalIndexes(engine, leg, fills)
  const cause = exitCause({ fills, leg, knownClientOrderIndexes })
  const atMs = lastReducingFill({ fills, leg })?.atMs
  return cause === undefined || atMs === undefined ? undefined : { cause, atMs }
}

/** Indices of the journal's orders among the fills. A row of stops is not one: its fill is a stop that fired. */
function journalIndexes(
  { journal }: Engine,
  { accountIndex }: HedgeLeg,
  fills: readonly VenueFill[],
): ReadonlySet<number> {
  return new Set(
    fills
      .map((fill) => fill.clientOrderIndex)
      .filter((index) => {
        const order = index === 0 ? undefined : journal.findOrderByClientIndex(accountIndex, index)
        return order !== undefined && order.purpose !== 'stops'
      }),
  )
}

async function completeFills(engine: Engine, hedge: Hedge): Promise<void> {
  recordKnownFills(engine, hedge)
  const giveUpAtMs = engine.clock.now() + READ_LIMIT_MS
  while (missingFillLegs(engine, hedge).length > 0) {
    const leftMs = giveUpAtMs - engine.clock.now()
    if (leftMs <= 0) {
      engine.note({
        level: 'warning',
        kind: 'fills_missing',
        message: `${hedge.hedgeId} ${hedge.name}: not all of its fills could be read: its result is incomplete`,
        hedgeId: hedge.hedgeId,
      })
      return
    }
    const isComplete = await within(engine, leftMs, readMissingFills(engine, hedge, 'read'))
    if (isComplete !== true) await engine.clock.sleep(Math.min(READ_PAUSE_MS, leftMs))
  }
}

/** What the work gives, or undefined when it takes longer; then it ends unobserved. */
function within<T>(engine: Engine, ms: number, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = engine.clock.setTimer(ms, () => resolve(undefined))
    work.then(resolve, reject).finally(cancel)
  })
}

function correctCause(engine: Engine, hedge: Hedge, cause: ExitCause): Hedge {
  const corrected = engine.journal.updateHedge(hedge, { cause })
  engine.note({
    level: 'warning',
    kind: `exit_${cause}`,
    message: `${hedge.hedgeId} ${hedge.name}: was flat already: ${EXIT_WORDS[cause]}`,
    hedgeId: hedge.hedgeId,
  })
  return corrected
}

const EXIT_WORDS: Readonly<Record<ExitCause, string>> = {
  exchange_stop: 'its stops on the exchange fired',
  liquidation: 'the exchange liquidated it',
  deleverage: 'the exchange deleveraged it',
  closed_elsewhere: 'somebody else closed it',
}
