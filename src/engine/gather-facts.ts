/**
 * Puts the ledger beside what the venue says, for one hedge. Reads only; no request leaves here.
 * @module
 */
import { ZERO } from '../hedge/decimal.ts'
import type { Dec } from '../hedge/decimal.ts'
import type { AwaitedOrder, HedgeFacts, HeldTransaction, LegFacts } from '../hedge/hedge-facts.ts'
import { TIMING } from '../hedge/hedge-facts.ts'
import { known, unknown } from '../hedge/known.ts'
import type { Known } from '../hedge/known.ts'
import type { Hedge, HedgeLeg, LedgerOrder } from '../hedge/ledger.ts'
import { initialMarginFractionOf } from '../hedge/market.ts'
import type { MarketInfo } from '../hedge/market.ts'
import { orderOutcome } from '../hedge/order-outcome.ts'
import { pastOnly } from '../hedge/past-time.ts'
import type { AccountView } from '../hedge/venue-view.ts'
import { positionIn } from '../hedge/venue-view.ts'
import { closingBook } from './closing-book.ts'
import type { Engine } from './engine-context.ts'
import { blindBase, filledBase, trailingShort } from './leg-fills.ts'
import { liveOwnOrders, restingStops, stopHistory, withStopFacts } from './resting-stops.ts'
import { doTradesSayFlat } from './second-source.ts'
import { CANCELED } from './settle-cancel.ts'

/** Without a living stream a position is known for this long after it was read. */
const POSITION_FRESH_MS = 2000

/** Older marks are unknown to an opening. */
const MARK_FRESH_MS = 5000

export interface GatherOptions {
  readonly isPlanner: boolean
  readonly mayStart: boolean
  /** False: a closing goes out whatever the book can take. Default true. */
  readonly mayHoldBack?: boolean | undefined
  /** The hedge's orders, when the caller has just read them. */
  readonly orders?: readonly LedgerOrder[]
}

/** Everything `decide` needs to know about one hedge, now. */
export function gatherFacts(engine: Engine, hedge: Hedge, options: GatherOptions): HedgeFacts {
  const market = engine.market(hedge.marketIndex)
  const orders = options.orders ?? engine.journal.ordersOfHedge(hedge.hedgeId)
  const nowMs = engine.clock.now()
  return withStopFacts(engine, {
    hedge: inThisTime(hedge, nowMs),
    market,
    legs: hedge.legs.map((leg) => gatherLeg(engine, { leg, hedge, market, orders, nowMs })),
    mark: freshMark(engine, hedge, nowMs),
    policy: engine.policy,
    nowMs,
    isPlanner: options.isPlanner,
    isOpeningStopped: engine.isOpeningStopped(),
    mayStart: options.mayStart,
    book: options.mayHoldBack === false ? undefined : closingBook(engine, hedge, nowMs),
  })
}

/** Planned by a clock that was set back since: what is left of its time to open cannot be told, so none is. */
function inThisTime(hedge: Hedge, nowMs: number): Hedge {
  if (hedge.createdAtMs <= nowMs) return hedge
  return { ...hedge, openDeadlineMs: Math.min(hedge.openDeadlineMs, nowMs) }
}

/** A mark that is old is no mark to open at. */
function freshMark(engine: Engine, hedge: Hedge, nowMs: number): HedgeFacts['mark'] {
  const { mark } = engine.feed(hedge.marketIndex).view()
  if (!mark.isKnown || Math.abs(nowMs - mark.atMs) <= MARK_FRESH_MS) return mark
  return unknown(`the mark price is ${nowMs - mark.atMs} ms old`)
}

interface LegContext {
  readonly leg: HedgeLeg
  readonly hedge: Hedge
  readonly market: MarketInfo
  readonly orders: readonly LedgerOrder[]
  readonly nowMs: number
}

interface PositionContext extends LegContext {
  /** Orders of this leg. */
  readonly own: readonly LedgerOrder[]
}

function gatherLeg(engine: Engine, context: LegContext): LegFacts {
  const { leg, nowMs } = context
  const link = engine.link(leg.accountIndex)
  const view = link.view()
  const own = context.orders.filter((order) => order.accountIndex === leg.accountIndex)
  const answeredAtMs = link.lastAnswerAtMs()
  const reduces = own.filter((order) => order.purpose === 'reduce' || order.purpose === 'close')
  const adds = own.filter((order) => ADDING.has(order.purpose))
  const cancels = own.filter((order) => order.purpose === 'cancel')
  return {
    leg,
    position: positionFacts(engine, view, { ...context, own }),
    held: heldTransaction(engine, context),
    awaited: own
      .filter((order) => order.state === 'accepted')
      .map((order) => awaited(engine, order, nowMs)),
    lastAnswerAgeMs: answeredAtMs === undefined ? undefined : Math.max(0, nowMs - answeredAtMs),
    // Only a start asks for it, and each look reads the shared count.
    openUnitsLeft: context.hedge.state === 'planned' ? link.unitsLeft('open') : undefined,
    hasLeverage: leverageFacts(view, context),
    refusal: engine.memory.blocked.get(context.hedge.hedgeId) ?? lastRefusal(engine, adds),
    reduceTries: trailingShort(reduces),
    lastReduceAtMs: pastOnly(reduces.at(-1)?.preparedAtMs, nowMs),
    blindBase: blindBase(leg, own),
    filledBase: filledBase(leg, own),
    stops: restingStops(view, leg, context.market.marketIndex),
    ...stopHistory(own, nowMs),
    liveOwnOrders: liveOwnOrders(view, context.market.marketIndex),
    lastAccountReadAtMs: pastOnly(engine.memory.accountReadAtMs.get(leg.accountIndex), nowMs),
    unsettledSinceMs: pastOnly(
      engine.memory.unsettledSinceMs.get(
        accountMarketKey(leg.accountIndex, context.market.marketIndex),
      ),
      nowMs,
    ),
    accountReads: engine.memory.accountReads.get(leg.accountIndex) ?? 0,
    addTries: trailingShort(adds),
    lastAddAtMs: pastOnly(adds.at(-1)?.preparedAtMs, nowMs),
    cancelTries: cancels.length - 1 - cancels.findLastIndex(isCanceled),
    lastCancelAtMs: pastOnly(cancels.at(-1)?.preparedAtMs, nowMs),
    liquidationPrice: liquidationPriceIn(view, context.market.marketIndex),
  }
}

function liquidationPriceIn(view: AccountView, marketIndex: number): Dec | undefined {
  const row = positionIn(view, marketIndex)
  const price = row.isKnown ? row.value?.liquidationPrice : undefined
  return price?.gt(0) === true ? price : undefined
}

/** One key for what this process remembers about an account in a market. */
export function accountMarketKey(accountIndex: number, marketIndex: number): string {
  return `${accountIndex}/${marketIndex}`
}

/** Without a living stream a row holds for a moment only. */
function isBroken(view: AccountView, ageMs: number): boolean {
  return !view.isLive && Math.abs(ageMs) > POSITION_FRESH_MS
}

function positionFacts(
  engine: Engine,
  view: AccountView,
  context: PositionContext,
): LegFacts['position'] {
  const { leg, market } = context
  const row = positionIn(view, market.marketIndex)
  if (!row.isKnown) return row
  const ageMs = context.nowMs - row.atMs
  if (isBroken(view, ageMs)) {
    return unknown(`the account's stream is down, its position is ${ageMs} ms old`)
  }
  // Every market that was ever traded has a row (PROTOCOL.md section 3): a list without it is no word that it is flat.
  if (row.value === undefined && filledBase(leg, context.own).gt(0)) {
    return unknown('the list of positions leaves out a market in which our orders filled')
  }
  const { signedBase, isSettled } = row.value ?? NO_POSITION
  const key = accountMarketKey(leg.accountIndex, market.marketIndex)
  const hasSecondSource = isFlatTwice(engine, context, signedBase)
  const isCertain = isSettled && (hasSecondSource || !signedBase.isZero())
  if (isCertain) engine.memory.accountReads.delete(leg.accountIndex)
  noteSettled(engine, key, { isSettled, nowMs: context.nowMs })
  return known({ signedBase, isSettled, hasSecondSource }, row.atMs)
}

/** A market without a row was never touched. */
const NO_POSITION = { signedBase: ZERO, isSettled: true }

/** Rule 8: a second source says that a row is right to be zero, a read or trades. */
function isFlatTwice(engine: Engine, context: PositionContext, signedBase: Dec): boolean {
  const { leg, hedge, market, own } = context
  const { confirmedFlat } = engine.memory
  const key = accountMarketKey(leg.accountIndex, market.marketIndex)
  if (signedBase.isZero()) {
    if (confirmedFlat.has(key)) return true
    return doTradesSayFlat(engine, { hedge, leg, own, filledBase: filledBase(leg, own) })
  }
  confirmedFlat.delete(key)
  return false
}

/** Remembers since when a row lacks a known fill. */
function noteSettled(
  { memory: { unsettledSinceMs } }: Engine,
  key: string,
  { isSettled, nowMs }: { readonly isSettled: boolean; readonly nowMs: number },
): void {
  if (isSettled) unsettledSinceMs.delete(key)
  else if (!unsettledSinceMs.has(key)) unsettledSinceMs.set(key, nowMs)
}

function heldTransaction(
  engine: Engine,
  { leg, hedge, nowMs }: LegContext,
): HeldTransaction | undefined {
  const lane = engine.journal.lane(leg)
  if (lane === undefined || lane.state !== 'held' || lane.orderId === undefined) return undefined
  const order = engine.journal.order(lane.orderId)
  if (order === undefined) return undefined
  const { memory } = engine
  const sentAtMs = memory.lastSentAtMs.get(order.orderId) ?? order.preparedAtMs
  const lastSentAtMs = pastOnly(sentAtMs, nowMs) ?? -Infinity
  // The nonce makes every copy harmless: a slow way may take its time, the doubt does not wait for it.
  const isPatient = nowMs - lastSentAtMs < TIMING.sendPatienceMs
  return {
    orderId: order.orderId,
    purpose: order.purpose,
    isInFlight: memory.inFlight.has(order.orderId) && isPatient,
    isOthers: lane.ownerId !== hedge.ownerId,
    sends: order.sends,
    lastSentAtMs,
    expiresAtMs: engine.expiryMs(order),
  }
}

function awaited(engine: Engine, order: LedgerOrder, nowMs: number): AwaitedOrder {
  const reads = engine.memory.orderReads.get(order.orderId)
  return {
    orderId: order.orderId,
    purpose: order.purpose,
    acceptedAtMs: pastOnly(order.answeredAtMs ?? order.preparedAtMs, nowMs) ?? -Infinity,
    reads: reads?.count ?? 0,
    lastReadAtMs: pastOnly(reads?.lastAtMs, nowMs),
    isReadDue: engine.memory.readsDue.has(order.orderId),
  }
}

/** An account that never touched the market has the market's default and no row. */
function leverageFacts(view: AccountView, context: LegContext): Known<boolean> {
  const row = positionIn(view, context.market.marketIndex)
  if (!row.isKnown) return unknown(row.reason)
  const { leg, market } = context
  const fraction = row.value?.initialMarginFraction ?? market.defaultInitialMarginFraction
  const wanted = initialMarginFractionOf(leg.leverage)
  return known(fraction.times(10_000).minus(wanted).abs().lt(1), row.atMs)
}

const ADDING: ReadonlySet<string> = new Set(['open', 'complete', 'leverage'])

/** What the sequencer refused is done too, and changed nothing. */
function isCanceled({ state, outcome }: LedgerOrder): boolean {
  return state === 'done' && (outcome === 'executed' || outcome === CANCELED)
}

/** The last adding order decides: once it filled, earlier refusals do not matter. */
function lastRefusal(engine: Engine, adds: readonly LedgerOrder[]): LegFacts['refusal'] {
  const last = adds.at(-1)
  if (last === undefined) return undefined
  const remembered = engine.memory.refusals.get(last.orderId)
  if (remembered !== undefined) return remembered
  const { state, baseSize, filledBase, outcome } = last
  if (state !== 'done' || baseSize === undefined || outcome === undefined) return undefined
  if (!outcome.startsWith('canceled') && outcome !== 'filled') {
    // Not an order's status but the sequencer's own words: nothing that trying again would mend.
    return filledBase.lt(baseSize) ? { code: 'sequencer_refused', canHeal: false } : undefined
  }
  return orderOutcome({ status: outcome, initialBase: baseSize, filledBase }).refusal
}
