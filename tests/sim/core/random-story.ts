/** Random stories: what accounts, markets and time may do to an exchange, and where a story begins. */
import * as fc from 'fast-check'
import type { SimOrder } from '../../../src/sim/core/core-model.ts'
import type { Fixture, OrderInput } from './core-fixture.ts'
import { BTC, ETH, groupTx, orderTx, transaction } from './core-fixture.ts'

/** Markets of the stories. */
export const MARKETS = [ETH, BTC] as const
/** Accounts of the stories. */
export const ACCOUNTS = [3, 4, 5] as const
const MARKS: Readonly<Record<number, bigint>> = { [ETH]: 300_000n, [BTC]: 1_000_000n }

/** One step of a random story. */
export type Step =
  | { readonly kind: 'order'; readonly input: RandomOrder }
  | { readonly kind: 'group'; readonly input: RandomOrder; readonly group: number }
  | {
      readonly kind: 'cancel' | 'modify'
      readonly account: number
      readonly pick: number
      readonly size: bigint
    }
  | { readonly kind: 'cancelAll'; readonly account: number; readonly market: number }
  | {
      readonly kind: 'leverage'
      readonly account: number
      readonly market: number
      readonly imf: number
      readonly mode: number
    }
  | { readonly kind: 'mark'; readonly market: number; readonly moveBps: number }
  | { readonly kind: 'pass'; readonly ms: number }

interface RandomOrder {
  readonly account: number
  readonly market: number
  readonly side: 'buy' | 'sell'
  readonly size: bigint
  readonly offsetBps: number
  readonly triggerBps: number
  readonly type: number
  readonly tif: number
  readonly reduceOnly: boolean
  readonly behavior: number
  readonly equality: number
}

const account = fc.constantFrom(...ACCOUNTS)
const market = fc.constantFrom(...MARKETS)
const randomOrder: fc.Arbitrary<RandomOrder> = fc.record({
  account,
  market,
  side: fc.constantFrom('buy' as const, 'sell' as const),
  size: fc.oneof(fc.constant(0n), fc.bigInt(50n, 400n), fc.bigInt(1_000n, 60_000n)),
  offsetBps: fc.constantFrom(-60, -10, -3, 0, 3, 10, 60),
  triggerBps: fc.integer({ min: -100, max: 100 }),
  type: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4, 5),
  tif: fc.constantFrom(0, 1, 1, 2),
  reduceOnly: fc.constantFrom(false, false, false, true),
  behavior: fc.constantFrom(0, 0, 1, 2, 3),
  equality: fc.constantFrom(0, 1),
})
/** Any step. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('order' as const), input: randomOrder }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('group' as const),
      input: randomOrder,
      group: fc.constantFrom(1, 2, 3),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('cancel' as const, 'modify' as const),
      account,
      pick: fc.nat(20),
      size: fc.bigInt(0n, 500n),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancelAll' as const), account, market }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('leverage' as const),
      account,
      market,
      imf: fc.constantFrom(200, 500, 1000, 3334),
      mode: fc.constantFrom(0, 1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('mark' as const),
      market,
      moveBps: fc.integer({ min: -900, max: 900 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(2_000_000) }),
  },
)

function inputOf(random: RandomOrder, nowMs: number): OrderInput {
  const base = MARKS[random.market] ?? 1n
  const at = (bps: number): bigint => (base * BigInt(10_000 + bps)) / 10_000n
  const isTriggered = random.type >= 2
  const isMarket = random.type === 1 || random.type === 2 || random.type === 4
  return {
    account: random.account,
    market: random.market,
    side: random.side,
    size: random.size,
    price: at(random.offsetBps),
    type: random.type,
    tif: isMarket ? 0 : random.tif,
    reduceOnly: random.reduceOnly || random.size === 0n,
    ...(isTriggered ? { trigger: at(random.triggerBps) } : {}),
    expiryMs: nowMs + 600_000 + random.triggerBps * 1000,
    attributes: {
      selfTradeBehaviorMode: random.behavior,
      selfTradeEqualityMode: random.equality,
    },
  }
}

/** Does a step without admission, as the sequencer meets it. */
export function runStep(fixture: Fixture, next: Step): void {
  const { core, force } = fixture
  const nowMs = fixture.now()
  switch (next.kind) {
    case 'order':
      force(orderTx(inputOf(next.input, nowMs), nowMs))
      return
    case 'group': {
      const parent = inputOf(
        { ...next.input, type: next.input.type % 2, size: next.input.size + 100n },
        nowMs,
      )
      const child = {
        ...inputOf({ ...next.input, size: 0n }, nowMs),
        side: next.input.side === 'buy' ? 'sell' : 'buy',
      } as const
      const stop = { ...child, type: 2, tif: 0, trigger: child.trigger ?? child.price }
      const take = { ...stop, type: 4 }
      const groups = { 1: [parent, stop], 2: [stop, take], 3: [parent, stop, take] } as const
      force(groupTx(next.group, groups[next.group as 1 | 2 | 3]))
      return
    }
    case 'cancel':
    case 'modify': {
      const live = core.activeOrders(next.account)
      const order = live[next.pick % Math.max(1, live.length)]
      if (order !== undefined) force(changeTx(next, order))
      return
    }
    case 'cancelAll': {
      const body = { kind: 'cancelAllOrders', timeInForce: 0, time: 0n } as const
      force(transaction(next.account, body, { cancelAllMarketIndex: next.market }))
      return
    }
    case 'leverage':
      force(
        transaction(next.account, {
          kind: 'updateLeverage',
          marketIndex: next.market,
          initialMarginFraction: next.imf,
          marginMode: next.mode,
        }),
      )
      return
    case 'mark':
      fixture.mark(
        ((MARKS[next.market] ?? 1n) * BigInt(10_000 + next.moveBps)) / 10_000n,
        next.market,
      )
      return
    case 'pass':
      fixture.pass(next.ms)
  }
}

function changeTx(next: Extract<Step, { kind: 'cancel' | 'modify' }>, order: SimOrder) {
  const marketIndex = order.marketIndex
  if (next.kind === 'cancel') {
    return transaction(next.account, { kind: 'cancelOrder', marketIndex, index: order.orderIndex })
  }
  return transaction(next.account, {
    kind: 'modifyOrder',
    marketIndex,
    index: order.orderIndex,
    baseAmount: next.size,
    price: Number(order.priceTicks),
    triggerPrice: Number(order.triggerTicks),
  })
}

/** Leveraged positions of all three (isolated on one market for one), and depth on both sides. */
export function begin({ force, place }: Fixture): void {
  const mode = { initialMarginFraction: 600, marginMode: 1 }
  force(transaction(5, { kind: 'updateLeverage', marketIndex: ETH, ...mode }))
  const open = (market: number, sizes: readonly (readonly [number, bigint])[]): void => {
    const price = MARKS[market] ?? 1n
    for (const [seller, size] of sizes) {
      place({ account: seller, market, side: 'sell', size, price })
      place({ account: seller === 4 ? 3 : 4, market, side: 'buy', size, price, type: 1 })
    }
    for (const offset of [1n, 2n, 5n]) {
      const shift = (price * offset) / 1000n
      place({ account: 4, market, side: 'buy', size: 20_000n, price: price - shift })
      place({ account: 4, market, side: 'sell', size: 20_000n, price: price + shift })
    }
  }
  open(BTC, [
    [4, 120_000n],
    [5, 60_000n],
  ])
  open(ETH, [[5, 150_000n]])
}
