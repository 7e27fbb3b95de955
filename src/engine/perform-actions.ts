/**
 * Makes decisions true: turns actions into recorded, signed and sent transactions, reads and state changes.
 * @module
 */
import { hasCode } from '../errors.ts'
import { isAdding } from '../hedge/decide-pending.ts'
import type { Action, HedgeFacts, LegFacts } from '../hedge/hedge-facts.ts'
import { initialMarginFractionOf } from '../hedge/market.ts'
import type { LegStops } from '../hedge/intent.ts'
import type { HedgeLeg } from '../hedge/ledger.ts'
import { closingSide, openingSide } from '../hedge/side.ts'
import type { HedgePatch, SpendPriority } from '../ports.ts'
import { changeOrder } from './change-order.ts'
import { claimBook } from './closing-book.ts'
import { sendAfterCommit } from './commit-then-send.ts'
import type { Engine } from './engine-context.ts'
import {
  closingQuote,
  openingQuote,
  planStops,
  standingStops,
  withTriggerIndices,
} from './quote.ts'
import { readAccountOf, readNonceOf, readOrderOf } from './read-doubt.ts'
import type { Outgoing } from './send-batch.ts'
import { sendBatch, transmit } from './send-batch.ts'

/**
 * Performs in order. Sends and reads run on; their ends wake the loop. One action that fails (a price, a nonce or a
 * lane that is missing) does not keep the others from being done.
 * @throws the first error, after everything else was done; a lost lease at once
 */
export function performActions(
  engine: Engine,
  facts: HedgeFacts,
  actions: readonly Action[],
): void {
  eachOf(actions, (action) => performOne(engine, facts, action))
}

function eachOf<T>(items: readonly T[], perform: (item: T) => void): void {
  const errors: unknown[] = []
  for (const item of items) {
    try {
      perform(item)
    } catch (error) {
      if (isLeaseLost(error)) throw error
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}

/** True when somebody else owns what was to be changed. */
export function isLeaseLost(error: unknown): boolean {
  return hasCode(error, 'lease_lost')
}

function performOne(engine: Engine, facts: HedgeFacts, action: Action): void {
  switch (action.kind) {
    case 'add':
      add(engine, facts, action)
      return
    case 'reduce':
      reduce(engine, facts, action)
      return
    case 'set_leverage':
      setLeverage(engine, facts, action)
      return
    case 'place_stops':
      placeStops(engine, facts, action)
      return
    case 'cancel':
      cancel(engine, facts, action)
      return
    case 'resend':
      resend(engine, action.orderId)
      return
    case 'displace':
      displace(engine, facts, action)
      return
    case 'read':
      read(engine, facts, action)
      return
    case 'probe':
      for (const legIndex of action.legIndexes) {
        engine.link(legOf(facts, legIndex).leg.accountIndex).probe()
      }
      return
    case 'become':
      become(engine, facts, action)
  }
}

type ActionOf<K extends Action['kind']> = Extract<Action, { readonly kind: K }>

function add(engine: Engine, facts: HedgeFacts, action: ActionOf<'add'>): void {
  const { hedge, market } = facts
  const withStops = action.orders.some((order) => order.withStops)
  const stops = withStops ? planStops(engine, facts) : undefined
  const outgoing = action.orders.map(({ legIndex, baseSize }): Outgoing => {
    const { leg } = legOf(facts, legIndex)
    const side = openingSide(leg.side)
    const price = openingQuote(engine, facts, side)
    return {
      ...common(facts, leg, { reason: action.reason, priority: 'open' }),
      purpose: action.purpose,
      intent: (nextIndex) => ({
        kind: 'order',
        market,
        side,
        baseSize,
        price,
        execution: 'limit_ioc',
        isReduceOnly: false,
        clientOrderIndex: nextIndex(),
        ...(stops === undefined ? {} : stopsField(withTriggerIndices(stops, leg.side, nextIndex))),
      }),
    }
  })
  const patch: HedgePatch = {
    attemptsUsed: hedge.attemptsUsed + 1,
    ...(stops === undefined ? {} : { legs: hedge.legs.map((leg) => ({ ...leg, ...stops.mark })) }),
  }
  sendBatch(engine, { hedge, patch, durability: 'full', outgoing })
}

function stopsField(stops: LegStops | undefined): { stops?: LegStops } {
  return stops === undefined ? {} : { stops }
}

/** Together when that works: both legs in the same instant. Else each by itself: a closing never waits for another. */
function reduce(engine: Engine, facts: HedgeFacts, action: ActionOf<'reduce'>): void {
  try {
    reduceTogether(engine, facts, action)
  } catch (error) {
    if (action.orders.length < 2 || isLeaseLost(error)) throw error
    eachOf(action.orders, (order) => reduceTogether(engine, facts, { ...action, orders: [order] }))
  }
}

function reduceTogether(engine: Engine, facts: HedgeFacts, action: ActionOf<'reduce'>): void {
  const { hedge, market } = facts
  const outgoing = action.orders.map(({ legIndex, baseSize, step, replacesOrderId }): Outgoing => {
    const { leg } = legOf(facts, legIndex)
    const side = closingSide(leg.side)
    const price = closingQuote(engine, facts, { side, step })
    return {
      ...common(facts, leg, { reason: action.reason, priority: 'close' }),
      purpose: action.purpose,
      replacesOrderId,
      intent: (nextIndex) => ({
        kind: 'order',
        market,
        side,
        baseSize,
        price,
        execution: 'market_ioc',
        isReduceOnly: true,
        clientOrderIndex: nextIndex(),
      }),
    }
  })
  sendBatch(engine, { hedge, durability: 'normal', outgoing })
  for (const { legIndex, baseSize } of action.orders) {
    const side = closingSide(legOf(facts, legIndex).leg.side)
    claimBook(engine, { hedgeId: hedge.hedgeId, marketIndex: market.marketIndex, side, baseSize })
  }
}

function setLeverage(engine: Engine, facts: HedgeFacts, action: ActionOf<'set_leverage'>): void {
  const { hedge, market } = facts
  const outgoing = action.legIndexes.map((legIndex): Outgoing => {
    const { leg } = legOf(facts, legIndex)
    const row = engine.link(leg.accountIndex).view().positions
    const present = row.isKnown ? row.value.get(market.marketIndex)?.marginMode : undefined
    const { marginMode } = engine.policy
    return {
      ...common(facts, leg, { reason: action.reason, priority: 'open' }),
      purpose: 'leverage',
      intent: () => ({
        kind: 'leverage',
        market,
        initialMarginFraction: initialMarginFractionOf(leg.leverage),
        marginMode: marginMode === 'keep' ? (present ?? defaultMode(market)) : marginMode,
      }),
    }
  })
  sendBatch(engine, { hedge, durability: 'full', outgoing })
}

function defaultMode(market: HedgeFacts['market']): 'cross' | 'isolated' {
  return market.isIsolatedOnly ? 'isolated' : 'cross'
}

function placeStops(engine: Engine, facts: HedgeFacts, action: ActionOf<'place_stops'>): void {
  const { hedge, market } = facts
  const plan = standingStops(facts)
  if (plan === undefined) return
  const outgoing = action.legIndexes.map((legIndex): Outgoing => {
    const { leg } = legOf(facts, legIndex)
    return {
      ...common(facts, leg, { reason: action.reason, priority: 'close' }),
      purpose: 'stops',
      intent: (nextIndex) => {
        const stops = withTriggerIndices(plan, leg.side, nextIndex)
        if (stops === undefined) return 'displace'
        return { kind: 'stops', market, legSide: leg.side, stops }
      },
    }
  })
  // What the ledger says of a leg's stops is what was seen of them: it changes when these are seen.
  sendBatch(engine, { hedge, durability: 'normal', outgoing })
}

function cancel(engine: Engine, facts: HedgeFacts, action: ActionOf<'cancel'>): void {
  const { leg } = legOf(facts, action.legIndex)
  const outgoing: Outgoing = {
    ...common(facts, leg, { reason: action.reason, priority: 'close' }),
    purpose: 'cancel',
    intent: () => ({ kind: 'cancel', market: facts.market, orderIndex: action.orderIndex }),
  }
  const [sent] = sendBatch(engine, {
    hedge: facts.hedge,
    durability: 'normal',
    outgoing: [outgoing],
  })
  if (sent !== undefined) engine.memory.cancelTargets.set(sent.orderId, action.orderIndex)
}

function resend(engine: Engine, orderId: number): void {
  const order = engine.journal.order(orderId)
  if (order === undefined) return
  const again = changeOrder(engine, orderId, { sends: order.sends + 1 })
  // Rule 11: the last part of the bucket is for what closes and protects.
  const priority = isAdding(order.purpose) || order.purpose === 'leverage' ? 'open' : 'close'
  sendAfterCommit(engine, () => void transmit(engine, again, { priority, via: 'rest' }))
}

function displace(engine: Engine, facts: HedgeFacts, action: ActionOf<'displace'>): void {
  const { leg } = legOf(facts, action.legIndex)
  const outgoing: Outgoing = {
    ...common(facts, leg, { reason: action.reason, priority: 'close' }),
    purpose: 'displace',
    replacesOrderId: action.orderId,
    intent: () => 'displace',
  }
  sendBatch(engine, { hedge: facts.hedge, durability: 'normal', outgoing: [outgoing] })
}

function read(engine: Engine, facts: HedgeFacts, action: ActionOf<'read'>): void {
  const { leg } = legOf(facts, action.legIndex)
  if (action.what === 'account') {
    readAccountOf(engine, leg.accountIndex, facts.market.marketIndex)
  } else if (action.orderId !== undefined) {
    if (action.what === 'nonce') readNonceOf(engine, action.orderId)
    else readOrderOf(engine, action.orderId)
  }
}

function become(engine: Engine, facts: HedgeFacts, action: ActionOf<'become'>): void {
  const { hedge, nowMs } = facts
  const isEnd = action.state === 'closed' || action.state === 'aborted'
  const patch: HedgePatch = {
    state: action.state,
    ...(action.cause === undefined ? {} : { cause: action.cause }),
    ...(action.state === 'open' ? { openedAtMs: nowMs } : {}),
    ...(isEnd ? { closedAtMs: nowMs } : {}),
    ...(action.state === 'closing' ? { target: 'flat' as const } : {}),
  }
  engine.journal.updateHedge(hedge, patch)
  engine.note({
    level: action.state === 'aborted' ? 'warning' : 'info',
    kind: `hedge_${action.state}`,
    message: `${hedge.hedgeId} ${hedge.name}: ${action.state}: ${action.reason}`,
    hedgeId: hedge.hedgeId,
  })
}

function common(
  facts: HedgeFacts,
  leg: HedgeLeg,
  { reason, priority }: { readonly reason: string; readonly priority: SpendPriority },
): Pick<Outgoing, 'lane' | 'market' | 'reason' | 'priority'> {
  const { account, accountIndex, apiKeyIndex } = leg
  return { lane: { account, accountIndex, apiKeyIndex }, market: facts.market, reason, priority }
}

function legOf(facts: HedgeFacts, legIndex: number): LegFacts {
  const leg = facts.legs[legIndex]
  if (leg === undefined) throw new RangeError(`no leg ${legIndex} in ${facts.hedge.hedgeId}`)
  return leg
}
