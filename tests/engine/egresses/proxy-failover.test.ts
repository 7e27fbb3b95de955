/** Proxies that fail while hedges are opened, watched, stopped and closed: nothing doubled, nothing naked for long. */
import { describe, expect, it } from 'vitest'
import type { MemoryProxyMode } from '../../../src/sim/faults/memory-proxy.ts'
import { closeAll, openAll } from '../../episodes/world.ts'
import type { Scene } from '../scenario.ts'
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
  timeUntilFlat,
} from '../watch/support/watch-scene.ts'
import { watchScenes } from '../watch/support/watch-scenes.ts'

const build = watchScenes({ exchangeStops: false, accounts: 6, owners: 6, proxies: 3 })

const MODES: readonly MemoryProxyMode[] = ['refuse', 'auth', 'hang', 'swallow']
const MAX_NAKED_MS = 3_000

function setMode(at: Scene, name: string, mode: MemoryProxyMode): void {
  const proxy = at.world.proxies.get(name)
  if (proxy === undefined) throw new Error(`no proxy ${name}`)
  proxy.setMode(mode)
}

describe('a stop that is due', () => {
  it.each(
    MODES.flatMap((mode) => [0, 200, 4_000, 12_000].map((leadMs) => [mode, leadMs] as const)),
  )('while a proxy does "%s" since %d ms closes everything in time', async (mode, leadMs) => {
    const at = build()
    const { bot } = await openAndWatch(at)
    setMode(at, 'proxy_1', mode)
    await at.world.clock.advance(leadMs)
    moveUsd(at, 510)
    await timeUntilFlat(at, 20_000)
    await at.world.clock.advance(20_000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(MAX_NAKED_MS)
  })

  it('while all proxies are gone closes as soon as one is back', async () => {
    const at = build()
    const { bot } = await openAndWatch(at)
    for (const name of at.world.proxies.keys()) setMode(at, name, 'refuse')
    moveUsd(at, 510)
    await at.world.clock.advance(10_000)
    expect(at.auditor.isFlat()).toBe(false)
    setMode(at, 'proxy_2', 'normal')
    await timeUntilFlat(at, 40_000)
    await at.world.clock.advance(20_000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(eventsOf(bot, 'pool_empty')).toHaveLength(1)
  })
})

describe('an opening and a closing', () => {
  it.each(MODES)('through a pool of which one proxy does "%s" is done', async (mode) => {
    const at = build()
    setMode(at, 'proxy_2', mode)
    const hedges = await openEverything(at)
    expect(hedges.map(({ state }) => state)).toEqual(['open', 'open', 'open'])
    setMode(at, 'proxy_2', 'normal')
    setMode(at, 'proxy_3', mode)
    const closer = at.world.startBot({ command: 'close' })
    await run(at, closeAll(closer))
    await at.world.clock.advance(20_000)
    expect(endOf(at, closer)).toEqual(SAFE_END)
  })

  it.each(MODES)('during which a proxy begins to do "%s" ends whole or flat', async (mode) => {
    const at = build()
    const { clock } = at.world
    const opener = at.world.startBot()
    const opening = openAll(at.world, opener)
    clock.setTimer(450, () => setMode(at, 'proxy_1', mode))
    await run(at, opening)
    await clock.advance(5_000)
    expect(at.auditor.isHedged()).toBe(true)
    expect(at.auditor.findings).toEqual([])
    await run(at, closeAll(opener))
    await clock.advance(20_000)
    expect(endOf(at, opener)).toEqual(SAFE_END)
  })
})

describe('accounts of a proxy that fails', () => {
  it('move at once, each to the one with the least to carry, and come back when it has been well for a while', async () => {
    const at = build()
    const { bot } = await openAndWatch(at)
    const { clock } = at.world
    const egresses = () =>
      bot.engine.accounts().map((ref) => bot.engine.link(ref.accountIndex).egress())
    const home = ['proxy_1', 'proxy_2', 'proxy_3', 'proxy_1', 'proxy_2', 'proxy_3']
    expect(egresses()).toEqual(home)
    setMode(at, 'proxy_1', 'refuse')
    await clock.advance(1_000)
    const now = egresses()
    expect(now.filter((_, place) => home[place] !== 'proxy_1')).toEqual(
      home.filter((name) => name !== 'proxy_1'),
    )
    expect(now.filter((_, place) => home[place] === 'proxy_1').toSorted()).toEqual([
      'proxy_2',
      'proxy_3',
    ])
    const views = bot.engine.accounts().map((ref) => bot.engine.link(ref.accountIndex).view())
    expect(views.every(({ isLive }) => isLive)).toBe(true)
    await clock.advance(30_000)
    expect(eventsOf(bot, 'egress_down')).toHaveLength(1)
    expect(eventsOf(bot, 'account_moved')).toHaveLength(2)
    setMode(at, 'proxy_1', 'normal')
    await clock.advance(120_000)
    expect(egresses()).toEqual(home)
    expect(eventsOf(bot, 'egress_down_over')).toHaveLength(1)
    expect(eventsOf(bot, 'account_returned')).toHaveLength(2)
    expect(standingOf(at, bot)).toEqual(STANDING)
  })

  it('stay when they are pinned', async () => {
    const at = build({ hasFailover: false })
    const { bot } = await openAndWatch(at)
    setMode(at, 'proxy_1', 'refuse')
    await at.world.clock.advance(10_000)
    expect(bot.engine.accounts().map((ref) => bot.engine.link(ref.accountIndex).egress())).toEqual(
      bot.engine.accounts().map(({ egress }) => egress),
    )
    expect(eventsOf(bot, 'account_moved')).toEqual([])
    setMode(at, 'proxy_1', 'normal')
    await at.world.clock.advance(60_000)
    expect(standingOf(at, bot)).toEqual(STANDING)
  })

  it('are told as alerts when only one proxy is left', async () => {
    const at = build()
    const { bot } = await openAndWatch(at)
    setMode(at, 'proxy_1', 'refuse')
    setMode(at, 'proxy_2', 'auth')
    // What is open through a proxy that lost its password goes on: new connections tell.
    await at.world.clock.advance(120_000)
    expect(eventsOf(bot, 'pool_thin').length).toBeLessThanOrEqual(1)
    expect(standingOf(at, bot)).toEqual(STANDING)
  })

  it('do not flap through a proxy that comes and goes', async () => {
    const at = build()
    const { bot } = await openAndWatch(at)
    const { clock } = at.world
    for (let at_ = 0; at_ < 30; at_ += 1) {
      setMode(at, 'proxy_1', 'refuse')
      await clock.advance(10_000)
      setMode(at, 'proxy_1', 'normal')
      await clock.advance(10_000)
    }
    // Ten minutes: the pauses before a return double.
    expect(eventsOf(bot, 'account_moved').length).toBeLessThanOrEqual(2 * 4)
    expect(standingOf(at, bot)).toEqual(STANDING)
  })
})
