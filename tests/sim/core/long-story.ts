/** A long story from a seed: every kind of transaction, and everything that happens to accounts beside them. */
import type { TxAttributes } from '../../../src/lighter/signer/attributes.ts'
import type { DecodedTransaction, TxBody } from '../../../src/lighter/signer/transactions.ts'
import type { SimOrder, TransactionResult } from '../../../src/sim/core/core-model.ts'
import type { Fixture, OrderInput } from './core-fixture.ts'
import { BTC, ETH, createFixture, groupTx, orderTx, transaction } from './core-fixture.ts'

const SOL = 2
export const STORY_MARKETS = [ETH, BTC, SOL] as const
const OWNERS = ['0xa1', '0xb2', '0xc3'] as const
const START: Readonly<Record<number, bigint>> = {
  [ETH]: 300_000n,
  [BTC]: 1_000_000n,
  [SOL]: 150_000n,
}
const HOUSE = 2
const USDC = 1_000_000n

/** Money that crossed the border of the exchange, 1e-12 USDC, and what happened how often. */
export interface StoryLog {
  /** By account: deposits − drains − withdrawals + transfers in − transfers out and their fees. */
  readonly movedE12: Map<number, bigint>
  transferFeesE12: bigint
  outsideE12: bigint
  readonly counts: Map<string, number>
  /** Accounts whose own transaction or money move this step was. */
  readonly movers: Set<number>
}

export interface LongStory {
  readonly fixture: Fixture
  readonly log: StoryLog
  /** Accounts of people, sub-accounts included, in order of birth. */
  people(): number[]
  /** Does one random thing; says whether it was a transaction. */
  step(): boolean
}

/** Uniform numbers from a seed (mulberry32). */
export function createDice(seed: number) {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    between: (low: number, high: number): number => low + below(high - low + 1),
    chance: (probability: number): boolean => next() < probability,
    pick: <T>(list: readonly T[]): T => {
      const found = list[below(list.length)]
      if (found === undefined) throw new Error('nothing to pick from')
      return found
    },
  }
}

/** Begins a story: six accounts of three owners, one of them on a paid tier, house quotes on three markets. */
export function createLongStory(seed: number): LongStory {
  const dice = createDice(seed)
  const fixture = createFixture()
  const { core } = fixture
  const log: StoryLog = {
    movedE12: new Map(),
    transferFeesE12: 0n,
    outsideE12: 0n,
    counts: new Map(),
    movers: new Set(),
  }
  const note = (what: string): void => void log.counts.set(what, (log.counts.get(what) ?? 0) + 1)
  const moved = (account: number, e12: bigint): void =>
    void log.movedE12.set(account, (log.movedE12.get(account) ?? 0n) + e12)
  for (const [accountIndex, l1Address] of [
    [6, OWNERS[1]],
    [7, OWNERS[2]],
    [8, OWNERS[2]],
  ] as const) {
    core.createAccount({ l1Address, accountIndex, collateralMicros: 10_000n * USDC }, fixture.now())
  }
  core.setTier(OWNERS[2], 'premium')
  const people = (): number[] =>
    OWNERS.flatMap((l1) => core.accountsByL1(l1).map((a) => a.accountIndex))
  for (const account of people()) moved(account, core.account(account)?.collateralE12 ?? 0n)
  const marks = new Map<number, bigint>(
    STORY_MARKETS.map((market) => [market, START[market] ?? 1n]),
  )
  let salt = 0n

  const markOf = (market: number): bigint => core.markets.get(market)?.markTicks ?? 1n
  const shifted = (market: number, bps: number): bigint =>
    (markOf(market) * BigInt(100_000 + Math.round(bps * 10))) / 100_000n

  function quote(market: number, depthUsd: number): void {
    const side = (sign: number) =>
      [2, 6, 15, 40, 120].map((bps, at) => ({
        priceTicks: shifted(market, sign * bps) + BigInt(sign),
        sizeTicks: sizeFor(market, depthUsd * (at + 1)),
      }))
    const set = { asks: side(1), bids: side(-1) }
    core.replaceQuotes({ accountIndex: HOUSE, marketIndex: market, ...set }, fixture.now())
  }
  const sizeFor = (market: number, usd: number): bigint => {
    const ticks = BigInt(Math.round(usd * 1e6)) / markOf(market)
    return ticks > 50n ? ticks : 50n
  }
  for (const market of STORY_MARKETS) quote(market, 20_000)

  function moveMark(): void {
    const market = dice.pick(STORY_MARKETS)
    const bps = dice.chance(0.06) ? dice.between(-1500, 1500) : dice.between(-120, 120)
    let mark = shifted(market, bps)
    const [low, high] = [(START[market] ?? 1n) / 3n, (START[market] ?? 1n) * 3n]
    if (mark < low) mark = low
    if (mark > high) mark = high
    marks.set(market, mark)
    const index = (mark * BigInt(10_000 + dice.between(-8, 8))) / 10_000n
    core.setMark(market, { markTicks: mark, indexTicks: index }, fixture.now())
    note('mark')
    if (dice.chance(0.7)) quote(market, dice.pick([200, 4_000, 60_000]))
  }

  function orderInput(): OrderInput {
    const market = dice.pick(STORY_MARKETS)
    const type = dice.pick([0, 0, 0, 0, 1, 1, 1, 2, 3, 4, 5])
    const isMarket = type === 1 || type === 2 || type === 4
    const side = dice.pick(['buy', 'sell'] as const)
    const isTied = type !== 1 && dice.chance(0.12)
    const trigger = type >= 2 ? shifted(market, dice.between(-250, 250)) : undefined
    const reach = isMarket ? 300 : dice.pick([-80, -20, -3, 0, 3, 30, 120])
    const price = shifted(market, side === 'buy' ? reach : -reach)
    return {
      account: dice.pick(people()),
      market,
      side,
      size: isTied ? 0n : sizeFor(market, dice.pick([12, 300, 5_000, 60_000, 150_000])),
      price: trigger === undefined ? price : (trigger * (side === 'buy' ? 102n : 98n)) / 100n,
      type,
      tif: isMarket ? 0 : dice.pick([0, 1, 1, 1, 2]),
      clientId: dice.chance(0.4) ? (salt += 1n) : 0n,
      reduceOnly: isTied || dice.chance(0.2),
      ...(trigger === undefined ? {} : { trigger }),
      expiryMs: fixture.now() + dice.pick([301_000, 900_000, 7_200_000, 86_400_000]),
      attributes: attributesOf(),
    }
  }

  /** A self-trade rule, or an integrator of the family with its fees; approved or not. */
  function attributesOf(): TxAttributes {
    if (dice.chance(0.15)) {
      return {
        integratorAccountIndex: dice.pick(people()),
        integratorTakerFee: dice.pick([0, 300, 1000]),
        integratorMakerFee: dice.pick([0, 100]),
      }
    }
    return dice.chance(0.3)
      ? { selfTradeBehaviorMode: dice.pick([0, 1, 2]), selfTradeEqualityMode: 1 }
      : { selfTradeBehaviorMode: dice.pick([0, 0, 1, 2, 3]), selfTradeEqualityMode: 0 }
  }

  function group(): DecodedTransaction {
    const input = orderInput()
    const parentType = dice.pick([0, 1])
    const { trigger: _trigger, ...plain } = input
    const parent = {
      ...plain,
      type: parentType,
      tif: parentType === 1 ? 0 : dice.pick([0, 1, 2]),
      size: sizeFor(input.market ?? BTC, dice.pick([300, 5_000])),
      reduceOnly: false,
      price: shifted(input.market ?? BTC, input.side === 'buy' ? 30 : -30),
      clientId: 0n,
    }
    const isLong = parent.side === 'buy'
    const exit = (isStop: boolean): OrderInput => {
      const at = shifted(input.market ?? BTC, (isLong === isStop ? -1 : 1) * dice.between(20, 300))
      return {
        ...plain,
        side: isLong ? 'sell' : 'buy',
        size: 0n,
        type: (isStop ? 2 : 4) + (dice.chance(0.3) ? 1 : 0),
        tif: 0,
        trigger: at,
        price: isLong ? (at * 97n) / 100n : (at * 103n) / 100n,
        reduceOnly: true,
        clientId: 0n,
      }
    }
    const kind = dice.pick([1, 2, 3])
    if (kind === 1) return groupTx(1, [parent, exit(dice.chance(0.5))])
    return groupTx(kind, kind === 2 ? [exit(true), exit(false)] : [parent, exit(true), exit(false)])
  }

  function liveOrder(account: number): SimOrder | undefined {
    const live = core.activeOrders(account)
    return live[dice.below(live.length + 1)]
  }

  function change(kind: 'cancelOrder' | 'modifyOrder'): DecodedTransaction {
    const account = dice.pick(people())
    const order = liveOrder(account)
    const marketIndex = order?.marketIndex ?? BTC
    const index =
      order !== undefined && order.clientOrderIndex !== 0n && dice.chance(0.5)
        ? order.clientOrderIndex
        : (order?.orderIndex ?? 999n)
    if (kind === 'cancelOrder') return transaction(account, { kind, marketIndex, index })
    const keepsSize = dice.chance(0.3)
    const body = {
      kind,
      marketIndex,
      index,
      baseAmount: keepsSize
        ? (order?.baseTicks ?? 100n)
        : sizeFor(marketIndex, dice.pick([12, 300, 20_000])),
      price: Number(shifted(marketIndex, dice.between(-40, 40))),
      triggerPrice:
        order?.status === 'pending' ? Number(shifted(marketIndex, dice.between(-200, 200))) : 0,
    } as const
    return transaction(account, body, dice.chance(0.5) ? attributesOf() : null)
  }

  function cancelAll(): DecodedTransaction {
    const mode = dice.pick([0, 0, 1, 1, 2])
    const time = mode === 1 ? BigInt(fixture.now() + dice.between(300_000, 1_200_000)) : 0n
    const body = { kind: 'cancelAllOrders', timeInForce: mode, time } as const
    const only =
      mode === 0 && dice.chance(0.4) ? { cancelAllMarketIndex: dice.pick(STORY_MARKETS) } : null
    return transaction(dice.pick(people()), body, only)
  }

  const micros = (): bigint => BigInt(dice.between(1, 3_000_000_000))
  const bodies: readonly (() => TxBody<bigint>)[] = [
    () => ({
      kind: 'updateLeverage',
      marketIndex: dice.pick(STORY_MARKETS),
      initialMarginFraction: dice.pick([200, 400, 500, 1000, 3334, 10_000]),
      marginMode: dice.pick([0, 1]),
    }),
    () => ({
      kind: 'updateMargin',
      marketIndex: dice.pick(STORY_MARKETS),
      usdcAmount: micros(),
      direction: dice.pick([0, 1]),
    }),
    () => ({ kind: 'withdraw', assetIndex: 3, routeType: 0, amount: micros() / 4n }),
    () => ({ kind: 'createSubAccount' }),
    () => ({
      kind: 'approveIntegrator',
      integratorAccountIndex: dice.pick(people()),
      maxPerpsTakerFee: dice.pick([0, 1000]),
      maxPerpsMakerFee: dice.pick([0, 1000]),
      maxSpotTakerFee: 0,
      maxSpotMakerFee: 0,
      approvalExpiry: fixture.now() + 86_400_000,
    }),
    () => ({ kind: 'updateAccountConfig', accountTradingMode: dice.pick([0, 1]) }),
  ]

  function transfer(): DecodedTransaction {
    const from = dice.pick(people())
    const siblings = core.accountsByL1(core.account(from)?.l1Address ?? '')
    return transaction(from, {
      kind: 'transfer',
      toAccountIndex: dice.pick(siblings).accountIndex,
      assetIndex: 3,
      fromRouteType: 0,
      toRouteType: 0,
      amount: micros(),
      usdcFee: dice.pick([0n, 3_000_000n]),
      memo: '00'.repeat(32),
    })
  }

  function nextTransaction(): DecodedTransaction {
    const roll = dice.below(100)
    if (roll < 56) return orderTx(orderInput(), fixture.now())
    if (roll < 64) return group()
    if (roll < 71) return change('cancelOrder')
    if (roll < 79) return change('modifyOrder')
    if (roll < 82) return cancelAll()
    if (roll < 86) return transfer()
    return transaction(dice.pick(people()), dice.pick(bodies)())
  }

  /** Books what a successful money transaction moved, from its fields alone. */
  function book(tx: DecodedTransaction, result: TransactionResult): void {
    note(`${tx.kind}:${result.status}`)
    if (result.status !== 'ok') return
    if (tx.kind === 'withdraw') {
      moved(tx.accountIndex, -tx.amount * USDC)
      log.outsideE12 -= tx.amount * USDC
    }
    if (tx.kind === 'transfer') {
      moved(tx.accountIndex, -(tx.amount + tx.usdcFee) * USDC)
      moved(tx.toAccountIndex, tx.amount * USDC)
      log.transferFeesE12 += tx.usdcFee * USDC
      log.movers.add(tx.toAccountIndex)
    }
  }

  function transact(): boolean {
    const tx = nextTransaction()
    // What the API would refuse reaches the sequencer only when the world changed on the way.
    const refused = core.admit(tx, fixture.now())
    if (refused !== undefined && dice.chance(0.75)) {
      note(`refused:${tx.kind}:${refused.code}`)
      return false
    }
    log.movers.add(tx.accountIndex)
    book(tx, fixture.force(tx))
    return true
  }

  function pay(account: number, amountMicros: bigint): void {
    if (amountMicros > 0n) core.deposit(account, amountMicros, fixture.now())
    else core.drain(account, -amountMicros, fixture.now())
    moved(account, amountMicros * USDC)
    log.outsideE12 += amountMicros * USDC
    log.movers.add(account)
    note(amountMicros > 0n ? 'deposit' : 'drain')
  }

  function manage(): void {
    const owner = dice.pick(OWNERS)
    const market = dice.pick(STORY_MARKETS)
    const changes: readonly (() => void)[] = [
      () => core.setTier(owner, dice.pick(['standard', 'plus', 'premium'] as const)),
      () => core.setFees(dice.pick(people()), dice.below(400), dice.below(1_000)),
      () => core.setMarket(market, { forceReduceOnly: dice.chance(0.2) }),
      () => core.setMarket(market, { marketMarginMode: dice.chance(0.2) ? 1 : 0 }),
      () => core.setMarket(market, { status: dice.chance(0.06) ? 'inactive' : 'active' }),
    ]
    dice.pick(changes)()
    note('manage')
  }

  return {
    fixture,
    log,
    people,
    step() {
      log.movers.clear()
      const roll = dice.below(1000)
      if (roll < 130) moveMark()
      else if (roll < 160) {
        fixture.pass(dice.pick([400, 5_000, 61_000, 700_000, 3_700_000]))
        note('pass')
      } else if (roll < 180) {
        const account = dice.pick(people())
        const isPoor = (core.account(account)?.collateralE12 ?? 0n) < 3_000n * USDC * USDC
        if (isPoor) pay(account, BigInt(dice.between(1_000, 12_000)) * USDC + 7n)
      } else if (roll < 186) {
        const account = dice.pick(people())
        const free = (core.account(account)?.collateralE12 ?? 0n) / USDC
        if (free > 10n) pay(account, -(free * BigInt(dice.between(10, 90))) / 100n)
      } else if (roll < 196) manage()
      else return transact()
      return false
    },
  }
}
