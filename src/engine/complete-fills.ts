/**
 * Fills that happened while nobody listened: fired stops, liquidations, closings by hand. An account is in at most one
 * live hedge, so what it traded in the hedge's market meanwhile is the hedge's, whosever order it was.
 * @module
 */
import { messageOf } from '../errors.ts'
import { ZERO, sumDec } from '../hedge/decimal.ts'
import type { Hedge, HedgeLeg, LedgerFill } from '../hedge/ledger.ts'
import { isLiveState } from '../hedge/ledger.ts'
import { signedChange } from '../hedge/side.ts'
import type { VenueFill } from '../hedge/venue-view.ts'
import { settledBaseIn } from '../hedge/venue-view.ts'
import type { SpendPriority } from '../ports.ts'
import type { Engine } from './engine-context.ts'
import { recordFills } from './record-fills.ts'
import { ledgerFill } from './settle-orders.ts'

/** The two clocks are compared to about a second. */
const SLACK_MS = 2000
/** Machines that lost their time are corrected by so much as a rule. */
const CLOCK_MARGIN_MS = 120_000

/** Records fills of the hedge's legs that streams and reads told and the journal lacks; true when there were any. */
export function recordKnownFills(engine: Engine, hedge: Hedge): boolean {
  const { journal } = engine
  const recorded = new Set(journal.fillsOfHedge(hedge.hedgeId).map(keyOf))
  const fresh = hedge.legs
    .flatMap(({ accountIndex }) =>
      fillsInLife(engine, hedge, accountIndex).map((fill) =>
        ledgerFill({ accountIndex, hedgeId: hedge.hedgeId }, fill),
      ),
    )
    .filter((fill) => !recorded.has(keyOf(fill)) && !isOfAnother(engine, hedge, fill))
  if (fresh.length === 0) return false
  recordFills(engine, fresh)
  return journal.fillsOfHedge(hedge.hedgeId).length > recorded.size
}

/**
 * Known fills of a leg's account in the hedge's market that belong to it: those of its own orders, whatever the clocks say
 * (one of them may have been set meanwhile), and all others that happened between its creation and its end.
 */
export function fillsInLife(
  engine: Engine,
  hedge: Hedge,
  accountIndex: number,
): readonly VenueFill[] {
  const aheadMs = engine.venueAheadMs()
  const fromMs = hedge.createdAtMs - SLACK_MS
  const untilMs = (hedge.closedAtMs ?? Infinity) + SLACK_MS
  const own = new Set(
    engine.journal
      .ordersOfHedge(hedge.hedgeId)
      .filter((order) => order.accountIndex === accountIndex && order.clientOrderIndex !== 0)
      .map((order) => order.clientOrderIndex),
  )
  return engine
    .link(accountIndex)
    .marketFills(hedge.marketIndex)
    .filter(
      ({ atMs, clientOrderIndex }) =>
        own.has(clientOrderIndex) || (atMs - aheadMs >= fromMs && atMs - aheadMs <= untilMs),
    )
}

/**
 * Account indexes of legs whose recorded fills do not add up to their position. A position that is unknown or not
 * settled says nothing: such a leg is not among them.
 */
export function missingFillLegs(engine: Engine, hedge: Hedge): readonly number[] {
  return hedge.legs
    .filter((leg) => hasAllFills(engine, hedge, leg) === false)
    .map(({ accountIndex }) => accountIndex)
}

/**
 * Reads what is missing over REST, one unit a leg, and records it. Errors are logged.
 * @returns true when the recorded fills of every leg add up to its known position now
 */
export async function readMissingFills(
  engine: Engine,
  hedge: Hedge,
  priority: SpendPriority,
): Promise<boolean> {
  recordKnownFills(engine, hedge)
  const missing = missingFillLegs(engine, hedge)
  await Promise.all(
    missing.map(async (accountIndex) => {
      try {
        const link = engine.link(accountIndex)
        await link.readFills(hedge.marketIndex, readBackTo(engine, hedge), priority)
      } catch (error) {
        const fields = { hedgeId: hedge.hedgeId, accountIndex, error: messageOf(error) }
        engine.logger.warn('fills could not be read', fields)
      }
    }),
  )
  if (missing.length > 0) recordKnownFills(engine, hedge)
  return hedge.legs.every((leg) => hasAllFills(engine, hedge, leg) === true)
}

/** Further back than it began: our clock may have been set since, by seconds or by more than its whole life. */
function readBackTo({ clock }: Engine, { createdAtMs }: Hedge): number {
  return Math.min(createdAtMs, clock.now()) - CLOCK_MARGIN_MS
}

/**
 * Whether the journal alone says that the fills of a hedge that is over are all there: they leave nothing open, and what
 * its orders are known to have filled is among them.
 */
export function isWhole({ journal }: Pick<Engine, 'journal'>, hedge: Hedge): boolean {
  const fills = journal.fillsOfHedge(hedge.hedgeId)
  return hedge.legs.every((leg) => {
    const own = fills.filter((fill) => fill.accountIndex === leg.accountIndex)
    const moves = own.map((fill) => signedChange(fill.side, fill.baseSize))
    return sumDec(moves).isZero() && hasFillsOfOrders({ journal }, hedge, { leg, fills: own })
  })
}

/**
 * Undefined while the position is not known; of a hedge that is over it is zero, whatever the account holds by now. A leg
 * was flat when its hedge was created; and what its orders are known to have filled is among the fills, since a round that
 * came and went unseen adds up to flat as well.
 */
function hasAllFills(engine: Engine, hedge: Hedge, leg: HedgeLeg): boolean | undefined {
  const base = isLiveState(hedge.state)
    ? settledBaseIn(engine.link(leg.accountIndex).view(), hedge.marketIndex)
    : ZERO
  if (base === undefined) return undefined
  const fills = engine.journal
    .fillsOfHedge(hedge.hedgeId)
    .filter((fill) => fill.accountIndex === leg.accountIndex)
  const moves = fills.map((fill) => signedChange(fill.side, fill.baseSize))
  return sumDec(moves).eq(base) && hasFillsOfOrders(engine, hedge, { leg, fills })
}

function hasFillsOfOrders(
  { journal }: Pick<Engine, 'journal'>,
  { hedgeId }: Hedge,
  { leg, fills }: { readonly leg: HedgeLeg; readonly fills: readonly LedgerFill[] },
): boolean {
  const filledBase = (clientOrderIndex: number) =>
    sumDec(
      fills
        .filter((fill) => fill.clientOrderIndex === clientOrderIndex)
        .map(({ baseSize }) => baseSize),
    )
  return journal
    .ordersOfHedge(hedgeId)
    .filter(
      (order) => order.accountIndex === leg.accountIndex && order.state === 'done' && order.side,
    )
    .every((order) => filledBase(order.clientOrderIndex).gte(order.filledBase))
}

/** Two rounds may follow each other within the slack: an order of the journal says whose fill it is. */
function isOfAnother(engine: Engine, hedge: Hedge, fill: LedgerFill): boolean {
  if (fill.clientOrderIndex === 0) return false
  const order = engine.journal.findOrderByClientIndex(fill.accountIndex, fill.clientOrderIndex)
  return order?.hedgeId !== undefined && order.hedgeId !== hedge.hedgeId
}

function keyOf(fill: Pick<LedgerFill, 'tradeId' | 'accountIndex'>): string {
  return `${fill.tradeId}/${fill.accountIndex}`
}
