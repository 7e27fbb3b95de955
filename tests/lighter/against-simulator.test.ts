/** The client and the simulator were written from the same documents by different hands: here they meet. */
import { describe, expect, it } from 'vitest'
import { Dec } from '../../src/hedge/decimal.ts'
import type { LegStops } from '../../src/hedge/intent.ts'
import { findMarket, type MarketInfo } from '../../src/hedge/market.ts'
import { createLighterExchange } from '../../src/lighter/create-exchange.ts'
import type { AccountLink, Exchange } from '../../src/ports.ts'
import { createMemoryTransport } from '../../src/sim/gateway/memory-transport.ts'
import { createStage, type StageOptions } from '../../src/sim/stage/stage.ts'
import { createVirtualClock, type VirtualClock } from '../../src/sim/virtual-clock.ts'
import { createSystemRng } from '../../src/system/system-rng.ts'
import { createListLogger, createSpendList } from './support/client.ts'

interface World {
  readonly clock: VirtualClock
  readonly exchange: Exchange
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
  const exchange = createLighterExchange({
    network: 'simulator',
    chainId: 300,
    transports: new Map([['direct', transport]]),
    clock,
    rng,
    logger,
    spend: createSpendList(),
    accounts,
    orderExpiryMs: 15_000,
  })
  return {
    clock,
    exchange,
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
