/** Stops that rest at the exchange: what takes them away, and how many there may be (PROTOCOL.md sections 5.5, 9, 11.6). */
import { afterEach, describe, expect, it } from 'vitest'
import { prepareOpening } from '../../../src/engine/prepare-opening.ts'
import { createMemoryTransport } from '../../../src/sim/gateway/memory-transport.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import type { StageOptions } from '../../../src/sim/stage/stage.ts'
import { createWorld, openAll, type World } from '../../episodes/world.ts'
import { BTC, marketOrder, restingOrder, type DraftTx } from '../gateway/stage-fixture.ts'
import {
  createHandClient,
  createHonestStage,
  type HandClient,
  type HonestStage,
} from './hand-client.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

let stage: HonestStage | undefined
let world: World | undefined

afterEach(() => {
  stage?.close()
  world?.close()
  stage = world = undefined
})

function build(options: Partial<StageOptions> = {}): HonestStage {
  stage = createHonestStage({ accounts: 2, owners: 2, noiseBps: 0, ...options })
  return stage
}

const jumps = (...list: readonly (readonly [atMs: number, moveBps: number])[]) => ({
  shapes: new Map([
    [BTC, list.map(([atMs, moveBps]) => ({ kind: 'jump', atMs, moveBps }) as const)],
  ]),
})

/** A sell stop this far below the mark; size 0 follows the position. */
function stopBelow(at: HonestStage, moveBps: number, size = 0): DraftTx {
  const triggerPrice = Math.round(at.markUsd() * 10 * (1 - moveBps / 10_000))
  return marketOrder(1, size, {
    type: 2,
    price: Math.round(triggerPrice * 0.96),
    triggerPrice,
    reduceOnly: 1,
    orderExpiry: at.clock.now() + DAY_MS,
  })
}

/** Sends one after the other, counting nonces; a refusal keeps its nonce (PROTOCOL.md section 6). */
function createSender(bot: HandClient) {
  let nonce = 0
  return async (draft: DraftTx) => {
    const answer = await bot.post(bot.sign(draft, nonce))
    if (answer.status === 200) nonce += 1
    return answer
  }
}

describe('a liquidation', () => {
  /** Half a minute after opening 0.1 BTC with a stop 0.5 % below, most of the long's collateral is gone. */
  async function hedgeInTrouble(at: HonestStage): Promise<readonly [HandClient, HandClient]> {
    const pair = [at.client(0), at.client(1)] as const
    const [sendLong, sendShort] = pair.map(createSender)
    await at.run(
      Promise.all([sendLong?.(marketOrder(0, 10_000)), sendShort?.(marketOrder(1, 10_000))]),
    )
    await at.clock.advance(500)
    expect(
      (await at.run(sendLong?.(stopBelow(at, 50)) ?? Promise.reject(new Error())))?.status,
    ).toBe(200)
    at.clock.setTimer(30_000 - at.clock.monotonicMs(), () => {
      const { accountIndex } = pair[0].account
      const { totalValueE12 } = at.stage.core.accountFigures(accountIndex)
      const amount = (totalValueE12 - 115n * 10n ** 12n) / 1_000_000n
      at.stage.core.drain(accountIndex, amount, at.clock.now())
    })
    return pair
  }
  const FALLS = jumps([60_000, -300])

  it('cancels the stop on which a bot relied, and tells nobody who does not listen', async () => {
    const at = build(FALLS)
    await hedgeInTrouble(at)
    await at.clock.advance(45_000 - at.clock.monotonicMs())
    const rest = at.positionTicks(0)
    // 120 USD of maintenance for 0.1 BTC: a quarter had to go, less would not have been enough.
    expect(rest).toBeGreaterThan(6_000n)
    expect(rest).toBeLessThan(9_000n)
    const accountIndex = at.stage.accounts[0]?.accountIndex ?? -1
    expect(at.stage.core.activeOrders(accountIndex)).toEqual([])
    const stops = at.stage.core.inactiveOrders(accountIndex).filter(({ type }) => type === 2)
    expect(stops).toMatchObject([{ status: 'canceled-liquidation' }])
    // The owner pays in again and believes in the stop. The price passes it by 2.5 %.
    at.stage.core.deposit(accountIndex, 1_000_000_000n, at.clock.now())
    const beforeUsd = at.valueUsd(0)
    await at.clock.advance(60_000)
    expect(at.positionTicks(0)).toBe(rest)
    // The stop would have cost half a percent of what was left, some 38 USD.
    expect(beforeUsd - at.valueUsd(0)).toBeGreaterThan(200)
    expect(at.positionTicks(0) + at.positionTicks(1)).toBeLessThan(-1_000n)
  })

  it('is the end of the hedge for who watches it: both legs close within two seconds', async () => {
    const at = build(FALLS)
    const pair = await hedgeInTrouble(at)
    const streams = pair[0].listen([`notification/${pair[0].index}`], pair[0].token())
    let closing: Promise<unknown> | undefined
    streams.onFrame = ({ type }) => {
      if (type === 'update/notification') closing ??= Promise.all(pair.map(closeAtAnyPrice))
    }
    const closeAtAnyPrice = async (bot: HandClient, side: number) => {
      for (let attempt = 0; attempt < 10; attempt += 1) {
        // The exchange cuts a reduce-only order to the position; in liquidation it refuses, for a moment.
        const draft = marketOrder(1 - side, 10_000, { reduceOnly: 1 })
        if ((await bot.order(draft)).status === 200) return
        await at.clock.sleep(200)
      }
    }
    await at.clock.advance(32_000 - at.clock.monotonicMs())
    expect(closing).toBeDefined()
    expect([at.positionTicks(0), at.positionTicks(1)]).toEqual([0n, 0n])
  })
})

describe('the caps of the standard tier', () => {
  const FALL = jumps([60_000, -200])

  it('leave the eleventh buy of who places a stop with each one unprotected', async () => {
    const at = build(FALL)
    const send = createSender(at.client(0))
    const stops: number[] = []
    for (let buy = 0; buy < 11; buy += 1) {
      await at.run(send(marketOrder(0, 100)))
      await at.clock.advance(500)
      const answer = await at.run(send(stopBelow(at, 100, 100)))
      stops.push(answer.status === 200 ? 200 : Number(answer.json['code']))
    }
    expect(stops).toEqual([...Array.from({ length: 10 }, () => 200), 21720])
    await at.clock.advance(70_000)
    expect(at.positionTicks(0)).toBe(100n)
  })

  it('are far away for who keeps one stop that follows the position', async () => {
    const at = build(FALL)
    const send = createSender(at.client(0))
    await at.run(send(marketOrder(0, 100)))
    await at.clock.advance(1_000)
    expect((await at.run(send(stopBelow(at, 100)))).status).toBe(200)
    for (let buy = 1; buy < 11; buy += 1) await at.run(send(marketOrder(0, 100)))
    await at.clock.advance(70_000)
    expect(at.positionTicks(0)).toBe(0n)
  })

  it('end a ladder at the thirtieth order of a market', async () => {
    const at = build()
    const send = createSender(at.client(0))
    const codes: number[] = []
    for (let step = 0; step < 31; step += 1) {
      const expiry = at.clock.now() + DAY_MS
      const { json } = await at.run(send(restingOrder(step + 1, expiry, { price: 970_000 + step })))
      codes.push(Number(json['code']))
    }
    // Maker orders take 200 ms to the book: the last ones were admitted before the first ones rested.
    await at.clock.advance(1_000)
    const account = at.stage.core.account(at.stage.accounts[0]?.accountIndex ?? -1)
    expect(account?.totalOrderCount).toBe(30)
    expect(codes.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 200))
  })
})

describe('a dead-man switch', () => {
  const FALL = jumps([8 * MINUTE_MS, -200])
  const arm = (at: HonestStage): DraftTx => ({
    kind: 'cancelAllOrders',
    timeInForce: 1,
    time: at.clock.now() + 6 * MINUTE_MS,
  })

  it('cancels the stops of who armed it "to be safe" and crashed', async () => {
    const at = build(FALL)
    const send = createSender(at.client(0))
    await at.run(send(marketOrder(0, 1_000)))
    await at.clock.advance(1_000)
    await at.run(send(stopBelow(at, 100)))
    expect((await at.run(send(arm(at)))).status).toBe(200)
    // Here the process dies, and nobody renews the switch.
    await at.clock.advance(10 * MINUTE_MS)
    expect(at.positionTicks(0)).toBe(1_000n)
    expect(at.stage.core.activeOrders(at.stage.accounts[0]?.accountIndex ?? -1)).toEqual([])
  })

  it('is not missed by who crashed without one: the stop still rests, and fires', async () => {
    const at = build(FALL)
    const send = createSender(at.client(0))
    await at.run(send(marketOrder(0, 1_000)))
    await at.clock.advance(1_000)
    await at.run(send(stopBelow(at, 100)))
    await at.clock.advance(10 * MINUTE_MS)
    expect(at.positionTicks(0)).toBe(0n)
  })

  it('keeps the product from opening', async () => {
    world = createWorld({ seed: 8 })
    const { clock, stage: venue } = world
    const [account] = venue.accounts
    if (account === undefined) throw new Error('a world has accounts')
    const bot = world.startBot()
    const rng = createSeededRng(8)
    const transport = createMemoryTransport({ gateway: venue.gateway, clock, rng })
    const by = createHandClient({ clock, stage: venue, transport, account })
    const armed = {
      kind: 'cancelAllOrders',
      timeInForce: 1,
      time: clock.now() + 10 * MINUTE_MS,
    } as const
    expect((await clock.runUntil(by.order(armed))).status).toBe(200)
    await clock.advance(1_000)
    await clock.runUntil(bot.engine.loadMarkets())
    const prepared = await clock.runUntil(prepareOpening(bot.engine, world.request()))
    const codes = prepared.points.filter(({ level }) => level === 'error').map(({ code }) => code)
    expect(codes).toEqual(['dead_man_switch'])
  })
})

describe('a crash of the bot', () => {
  it('leaves the product’s hedge with stops on both legs, which one print closes together', async () => {
    world = createWorld({
      seed: 12,
      sizeBase: '0.05',
      stage: jumps([60_000, -300]),
    })
    const bot = world.startBot()
    const opened = await world.clock.runUntil(openAll(world, bot), 60_000)
    expect(opened.map(({ state }) => state)).toEqual(['open'])
    bot.kill()
    bot.close()
    const ticks = () =>
      world?.stage.accounts.map(
        ({ accountIndex }) =>
          world?.stage.core.account(accountIndex)?.positions.get(BTC)?.sizeTicks,
      )
    expect(ticks()).toEqual([5_000n, -5_000n])
    await world.clock.advance(62_000 - world.clock.monotonicMs())
    expect(ticks()).toEqual([0n, 0n])
  })
})
