/** Data that get old, venues that rest, sockets that end: what the watch does and what it spends. */
import { describe, expect, it } from 'vitest'
import { accountKey } from '../../../src/engine/waker.ts'
import type { Scene } from '../scenario.ts'
import { aim } from '../scenario.ts'
import type { Bot } from '../../episodes/world.ts'
import { dropAllSockets } from './support/by-hand.ts'
import {
  SAFE_END,
  STANDING,
  endOf,
  eventsOf,
  moveUsd,
  openAndWatch,
  standingOf,
  strike,
  timeUntilFlat,
} from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'

const build = watchScenes()

/** Units of the account that spent most, market data too. */
function unitsMax(bot: Bot): number {
  return Math.max(0, ...bot.exchange.unitsSpent().values())
}

/** Whom the engine wakes from now on; undefined: everybody. */
function recordWakes({ engine }: Bot): readonly (string | undefined)[] {
  const keys: (string | undefined)[] = []
  const { wake } = engine.waker
  Object.assign(engine.waker, {
    wake: (key?: string) => {
      keys.push(key)
      wake(key)
    },
  })
  return keys
}

function restingStops(at: Scene): readonly number[] {
  return at.indexes.map((index) => at.world.stage.core.activeOrders(index).length)
}

describe('mark frames that come eight seconds late', () => {
  it('trigger nothing when the price was there and is not any more', async () => {
    const at = build({ exchangeStops: false })
    const { bot } = await openAndWatch(at)
    strike(at, aim({ kind: 'delay-frames', minMs: 8000, maxMs: 8000 }, { channel: 'market_stats' }))
    strike(at, aim({ kind: 'http', answer: '503' }))
    moveUsd(at, -550)
    await at.world.clock.advance(3000)
    moveUsd(at, 550)
    await at.world.clock.advance(20_000)
    expect(standingOf(at, bot)).toEqual(STANDING)
    expect(eventsOf(bot, 'mark_stale')).toHaveLength(1)
  })

  it('do not hold the stop back: it is read over REST within the time that data may be old', async () => {
    const at = build({ exchangeStops: false })
    const { bot } = await openAndWatch(at)
    strike(at, aim({ kind: 'delay-frames', minMs: 8000, maxMs: 8000 }, { channel: 'market_stats' }))
    await at.world.clock.advance(4000)
    moveUsd(at, -550)
    expect(await timeUntilFlat(at)).toBeLessThan(7000)
    at.world.stage.gateway.faults.clear()
    await at.world.clock.advance(10_000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })

  it('act as soon as they are fresh again, and the alert is over', async () => {
    const at = build({ exchangeStops: false })
    const { bot } = await openAndWatch(at)
    strike(at, aim({ kind: 'delay-frames', minMs: 8000, maxMs: 8000 }, { channel: 'market_stats' }))
    strike(at, aim({ kind: 'http', answer: '503' }))
    await at.world.clock.advance(6000)
    moveUsd(at, -550)
    await at.world.clock.advance(6000)
    expect(standingOf(at, bot)).toEqual(STANDING)
    at.world.stage.gateway.faults.clear()
    moveUsd(at, -1)
    // What was under way still comes late.
    expect(await timeUntilFlat(at)).toBeLessThan(5000)
    await at.world.clock.advance(10_000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(eventsOf(bot, 'mark_stale')).toHaveLength(1)
    expect(eventsOf(bot, 'mark_stale_over')).toHaveLength(1)
  })

  it('for two minutes stay within a small part of the request budget', async () => {
    const at = build({ accounts: 4 })
    const { bot } = await openAndWatch(at)
    const before = unitsMax(bot)
    strike(at, aim({ kind: 'delay-frames', minMs: 8000, maxMs: 8000 }, { channel: 'market_stats' }))
    await at.world.clock.advance(120_000)
    expect(standingOf(at, bot)).toEqual(STANDING)
    expect(unitsMax(bot) - before).toBeLessThan(60)
    expect(bot.journal.events({ limit: 5000 }).length).toBeLessThan(30)
  })
})

describe('a still market', () => {
  it('is no silent stream: nothing is connected again, nothing told', async () => {
    const at = build({ accounts: 4 })
    const { bot } = await openAndWatch(at)
    const before = unitsMax(bot)
    await at.world.clock.advance(300_000)
    expect(eventsOf(bot, 'stream_silent')).toEqual([])
    // One account a minute is read back; that is all.
    expect(unitsMax(bot) - before).toBeLessThanOrEqual(3 * 3)
  })
})

describe('an account whose streams end without a word', () => {
  it('is connected again once prices moved and it told nothing of it', async () => {
    const at = build({ stage: { noiseBps: 10 } })
    const { bot } = await openAndWatch(at)
    for (const { session } of at.world.stage.gateway.sessions.list()) {
      if (!session.accounts.has(at.indexes[0] ?? 0)) continue
      for (const { key } of session.subscriptions()) session.strike(key, { kind: 'silence' })
    }
    await at.world.clock.advance(45_000)
    expect(eventsOf(bot, 'stream_silent')).toHaveLength(1)
    expect(bot.engine.link(at.indexes[0] ?? 0).lastDataAtMs()).toBeGreaterThan(
      at.world.clock.now() - 10_000,
    )
    expect(standingOf(at, bot)).toEqual(STANDING)
  })
})

describe('an account whose sockets are dead for two minutes', () => {
  it('is read over REST within its budget, told once, and its loss still stops the hedge', async () => {
    const at = build({ exchangeStops: false, stage: { noiseBps: 2 } })
    const { bot } = await openAndWatch(at)
    const [accountIndex = 0] = at.indexes
    strike(at, aim({ kind: 'half-open' }, { accountIndex }))
    for (const { session } of at.world.stage.gateway.sessions.list()) {
      if (session.accounts.has(accountIndex)) session.drop()
    }
    await at.world.clock.advance(120_000)
    expect(standingOf(at, bot)).toEqual(STANDING)
    expect(eventsOf(bot, 'account_stale')).toHaveLength(1)
    expect(eventsOf(bot, 'account_stale_over')).toHaveLength(0)
    expect(bot.engine.link(accountIndex).unitsLeft('close')).toBeGreaterThanOrEqual(12)
    moveUsd(at, -550)
    expect(await timeUntilFlat(at)).toBeLessThan(2500)
    at.world.stage.gateway.faults.clear()
    await at.world.clock.advance(40_000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(eventsOf(bot, 'account_stale_over')).toHaveLength(1)
  })
})

describe('accounts of which nothing can be heard', () => {
  it('are read for their own hedges: no other one is woken by their answers', async () => {
    const at = build({ accounts: 6 })
    const { bot } = await openAndWatch(at)
    const silent = at.indexes.slice(0, 4)
    for (const accountIndex of silent) strike(at, aim({ kind: 'half-open' }, { accountIndex }))
    strike(at, aim({ kind: 'http', answer: '503' }))
    for (const { session } of at.world.stage.gateway.sessions.list()) {
      if (silent.some((accountIndex) => session.accounts.has(accountIndex))) session.drop()
    }
    const wakes = recordWakes(bot)
    await at.world.clock.advance(60_000)
    expect(standingOf(at, bot)).toEqual(STANDING)
    for (const accountIndex of silent) expect(wakes).toContain(accountKey(accountIndex))
    // With a thousand accounts, waking all of them for each answer leaves no time for anything else.
    expect(wakes).not.toContain(undefined)
  })
})

describe('the exchange rests', () => {
  it('for two minutes of maintenance: ordinary ticks bring everything back, without a flood', async () => {
    const at = build({ accounts: 4 })
    const { bot } = await openAndWatch(at)
    const { clock } = at.world
    const before = { units: unitsMax(bot), requests: bot.requests.length }
    const stops = restingStops(at)
    strike(at, aim({ kind: 'maintenance' }), 120_000)
    dropAllSockets(at)
    await clock.advance(120_000)
    expect(standingOf(at, bot)).toEqual(STANDING)
    expect(bot.requests.length - before.requests).toBeLessThan(240)
    await clock.advance(60_000)
    expect(standingOf(at, bot)).toEqual(STANDING)
    expect(restingStops(at)).toEqual(stops)
    expect(bot.journal.events({ limit: 5000 }).length).toBeLessThan(60)
    expect(eventsOf(bot, 'maintenance')).toHaveLength(1)
    expect(eventsOf(bot, 'maintenance_over')).toHaveLength(1)
    moveUsd(at, -550)
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
    await clock.advance(1000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })

  it('not, but ends every socket three times in a row: each time it is back within seconds', async () => {
    const at = build({ accounts: 4 })
    const { bot } = await openAndWatch(at)
    for (let time = 0; time < 3; time += 1) {
      dropAllSockets(at)
      await at.world.clock.advance(8000)
      expect(at.indexes.every((index) => bot.engine.link(index).view().isLive)).toBe(true)
    }
    expect(standingOf(at, bot)).toEqual(STANDING)
    moveUsd(at, -550)
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
    await at.world.clock.advance(1000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })

  it('not, but loses frames of the book again and again', async () => {
    const at = build({ stage: { noiseBps: 10 } })
    const { bot } = await openAndWatch(at)
    const before = unitsMax(bot)
    for (let time = 0; time < 20; time += 1) {
      for (const { session } of at.world.stage.gateway.sessions.list()) {
        for (const { key } of session.subscriptions()) {
          if (key.startsWith('order_book')) session.strike(key, { kind: 'drop', times: 1 })
        }
      }
      await at.world.clock.advance(3000)
    }
    expect(standingOf(at, bot)).toEqual(STANDING)
    expect(unitsMax(bot) - before).toBeLessThan(20)
    moveUsd(at, -650)
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(1000)
    await at.world.clock.advance(3000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })
})
