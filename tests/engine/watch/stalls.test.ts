/** A watch that stands still (SIGSTOP, a sleeping machine) around a stop, alone and beside another process. */
import { describe, expect, it } from 'vitest'
import { closeAll } from '../../episodes/world.ts'
import { aim } from '../scenario.ts'
import { createSuspension } from './support/suspension.ts'
import {
  SAFE_END,
  STANDING,
  closingOrders,
  endOf,
  eventsOf,
  moveUsd,
  openEverything,
  run,
  standingOf,
  strike,
  timeUntilFlat,
  watchScene,
} from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'

const build = watchScenes({ exchangeStops: false })

/** Open hedges under a watch that can be made to stand still. */
async function buildSleeper(options: Parameters<typeof build>[0] = {}) {
  const at = build(options)
  await openEverything(at)
  const suspension = createSuspension(at.world.clock)
  return { at, suspension, ...(await watchScene(at, { suspension })) }
}

const GRID_MS = [1300, 2000, 4900, 5500, 7000, 14_000]

describe('a watch that stands still', () => {
  it.each(GRID_MS)(
    'for %d ms while a level is reached and left again sends nothing, and goes on',
    async (sleepMs) => {
      const { at, bot, suspension } = await buildSleeper()
      const { clock } = at.world
      suspension.suspend()
      await clock.advance(100)
      moveUsd(at, -550)
      await clock.advance(sleepMs - 200)
      moveUsd(at, 550)
      await clock.advance(100)
      suspension.resume()
      await clock.advance(10_000)
      expect(standingOf(at, bot)).toEqual(STANDING)
      expect(eventsOf(bot, 'stood_still')).toHaveLength(1)
      moveUsd(at, -550)
      expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
      await clock.advance(1000)
      expect(endOf(at, bot)).toEqual(SAFE_END)
    },
  )

  it.each(GRID_MS)(
    'for %d ms while a level is passed for good acts within a second when it goes on',
    async (sleepMs) => {
      const { at, bot, suspension } = await buildSleeper()
      const { clock } = at.world
      suspension.suspend()
      await clock.advance(100)
      moveUsd(at, -550)
      await clock.advance(sleepMs - 100)
      expect(at.auditor.isFlat()).toBe(false)
      suspension.resume()
      expect(await timeUntilFlat(at)).toBeLessThan(2000)
      await clock.advance(2000)
      expect(endOf(at, bot)).toEqual(SAFE_END)
      expect(closingOrders(bot, 'h1')).toHaveLength(2)
      expect(at.auditor.longestNakedMs()).toBeLessThan(200)
    },
  )

  it.each([4700, 4950, 5050, 5100, 5150, 5200, 5300, 5500, 7000, 14_000])(
    'for %d ms while a close takes over does nothing twice',
    async (sleepMs) => {
      const { at, bot, suspension } = await buildSleeper({ accounts: 4 })
      const { clock } = at.world
      suspension.suspend()
      clock.setTimer(sleepMs, () => suspension.resume())
      moveUsd(at, -550)
      const closer = at.world.startBot({ command: 'close' })
      await run(at, closeAll(closer))
      await clock.advance(15_000)
      expect(endOf(at, bot)).toEqual(SAFE_END)
      for (const hedgeId of ['h1', 'h2']) {
        const filled = closingOrders(bot, hedgeId).filter((order) => order.filledBase.gt(0))
        expect(new Set(filled.map(({ account }) => account)).size).toBe(2)
        expect(filled).toHaveLength(2)
      }
      expect(at.auditor.longestNakedMs()).toBeLessThan(500)
    },
  )

  it.each([5, 15, 20, 30, 60, 150, 300, 330, 360])(
    'in the middle of a stop (%d ms) leaves what it or a close ends',
    async (atMs) => {
      for (const isHelped of [false, true]) {
        const { at, bot, suspension } = await buildSleeper({ accounts: 4 })
        const { clock } = at.world
        moveUsd(at, -550)
        await clock.advance(atMs)
        suspension.suspend()
        if (isHelped) {
          const closer = at.world.startBot({ command: 'close' })
          await run(at, closeAll(closer))
        } else await clock.advance(8000)
        suspension.resume()
        await clock.advance(20_000)
        expect(endOf(at, bot)).toEqual(SAFE_END)
        expect(at.auditor.longestNakedMs()).toBeLessThan(3000)
        at.close()
      }
    },
  )

  it('while one leg is refused goes on with the other process out of its way', async () => {
    const { at, bot, suspension } = await buildSleeper()
    const { clock } = at.world
    const [, second = 0] = at.indexes
    strike(at, aim({ kind: 'reject', code: 21739 }, { accountIndex: second }), 2000)
    moveUsd(at, -550)
    await clock.advance(500)
    suspension.suspend()
    const closer = at.world.startBot({ command: 'close' })
    await run(at, closeAll(closer))
    expect(at.auditor.isFlat()).toBe(true)
    suspension.resume()
    await clock.advance(10_000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })

  it('again and again, each time for two seconds, loses nothing', async () => {
    const { at, bot, suspension } = await buildSleeper({ stage: { noiseBps: 10 } })
    const { clock } = at.world
    for (let turn = 0; turn < 10; turn += 1) {
      suspension.suspend()
      await clock.advance(2000)
      suspension.resume()
      await clock.advance(1500)
    }
    expect(standingOf(at, bot)).toEqual(STANDING)
    expect(Math.max(...bot.exchange.unitsSpent().values())).toBeLessThan(60)
    moveUsd(at, -800)
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
    await clock.advance(2000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })
})
