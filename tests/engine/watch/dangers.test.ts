/** Dangers that a watch tells while they last, and what it remembers for reports. */
import { describe, expect, it } from 'vitest'
import { aim } from '../scenario.ts'
import { liquidateByHand, reduceByHand } from './support/by-hand.ts'
import {
  SAFE_END,
  endOf,
  eventsOf,
  moveUsd,
  openAndWatch,
  strike,
  timeUntilFlat,
} from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'

const build = watchScenes()

describe('a closing that does not come through', () => {
  it('is told after a while, worse after a minute, and over when it is flat', async () => {
    const at = build({ exchangeStops: false })
    const { bot } = await openAndWatch(at)
    strike(at, aim({ kind: 'reject', code: 21_601 }), 90_000)
    moveUsd(at, -550)
    await at.world.clock.advance(14_000)
    expect(eventsOf(bot, 'close_failing')).toEqual([])
    await at.world.clock.advance(66_000)
    expect(eventsOf(bot, 'close_failing')).toHaveLength(2)
    await timeUntilFlat(at)
    await at.world.clock.advance(5_000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(eventsOf(bot, 'close_failing_over')).toHaveLength(1)
  })
})

describe('legs that do not match', () => {
  it('for longer than they may are told as exposed, and over when the rest is gone', async () => {
    const at = build({ exchangeStops: false })
    const { bot } = await openAndWatch(at)
    strike(at, aim({ kind: 'reject', code: 21_601 }), 12_000)
    reduceByHand(at, 0, 1000)
    await at.world.clock.advance(10_000)
    expect(eventsOf(bot, 'exposed')).toHaveLength(1)
    await timeUntilFlat(at)
    await at.world.clock.advance(5_000)
    expect(eventsOf(bot, 'exposed_over')).toHaveLength(1)
  })

  it('for less are not', async () => {
    const at = build({ exchangeStops: false })
    const { bot } = await openAndWatch(at)
    reduceByHand(at, 0, 1000)
    await at.world.clock.advance(10_000)
    expect(eventsOf(bot, 'exposed')).toEqual([])
  })
})

describe('an order whose outcome stays unknown', () => {
  it('is told as in doubt, and over once it is known', async () => {
    const at = build({ exchangeStops: false })
    const { bot } = await openAndWatch(at)
    strike(at, aim({ kind: 'lost-request' }), 20_000)
    for (const endpoint of ['tx', 'accountActiveOrders', 'accountInactiveOrders', 'nextNonce']) {
      strike(at, aim({ kind: 'http', answer: '503' }, { endpoint }), 20_000)
    }
    moveUsd(at, -550)
    await at.world.clock.advance(60_000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    const raised = eventsOf(bot, 'in_doubt').length
    expect(raised).toBeGreaterThan(0)
    expect(eventsOf(bot, 'in_doubt_over')).toHaveLength(raised)
  })
})

describe('margin', () => {
  it('that is nearly used up is told, and liquidation when it is near', async () => {
    const at = build({ exchangeStops: false, stage: { collateralUsd: '130' } })
    const { bot } = await openAndWatch(at)
    await at.world.clock.advance(15_000)
    expect(eventsOf(bot, 'balance_low')).toHaveLength(0)
    liquidateByHand(at, 0, 15)
    await at.world.clock.advance(25_000)
    expect(eventsOf(bot, 'balance_low').length).toBeGreaterThanOrEqual(1)
    expect(eventsOf(bot, 'balance_low')[0]).toMatch(/^account_1: \d+ % of its margin is used$/)
  })
})

describe('the clock of the machine', () => {
  it('is told while it is off', async () => {
    const at = build()
    const { bot } = await openAndWatch(at)
    strike(at, aim({ kind: 'clock-skew', skewMs: 9_000 }), 60_000)
    await at.world.clock.advance(50_000)
    expect(eventsOf(bot, 'clock_off')).toHaveLength(1)
    // The estimate follows a clock that moves within two minutes.
    await at.world.clock.advance(240_000)
    expect(eventsOf(bot, 'clock_off_over')).toHaveLength(1)
  })
})

describe('what a watch remembers for reports', () => {
  it('is a sample a minute of the net result and of the leg that loses most', async () => {
    const at = build({ accounts: 4, exchangeStops: false })
    const { bot } = await openAndWatch(at)
    moveUsd(at, -300)
    await at.world.clock.advance(185_000)
    const samples = bot.journal.pnlSamples(0, at.world.clock.now())
    expect(samples).toHaveLength(3)
    for (const { openHedges, netUsd, worstLegUsd } of samples) {
      expect(openHedges).toBe(2)
      expect(Number(worstLegUsd)).toBeCloseTo(-3, 0)
      expect(Math.abs(Number(netUsd))).toBeLessThan(0.2)
    }
  })
})
