/** Where a stop by loss acts and where it does not, on the exchange's own books. */
import { describe, expect, it } from 'vitest'
import {
  SAFE_END,
  STANDING,
  closingOrders,
  endOf,
  eventsOf,
  moveUsd,
  openAndWatch,
  setPrice,
  standingOf,
  stopTicks,
  timeUntilFlat,
} from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'
import { Dec } from '../../../src/hedge/decimal.ts'

const build = watchScenes()

/** Orders that closed legs, and when each was made. */
function closings(bot: Parameters<typeof closingOrders>[0], hedgeId = 'h1') {
  return closingOrders(bot, hedgeId).map(({ account, preparedAtMs }) => ({ account, preparedAtMs }))
}

describe('a stop by loss', () => {
  it('acts on one frame far beyond the level, both legs in the same instant', async () => {
    const at = build({ exchangeStops: false })
    const { bot, watch } = await openAndWatch(at)
    moveUsd(at, -4000)
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
    await at.world.clock.advance(1000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(at.auditor.longestNakedMs()).toBeLessThan(100)
    const orders = closings(bot)
    expect(orders.map(({ account }) => account)).toHaveLength(2)
    expect(new Set(orders.map(({ preparedAtMs }) => preparedAtMs)).size).toBe(1)
    expect(watch.hedges().map(({ state, cause }) => [state, cause])).toEqual([
      ['closed', 'stop_loss'],
    ])
    expect(eventsOf(bot, 'stop_loss')).toHaveLength(1)
  })

  it.each([
    ['long', 0, -1n],
    ['short', 1, 1n],
  ] as const)(
    'of a %s acts at its level exactly, and not one tick before',
    async (_side, legIndex, away) => {
      const at = build()
      const { bot, watch } = await openAndWatch(at)
      const level = stopTicks(watch, 'h1', legIndex)
      setPrice(at, level - away)
      await at.world.clock.advance(20_000)
      expect(standingOf(at, bot)).toEqual(STANDING)
      setPrice(at, level)
      expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
      await at.world.clock.advance(1000)
      expect(endOf(at, bot)).toEqual(SAFE_END)
      expect(bot.journal.hedge('h1')?.cause).toBe('stop_loss')
      expect(at.auditor.longestNakedMs()).toBeLessThan(100)
    },
  )

  it('does not act on an index or a book that fell while mark stands', async () => {
    const at = build()
    const { bot } = await openAndWatch(at)
    moveUsd(at, -550, { parts: ['index', 'book'] })
    await at.world.clock.advance(20_000)
    expect(standingOf(at, bot)).toEqual(STANDING)
  })

  it('acts on a mark that fell while index and book stand', async () => {
    const at = build()
    const { bot } = await openAndWatch(at)
    moveUsd(at, -550, { parts: ['mark'] })
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
    await at.world.clock.advance(1000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(at.auditor.longestNakedMs()).toBeLessThan(100)
  })

  it('goes through although the level is left again before the orders arrive', async () => {
    const at = build()
    const { bot, watch } = await openAndWatch(at)
    setPrice(at, stopTicks(watch, 'h1', 0))
    await at.world.clock.advance(40)
    moveUsd(at, 400)
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
    await at.world.clock.advance(1000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })
})

describe('stops of several hedges', () => {
  it('of unequal sizes act at their own levels, one after the other', async () => {
    const at = build({ accounts: 4 })
    Object.assign(at.world.accounts[2] ?? {}, { positionSizeBase: new Dec('0.005') })
    Object.assign(at.world.accounts[3] ?? {}, { positionSizeBase: new Dec('0.005') })
    const { bot, watch } = await openAndWatch(at)
    const [large, small] = [stopTicks(watch, 'h1', 0), stopTicks(watch, 'h2', 0)]
    expect(small).toBeLessThan(large)
    setPrice(at, large)
    await at.world.clock.advance(1500)
    expect(bot.journal.hedge('h1')?.state).toBe('closed')
    expect(bot.journal.hedge('h2')?.state).toBe('open')
    expect(at.indexes.map(at.auditor.positionTicks)).toEqual([0n, 0n, 500n, -500n])
    setPrice(at, small)
    await at.world.clock.advance(1500)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(at.auditor.longestNakedMs()).toBeLessThan(100)
  })

  it('of unequal sizes act together when one frame passes both levels', async () => {
    const at = build({ accounts: 4, exchangeStops: false })
    Object.assign(at.world.accounts[2] ?? {}, { positionSizeBase: new Dec('0.005') })
    Object.assign(at.world.accounts[3] ?? {}, { positionSizeBase: new Dec('0.005') })
    const { bot } = await openAndWatch(at)
    moveUsd(at, -1500)
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
    await at.world.clock.advance(1000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    const times = [...closings(bot, 'h1'), ...closings(bot, 'h2')]
    expect(times).toHaveLength(4)
    expect(new Set(times.map(({ preparedAtMs }) => preparedAtMs)).size).toBe(1)
    expect(eventsOf(bot, 'stop_loss')).toHaveLength(2)
  })

  it('of twenty accounts all act on the frame that reaches them', async () => {
    const at = build({ accounts: 20, owners: 4 })
    const { bot } = await openAndWatch(at)
    moveUsd(at, -550)
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
    await at.world.clock.advance(1000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(at.auditor.longestNakedMs()).toBeLessThan(100)
    expect(eventsOf(bot, 'stop_loss')).toHaveLength(10)
  })

  it('closes everything by one stop when on_stop says so, and counts it once', async () => {
    const at = build({ accounts: 6, exchangeStops: false })
    for (const account of at.world.accounts.slice(2)) {
      Object.assign(account, { positionSizeBase: new Dec('0.005') })
    }
    const { bot, watch } = await openAndWatch(at, { stops: { onStop: 'all' } })
    setPrice(at, stopTicks(watch, 'h1', 0))
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
    await at.world.clock.advance(1000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    const orders = ['h1', 'h2', 'h3'].flatMap((hedgeId) => closings(bot, hedgeId))
    expect(new Set(orders.map(({ preparedAtMs }) => preparedAtMs)).size).toBe(1)
    expect(bot.journal.stopMemory()).toContain('"count":1')
  })
})
