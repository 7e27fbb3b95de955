/** Limits of net results, gains and time: reached, not reached, and held back by what is unknown. */
import { describe, expect, it } from 'vitest'
import { Dec } from '../../../src/hedge/decimal.ts'
import type { StopPolicy } from '../../../src/hedge/stop-policy.ts'
import type { Scene } from '../scenario.ts'
import { aim } from '../scenario.ts'
import { reduceByHand } from './support/by-hand.ts'
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
  strike,
  timeUntilFlat,
  watchScene,
} from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'

const buildScene = watchScenes()

function build(options: Parameters<typeof buildScene>[0] = {}): Scene {
  return buildScene({
    ...options,
    policy: { ...options.policy, stopLossUsd: new Dec(500) },
  })
}

const FAR: Partial<StopPolicy> = { stopLossUsd: new Dec(500) }

/** Funding moves net results; a new snapshot tells of it at once. */
function payFunding(at: Scene, place: number, usd: number): void {
  const { core, gateway } = at.world.stage
  const accountIndex = at.indexes[place] ?? 0
  const position = core.account(accountIndex)?.positions.get(1)
  if (position === undefined) throw new Error('it has a position')
  const paidE12 = position.fundingPaidE12 + BigInt(usd) * 1_000_000_000_000n
  Object.assign(position, { fundingPaidE12: paidE12 })
  for (const { session } of gateway.sessions.list()) {
    if (session.accounts.has(accountIndex)) session.drop()
  }
}

describe('a limit of net results', () => {
  it('does not act while what one leg loses the other gains', async () => {
    const at = build({ accounts: 4 })
    const { bot } = await openAndWatch(at, {
      stops: {
        ...FAR,
        hedgeStopUsd: new Dec(1),
        totalStopUsd: new Dec(1),
        takeProfitUsd: new Dec(1),
        trailingUsd: new Dec(1),
      },
    })
    for (const usd of [3000, -6000, 2000]) {
      moveUsd(at, usd)
      await at.world.clock.advance(5000)
    }
    expect(standingOf(at, bot)).toEqual(STANDING)
  })

  it.each([
    ['hedge_stop', { hedgeStopUsd: new Dec('2.5') }, 3],
    ['total_stop', { totalStopUsd: new Dec('2.5') }, 3],
    ['take_profit', { takeProfitUsd: new Dec('2.5') }, -3],
  ] as const)('%s acts on funding that reached it', async (cause, limit, paidUsd) => {
    const at = build()
    const { bot } = await openAndWatch(at, { stops: { ...FAR, ...limit } })
    payFunding(at, 0, paidUsd > 0 ? 2 : -2)
    await at.world.clock.advance(5000)
    expect(standingOf(at, bot)).toEqual(STANDING)
    payFunding(at, 0, paidUsd > 0 ? 1 : -1)
    expect(await timeUntilFlat(at)).toBeLessThan(2500)
    await at.world.clock.advance(2000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(bot.journal.hedge('h1')?.cause).toBe(cause)
    expect(eventsOf(bot, cause)).toHaveLength(1)
  })

  it('trailing acts on what is lost from the best, also when a later watch saw only the rest', async () => {
    const at = build()
    const stops = { ...FAR, trailingUsd: new Dec(3) }
    const first = await openAndWatch(at, { stops })
    payFunding(at, 0, -10)
    await at.world.clock.advance(3000)
    payFunding(at, 0, 2)
    await at.world.clock.advance(3000)
    expect(standingOf(at, first.bot)).toEqual(STANDING)
    first.watch.quit()
    await run(at, first.ended)
    first.bot.close()
    const { bot } = await watchScene(at, { stops })
    expect(standingOf(at, bot)).toEqual(STANDING)
    payFunding(at, 1, 2)
    expect(await timeUntilFlat(at)).toBeLessThan(2500)
    await at.world.clock.advance(2000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(bot.journal.hedge('h1')?.cause).toBe('trailing_stop')
  })

  it('of the total closes all hedges by one stop', async () => {
    const at = build({ accounts: 6 })
    const { bot } = await openAndWatch(at, { stops: { ...FAR, totalStopUsd: new Dec(5) } })
    payFunding(at, 0, 3)
    payFunding(at, 3, 3)
    expect(await timeUntilFlat(at)).toBeLessThan(2500)
    await at.world.clock.advance(2000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(bot.journal.stopMemory()).toContain('"count":1')
  })

  it('is held back while fills are unknown, and the stop by loss is not', async () => {
    const at = build()
    await openEverything(at)
    // By hand, and by as much on both sides: the journal's fills do not add up to the positions any more.
    reduceByHand(at, 0, 400)
    reduceByHand(at, 1, 400)
    // And they cannot be read.
    strike(at, aim({ kind: 'http', answer: '503' }, { endpoint: 'trades' }))
    const { bot } = await watchScene(at, {
      stops: { stopLossUsd: new Dec(5), hedgeStopUsd: new Dec('0.5') },
    })
    payFunding(at, 0, 3)
    await at.world.clock.advance(8000)
    expect(standingOf(at, bot)).toEqual(STANDING)
    moveUsd(at, -850)
    expect(await timeUntilFlat(at)).toBeLessThan(1000)
    await at.world.clock.advance(6000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(bot.journal.hedge('h1')?.cause).toBe('stop_loss')
  })
})

describe('a holding time', () => {
  it('ends the hedge when it is over and not before', async () => {
    const at = build()
    const maxHoldMs = 60_000
    const { bot } = await openAndWatch(at, { stops: { ...FAR, maxHoldMs } })
    const openedAtMs = bot.journal.hedge('h1')?.openedAtMs ?? 0
    await at.world.clock.advance(openedAtMs + maxHoldMs - 100 - at.world.clock.now())
    expect(standingOf(at, bot)).toEqual(STANDING)
    await at.world.clock.advance(100)
    expect(await timeUntilFlat(at)).toBeLessThan(1500)
    await at.world.clock.advance(2000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(bot.journal.hedge('h1')?.cause).toBe('max_hold')
    expect(bot.journal.stopMemory() ?? '"count":0').toContain('"count":0')
  })

  it('that ran out while nobody watched ends the hedge at once', async () => {
    const at = build()
    await openEverything(at)
    await at.world.clock.advance(90_000)
    const { bot } = await watchScene(at, { stops: { ...FAR, maxHoldMs: 60_000 } })
    expect(await timeUntilFlat(at)).toBeLessThan(1500)
    await at.world.clock.advance(2000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })
})

describe('the stops of a day', () => {
  it('are counted once each and remembered by the next watch', async () => {
    const at = build({ accounts: 4 })
    Object.assign(at.world.accounts[2] ?? {}, { positionSizeBase: new Dec('0.005') })
    Object.assign(at.world.accounts[3] ?? {}, { positionSizeBase: new Dec('0.005') })
    const stops = { stopLossUsd: new Dec(5) }
    const first = await openAndWatch(at, { stops })
    moveUsd(at, -550)
    await at.world.clock.advance(400)
    first.bot.kill()
    await at.world.clock.advance(1000)
    const second = await watchScene(at, { stops })
    await at.world.clock.advance(3000)
    expect(second.bot.journal.hedge('h1')?.state).toBe('closed')
    expect(second.bot.journal.stopMemory()).toContain('"count":1')
    moveUsd(at, -600)
    await at.world.clock.advance(3000)
    expect(endOf(at, second.bot)).toEqual(SAFE_END)
    expect(second.bot.journal.stopMemory()).toContain('"count":2')
  })

  it('are counted although the watch was killed right after the orders had left', async () => {
    const at = build({ exchangeStops: false })
    const stops = { stopLossUsd: new Dec(5) }
    const first = await openAndWatch(at, { stops })
    first.bot.dieAfter(1)
    moveUsd(at, -550)
    await at.world.clock.advance(300)
    expect(first.bot.isDead()).toBe(true)
    const { bot } = await watchScene(at, { stops })
    await at.world.clock.advance(20_000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(bot.journal.stopMemory()).toContain('"count":1')
  })
})
