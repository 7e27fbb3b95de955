/** The journal takes nothing for a while: a stop waits for it, and nothing breaks meanwhile. */
import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../../src/errors.ts'
import type { Bot } from '../../episodes/world.ts'
import { reduceByHand } from './support/by-hand.ts'
import {
  SAFE_END,
  closingOrders,
  endOf,
  moveUsd,
  openAndWatch,
  timeUntilFlat,
} from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'

const build = watchScenes()

const WRITES = [
  'transaction',
  'updateHedge',
  'updateOrder',
  'addEvent',
  'claimHedge',
  'requestFlat',
  'recordFills',
  'saveStopMemory',
  'renewLeases',
] as const

/** Every write fails until the returned function is called. */
function fillDisk({ journal }: Bot): () => void {
  const before = WRITES.map((name) => [name, journal[name]] as const)
  const fail = (): never => {
    throw new HedgebotError('journal', 'the disk is full', { code: 'journal_full' })
  }
  Object.assign(journal, Object.fromEntries(WRITES.map((name) => [name, fail])))
  return () => {
    Object.assign(journal, Object.fromEntries(before))
  }
}

describe('a full disk', () => {
  it.each([500, 3000, 15_000])(
    'for %d ms while a stop is due: sends nothing unrecorded, and stops when it can write again',
    async (forMs) => {
      const at = build({ accounts: 4, exchangeStops: false })
      const { bot } = await openAndWatch(at)
      const repair = fillDisk(bot)
      moveUsd(at, -550)
      await at.world.clock.advance(forMs)
      expect(at.indexes.map(at.auditor.positionTicks)).toEqual([1000n, -1000n, 1000n, -1000n])
      repair()
      expect(await timeUntilFlat(at)).toBeLessThan(6500)
      await at.world.clock.advance(8000)
      expect(endOf(at, bot)).toEqual(SAFE_END)
      expect(closingOrders(bot, 'h1')).toHaveLength(2)
      expect(bot.journal.stopMemory()).toContain('"count":2')
      expect(bot.complaints.filter((text) => text.includes('could not look')).length).toBeLessThan(
        10,
      )
    },
  )

  it('in the middle of a stop leaves nothing open when it is over', async () => {
    for (const atMs of [40, 200, 330, 360]) {
      const at = build({ accounts: 4, exchangeStops: false })
      const { bot } = await openAndWatch(at)
      moveUsd(at, -550)
      await at.world.clock.advance(atMs)
      const repair = fillDisk(bot)
      await at.world.clock.advance(4000)
      repair()
      await timeUntilFlat(at)
      await at.world.clock.advance(25_000)
      expect(endOf(at, bot)).toEqual(SAFE_END)
      expect(at.auditor.longestNakedMs()).toBeLessThan(1000)
      at.close()
    }
  })

  it('while a leg vanishes: its partner follows as soon as it can be written', async () => {
    const at = build({ exchangeStops: false })
    const { bot } = await openAndWatch(at)
    const repair = fillDisk(bot)
    reduceByHand(at, 0, 1000)
    await at.world.clock.advance(3000)
    repair()
    expect(await timeUntilFlat(at)).toBeLessThan(6500)
    await at.world.clock.advance(8000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })
})
