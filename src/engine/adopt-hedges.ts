/**
 * `adopt`, the writing half: hedges that stand at the venue enter the journal as open, with their fills and stops.
 * Sends no order.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import type { AdoptedLeg } from '../hedge/adopt-plan.ts'
import type { Dec } from '../hedge/decimal.ts'
import type { Hedge, HedgeLeg, StopState } from '../hedge/ledger.ts'
import { signedBase } from '../hedge/side.ts'
import { stopLevels } from '../hedge/stops.ts'
import { positionIn } from '../hedge/venue-view.ts'
import type { NewHedge } from '../ports.ts'
import { commitThenSend, say } from './commit-then-send.ts'
import type { Engine, NotedEvent } from './engine-context.ts'
import type { FoundHedge } from './prepare-adoption.ts'
import { refuseWatched } from './prepare-adoption.ts'
import { recordFills } from './record-fills.ts'
import { ledgerFill } from './settle-orders.ts'
import { logNote } from './trade-log.ts'

/**
 * Writes found hedges, all or none, and leaves them without an owner: the next command or watch drives them.
 * @throws HedgebotError kind `busy` (`watch_running`, `account_in_live_hedge`) or `refused` (`position_changed`); then
 *   nothing was written
 */
export function adoptHedges(engine: Engine, found: readonly FoundHedge[]): readonly Hedge[] {
  if (found.length === 0) return []
  refuseWatched(engine)
  for (const hedge of found) refuseChanged(engine, hedge)
  const { journal } = engine
  let adopted: readonly Hedge[] = []
  commitThenSend(engine, 'full', () => {
    const created = journal.createHedges(found.map((hedge) => newHedge(engine, hedge)))
    adopted = created.map((hedge, at) => writeLife(engine, hedge, found[at]))
  })
  journal.releaseHedges(adopted.map(({ hedgeId }) => hedgeId))
  for (const { hedgeId, name } of adopted) {
    engine.report({ level: 'info', message: `${hedgeId} ${name}: rebuilt`, hedgeId })
  }
  return adopted.map((hedge) => journal.hedge(hedge.hedgeId) ?? hedge)
}

/** The person may have looked at the plan for minutes. */
function refuseChanged(engine: Engine, { name, market, legs }: FoundHedge): void {
  for (const { account, side, baseSize } of legs) {
    const row = positionIn(engine.link(account.accountIndex).view(), market.marketIndex)
    if (row.isKnown && row.value?.signedBase.eq(signedBase(side, baseSize)) === true) continue
    throw new HedgebotError(
      'refused',
      `the position of ${account.name} in ${name} is not what the plan showed any more`,
      { code: 'position_changed', hint: 'run hedgebot adopt again' },
    )
  }
}

function newHedge(engine: Engine, found: FoundHedge): NewHedge {
  const { market } = found
  return {
    name: found.name,
    runId: engine.runId,
    marketIndex: market.marketIndex,
    symbol: market.symbol,
    state: 'open',
    target: 'open',
    cause: undefined,
    legs: ledgerLegs(engine, found),
    // Nothing is ever added to what was adopted.
    openDeadlineMs: engine.clock.now(),
    attemptsUsed: 0,
    nakedSinceMs: undefined,
  }
}

/** Since when it is open, its fills, and the line that tells where it comes from. */
function writeLife(engine: Engine, hedge: Hedge, found: FoundHedge | undefined): Hedge {
  if (found === undefined) return hedge
  const { journal, clock, runId } = engine
  const { hedgeId } = hedge
  const opened = journal.updateHedge(hedge, {
    openedAtMs: openedAtMs(engine, found) ?? clock.now(),
  })
  recordFills(
    engine,
    found.legs.flatMap(({ account, fills }) =>
      (fills ?? []).map((fill) =>
        ledgerFill({ accountIndex: account.accountIndex, hedgeId }, fill),
      ),
    ),
  )
  const notes = [
    found.isEven ? '' : '; its sizes do not add up: it shrinks to what is matched',
    found.hasAllFills ? '' : '; not all of its fills are known: its result is incomplete',
  ]
  const event: NotedEvent = {
    level: found.isEven && found.hasAllFills ? 'info' : 'warning',
    kind: 'hedge_rebuilt',
    message: `${hedgeId} ${hedge.name}: rebuilt from the exchange (${EVIDENCE[found.evidence]})${notes.join('')}`,
    hedgeId,
  }
  journal.addEvent({ ...event, hedgeId, runId, account: undefined })
  say(engine, () => logNote(engine, event))
  return opened
}

const EVIDENCE: Readonly<Record<FoundHedge['evidence'], string>> = {
  configured: 'paired by the configuration',
  same_stops: 'paired by its stops',
  opened_together: 'paired by size and time of opening',
}

/** On our clock, to the millisecond as the journal wants it. */
function openedAtMs(engine: Engine, found: FoundHedge): number | undefined {
  if (found.openedAtMs === undefined) return undefined
  return Math.round(found.openedAtMs - engine.venueAheadMs())
}

type Levels = Pick<HedgeLeg, 'stopDown' | 'stopUp'>

function ledgerLegs(engine: Engine, found: FoundHedge): readonly HedgeLeg[] {
  const expected = engine.policy.isExchangeStopOn ? expectedLevels(engine, found) : NONE
  return found.legs.map((leg) => ({
    account: leg.account.name,
    accountIndex: leg.account.accountIndex,
    apiKeyIndex: leg.account.apiKeyIndex,
    side: leg.side,
    plannedBase: leg.plannedBase,
    leverage: leg.leverage,
    lastSeenBase: signedBase(leg.side, leg.baseSize),
    ...ledgerStops(engine, leg, expected),
  }))
}

const NONE: Levels = { stopDown: undefined, stopUp: undefined }

/** What rests is what counts; what is missing beside it is wanted, so that the loop sees that it lacks and places it. */
function ledgerStops(
  { policy }: Engine,
  leg: AdoptedLeg,
  expected: Levels,
): Levels & { readonly stopState: StopState } {
  const levels = {
    stopDown: leg.stopDown ?? expected.stopDown,
    stopUp: leg.stopUp ?? expected.stopUp,
  }
  const isAnyWanted = levels.stopDown !== undefined || levels.stopUp !== undefined
  if (!isAnyWanted)
    return { ...levels, stopState: policy.isExchangeStopOn ? 'NOT_REACHABLE' : 'OFF' }
  const isResting = levels.stopDown === leg.stopDown && levels.stopUp === leg.stopUp
  return { ...levels, stopState: isResting ? 'RESTING' : 'PENDING' }
}

/** The levels that rest on any leg, else those that `open` would set now. */
function expectedLevels(engine: Engine, found: FoundHedge): Levels {
  const computed = computedLevels(engine, found)
  const resting = (level: keyof Levels): Dec | undefined =>
    found.legs.find((leg) => leg[level] !== undefined)?.[level]
  return {
    stopDown: resting('stopDown') ?? computed.stopDown,
    stopUp: resting('stopUp') ?? computed.stopUp,
  }
}

function computedLevels(engine: Engine, { market, legs }: FoundHedge): Levels {
  const { mark } = engine.feed(market.marketIndex).view()
  // Without a mark entry is the best guess: the loop computes them anew before it places any.
  const entry = legs[0]?.entryPrice
  const price = mark.isKnown ? mark.value : entry
  if (price === undefined) return NONE
  const { down, up } = stopLevels({
    market,
    mark: price,
    legs: legs.map(({ account, side, baseSize, entryPrice }) => {
      const row = positionIn(engine.link(account.accountIndex).view(), market.marketIndex)
      const liquidationPrice = row.isKnown ? row.value?.liquidationPrice : undefined
      return { account: account.name, side, baseSize, entryPrice, liquidationPrice }
    }),
    stopLossUsd: engine.policy.stopLossUsd,
    exchangeStopPct: engine.policy.exchangeStopPct,
    liquidationBufferPct: engine.policy.liquidationBufferPct,
  })
  return { stopDown: down?.triggerPrice, stopUp: up?.triggerPrice }
}
