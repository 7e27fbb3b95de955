/** What sockets do by default: no order between channels, ends with tokens and idleness, silence (PROTOCOL.md section 8). */
import { afterEach, describe, expect, it } from 'vitest'
import { connectAccounts } from '../../../src/engine/connect-accounts.ts'
import { aim as fault } from '../../engine/scenario.ts'
import { createWorld, type World } from '../../episodes/world.ts'
import { BTC, marketOrder, type Json } from '../gateway/stage-fixture.ts'
import {
  createHonestStage,
  ticksOf,
  type HandClient,
  type HonestStage,
  type Listening,
} from './hand-client.ts'

const MINUTE_MS = 60_000
const SIZE = 1_000

let stage: HonestStage | undefined
let world: World | undefined

afterEach(() => {
  stage?.close()
  world?.close()
  stage = world = undefined
})

function build(options: Parameters<typeof createHonestStage>[0] = {}): HonestStage {
  stage = createHonestStage({ accounts: 2, owners: 2, ...options })
  return stage
}

describe('channels in no fixed order', () => {
  const ROUNDS = 24

  /** Opens or closes the first leg again and again; whoever watches its frames moves the other one. */
  async function mirror(
    at: HonestStage,
    react: (frame: Json, hedgeTo: (ticks: number) => void) => void,
  ) {
    const [lead, follow] = [at.client(0), at.client(1)]
    const { index } = lead
    const channels = ['account_all_orders', 'account_all_trades', 'account_all_positions']
    const streams = lead.listen(
      channels.map((name) => `${name}/${index}`),
      lead.token(),
    )
    await at.clock.advance(1_000)
    let nonce = 0
    const hedgeTo = (ticks: number) => {
      const change = -ticks - hedged
      hedged = -ticks
      if (change === 0) return
      const order = marketOrder(change < 0 ? 1 : 0, Math.abs(change))
      void follow.post(follow.sign(order, nonce))
      nonce += 1
    }
    let hedged = 0
    streams.onFrame = (frame) => react(frame, hedgeTo)
    for (let round = 0; round < ROUNDS; round += 1) {
      const order = marketOrder(round % 2, SIZE, { clientOrderIndex: round + 1 })
      await at.run(lead.post(lead.sign(order, round)))
      await at.clock.advance(3_000)
    }
    return streams
  }
  const isUpdate = (frame: Json, channel: string) => frame['type'] === `update/${channel}`
  const filledOrder = (frame: Json) =>
    isUpdate(frame, 'account_all_orders') &&
    Object.values(frame['orders'] as Record<string, Json[]>)
      .flat()
      .some(({ status }) => status === 'filled')

  it('leave who sizes the hedge by the position known at "filled" naked', async () => {
    const at = build()
    let known = 0
    const nakedRounds: number[] = []
    let orderFirst = 0
    let positionFirst = 0
    let isFresh = false
    const streams = await mirror(at, (frame, hedgeTo) => {
      if (isUpdate(frame, 'account_all_positions')) {
        known = ticksOf((frame['positions'] as Record<string, Json>)[BTC])
        isFresh = true
      }
      if (!filledOrder(frame)) return
      if (isFresh) positionFirst += 1
      else orderFirst += 1
      isFresh = false
      hedgeTo(known)
      at.clock.setTimer(1_500, () => {
        nakedRounds.push(Number(at.positionTicks(0) + at.positionTicks(1)))
      })
    })
    expect(streams.isClosed).toBe(false)
    // Both orders happen, often.
    expect(orderFirst).toBeGreaterThan(4)
    expect(positionFirst).toBeGreaterThan(4)
    expect(nakedRounds.filter((ticks) => ticks !== 0).length).toBeGreaterThan(4)
  })

  it('do no harm to who adds up the trades, whatever arrives first', async () => {
    const at = build()
    let filled = 0
    const seen = new Set<unknown>()
    const naked: bigint[] = []
    await mirror(at, (frame, hedgeTo) => {
      if (!isUpdate(frame, 'account_all_trades')) return
      const trades = Object.values(frame['trades'] as Record<string, Json[]>).flat()
      for (const trade of trades) {
        if (seen.has(trade['trade_id'])) continue
        seen.add(trade['trade_id'])
        const ticks = Math.round(Number(trade['size']) * 100_000)
        filled += trade['is_maker_ask'] === true ? ticks : -ticks
      }
      hedgeTo(filled)
      at.clock.setTimer(1_500, () => naked.push(at.positionTicks(0) + at.positionTicks(1)))
    })
    expect(naked).toHaveLength(ROUNDS)
    expect(naked.filter((ticks) => ticks !== 0n)).toEqual([])
  })
})

/** Opens a hedge by hand and takes the first leg's collateral later: the exchange reduces it. */
async function hedgeByHand(at: HonestStage): Promise<readonly [HandClient, HandClient]> {
  const pair = [at.client(0), at.client(1)] as const
  await at.run(Promise.all(pair.map((bot, side) => bot.order(marketOrder(side, 10 * SIZE)))))
  await at.clock.advance(1_000)
  expect([at.positionTicks(0), at.positionTicks(1)]).toEqual([10_000n, -10_000n])
  return pair
}

function liquidate(at: HonestStage, place: number): void {
  const { accountIndex } = at.stage.accounts[place] ?? { accountIndex: -1 }
  // 0.1 BTC wants 120 USD of maintenance: 100 are left.
  const { totalValueE12 } = at.stage.core.accountFigures(accountIndex)
  at.stage.core.drain(
    accountIndex,
    (totalValueE12 - 100n * 10n ** 12n) / 1_000_000n,
    at.clock.now(),
  )
}

const POSITIONS = 'account_all_positions'
const known = (streams: Listening) =>
  ticksOf(
    (
      streams.frames.findLast(({ type }) => String(type).endsWith(POSITIONS))?.['positions'] as
        Record<string, Json> | undefined
    )?.[BTC],
  )

describe('subscriptions, which end with their token', () => {
  it('leave who never renews it blind, on a socket that looks well', async () => {
    const at = build()
    const [long] = await hedgeByHand(at)
    // Ten minutes, the default of the official client (PROTOCOL.md section 7).
    const streams = long.listen([`${POSITIONS}/${long.index}`], long.token(600))
    for (let minute = 0; minute < 11; minute += 1) {
      await at.clock.advance(MINUTE_MS)
      streams.say({ type: 'ping' })
    }
    liquidate(at, 0)
    await at.clock.advance(MINUTE_MS)
    expect([streams.isClosed, streams.last('pong')]).toEqual([false, { type: 'pong' }])
    expect(known(streams)).toBe(10_000)
    expect(at.positionTicks(0)).toBeLessThan(10_000n)
    // The only sign was an error frame without type or channel, which nobody reads.
    const errors = streams.frames.filter((frame) => 'error' in frame)
    expect(errors).toMatchObject([{ error: { code: 20013 } }])
    expect(at.positionTicks(0) + at.positionTicks(1)).toBeLessThan(0n)
  })

  it('never end for the product’s link: it renews at half of the token’s life', async () => {
    world = createWorld({ seed: 5, stage: { tickIntervalMs: MINUTE_MS } })
    const { stage: venue, clock, accounts } = world
    const bot = world.startBot()
    await clock.runUntil(bot.engine.loadMarkets())
    const [account] = bot.engine.accounts()
    if (account === undefined) throw new Error('a world has accounts')
    await clock.runUntil(connectAccounts(bot.engine, [account.accountIndex], 15_000))
    const link = bot.exchange.link(account)
    const collateral = () => {
      const { balances } = link.view()
      return balances.isKnown ? balances.value.collateralUsd.toString() : 'unknown'
    }
    for (let hour = 1; hour <= 7; hour += 1) {
      await clock.advance(60 * MINUTE_MS)
      expect(link.view()).toMatchObject({ isLive: true })
      venue.core.drain(accounts[0]?.accountIndex ?? 0, 1_000_000n, clock.now())
      await clock.advance(100)
      expect(collateral()).toBe(String(1_000 - hour))
    }
  })
})

describe('the close after 120 s without a word', () => {
  it('leaves who only listens with yesterday’s position', async () => {
    const at = build()
    const [long] = await hedgeByHand(at)
    const streams = long.listen([`${POSITIONS}/${long.index}`], long.token(3_600))
    await at.clock.advance(120_000)
    expect(streams.isClosed).toBe(false)
    await at.clock.advance(2_000)
    expect([streams.isClosed, streams.closeCode]).toEqual([true, 1000])
    liquidate(at, 0)
    await at.clock.advance(1_000)
    expect(known(streams)).toBe(10_000)
    expect(at.positionTicks(0)).toBeLessThan(10_000n)
  })

  it('does not come to who says something within two minutes', async () => {
    const at = build()
    const [long] = await hedgeByHand(at)
    const streams = long.listen([`${POSITIONS}/${long.index}`], long.token(3_600))
    for (let time = 0; time < 6; time += 1) {
      await at.clock.advance(119_000)
      streams.socket.ping()
    }
    liquidate(at, 0)
    await at.clock.advance(1_000)
    expect(streams.isClosed).toBe(false)
    expect(BigInt(known(streams))).toBe(at.positionTicks(0))
  })
})

describe('silence and quiet', () => {
  const FALL = new Map([[BTC, [{ kind: 'jump', atMs: 30_000, moveBps: -300 } as const]]])

  /** Closes when the mark has fallen by 1 %; `isStale` says when the stream must be opened anew. */
  async function guard(at: HonestStage, isStale: (quietMs: number) => boolean): Promise<void> {
    const bot = at.client(0)
    await at.run(bot.order(marketOrder(0, SIZE)))
    await at.clock.advance(1_000)
    const entryUsd = at.markUsd()
    let heardAtMs = at.clock.monotonicMs()
    let isClosing = false
    const listen = () => {
      const streams = bot.listen([`market_stats/${BTC}`])
      heardAtMs = at.clock.monotonicMs()
      streams.onFrame = (frame) => {
        if (!('market_stats' in frame)) return
        heardAtMs = at.clock.monotonicMs()
        const mark = Number((frame['market_stats'] as Json)['mark_price'])
        if (mark > entryUsd * 0.99 || isClosing) return
        isClosing = true
        void bot.order(marketOrder(1, SIZE, { reduceOnly: 1, price: 900_000 }))
      }
      return streams
    }
    let streams = listen()
    for (let second = 0; second < 90; second += 1) {
      await at.clock.advance(1_000)
      streams.say({ type: 'ping' })
      if (isStale(at.clock.monotonicMs() - heardAtMs)) streams = listen()
    }
    expect(streams.last('pong')).toEqual({ type: 'pong' })
  }
  const silence = () => [
    fault({ kind: 'silent' }, { channel: 'market_stats', fromMs: 20_000, maxTimes: 1 }),
  ]

  it('are not the same: a socket that answers pings may have stopped its streams', async () => {
    const at = build({ shapes: FALL, faults: silence() })
    await guard(at, () => false)
    expect(at.positionTicks(0)).toBe(1_000n)
  })

  it('are told apart by the age of the mark, which moves every second', async () => {
    const at = build({ shapes: FALL, faults: silence() })
    await guard(at, (quietMs) => quietMs > 5_000)
    expect(at.positionTicks(0)).toBe(0n)
  })

  it('are mixed up by who reconnects accounts that are merely quiet: the messages run out', async () => {
    const at = build({ accounts: 20, owners: 4 })
    const way = at.way()
    const bots = at.stage.accounts.map((_, place) => at.client(place, { transport: way }))
    const names = ['account_all_orders', 'account_all_trades', POSITIONS, 'account_all_assets']
    const reconnect = (bot: HandClient) => {
      const channels = names.map((name) => `${name}/${bot.index}`)
      return bot.listen(channels, bot.token())
    }
    const all: Listening[] = []
    let sockets: Listening[] = []
    for (let time = 0; time < 4; time += 1) {
      for (const { socket } of sockets) socket.close()
      sockets = bots.map(reconnect)
      all.push(...sockets)
      await at.clock.advance(15_000)
    }
    const codes = all.flatMap(({ frames }) =>
      frames.map((frame) => (frame['error'] as { code?: number } | undefined)?.code),
    )
    expect(codes).toContain(30009)
    // The firewall has had enough of it: the upgrades of the last round were refused as well.
    expect(sockets.filter(({ isClosed, frames }) => isClosed && frames.length === 0)).toHaveLength(
      20,
    )
  })
})
