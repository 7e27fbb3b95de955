/** Processes die at every point of a stop and of an opening, and the next one finds its way. */
import { describe, expect, it } from 'vitest'
import { openAll } from '../../episodes/world.ts'
import { aim } from '../scenario.ts'
import {
  SAFE_END,
  STANDING,
  endOf,
  eventsOf,
  moveUsd,
  openAndWatch,
  openEverything,
  run,
  standingOf,
  watchScene,
} from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'

const build = watchScenes()

describe('a watch that is killed around a stop', () => {
  it.each([-10, 12, 18, 24, 30, 40, 100, 300, 320, 340, 400, 700])(
    'at %d ms leaves what the next one ends, flat and clean',
    async (killAtMs) => {
      const at = build({ accounts: 4, exchangeStops: false })
      const { clock } = at.world
      const { bot: first } = await openAndWatch(at)
      if (killAtMs < 0) {
        clock.setTimer(100 + killAtMs, () => first.kill())
        await clock.advance(100)
      } else clock.setTimer(killAtMs, () => first.kill())
      moveUsd(at, -550)
      await clock.advance(Math.max(0, killAtMs))
      await clock.advance(50)
      const { bot } = await watchScene(at)
      await clock.advance(18_000)
      expect(endOf(at, bot)).toEqual(SAFE_END)
      expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
      expect(bot.journal.hedge('h1')?.cause).toBe('stop_loss')
      expect(bot.journal.stopMemory()).toContain('"count":2')
    },
  )

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 10])(
    'right after its commit number %d leaves what the next one ends, flat and clean',
    async (commits) => {
      const at = build({ accounts: 4, exchangeStops: false })
      const { clock } = at.world
      const { bot: first } = await openAndWatch(at)
      first.dieAfter(commits)
      moveUsd(at, -550)
      await clock.advance(1500)
      first.kill()
      const { bot } = await watchScene(at)
      await clock.advance(25_000)
      expect(endOf(at, bot)).toEqual(SAFE_END)
      expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(5000)
      expect(bot.journal.stopMemory()).toContain('"count":2')
    },
  )
})

describe('an opening that is killed while a watch runs', () => {
  it.each([200, 300, 340, 380, 420, 480, 800, 2000])(
    'at %d ms is adopted within half a second and brought to a safe end',
    async (killAtMs) => {
      const at = build({ accounts: 4 })
      const { world, auditor } = at
      const { bot } = await watchScene(at)
      const opener = world.startBot()
      openAll(world, opener).catch(() => undefined)
      await world.clock.advance(killAtMs)
      const before = bot.journal.liveHedges().map(({ hedgeId }) => hedgeId)
      opener.kill()
      await world.clock.advance(450)
      // What its last orders did is told by then; nothing is added from here on.
      for (const hedgeId of before) {
        expect(bot.journal.hedge(hedgeId)?.ownerId).toBe(bot.journal.ownerId)
      }
      await world.clock.advance(1050)
      auditor.expectOnlyReductions()
      await world.clock.advance(25_000)
      expect(auditor.isHedged()).toBe(true)
      expect(auditor.findings).toEqual([])
      expect(auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
      expect(bot.journal.unsettledOrders()).toEqual([])
      const states = bot.journal
        .liveHedges()
        .map(({ state, nakedSinceMs }) => [state, nakedSinceMs])
      expect(states.every(([state, naked]) => state === 'open' && naked === undefined)).toBe(true)
      expect(auditor.isFlat()).toBe(states.length === 0)
    },
  )

  it.each([1, 2, 3, 4, 5, 6, 8, 11, 15])(
    'right after its commit number %d is brought to a safe end',
    async (commits) => {
      const at = build({ accounts: 4 })
      const { world, auditor } = at
      const { bot } = await watchScene(at)
      const opener = world.startBot()
      opener.dieAfter(commits)
      openAll(world, opener).catch(() => undefined)
      await world.clock.advance(4000)
      opener.kill()
      await world.clock.advance(1000)
      auditor.expectOnlyReductions()
      await world.clock.advance(25_000)
      expect(auditor.isHedged()).toBe(true)
      expect(auditor.findings).toEqual([])
      expect(auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
      expect(bot.journal.unsettledOrders()).toEqual([])
      const states = bot.journal.liveHedges().map(({ state }) => state)
      expect(states.every((state) => state === 'open')).toBe(true)
      expect(auditor.isFlat()).toBe(states.length === 0)
    },
  )

  it('in the middle of completing a thin leg is shrunk to what is matched', async () => {
    for (const killAtMs of [500, 700, 1000, 1500]) {
      const at = build({ faults: () => [aim({ kind: 'thin-book', factor: 0.0005 })] })
      const { world, auditor } = at
      const { bot } = await watchScene(at)
      const opener = world.startBot()
      openAll(world, opener).catch(() => undefined)
      await world.clock.advance(killAtMs)
      opener.kill()
      await world.clock.advance(1500)
      auditor.expectOnlyReductions()
      await world.clock.advance(25_000)
      expect(auditor.isHedged()).toBe(true)
      expect(auditor.findings).toEqual([])
      expect(auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
      expect(bot.journal.unsettledOrders()).toEqual([])
      at.close()
    }
  })
})

describe('adoption', () => {
  it('of what was left open is ordinary news, of what was half done a warning', async () => {
    const at = build({ accounts: 4 })
    const { bot } = await openAndWatch(at)
    expect(standingOf(at, bot)).toEqual(STANDING)
    expect(eventsOf(bot, 'hedge_adopted')).toHaveLength(2)
    expect(bot.complaints).toEqual([])
  })

  it('passes from watch to watch without an order', async () => {
    const at = build({ accounts: 4 })
    await openEverything(at)
    const sent = at.world.stage.core.height()
    for (let turn = 0; turn < 4; turn += 1) {
      const { bot, watch, ended } = await watchScene(at)
      expect(standingOf(at, bot)).toEqual(STANDING)
      if (turn % 2 === 0) bot.kill()
      else {
        watch.quit()
        await run(at, ended)
        bot.close()
      }
    }
    expect(at.world.stage.core.height() - sent).toBeLessThan(400)
    expect(at.auditor.longestNakedMs()).toBeLessThan(500)
  })
})
