/** What must hold in any exchange at any time, counted anew from the parts instead of read from the totals. */
import { LLP_ACCOUNT_INDEX, TREASURY_ACCOUNT_INDEX } from '../../../src/sim/core/account-model.ts'
import type { CoreEvent, SimCore, SimPosition, SimTrade } from '../../../src/sim/core/core-model.ts'
import type { AccountState, MarketState, OrderState } from '../../../src/sim/core/core-state.ts'
import type { BookSide } from '../../../src/sim/core/order-book.ts'
import { isTriggered } from '../../../src/sim/core/trigger-index.ts'
import type { StoryLog } from './long-story.ts'

const MICRO = 1_000_000n

/** `expect` costs more than the exchange itself: a story makes millions of these comparisons. */
export function must(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what)
}

function same<T extends bigint | number | string | boolean | undefined>(
  actual: T,
  expected: T,
  what: string,
): void {
  if (actual !== expected) throw new Error(`${what}: ${actual} instead of ${expected}`)
}

function sameMembers<T>(actual: readonly T[], expected: readonly T[], what: string): void {
  const wanted = new Set(expected)
  same(actual.length, expected.length, `${what}, count`)
  same(wanted.size, expected.length, `${what}, twice`)
  for (const member of actual) must(wanted.has(member), `${what}: one too many`)
}

/** The core's own records behind its read-only views. */
export const marketsOf = (core: SimCore): ReadonlyMap<number, MarketState> =>
  core.markets as ReadonlyMap<number, MarketState>
export const accountsOf = (core: SimCore): AccountState[] => [
  ...(core.accounts() as Iterable<AccountState>),
]

const LIVE_STATUSES: ReadonlySet<string> = new Set(['open', 'pending', 'in-progress'])

const absolute = (value: bigint): bigint => (value < 0n ? -value : value)
const signed = (position: SimPosition): bigint =>
  position.sizeTicks < 0n ? -position.entryQuoteMicros : position.entryQuoteMicros

/** Collateral, isolated margin, funding to come and floating profit of everybody, at any common price of each market. */
export function wealthE12(core: SimCore, priceOf: (market: number) => bigint): bigint {
  let total = 0n
  for (const account of core.accounts()) {
    total += account.collateralE12
    for (const position of account.positions.values()) {
      const market = core.markets.get(position.marketIndex)
      if (market === undefined) throw new Error('position without market')
      const value = position.sizeTicks * priceOf(position.marketIndex) * market.quoteMultiplier
      total += position.allocatedMarginE12 + (value - signed(position)) * MICRO
      total -= position.sizeTicks * (market.fundingPrefixE12 - position.fundingPrefixE12)
    }
  }
  return total
}

interface ShadowPosition {
  sizeTicks: bigint
  entryMicros: bigint
}

/** Books of every account, kept from the tape alone: trades, funding payments, transfers. */
export function createShadow(core: SimCore, log: StoryLog) {
  const positions = new Map<string, ShadowPosition>()
  const cashE12 = new Map<number, bigint>()
  let tradeFeesE12 = 0n
  const earn = (account: number, e12: bigint): void =>
    void cashE12.set(account, (cashE12.get(account) ?? 0n) + e12)

  /** The rule in words: growing adds the quote, shrinking cuts in proportion rounding down, turning starts anew. */
  function take(trade: SimTrade, side: 'ask' | 'bid'): void {
    const { accountIndex, feeE12, realizedPnlMicros, sizeBeforeTicks, integratorCharge } =
      trade[side]
    const key = `${accountIndex}:${trade.marketIndex}`
    const before = positions.get(key) ?? { sizeTicks: 0n, entryMicros: 0n }
    same(sizeBeforeTicks, before.sizeTicks, 'size before')
    const delta = side === 'bid' ? trade.sizeTicks : -trade.sizeTicks
    const sizeTicks = before.sizeTicks + delta
    let entryMicros: bigint
    if (before.sizeTicks === 0n || before.sizeTicks > 0n === delta > 0n) {
      entryMicros = before.entryMicros + trade.quoteMicros
    } else if (sizeTicks === 0n) entryMicros = 0n
    else if (sizeTicks > 0n === before.sizeTicks > 0n) {
      entryMicros = (before.entryMicros * absolute(sizeTicks)) / absolute(before.sizeTicks)
    } else entryMicros = (trade.quoteMicros * absolute(sizeTicks)) / trade.sizeTicks
    // Cash flow identity: what left the entry comes back as profit; the rounded-off part is realised at once.
    const sign = (size: bigint, entry: bigint): bigint => (size < 0n ? -entry : entry)
    const flow = side === 'bid' ? trade.quoteMicros : -trade.quoteMicros
    const realized =
      sign(sizeTicks, entryMicros) - sign(before.sizeTicks, before.entryMicros) - flow
    same(realizedPnlMicros, realized, 'realised profit')
    positions.set(key, { sizeTicks, entryMicros })
    earn(accountIndex, realized * MICRO - feeE12)
    must(feeE12 >= 0n, 'fees are paid')
    if (integratorCharge !== undefined) {
      earn(accountIndex, -integratorCharge.feeE12)
      earn(integratorCharge.accountIndex, integratorCharge.feeE12)
      log.counts.set('integrator charge', 1)
    }
    if (trade.type === 'trade') tradeFeesE12 += feeE12
    else earn(LLP_ACCOUNT_INDEX, feeE12)
  }

  return {
    hear(event: CoreEvent): void {
      if (event.type === 'trade')
        for (const side of ['ask', 'bid'] as const) take(event.trade, side)
      if (event.type === 'funding') earn(event.payment.accountIndex, event.payment.changeE12)
    },
    /** Compares everybody's books with the exchange's, to the last unit. */
    compare(people: readonly number[]): void {
      for (const accountIndex of people) {
        const account = core.account(accountIndex)
        if (account === undefined) throw new Error('account is gone')
        let held = account.collateralE12
        for (const position of account.positions.values()) {
          const prefix = core.markets.get(position.marketIndex)?.fundingPrefixE12 ?? 0n
          held += position.allocatedMarginE12
          held -= position.sizeTicks * (prefix - position.fundingPrefixE12)
          const shadow = positions.get(`${accountIndex}:${position.marketIndex}`)
          same(position.sizeTicks, shadow?.sizeTicks ?? 0n, `size of ${accountIndex}`)
          same(position.entryQuoteMicros, shadow?.entryMicros ?? 0n, `entry of ${accountIndex}`)
        }
        const expected = (log.movedE12.get(accountIndex) ?? 0n) + (cashE12.get(accountIndex) ?? 0n)
        same(held, expected, `money of account ${accountIndex}`)
      }
      const treasury = core.account(TREASURY_ACCOUNT_INDEX)?.collateralE12
      same(treasury, tradeFeesE12 + log.transferFeesE12, 'fees in the treasury')
    },
  }
}

/** Books of a market against the orders in them, its holders, its triggers. */
export function auditMarket(core: SimCore, market: MarketState): void {
  const accounts = accountsOf(core)
  const sizeOf = (account: AccountState) =>
    account.positions.get(market.marketIndex)?.sizeTicks ?? 0n
  const sizes = accounts.map(sizeOf)
  const longs = sizes.reduce((sum, size) => (size > 0n ? sum + size : sum), 0n)
  same(
    sizes.reduce((sum, size) => sum + size, 0n),
    0n,
    'sum of positions',
  )
  same(market.openInterestTicks, longs, 'open interest')
  sameMembers(
    [...market.holders],
    accounts.filter((entry) => sizeOf(entry) !== 0n),
    'holders',
  )
  const best = (side: BookSide) => side.levels.at(-1)?.priceTicks
  const [ask, bid] = [best(market.asks), best(market.bids)]
  must(ask === undefined || bid === undefined || ask > bid, 'book is crossed')
  const booked = [market.asks, market.bids].flatMap((side) => auditSide(side))
  const live = accounts
    .flatMap((account) => [...account.liveOrders.values()])
    .filter((order) => order.marketIndex === market.marketIndex)
  sameMembers(
    booked,
    live.filter((order) => order.place === 'book'),
    'orders on the book',
  )
  auditTriggers(market, live)
}

function auditSide(side: BookSide): OrderState[] {
  const orders: OrderState[] = []
  let previous: bigint | undefined
  for (const level of side.levels) {
    if (previous !== undefined) same(level.priceTicks > previous, !side.isAsk, 'order of levels')
    previous = level.priceTicks
    let total = 0n
    let count = 0
    let before: OrderState | undefined
    for (let order = level.first; order !== undefined; order = order.nextInLevel) {
      same(order.status, 'open', 'status on the book')
      must(
        order.isAsk === side.isAsk && order.priceTicks === level.priceTicks,
        'order at its price',
      )
      must(order.remainingTicks > 0n && order.previousInLevel === before, 'links of a level')
      must(before === undefined || order.bookNonce > before.bookNonce, 'time priority')
      total += order.remainingTicks
      count += 1
      before = order
      orders.push(order)
    }
    same(total, level.totalTicks, 'total of a level')
    must(count === level.orderCount && level.last === before, 'count of a level')
  }
  same(side.orderCount, orders.length, 'orders of a side')
  return orders
}

function auditTriggers(market: MarketState, live: readonly OrderState[]): void {
  const { onFall, onRise } = market.triggers
  const indexed = [...onFall, ...onRise]
  const waiting = live.filter((o) => o.place === 'pending' && o.triggerStatus === 'mark-price')
  sameMembers(indexed, waiting, 'waiting triggers')
  // Nothing fires while the market stands still.
  for (const order of market.status === 'active' ? indexed : []) {
    must(!isTriggered(order, market.markTicks), 'a trigger was missed')
  }
  for (const [at, order] of onFall.entries()) {
    const next = onFall[at + 1]
    must(next === undefined || next.triggerTicks >= order.triggerTicks, 'order of falling triggers')
  }
  for (const [at, order] of onRise.entries()) {
    const next = onRise[at + 1]
    must(next === undefined || next.triggerTicks <= order.triggerTicks, 'order of rising triggers')
  }
}

/** Counters against recounts, live against ended, links and margins of one account. */
export function auditAccount(core: SimCore, account: AccountState): void {
  const live = [...account.liveOrders.values()]
  const pending = live.filter((order) => order.place === 'pending')
  same(account.totalOrderCount, live.length, 'total order count')
  same(account.pendingOrderCount, pending.length, 'pending order count')
  for (const order of live) auditLiveOrder(core, account, order)
  const ended = account.endedOrders.newest()
  for (const order of ended) {
    must(!account.liveOrders.has(order.orderIndex), 'an order lives and has ended')
    must(order.place === 'none' && order.level === undefined, 'an ended order waits somewhere')
    must(!LIVE_STATUSES.has(order.status), `an ended order is ${order.status}`)
  }
  same(new Set(ended).size, ended.length, 'orders ended twice')
  for (const [clientIndex, order] of account.clientOrders) {
    same(order.clientOrderIndex, clientIndex, 'client index')
    same(order.accountIndex, account.accountIndex, 'owner of a client index')
  }
  for (const position of account.positions.values()) {
    const here = live.filter((order) => order.marketIndex === position.marketIndex)
    const count = (is: (order: OrderState) => boolean): number => here.filter(is).length
    same(
      position.openOrderCount,
      count((order) => order.place === 'book'),
      'open count',
    )
    same(
      position.pendingOrderCount,
      count((order) => order.place === 'pending'),
      'pending count',
    )
    same(
      position.positionTiedOrderCount,
      count((order) => order.isPositionTied),
      'tied count',
    )
    same(position.entryQuoteMicros === 0n, position.sizeTicks === 0n, 'entry of a flat position')
    must(position.allocatedMarginE12 >= 0n, 'isolated margin is negative')
    const hasMargin = position.sizeTicks !== 0n && position.marginMode === 1
    must(hasMargin || position.allocatedMarginE12 === 0n, 'margin without isolated position')
  }
  const listed = core.accountsByL1(account.l1Address).filter((entry) => entry === account)
  same(listed.length, 1, 'places in its owner list')
}

function auditLiveOrder(core: SimCore, account: AccountState, order: OrderState): void {
  must(order.place !== 'none', 'a live order waits nowhere')
  same(order.status, order.place === 'book' ? 'open' : 'pending', 'status of a live order')
  must(core.order(order.orderIndex) === order, 'order by its index')
  same(order.accountIndex, account.accountIndex, 'owner of an order')
  const known = account.clientOrders.get(order.clientOrderIndex)
  must(order.clientOrderIndex === 0n || known === order, 'order by its client index')
  if (order.triggerStatus === 'parent-order') {
    const parent = account.liveOrders.get(order.parentOrderIndex)
    must(
      parent?.toTriggerOrderIndexes.includes(order.orderIndex) === true,
      'child of a live parent',
    )
  }
  const sibling = core.order(order.toCancelOrderIndex)
  must(sibling === undefined || sibling.toCancelOrderIndex === order.orderIndex, 'siblings')
  must(order.filledTicks + order.remainingTicks <= order.baseTicks, 'filled and remaining')
}

/** Value and requirements of the parts of an account that stand and fall by themselves, figured without the core's help. */
export interface NaiveUnit {
  /** −1 for the cross part, else the isolated market. */
  readonly market: number
  readonly valueE12: bigint
  readonly maintenanceE12: bigint
  readonly closeOutE12: bigint
  readonly hasPosition: boolean
}

/** What an account's position is made of, copied. */
export type Held = Pick<
  SimPosition,
  | 'marketIndex'
  | 'sizeTicks'
  | 'entryQuoteMicros'
  | 'marginMode'
  | 'allocatedMarginE12'
  | 'fundingPrefixE12'
>

/** Health by the formulas of PROTOCOL 11.4 and 11.6 at the current marks and funding. */
export function naiveUnits(
  core: SimCore,
  collateralE12: bigint,
  held: readonly Held[],
): NaiveUnit[] {
  const cross = {
    market: -1,
    valueE12: collateralE12,
    maintenanceE12: 0n,
    closeOutE12: 0n,
    hasPosition: false,
  }
  const units: NaiveUnit[] = [cross]
  for (const position of held) {
    if (position.sizeTicks === 0n) continue
    const market = core.markets.get(position.marketIndex)
    if (market === undefined) throw new Error('no market')
    const notional = absolute(position.sizeTicks) * market.markTicks * market.quoteMultiplier
    const profit =
      position.sizeTicks > 0n
        ? notional - position.entryQuoteMicros
        : position.entryQuoteMicros - notional
    const funding = -position.sizeTicks * (market.fundingPrefixE12 - position.fundingPrefixE12)
    const gain = profit * MICRO + funding
    const requirement = (fraction: number): bigint =>
      (notional * MICRO * BigInt(fraction)) / 10_000n
    if (position.marginMode === 0) {
      cross.valueE12 += gain
      cross.maintenanceE12 += requirement(market.mmf)
      cross.closeOutE12 += requirement(market.cmf)
      cross.hasPosition = true
      continue
    }
    units.push({
      market: position.marketIndex,
      valueE12: position.allocatedMarginE12 + gain,
      maintenanceE12: requirement(market.mmf),
      closeOutE12: requirement(market.cmf),
      hasPosition: true,
    })
  }
  return units
}
