/**
 * The steps of an opening in their order: what an earlier run left half done, plan and check, the person's yes, orders.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import type { Hedge } from '../hedge/ledger.ts'
import { connectAccounts } from './connect-accounts.ts'
import type { Engine } from './engine-context.ts'
import { openHedges } from './open-hedges.ts'
import { prepareOpening } from './prepare-opening.ts'
import type { OpeningRequest, PreparedOpening } from './prepare-opening.ts'
import { recoverHedges, unfinishedHedges } from './recover-hedges.ts'

/** What people see and say between the steps. */
export interface OpeningTalk {
  /** Only the plan is wanted. */
  readonly isDryRun: boolean
  /** False while a watch of the same process looks after what is unfinished. */
  readonly isRecovering: boolean
  /** Right after planning, whatever follows. */
  onPrepared(prepared: PreparedOpening): void
  /** There is something to open and nothing stands against it. */
  showPlan(prepared: PreparedOpening): Promise<void>
  /** The last step before orders; throws when the answer is no. */
  confirm(prepared: PreparedOpening): Promise<void>
}

/** How far it came. `already_open`: nothing was to be done. `refused`: `prepared.points` say why. */
export interface OpeningEnd {
  readonly kind: 'already_open' | 'refused' | 'planned' | 'opened'
  readonly prepared: PreparedOpening
  /** Every hedge that was recorded, as the ledger has it at the end. */
  readonly hedges: readonly Hedge[]
}

/**
 * Carries an opening out.
 * @throws HedgebotError kind `refused`, code `nothing_to_open`; what preparing, the person and opening throw
 */
export async function carryOutOpening(
  engine: Engine,
  request: OpeningRequest,
  talk: OpeningTalk,
): Promise<OpeningEnd> {
  await engine.loadMarkets()
  if (!talk.isDryRun) await endUnfinished(engine, request, talk)
  const prepared = await prepareOpening(engine, request)
  talk.onPrepared(prepared)
  if (prepared.hedges.length === 0) return standsAlready(engine, request, prepared)
  if (prepared.points.some((point) => point.level === 'error')) {
    return { kind: 'refused', prepared, hedges: [] }
  }
  await talk.showPlan(prepared)
  if (talk.isDryRun) return { kind: 'planned', prepared, hedges: [] }
  await talk.confirm(prepared)
  const hedges = await openHedges(engine, prepared.hedges, prepared.waitsMs)
  return { kind: 'opened', prepared, hedges }
}

/** A watch of the same process gets this long to bring to an end what it found half done; an opening gets no more. */
const WATCH_ENDS_MS = 60_000
const LOOK_MS = 100

/**
 * What an earlier run left half done comes to an end before anything is planned: it would count as open, be shrunk to
 * nothing a moment later, and nobody would open it.
 */
async function endUnfinished(
  engine: Engine,
  { accounts, connectTimeoutMs }: OpeningRequest,
  { isRecovering }: OpeningTalk,
): Promise<void> {
  const indexes = new Set(accounts.map((account) => account.accountIndex))
  const unfinished = (): readonly Hedge[] => unfinishedHedges(engine, indexes)
  if (isRecovering) {
    await recoverHedges(engine, unfinished(), connectTimeoutMs)
    return
  }
  const { clock } = engine
  const endMs = clock.monotonicMs() + WATCH_ENDS_MS
  while (unfinished().length > 0 && !engine.isOpeningStopped() && clock.monotonicMs() < endMs) {
    await clock.sleep(LOOK_MS)
  }
}

/** What stands is connected, so that it can be shown. */
async function standsAlready(
  engine: Engine,
  request: OpeningRequest,
  prepared: PreparedOpening,
): Promise<OpeningEnd> {
  if (prepared.alreadyOpen.length === 0) {
    throw new HedgebotError('refused', 'no two accounts to hedge with each other', {
      code: 'nothing_to_open',
    })
  }
  const legs = prepared.alreadyOpen.flatMap((hedge) => hedge.legs)
  await connectAccounts(
    engine,
    legs.map((leg) => leg.accountIndex),
    request.connectTimeoutMs,
  )
  return { kind: 'already_open', prepared, hedges: [] }
}
