/** What happens to single legs while a watch owns them: closed or cut by hand, liquidated. */
import { describe, expect, it } from 'vitest'
import { aim } from '../scenario.ts'
import { dropAllSockets, liquidateByHand, reduceByHand } from './support/by-hand.ts'
import {
  SAFE_END,
  STANDING,
  closingOrders,
  endOf,
  eventsOf,
  moveUsd,
  openAndWatch,
  openEverything,
  standingOf,
  strike,
  timeUntilFlat,
  watchScene,
} from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'

const build = watchScenes()

describe('a leg that was closed by hand', () => {
  it.each([0, 1])('takes its partner with it (leg %d)', async (place) => {
    const at = build({ accounts: 4 })
    const { bot } = await openAndWatch(at)
    reduceByHand(at, place, 1000)
    await at.world.clock.advance(3000)
    expect(at.indexes.map(at.auditor.positionTicks)).toEqual([0n, 0n, 1000n, -1000n])
    expect(at.auditor.longestNakedMs()).toBeLessThan(1500)
    await at.world.clock.advance(3000)
    expect(bot.journal.hedge('h1')).toMatchObject({ state: 'closed', cause: 'leg_vanished' })
    expect(bot.journal.hedge('h2')?.state).toBe('open')
    expect(at.auditor.findings).toEqual([])
    expect(bot.journal.unsettledOrders()).toEqual([])
    // Nothing of it rests any more, and the other hedge is still guarded.
    const resting = at.indexes.map((index) => at.world.stage.core.activeOrders(index).length)
    expect(resting).toEqual([0, 0, 2, 2])
  })

  it('while REST is down is believed when the trades say so as well', async () => {
    const at = build({ exchangeStops: false })
    const { bot } = await openAndWatch(at)
    for (const endpoint of ['account', 'accountActiveOrders', 'tx', 'trades', 'nextNonce']) {
      strike(at, aim({ kind: 'http', answer: '503' }, { endpoint }))
    }
    reduceByHand(at, 0, 1000)
    expect(await timeUntilFlat(at)).toBeLessThan(1000)
    await at.world.clock.advance(5000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })

  it('and whose trades nobody tells is not believed before a read, however long that takes', async () => {
    const at = build({ exchangeStops: false })
    const { bot } = await openAndWatch(at)
    for (const endpoint of ['account', 'accountActiveOrders', 'tx', 'trades', 'nextNonce']) {
      strike(at, aim({ kind: 'http', answer: '503' }, { endpoint }))
    }
    for (const { session } of at.world.stage.gateway.sessions.list()) {
      for (const { key } of session.subscriptions()) {
        if (key.startsWith('account_all_trades')) session.strike(key, { kind: 'silence' })
      }
    }
    reduceByHand(at, 0, 1000)
    await at.world.clock.advance(5000)
    expect(closingOrders(bot, 'h1')).toEqual([])
    at.world.stage.gateway.faults.clear()
    expect(await timeUntilFlat(at)).toBeLessThan(10_000)
    await at.world.clock.advance(5000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })

  it('while the watch was off is found at its start', async () => {
    const at = build()
    await openEverything(at)
    reduceByHand(at, 1, 1000)
    await at.world.clock.advance(5000)
    const startMs = at.world.clock.monotonicMs()
    const { bot } = await watchScene(at)
    await timeUntilFlat(at)
    expect(at.world.clock.monotonicMs() - startMs).toBeLessThan(3000)
    await at.world.clock.advance(3000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })
})

describe('a leg that was cut by hand', () => {
  it('makes the other one follow to the same size, and the rest stays guarded', async () => {
    const at = build()
    const { bot } = await openAndWatch(at)
    reduceByHand(at, 0, 300)
    await at.world.clock.advance(2500)
    expect(at.indexes.map(at.auditor.positionTicks)).toEqual([700n, -700n])
    expect(at.auditor.longestNakedMs()).toBeLessThan(1000)
    expect(bot.journal.hedge('h1')?.state).toBe('open')
    await at.world.clock.advance(10_000)
    expect(closingOrders(bot, 'h1')).toHaveLength(1)
    moveUsd(at, -800)
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
    await at.world.clock.advance(2000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })

  it('again and again is followed each time', async () => {
    const at = build()
    const { bot } = await openAndWatch(at)
    for (const [place, ticks] of [
      [0, 100],
      [1, 200],
      [0, 300],
      [1, 100],
    ] as const) {
      reduceByHand(at, place, ticks)
      await at.world.clock.advance(1500)
      expect(at.auditor.isHedged()).toBe(true)
    }
    expect(at.indexes.map(at.auditor.positionTicks)).toEqual([300n, -300n])
    expect(at.auditor.findings).toEqual([])
    expect(bot.journal.unsettledOrders()).toEqual([])
    expect(at.auditor.longestNakedMs()).toBeLessThan(1500)
  })

  it('of both sides at once by as much is left alone', async () => {
    const at = build()
    await openEverything(at)
    reduceByHand(at, 0, 400)
    reduceByHand(at, 1, 400)
    const { bot } = await watchScene(at)
    await at.world.clock.advance(10_000)
    expect(standingOf(at, bot)).toEqual(STANDING)
  })
})

describe('a leg that is liquidated', () => {
  it.each([0, 1])('takes its partner with it (leg %d)', async (place) => {
    const at = build()
    const { bot } = await openAndWatch(at)
    liquidateByHand(at, place)
    expect(await timeUntilFlat(at)).toBeLessThan(3000)
    await at.world.clock.advance(5000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
  })

  it('in part makes the partner follow what is left', async () => {
    const at = build()
    const { bot } = await openAndWatch(at)
    // Just below maintenance: the venue takes a part.
    liquidateByHand(at, 0, 989)
    await at.world.clock.advance(6000)
    expect(at.auditor.isHedged()).toBe(true)
    expect(at.auditor.findings).toEqual([])
    expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
    expect(bot.journal.unsettledOrders()).toEqual([])
  })

  it('is announced while it comes near, once', async () => {
    const at = build({ exchangeStops: false })
    const { bot } = await openAndWatch(at, { stops: {} })
    liquidateByHand(at, 0, 970)
    // The next snapshot tells the new liquidation price.
    dropAllSockets(at)
    await at.world.clock.advance(5000)
    expect(standingOf(at, bot)).toEqual(STANDING)
    const told = eventsOf(bot, 'liquidation_near').length
    expect(told).toBeGreaterThan(0)
    await at.world.clock.advance(60_000)
    expect(eventsOf(bot, 'liquidation_near')).toHaveLength(told)
  })
})
