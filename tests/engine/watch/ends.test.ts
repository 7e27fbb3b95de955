/** How a watch ends: by its mode, its time, a person, an interruption, and what it leaves then. */
import { describe, expect, it } from 'vitest'
import { startWatch } from '../../../src/engine/watch/watch.ts'
import type { WatchEnd } from '../../../src/engine/watch/watch.ts'
import type { Scene } from '../scenario.ts'
import { aim } from '../scenario.ts'
import { reduceByHand } from './support/by-hand.ts'
import type { WatchChange } from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'
import {
  SAFE_END,
  STANDING,
  endOf,
  moveUsd,
  openAndWatch,
  openEverything,
  run,
  standingOf,
  strike,
  watchOptions,
} from './support/watch-scene.ts'

const build = watchScenes()

/** Runs a watch to its own end. */
async function watchToItsEnd(at: Scene, change: WatchChange) {
  const bot = at.world.startBot({ command: 'watch' })
  const startMs = at.world.clock.monotonicMs()
  const watch = await run(at, startWatch(bot.engine, watchOptions(change)))
  const end: WatchEnd = await run(at, watch.ended, 300_000)
  return { bot, end, tookMs: at.world.clock.monotonicMs() - startMs }
}

describe('one look', () => {
  it('at hedges that are well ends within seconds and leaves them', async () => {
    const at = build({ accounts: 4 })
    await openEverything(at)
    const { bot, end, tookMs } = await watchToItsEnd(at, { mode: 'once' })
    expect(end.why).toBe('once')
    expect(tookMs).toBeLessThan(4000)
    expect(standingOf(at, bot)).toEqual(STANDING)
    expect(bot.journal.liveHedges().map(({ ownerId }) => ownerId)).toEqual([undefined, undefined])
  })

  it('at nothing ends as well', async () => {
    const { end, tookMs } = await watchToItsEnd(build(), { mode: 'once' })
    expect([end.why, end.hedges]).toEqual(['once', []])
    expect(tookMs).toBeLessThan(4000)
  })

  it('at a stop that is due carries it out before it ends', async () => {
    const at = build({ exchangeStops: false })
    await openEverything(at)
    moveUsd(at, -550)
    const { bot, end } = await watchToItsEnd(at, { mode: 'once' })
    expect(end.why).toBe('once')
    expect(end.hedges.map(({ state, cause }) => [state, cause])).toEqual([['closed', 'stop_loss']])
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })

  it('at a leg that was closed by hand closes the other one before it ends', async () => {
    const at = build()
    await openEverything(at)
    reduceByHand(at, 0, 1000)
    const { bot } = await watchToItsEnd(at, { mode: 'once' })
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })

  it('at an exchange that does not answer ends within its minute', async () => {
    const at = build({ exchangeStops: false })
    await openEverything(at)
    moveUsd(at, -550)
    strike(at, aim({ kind: 'silent' }))
    const { tookMs } = await watchToItsEnd(at, { mode: 'once' })
    expect(tookMs).toBeLessThan(95_000)
  })
})

describe('until flat', () => {
  it('lasts as long as anything is live', async () => {
    const at = build({ accounts: 4 })
    await openEverything(at)
    const { clock } = at.world
    clock.setTimer(30_000, () => moveUsd(at, -550))
    const { bot, end, tookMs } = await watchToItsEnd(at, { mode: 'until_flat' })
    expect(end.why).toBe('flat')
    expect(tookMs).toBeGreaterThan(30_000)
    expect(tookMs).toBeLessThan(33_000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })

  it('ends at once when nothing is', async () => {
    const { end } = await watchToItsEnd(build(), { mode: 'until_flat' })
    expect(end.why).toBe('flat')
  })
})

describe('a time', () => {
  it('ends it and leaves what is whole', async () => {
    const at = build()
    await openEverything(at)
    const { bot, end, tookMs } = await watchToItsEnd(at, { forMs: 20_000 })
    expect(end.why).toBe('time')
    expect(tookMs).toBeLessThan(21_500)
    expect(standingOf(at, bot)).toEqual(STANDING)
  })

  it('is not measured by a wall clock that is set', async () => {
    const at = build()
    await openEverything(at)
    at.world.clock.setTimer(5000, () => at.world.clock.jumpWall(3_600_000))
    const { end, tookMs } = await watchToItsEnd(at, { forMs: 20_000 })
    expect(end.why).toBe('time')
    expect(tookMs).toBeGreaterThan(20_000)
    expect(tookMs).toBeLessThan(22_000)
  })
})

describe('a person who quits', () => {
  it.each([0, 15, 25, 40, 100, 250, 320, 500])(
    'leaves nothing half closed (%d ms after the price moved)',
    async (quitAtMs) => {
      const at = build({ accounts: 4, exchangeStops: false })
      const { bot, watch, ended } = await openAndWatch(at)
      moveUsd(at, -550)
      await at.world.clock.advance(quitAtMs)
      watch.quit()
      await run(at, ended)
      await at.world.clock.advance(500)
      expect(at.auditor.isHedged()).toBe(true)
      expect(at.auditor.findings).toEqual([])
      expect(bot.journal.unsettledOrders()).toEqual([])
      expect(at.auditor.isFlat()).toBe(bot.journal.liveHedges().length === 0)
    },
  )

  it('while a closing waits for its book goes within its time, and the next watch goes on', async () => {
    const at = build({ exchangeStops: false })
    const { bot, watch, ended } = await openAndWatch(at)
    at.world.stage.makers.pause(1, at.world.clock.now())
    watch.requestClose('h1')
    await at.world.clock.advance(2000)
    const startMs = at.world.clock.monotonicMs()
    watch.quit()
    await run(at, ended)
    expect(at.world.clock.monotonicMs() - startMs).toBeLessThanOrEqual(15_500)
    expect(at.auditor.isHedged()).toBe(true)
    expect(bot.journal.hedge('h1')).toMatchObject({ target: 'flat', ownerId: undefined })
    at.world.stage.makers.resume(1)
    bot.close()
    const next = await watchToItsEnd(at, { mode: 'until_flat' })
    expect(endOf(at, next.bot)).toEqual(SAFE_END)
  })
})

describe('an interruption', () => {
  it.each([20, 50, 150, 300, 330, 600])(
    'while one leg is missing ends hedged within its time (%d ms after)',
    async (abortAtMs) => {
      const at = build()
      const { bot, ended } = await openAndWatch(at)
      reduceByHand(at, 0, 300)
      await at.world.clock.advance(abortAtMs)
      const startMs = at.world.clock.monotonicMs()
      bot.abort.abort()
      const end = await run(at, ended)
      expect(end).toMatchObject({ why: 'interrupted' })
      expect(at.world.clock.monotonicMs() - startMs).toBeLessThan(16_000)
      await at.world.clock.advance(500)
      expect(at.auditor.isHedged()).toBe(true)
      expect(bot.journal.unsettledOrders()).toEqual([])
    },
  )

  it('while the exchange is gone ends within its time, and says what it leaves', async () => {
    const at = build({ exchangeStops: false })
    const { bot, ended, watch } = await openAndWatch(at)
    strike(at, aim({ kind: 'lost-request' }))
    watch.requestClose('h1')
    await at.world.clock.advance(500)
    const startMs = at.world.clock.monotonicMs()
    bot.abort.abort()
    await run(at, ended)
    expect(at.world.clock.monotonicMs() - startMs).toBeLessThan(16_500)
    expect(bot.journal.hedge('h1')).toMatchObject({ target: 'flat', ownerId: undefined })
  })

  it('of a quiet watch ends it at once', async () => {
    const at = build({ accounts: 4 })
    const { bot, ended } = await openAndWatch(at)
    const startMs = at.world.clock.monotonicMs()
    bot.abort.abort()
    await run(at, ended)
    expect(at.world.clock.monotonicMs() - startMs).toBeLessThan(200)
    expect(standingOf(at, bot)).toEqual(STANDING)
  })
})
