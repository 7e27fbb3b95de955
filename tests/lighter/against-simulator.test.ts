/** The client and the simulator were written from the same documents by different hands: here they meet. */
import { describe, expect, it } from 'vitest'
import { Dec } from '../../src/hedge/decimal.ts'
import type { LegStops } from '../../src/hedge/intent.ts'
import { findMarket, type MarketInfo } from '../../src/hedge/market.ts'
import { createLighterExchange } from '../../src/lighter/create-exchange.ts'
import type { AccountLink, Exchange } from '../../src/ports.ts'
import { createMemoryTransport } from '../../src/sim/gateway/memory-transport.ts'
import { createStage, type Stage, type StageOptions } from '../../src/sim/stage/stage.ts'
import { createVirtualClock, type VirtualClock } from '../../src/sim/virtual-clock.ts'
import { createSystemRng } from '../../src/system/system-rng.ts'
import { createListLogger, createSpendList } from './support/client.ts'
import { fixedWays } from '../support/fixed-ways.ts'

interface World {
  readonly clock: VirtualClock
  readonly stage: Stage
  readonly exchange: Exchange
  /** Another process over the same simulator. */
  startAnother(): Exchange
  readonly links: readonly AccountLink[]
  readonly logger: ReturnType<typeof createListLogger>
  run<T>(work: Promise<T>): Promise<T>
  cutSockets(): void
  close(): void
}

function createWorld(options: Partial<StageOptions> = {}): World {
  const clock = createVirtualClock()
  const rng = createSystemRng()
  const stage = createStage({ clock, rng, accounts: 2, owners: 1, noiseBps: 0, ...options })
  const transport = createMemoryTransport({ gateway: stage.gateway, clock, rng })
  const accounts = stage.accounts.map((account) => ({
    ref: {
      name: account.name,
      accountIndex: account.accountIndex,
      apiKeyIndex: account.apiKeyIndex,
      egress: 'direct',
    },
    privateKey: { reveal: () => account.revealPrivateKey() },
    l1Address: account.l1Address,
  }))
  const logger = createListLogger()
  const create = (): Exchange =>
    createLighterExchange({
      network: 'simulator',
      chainId: 300,
      ways: fixedWays(new Map([['direct', transport]])),
      clock,
      rng,
      logger,
      spend: createSpendList(),
      accounts,
      orderExpiryMs: 15_000,
    })
  const exchange = create()
  return {
    clock,
    stage,
    exchange,
    startAnother: create,
    logger,
    links: accounts.map(({ ref }) => exchange.link(ref)),
    run: (work) => clock.runUntil(work, 60_000),
    cutSockets: () => transport.cutSockets(),
    close() {
      exchange.close()
      stage.close()
    },
  }
}

async function twoLinks(world: World): Promise<readonly [AccountLink, AccountLink]> {
  const [a, b] = world.links
  if (a === undefined || b === undefined) throw new Error('two accounts are needed')
  await world.run(Promise.all([a.ready(5_000), b.ready(5_000)]))
  return [a, b]
}

async function btcOf(world: World): Promise<MarketInfo> {
  return findMarket(await world.run(world.exchange.markets()), 'BTC')
}

const at = (price: number): Dec => new Dec(price)

function stops(isLong: boolean, first: number): LegStops {
  const worst = isLong ? -2_000 : 2_000
  return {
    down: { triggerPrice: at(90_000), worstPrice: at(90_000 + worst), clientOrderIndex: first },
    up: { triggerPrice: at(110_000), worstPrice: at(110_000 + worst), clientOrderIndex: first + 1 },
    expiresAtMs: Date.UTC(2026, 10, 20),
  }
}

function baseOf(link: AccountLink, market: MarketInfo): string {
  const { positions } = link.view()
  if (!positions.isKnown) return 'unknown'
  const row = positions.value.get(market.marketIndex)
  return `${row?.signedBase.toFixed() ?? '0'} ${row?.isSettled === false ? 'unsettled' : 'settled'}`
}

describe('against the simulator', () => {
  it('opens both legs with their stops, proves it, and closes them', async () => {
    const world = createWorld()
    const market = await btcOf(world)
    const [a, b] = await twoLinks(world)
    const order = {
      kind: 'order',
      market,
      baseSize: new Dec('0.01'),
      execution: 'limit_ioc',
    } as const
    const open = { ...order, isReduceOnly: false }
    const nonceA = await world.run(a.readNextNonce('open'))
    const nonceB = await world.run(b.readNextNonce('open'))
    const long = a.sign(
      { ...open, side: 'buy', price: at(101_000), clientOrderIndex: 100, stops: stops(true, 101) },
      nonceA,
    )
    const short = b.sign(
      { ...open, side: 'sell', price: at(99_000), clientOrderIndex: 200, stops: stops(false, 201) },
      nonceB,
    )
    const sendOptions = { priority: 'open', via: 'auto' } as const
    const answers = Promise.all([a.send(long, sendOptions), b.send(short, sendOptions)])
    expect(await world.run(answers)).toMatchObject([
      { outcome: 'accepted' },
      { outcome: 'accepted' },
    ])
    await world.clock.advance(1_000)
    expect([baseOf(a, market), baseOf(b, market)]).toEqual(['0.01 settled', '-0.01 settled'])
    expect(a.order(100)).toMatchObject({ status: 'filled', isLive: false })
    const [fill] = a.fills(100)
    expect(fill?.signedBaseAfter?.toFixed()).toBe('0.01')
    expect([101, 102, 201, 202].map((id) => (a.order(id) ?? b.order(id))?.status)).toEqual(
      Array.from({ length: 4 }, () => 'pending'),
    )
    expect(await world.run(a.readTransaction(long.txHash, 'read'))).toMatchObject({
      status: 'executed',
      error: undefined,
    })
    // The very same bytes again: the nonce protects.
    const again = a.send(long, { priority: 'open', via: 'rest' })
    expect(await world.run(again)).toMatchObject({ outcome: 'nonce_used' })
    const close = a.sign(
      {
        ...order,
        side: 'sell',
        price: at(98_000),
        execution: 'market_ioc',
        isReduceOnly: true,
        clientOrderIndex: 110,
      },
      nonceA + 1,
    )
    expect(await world.run(a.send(close, { priority: 'close', via: 'rest' }))).toMatchObject({
      outcome: 'accepted',
    })
    await world.clock.advance(1_000)
    expect(baseOf(a, market)).toBe('0 settled')
    const { liveOrders } = a.view()
    expect(liveOrders.isKnown && liveOrders.value).toEqual([])
    world.close()
  })

  it('displaces with the leverage that is set, and sets another', async () => {
    const world = createWorld()
    const market = await btcOf(world)
    const [a] = await twoLinks(world)
    const options = { priority: 'close', via: 'auto' } as const
    expect(await world.run(a.send(a.signDisplacing(market, 0), options))).toMatchObject({
      outcome: 'accepted',
    })
    const leverage = {
      kind: 'leverage',
      market,
      initialMarginFraction: 1_000,
      marginMode: 'cross',
    } as const
    await world.run(a.send(a.sign(leverage, 1), options))
    await world.clock.advance(1_000)
    const { positions } = a.view()
    const row = positions.isKnown ? positions.value.get(market.marketIndex) : undefined
    expect(row?.initialMarginFraction.toFixed()).toBe('0.1')
    const displacing = a.signDisplacing(market, 2)
    expect(JSON.parse(displacing.txInfo)).toMatchObject({ InitialMarginFraction: 1_000 })
    world.close()
  })

  it('agrees about keys, facts, tier and a wrong nonce', async () => {
    const world = createWorld()
    const market = await btcOf(world)
    const [a] = await twoLinks(world)
    expect(await world.run(a.readRegisteredKey('read'))).toBe(a.publicKeyHex)
    expect(await world.run(a.readTier('read'))).toMatchObject({ tier: 'standard' })
    expect(await world.run(a.readAccount('read'))).toMatchObject({ isActive: true, tradingMode: 0 })
    expect(await world.run(a.readTransaction('00'.repeat(40), 'read'))).toBeUndefined()
    const wrong = a.sign({ kind: 'cancel', market, orderIndex: '5' }, 99)
    expect(await world.run(a.send(wrong, { priority: 'open', via: 'auto' }))).toMatchObject({
      outcome: 'nonce_used',
    })
    world.close()
  })

  it('brings twenty accounts live over one egress, and back after all sockets were cut', async () => {
    const world = createWorld({ accounts: 20, owners: 4 })
    const startMs = world.clock.monotonicMs()
    await world.run(Promise.all(world.links.map((link) => link.ready(10_000))))
    expect(world.clock.monotonicMs() - startMs).toBeLessThan(1_000)
    world.cutSockets()
    await world.clock.advance(20)
    expect(world.links.some((link) => link.view().isLive)).toBe(false)
    await world.run(Promise.all(world.links.map((link) => link.ready(10_000))))
    await world.clock.advance(60_000)
    expect(world.links.every((link) => link.view().isLive)).toBe(true)
    // Streams cost no unit.
    expect([...world.exchange.unitsSpent()]).toEqual([])
    world.close()
  })

  it('tells a liquidation in fills of the market, over the stream and to who was not there', async () => {
    const world = createWorld({ collateralUsd: '1000' })
    const market = await btcOf(world)
    const [a] = await twoLinks(world)
    const startMs = world.clock.now()
    const order = {
      kind: 'order',
      market,
      side: 'buy',
      baseSize: new Dec('0.05'),
      price: at(101_000),
      execution: 'limit_ioc',
      isReduceOnly: false,
      clientOrderIndex: 100,
    } as const
    const nonce = await world.run(a.readNextNonce('open'))
    await world.run(a.send(a.sign(order, nonce), { priority: 'open', via: 'auto' }))
    await world.clock.advance(1_000)
    world.stage.core.drain(a.ref.accountIndex, 960_000_000n, Math.trunc(world.clock.now()))
    await world.clock.advance(1_000)
    expect(baseOf(a, market)).toBe('0 settled')
    const streamed = a.marketFills(market.marketIndex)
    expect(new Set(streamed.map(({ type }) => type))).toEqual(new Set(['trade', 'liquidation']))
    const taken = streamed.filter(({ type }) => type === 'liquidation')
    expect(taken.every((fill) => fill.side === 'sell' && fill.clientOrderIndex === 0)).toBe(true)
    expect(taken.at(-1)?.signedBaseAfter?.toFixed()).toBe('0')

    const late = world.startAnother().link(a.ref)
    await world.run(late.ready(5_000))
    // Snapshots of the stream have no trades.
    expect(late.marketFills(market.marketIndex)).toEqual([])
    await world.run(late.readFills(market.marketIndex, startMs, 'read'))
    expect(late.marketFills(market.marketIndex)).toEqual(streamed)
    expect(late.fills(100)).toEqual(a.fills(100))
    expect(baseOf(late, market)).toBe('0 settled')
    world.close()
  })

  it('tells a deleveraging to the bankrupt account and to its opponent', async () => {
    const world = createWorld({ accounts: 4, collateralUsd: '1000' })
    const market = await btcOf(world)
    const links = world.links.slice(0, 2)
    await world.run(Promise.all(links.map((link) => link.ready(5_000))))
    for (const [place, link] of links.entries()) {
      const isLong = place === 0
      const order = {
        kind: 'order',
        market,
        side: isLong ? 'buy' : 'sell',
        baseSize: new Dec('0.05'),
        price: at(isLong ? 101_000 : 99_000),
        execution: 'limit_ioc',
        isReduceOnly: false,
        clientOrderIndex: 100,
      } as const
      const nonce = await world.run(link.readNextNonce('open'))
      await world.run(link.send(link.sign(order, nonce), { priority: 'open', via: 'auto' }))
    }
    await world.clock.advance(1_000)
    const [loser] = links
    // Bankrupt at once: nobody gets anything for it.
    world.stage.core.drain(
      loser?.ref.accountIndex ?? 0,
      1_500_000_000n,
      Math.trunc(world.clock.now()),
    )
    await world.clock.advance(1_000)
    const types = links.map((link) => link.marketFills(market.marketIndex).map((fill) => fill.type))
    expect(types).toEqual([
      ['trade', 'deleverage'],
      ['trade', 'deleverage'],
    ])
    world.close()
  })

  it('reads mark and index over REST, and gets new sockets and snapshots when asked', async () => {
    const world = createWorld({ noiseBps: 20 })
    const market = await btcOf(world)
    const feed = world.exchange.feed(market.marketIndex)
    await world.run(feed.ready(5_000))
    await world.clock.advance(10_000)
    feed.resubscribe()
    await world.clock.advance(2_000)
    feed.reconnect('to see whether it comes back')
    expect(feed.view().bids.isKnown).toBe(false)
    await world.run(feed.readMark('read'))
    const { mark } = feed.view()
    const { markTicks } = world.stage.core.markets.get(market.marketIndex) ?? {}
    expect(mark.isKnown && mark.value.times(10 ** market.priceDecimals).toFixed()).toBe(
      String(markTicks),
    )
    await world.run(feed.ready(5_000))
    expect(feed.view().bids.isKnown).toBe(true)
    const complaints = world.logger.lines.filter(([level]) => level !== 'debug')
    expect(complaints.map(([, message]) => String(message).slice(0, 22))).toEqual([
      `market ${market.marketIndex} over "direct": s`.slice(0, 22),
    ])
    expect(world.exchange.budgets()).toHaveLength(1)
    world.close()
  })

  it('follows prices of a market over the stream', async () => {
    const world = createWorld({ noiseBps: 20 })
    const market = await btcOf(world)
    const feed = world.exchange.feed(market.marketIndex)
    await world.run(feed.ready(5_000))
    let ticks = 0
    feed.onTick(() => {
      ticks++
    })
    await world.clock.advance(30_000)
    const { mark, bids, asks } = feed.view()
    expect(ticks).toBeGreaterThan(20)
    expect(mark.isKnown && world.clock.now() - mark.atMs).toBeLessThan(3_000)
    const [bid, ask] = [
      bids.isKnown ? bids.value[0] : undefined,
      asks.isKnown ? asks.value[0] : undefined,
    ]
    expect(bid !== undefined && ask !== undefined && bid.price.lt(ask.price)).toBe(true)
    expect(world.logger.lines.filter(([level]) => level !== 'debug')).toEqual([])
    world.close()
  })
})
