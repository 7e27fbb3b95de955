/** Stops in the simulator's crash: the book falls further than mark, thins out and comes back. */
import { describe, expect, it } from 'vitest'
import { Dec } from '../../../src/hedge/decimal.ts'
import { createScene as createMarketScene } from '../../../src/sim/market/scenarios.ts'
import {
  SAFE_END,
  closingOrders,
  endOf,
  eventsOf,
  moveUsd,
  openAndWatch,
  setPrice,
  standingOf,
  STANDING,
  stopTicks,
  timeUntilFlat,
} from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'

const build = watchScenes()

describe('a stop in a crash', () => {
  it.each([
    [1, 500],
    // Its bids flee faster than orders follow: the long is the last to find a taker.
    [3, 7000],
  ])('of seed %d ends flat, one leg alone for at most %d ms', async (seed, nakedMaxMs) => {
    const at = build({
      seed,
      accounts: 4,
      owners: 4,
      exchangeStops: false,
      stage: { sceneOf: (options) => createMarketScene('crash', options) },
    })
    await at.world.clock.advance(2000)
    const { bot } = await openAndWatch(at, { stops: { stopLossUsd: new Dec(15) } })
    await timeUntilFlat(at, 600_000)
    await at.world.clock.advance(5000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(eventsOf(bot, 'stop_loss').length).toBeGreaterThan(0)
    expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(nakedMaxMs)
  })

  it('with the exchange itself stopping closes every leg once and holds nothing naked', async () => {
    const at = build({
      seed: 4,
      accounts: 4,
      owners: 4,
      stage: { sceneOf: (options) => createMarketScene('crash', options) },
    })
    await at.world.clock.advance(2000)
    const { bot } = await openAndWatch(at)
    await timeUntilFlat(at, 600_000)
    await at.world.clock.advance(5000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
  })
})

describe('a book that has left mark', () => {
  it('below it does not trigger, and a mark that follows later does', async () => {
    const at = build({ exchangeStops: false })
    const { bot, watch } = await openAndWatch(at)
    const level = stopTicks(watch, 'h1', 0)
    moveUsd(at, -3000, { parts: ['book'] })
    await at.world.clock.advance(8000)
    expect(standingOf(at, bot)).toEqual(STANDING)
    setPrice(at, level, { parts: ['mark', 'index'] })
    // Both sides wait until the worst prices reach the book, then go together.
    await timeUntilFlat(at, 120_000)
    await at.world.clock.advance(5000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
    const filled = closingOrders(bot, 'h1').filter((order) => order.filledBase.gt(0))
    expect(filled).toHaveLength(2)
  })

  it('beyond the reach of any price holds the closing back until mark and book are near', async () => {
    const at = build({ exchangeStops: false })
    const { bot, watch } = await openAndWatch(at)
    moveUsd(at, -9000, { parts: ['book'] })
    await at.world.clock.advance(200)
    setPrice(at, stopTicks(watch, 'h1', 0), { parts: ['mark', 'index'] })
    await at.world.clock.advance(15_000)
    expect(at.auditor.isHedged()).toBe(true)
    expect(eventsOf(bot, 'closing_held_back').length).toBeLessThanOrEqual(2)
    moveUsd(at, 0)
    expect(await timeUntilFlat(at)).toBeLessThan(6000)
    await at.world.clock.advance(5000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
  })
})
