/** Twenty standard accounts and the venue's limits: nothing is refused, and what does not fit into a minute waits. */
import { afterEach, describe, expect, it } from 'vitest'
import { aim } from '../scenario.ts'
import { prepareOpening } from '../../../src/engine/prepare-opening.ts'
import type { World } from '../../episodes/world.ts'
import { closeAll, createWorld, openAll } from '../../episodes/world.ts'

let world: World

afterEach(() => world.close())

const refused = () => world.stage.gateway.units.total().refused

async function openEverything(limitMs = 600_000) {
  const bot = world.startBot()
  const hedges = await world.clock.runUntil(openAll(world, bot), limitMs)
  return { bot, states: hedges.map(({ state }) => state) }
}

const OPEN = Array.from({ length: 10 }, () => 'open')

describe('twenty standard accounts', () => {
  it.each([1, 3])(
    'of four owners open at once through %d proxies, within every limit',
    async (proxies) => {
      world = createWorld({ seed: 3, accounts: 20, owners: 4, proxies })
      const { states } = await openEverything()
      expect(states).toEqual(OPEN)
      expect(refused()).toBe(0)
      expect(world.clock.monotonicMs()).toBeLessThan(20_000)
    },
  )

  it('of one owner open one after the other, and close, within every limit', async () => {
    world = createWorld({ seed: 4, accounts: 20, owners: 1, proxies: 1 })
    const { bot, states } = await openEverything()
    expect(states).toEqual(OPEN)
    expect(refused()).toBe(0)
    const openedMs = world.clock.monotonicMs()
    expect(openedMs).toBeGreaterThan(60_000)
    expect(openedMs).toBeLessThan(300_000)
    const closed = await world.clock.runUntil(closeAll(bot), 600_000)
    expect(closed.map(({ state }) => state)).toEqual(OPEN.map(() => 'closed'))
    expect(refused()).toBe(0)
  })
})

it('an opening right after another command waits for the next minute instead of giving up', async () => {
  world = createWorld({ seed: 6, accounts: 20, owners: 1, proxies: 1 })
  const { clock } = world
  const planner = world.startBot()
  await clock.runUntil(planner.engine.loadMarkets())
  await clock.runUntil(prepareOpening(planner.engine, world.request()))
  planner.close()
  const { bot, states } = await openEverything()
  expect(states).toEqual(OPEN)
  expect(refused()).toBe(0)
  expect(bot.complaints.filter((text) => text.includes('waiting for the next one'))).toHaveLength(1)
})

it('a start that the venue refuses for its limit goes on when it may', async () => {
  world = createWorld({ seed: 5, accounts: 4, owners: 1, proxies: 1 })
  const { faults } = world.stage.gateway
  faults.add(aim({ kind: 'http', answer: '429' }, { untilMs: 3_000 }))
  const { states } = await openEverything()
  expect(states).toEqual(['open', 'open'])
})
