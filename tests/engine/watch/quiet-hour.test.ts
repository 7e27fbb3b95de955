/** An hour in which nothing happens: what a watch spends, writes and keeps in mind. */
import { describe, expect, it } from 'vitest'
import type { Bot } from '../../episodes/world.ts'
import { STANDING, moveUsd, openAndWatch, standingOf } from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'

const build = watchScenes()

/** How much each map, set and list of the process's memory holds. */
function sizes({ engine }: Bot): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(engine.memory).flatMap(([name, value]: [string, unknown]) => {
      if (value instanceof Map || value instanceof Set) return [[name, value.size]]
      return Array.isArray(value) ? [[name, value.length]] : []
    }),
  )
}

function spent(bot: Bot): ReadonlyMap<string, number> {
  return new Map(bot.exchange.unitsSpent())
}

describe('a quiet hour of one-second ticks', () => {
  it('costs next to nothing, writes next to nothing and grows nothing', async () => {
    const at = build({ stage: { noiseBps: 2 } })
    const { clock } = at.world
    const { bot } = await openAndWatch(at)
    await clock.advance(120_000)
    const before = {
      units: spent(bot),
      requests: bot.requests.length,
      events: bot.journal.events({ limit: 100_000 }).length,
      sizes: sizes(bot),
      timers: clock.pendingCount(),
    }
    let writes = 0
    const { journal } = bot
    const { updateHedge, saveStopMemory } = journal
    Object.assign(journal, {
      updateHedge: (...args: Parameters<typeof updateHedge>) => {
        writes += 1
        return updateHedge(...args)
      },
      saveStopMemory: (...args: Parameters<typeof saveStopMemory>) => {
        writes += 1
        saveStopMemory(...args)
      },
    })
    await clock.advance(3_600_000)
    expect(standingOf(at, bot)).toEqual(STANDING)
    // Tokens are renewed by a second socket; and every minute one account is read back.
    const units = [...spent(bot)].map(([name, now]) => now - (before.units.get(name) ?? 0))
    expect(Math.max(...units)).toBeLessThanOrEqual(100)
    const paths = bot.requests.slice(before.requests).map((path) => path.split('/').at(-1) ?? '')
    expect([...new Set(paths)].toSorted()).toEqual([
      'account',
      'accountActiveOrders',
      'accountInactiveOrders',
    ])
    expect(paths.length).toBeLessThanOrEqual(3 * 60)
    expect(bot.journal.events({ limit: 100_000 }).length - before.events).toBeLessThanOrEqual(2)
    expect(writes).toBeLessThanOrEqual(4)
    expect(sizes(bot)).toEqual(before.sizes)
    expect(clock.pendingCount()).toBeLessThanOrEqual(before.timers + 10)
    expect(bot.complaints).toEqual([])
    // The count counts: a stop writes.
    moveUsd(at, -550)
    await clock.advance(2000)
    expect(writes).toBeGreaterThan(4)
  }, 60_000)
})
