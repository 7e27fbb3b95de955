import { describe, expect, it } from 'vitest'
import { tradeRecord } from '../../src/engine/trade-record.ts'
import type { TradeRecord } from '../../src/engine/trade-record.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import type { Bot } from '../episodes/world.ts'
import { reduceByHand } from './watch/support/by-hand.ts'
import { BTC } from './scenario.ts'
import type { Scene } from './scenario.ts'
import { moveUsd, openAndWatch, timeUntilFlat } from './watch/support/watch-scene.ts'
import { watchScenes } from './watch/support/watch-scenes.ts'

const build = watchScenes()

function recordOf({ engine }: Bot, hedgeId = 'h1'): TradeRecord {
  const hedge = engine.journal.hedge(hedgeId)
  if (hedge === undefined) throw new Error(`no ${hedgeId}`)
  return tradeRecord(engine, hedge)
}

/** USD, of ticks of a tenth. */
function markOf(at: Scene): Dec {
  return new Dec(String(at.world.stage.core.markets.get(BTC)?.markTicks ?? 0n)).div(10)
}

describe('the record of a round', () => {
  it('while it is open has entries, fees and slippage against the mark of the decision', async () => {
    const at = build({ accounts: 2 })
    const mark = markOf(at)
    const { bot } = await openAndWatch(at)
    const record = recordOf(bot)
    expect(record).toMatchObject({ state: 'open', fills: 2, ownFills: 0, isComplete: false })
    for (const leg of record.legs) {
      const above = leg.averageEntryPrice?.minus(mark).times(leg.openedBase) ?? new Dec(NaN)
      expect(leg.slippageUsd?.toFixed()).toBe(
        (leg.side === 'long' ? above : above.negated()).toFixed(),
      )
      expect(leg.slippageUsd?.gt(0)).toBe(true)
      expect(leg.openBase.toFixed()).toBe('0.01')
      expect(leg.averageExitPrice).toBeUndefined()
    }
    expect(record.openingGapMs).toBeGreaterThanOrEqual(0)
  })

  it('after a stop adds up to what the legs realised, less fees', async () => {
    const at = build({ accounts: 2, exchangeStops: false })
    const { bot } = await openAndWatch(at)
    moveUsd(at, -550)
    await timeUntilFlat(at)
    await at.world.clock.advance(10_000)
    const record = recordOf(bot)
    expect(record).toMatchObject({
      state: 'closed',
      cause: 'stop_loss',
      isComplete: true,
      fills: 4,
    })
    const [long, short] = record.legs
    expect(long?.realizedPnlUsd?.lt(-4)).toBe(true)
    expect(short?.realizedPnlUsd?.gt(4)).toBe(true)
    const realized = long?.realizedPnlUsd?.plus(short?.realizedPnlUsd ?? 0)
    expect(record.netUsd?.toFixed()).toBe(realized?.minus(record.feesUsd).toFixed())
    expect(record.slippageUsd?.gt(0)).toBe(true)
  })

  it('that is over and lacks fills has no result: a part of one is none', async () => {
    const at = build({ accounts: 2, exchangeStops: false })
    const { bot } = await openAndWatch(at)
    moveUsd(at, -550)
    await timeUntilFlat(at)
    await at.world.clock.advance(10_000)
    const { journal } = bot.engine
    const lost = journal.fillsOfHedge('h1').at(-1)
    const lacking = {
      ...journal,
      fillsOfHedge: (hedgeId: string) =>
        journal.fillsOfHedge(hedgeId).filter(({ tradeId }) => tradeId !== lost?.tradeId),
    }
    const hedge = journal.hedge('h1')
    if (hedge === undefined) throw new Error('no h1')
    const record = tradeRecord({ ...bot.engine, journal: lacking }, hedge)
    expect(record).toMatchObject({ fills: 3, isComplete: false })
    expect(record.realizedPnlUsd).toBeUndefined()
    expect(record.netUsd).toBeUndefined()
  })

  it('has no slippage where somebody else traded: there is nothing to compare with', async () => {
    const at = build({ accounts: 2, exchangeStops: false })
    const { bot } = await openAndWatch(at)
    reduceByHand(at, 0, 1000)
    await timeUntilFlat(at)
    await at.world.clock.advance(10_000)
    const record = recordOf(bot)
    expect(record.cause).toBe('leg_vanished')
    expect(record.slippageUsd).toBeUndefined()
    expect(record.isComplete).toBe(true)
  })
})
