/** The wall clock is set while a watch runs: stops go on by what is, not by what the clock says. */
import { describe, expect, it } from 'vitest'
import { aim } from '../scenario.ts'
import { reduceByHand } from './support/by-hand.ts'
import {
  SAFE_END,
  STANDING,
  endOf,
  moveUsd,
  openAndWatch,
  standingOf,
  strike,
  timeUntilFlat,
} from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'

const build = watchScenes({ exchangeStops: false })

const JUMPS_MS = [10_000, -10_000, 3_600_000, -3_600_000]

describe('a wall clock that is set', () => {
  it.each(JUMPS_MS)(
    'by %d ms in a quiet time changes nothing, and the next stop acts',
    async (ms) => {
      const at = build({ accounts: 4 })
      const { bot } = await openAndWatch(at)
      at.world.clock.jumpWall(ms)
      await at.world.clock.advance(20_000)
      expect(standingOf(at, bot)).toEqual(STANDING)
      moveUsd(at, -550)
      expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
      await at.world.clock.advance(2000)
      expect(endOf(at, bot)).toEqual(SAFE_END)
    },
  )

  it.each(JUMPS_MS)(
    'by %d ms right before a level is reached delays the stop by seconds at most',
    async (ms) => {
      const at = build()
      const { bot } = await openAndWatch(at)
      at.world.clock.jumpWall(ms)
      moveUsd(at, -550)
      expect(await timeUntilFlat(at)).toBeLessThan(7000)
      await at.world.clock.advance(5000)
      expect(endOf(at, bot)).toEqual(SAFE_END)
    },
  )

  it.each(JUMPS_MS.flatMap((ms) => [20, 330].map((atMs) => [ms, atMs] as const)))(
    'by %d ms in the middle of a stop (after %d ms) does not hold it up',
    async (ms, atMs) => {
      const at = build({ accounts: 4 })
      const { bot } = await openAndWatch(at)
      // One leg is refused at first, so that there is something to try again.
      const [, second = 0] = at.indexes
      strike(at, aim({ kind: 'reject', code: 21739 }, { accountIndex: second }), 1200)
      moveUsd(at, -550)
      await at.world.clock.advance(atMs)
      at.world.clock.jumpWall(ms)
      await timeUntilFlat(at)
      await at.world.clock.advance(30_000)
      expect(endOf(at, bot)).toEqual(SAFE_END)
      expect(at.auditor.longestNakedMs()).toBeLessThan(6000)
    },
  )

  it.each(JUMPS_MS)(
    'by %d ms while an answer is in doubt ends the doubt all the same',
    async (ms) => {
      const at = build()
      const { bot } = await openAndWatch(at)
      for (const endpoint of ['jsonapi/sendtx', 'sendTx']) {
        strike(
          at,
          aim(
            { kind: 'lost-request' },
            { accountIndex: at.indexes[1] ?? 0, endpoint, maxTimes: 1 },
          ),
        )
      }
      moveUsd(at, -550)
      await at.world.clock.advance(700)
      at.world.clock.jumpWall(ms)
      await timeUntilFlat(at)
      await at.world.clock.advance(30_000)
      expect(endOf(at, bot)).toEqual(SAFE_END)
      expect(at.auditor.longestNakedMs()).toBeLessThan(6000)
    },
  )

  it.each(JUMPS_MS)('by %d ms does not keep a partner from following', async (ms) => {
    const at = build()
    const { bot } = await openAndWatch(at)
    reduceByHand(at, 0, 200)
    await at.world.clock.advance(2000)
    at.world.clock.jumpWall(ms)
    reduceByHand(at, 1, 200)
    await at.world.clock.advance(8000)
    expect(at.indexes.map(at.auditor.positionTicks)).toEqual([600n, -600n])
    expect(at.auditor.longestNakedMs()).toBeLessThan(6000)
    expect(bot.journal.unsettledOrders()).toEqual([])
  })
})
