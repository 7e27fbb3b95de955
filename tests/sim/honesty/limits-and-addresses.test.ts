/** Request limits, the firewall and addresses, on by default (PROTOCOL.md sections 8.5 and 9). */
import { afterEach, describe, expect, it } from 'vitest'
import { createWorld, openAll, type World } from '../../episodes/world.ts'
import { BTC, marketOrder, type Json } from '../gateway/stage-fixture.ts'
import { createHonestStage, type HandClient, type HonestStage } from './hand-client.ts'

const TENTH = 10_000
/** The bots close at this loss of one leg of 0.1 BTC. */
const STOP_USD = 100

let stage: HonestStage | undefined
let world: World | undefined

afterEach(() => {
  stage?.close()
  world?.close()
  stage = world = undefined
})

function build(options: Parameters<typeof createHonestStage>[0] = {}): HonestStage {
  stage = createHonestStage(options)
  return stage
}

/** The price falls by 4 % between the 20th and the 40th second: 20 USD a second for 0.1 BTC. */
const FALL = {
  shapes: new Map([
    [BTC, [{ kind: 'trend', atMs: 20_000, durationMs: 20_000, moveBps: -400 } as const]],
  ]),
}

describe('the request limit', () => {
  it('keeps who polls twenty accounts over one address from closing at the loss limit', async () => {
    const at = build(FALL)
    const way = at.way()
    const bots = at.stage.accounts.map((_, place) => at.client(place, { transport: way }))
    const [owner] = bots
    await at.run(owner?.order(marketOrder(0, TENTH)) ?? Promise.reject(new Error('no bot')))
    const seen: number[] = []
    const read = async (bot: HandClient) => {
      const query = { by: 'index', value: bot.index }
      const { status, json } = await bot.get('/api/v1/account', query)
      seen.push(status)
      const [account] = (json['accounts'] ?? []) as { positions: Json[] }[]
      return Number(account?.positions[0]?.['unrealized_pnl'] ?? 0)
    }
    let closeStatus = 0
    await at.run(
      (async () => {
        // Every second each account, one after the other, as a bot does that keeps its positions in a table.
        while (at.clock.monotonicMs() < 45_000 && closeStatus === 0) {
          const pnls = await Promise.all(bots.map(read))
          if ((pnls[0] ?? 0) <= -STOP_USD) {
            closeStatus = (await owner?.order(marketOrder(1, TENTH)))?.status ?? -1
          }
          await at.clock.sleep(1_000)
        }
      })(),
    )
    expect(closeStatus).toBe(0)
    expect([...new Set(seen)]).toEqual([200, 429, 405])
    expect(at.positionTicks(0)).toBe(10_000n)
    expect(at.valueUsd(0)).toBeLessThan(1_000 - 3 * STOP_USD)
  })

  it('costs who follows the streams and keeps a reserve the loss limit and little more', async () => {
    const at = build(FALL)
    const bot = at.client(0)
    await at.run(bot.order(marketOrder(0, TENTH)))
    await at.clock.advance(1_000)
    const entryUsd = at.markUsd()
    const prices = bot.listen([`market_stats/${BTC}`])
    let sent: Promise<unknown> | undefined
    prices.onFrame = (frame) => {
      const stats = frame['market_stats'] as Json | undefined
      const loss = 0.1 * (entryUsd - Number(stats?.['mark_price'] ?? entryUsd))
      if (loss >= STOP_USD)
        sent ??= bot.order(marketOrder(1, TENTH, { reduceOnly: 1, price: 900_000 }))
    }
    await at.clock.advance(45_000)
    expect(sent).toBeDefined()
    expect(at.positionTicks(0)).toBe(0n)
    expect(at.valueUsd(0)).toBeGreaterThan(1_000 - 1.5 * STOP_USD)
  })
})

describe('the owner’s bucket', () => {
  /** Five accounts of one owner, each behind its own address, each with a token on every read. */
  async function pollAndClose(readsPerAccount: number): Promise<number> {
    const at = build()
    const bots = [0, 1, 2, 3, 4].map((place) => at.client(place, { ip: `127.0.1.${place + 1}` }))
    const [first] = bots
    if (first === undefined) throw new Error('there are five')
    await at.run(first.order(marketOrder(0, TENTH)))
    await at.run(
      (async () => {
        for (let round = 0; round < readsPerAccount; round += 1) {
          await Promise.all(bots.map((bot) => bot.readPosition(bot.token()).catch(() => 0)))
          await at.clock.sleep(50_000 / readsPerAccount)
        }
      })(),
    )
    const close = first.sign(marketOrder(1, TENTH, { reduceOnly: 1 }), 1)
    const { status } = await at.run(first.post(close))
    await at.clock.advance(1_000)
    return status === 200 && at.positionTicks(0) === 0n ? 200 : status
  }

  it('is shared: fifteen reads an account, a quarter of the limit, and the close is refused', async () => {
    expect(await pollAndClose(15)).toBe(429)
  })

  it('has room for the close when the five share one budget', async () => {
    expect(await pollAndClose(9)).toBe(200)
  })
})

describe('the firewall', () => {
  async function knock(bot: HandClient, times: number): Promise<number[]> {
    const statuses: number[] = []
    for (let at = 0; at < times; at += 1) statuses.push((await bot.get('/')).status)
    return statuses
  }

  it('bans an address that goes on knocking for a minute, with HTML, and its upgrades too', async () => {
    const at = build({ accounts: 2 })
    const bot = at.client(0)
    const statuses = await at.run(knock(bot, 100))
    const count = (wanted: number) => statuses.filter((status) => status === wanted).length
    expect([count(200), count(429), count(405)]).toEqual([60, 20, 20])
    const page = await at.run(at.way().request({ method: 'GET', path: '/', timeoutMs: 1_000 }))
    expect(page).toMatchObject({
      status: 405,
      headers: { 'content-type': 'text/html; charset=UTF-8' },
    })
    expect(page.body).toMatch(/^<!DOCTYPE html>/)
    // A token does not help, and neither does a new socket.
    const named = { by: 'index', value: bot.index }
    expect((await at.run(bot.get('/api/v1/account', named, bot.token()))).status).toBe(405)
    const socket = bot.listen(['height'])
    await at.clock.advance(100)
    expect([socket.isClosed, socket.frames]).toEqual([true, []])
    expect((await at.run(at.client(0, { ip: '127.0.0.2' }).get('/'))).status).toBe(200)
  })

  it('lifts the ban after 60 s, whatever the client does meanwhile', async () => {
    const at = build({ accounts: 2 })
    const bot = at.client(0)
    await at.run(knock(bot, 81))
    await at.clock.advance(57_000)
    expect(await at.run(knock(bot, 1))).toEqual([405])
    await at.clock.advance(3_000)
    expect(await at.run(knock(bot, 1))).toEqual([200])
  })

  it('refuses the sends of an open socket, whose streams go on', async () => {
    const at = build({ accounts: 2 })
    const bot = at.client(0)
    const nonce = await at.run(bot.nextNonce())
    const socket = bot.listen(['height', `account_all_trades/${bot.index}`], bot.token())
    await at.clock.advance(200)
    await at.run(knock(bot, 90))
    const { txType, txInfo } = bot.sign(marketOrder(0, 100), nonce)
    socket.socket.send(
      `{"type":"jsonapi/sendtx","data":{"id":"a","tx_type":${txType},"tx_info":${txInfo}}}`,
    )
    await at.clock.advance(2_000)
    const refused = socket.frames.find((frame) => frame['id'] === 'a')
    expect(refused).toMatchObject({ error: { code: 23000 } })
    expect(socket.isClosed).toBe(false)
    expect(socket.last('update/height')).toBeDefined()
    expect(at.positionTicks(0)).toBe(0n)
  })
})

describe('the cool-down', () => {
  it('refuses for a second more, though the window has room again', async () => {
    const at = build({ accounts: 2 })
    const gateway = at.stage.gateway
    const ask = async () => {
      const request = {
        remoteAddress: '127.0.0.1',
        method: 'GET',
        path: '/',
        query: {},
        headers: {},
        body: '',
      }
      const answer = await gateway.request(request)
      return 'status' in answer ? answer.status : 0
    }
    for (let time = 0; time < 60; time += 1) expect(await ask()).toBe(200)
    await at.clock.advance(59_500)
    expect(await ask()).toBe(429)
    await at.clock.advance(900)
    expect(await ask()).toBe(429)
    await at.clock.advance(200)
    expect(await ask()).toBe(200)
  })
})

describe('REST and sockets of one address', () => {
  it('throttle each other', async () => {
    const at = build({ accounts: 2 })
    const bot = at.client(0)
    const socket = bot.listen(['height'])
    await at.clock.advance(200)
    for (let time = 0; time < 61; time += 1) await at.run(bot.get('/'))
    socket.say({ type: 'subscribe', channel: `ticker/${BTC}` })
    await at.clock.advance(100)
    expect(socket.frames.at(-1)).toMatchObject({ error: { code: 30009 } })
    await at.clock.advance(61_000)
    // One connection's subscriptions and 199 more messages are one too many.
    for (let time = 0; time < 201; time += 1) socket.say({ type: 'ping' })
    await at.clock.advance(30)
    expect(socket.frames.at(-1)).toMatchObject({ error: { code: 30009 } })
    expect((await at.run(bot.get('/'))).status).toBe(429)
    const named = { by: 'index', value: bot.index }
    expect((await at.run(bot.get('/api/v1/account', named, bot.token()))).status).toBe(200)
    await at.clock.advance(1_000)
    expect((await at.run(bot.get('/'))).status).toBe(200)
  })
})

describe('addresses', () => {
  /** Start-up as most bots have it: account, key check, nonce, order; one account after the other. */
  async function openAllByHand(at: HonestStage, bots: readonly HandClient[], hasToken: boolean) {
    await at.run(
      (async () => {
        for (const [place, bot] of bots.entries()) {
          const token = hasToken ? bot.token() : undefined
          const key = { account_index: bot.index, api_key_index: '5' }
          await bot.get('/api/v1/account', { by: 'index', value: bot.index }, token)
          await bot.get('/api/v1/apikeys', key, token)
          const { json } = await bot.get('/api/v1/nextNonce', key, token)
          await bot.post(bot.sign(marketOrder(place % 2, 1_000), Number(json['nonce'] ?? 0)))
        }
      })(),
    )
    await at.clock.advance(1_000)
  }
  const netTicks = (at: HonestStage) =>
    at.stage.accounts.reduce((sum, _, place) => sum + at.positionTicks(place), 0n)
  const legs = (at: HonestStage) =>
    at.stage.accounts.filter((_, place) => at.positionTicks(place) !== 0n).length

  it('leave twenty accounts behind one of them with a naked leg', async () => {
    const at = build()
    const way = at.way()
    await openAllByHand(
      at,
      at.stage.accounts.map((_, place) => at.client(place, { transport: way })),
      false,
    )
    expect(legs(at)).toBe(15)
    expect(netTicks(at)).toBe(1_000n)
  })

  it('are counted apart: four of them are enough', async () => {
    const at = build()
    const ways = [1, 2, 3, 4].map((n) => at.way(`127.0.0.${n}`))
    await openAllByHand(
      at,
      at.stage.accounts.map((_, place) => {
        const transport = ways[place % 4]
        return at.client(place, transport === undefined ? {} : { transport })
      }),
      false,
    )
    expect([legs(at), netTicks(at)]).toEqual([20, 0n])
  })

  it('do not count what comes with a token', async () => {
    const at = build()
    const way = at.way()
    await openAllByHand(
      at,
      at.stage.accounts.map((_, place) => at.client(place, { transport: way })),
      true,
    )
    expect([legs(at), netTicks(at)]).toEqual([20, 0n])
  })

  it('are no obstacle to the engine: twenty accounts open over one, and nothing is refused', async () => {
    world = createWorld({ seed: 3, accounts: 20, owners: 4 })
    const bot = world.startBot()
    const opened = await world.clock.runUntil(openAll(world, bot), 120_000)
    expect(opened.map(({ state }) => state)).toEqual(Array.from({ length: 10 }, () => 'open'))
    expect(world.stage.gateway.units.total().refused).toBe(0)
    for (const { l1Address } of world.stage.accounts) {
      // The reserve is left for closing: three units an account.
      expect(world.stage.gateway.units.byOwner(l1Address).units).toBeLessThanOrEqual(60 - 15)
    }
  })
})
