import { describe, expect, it } from 'vitest'
import { parseFaultPlan } from '../../../src/sim/faults/parse-fault.ts'
import { createUniformScene } from '../../../src/sim/market/market-scene.ts'
import { createRecordedPath } from '../../../src/sim/market/price-path.ts'
import { createScene } from '../../../src/sim/market/scenarios.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import { createStage } from '../../../src/sim/stage/stage.ts'
import type { StageOptions } from '../../../src/sim/stage/stage.ts'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'

const BTC = 1

function stageOf(options: Partial<StageOptions>) {
  const clock = createVirtualClock()
  const rng = createSeededRng(1)
  const stage = createStage({ clock, rng, accounts: 2, owners: 1, ...options })
  const askUsd = () =>
    stage.core
      .book(BTC)
      .asks.reduce((sum, level) => sum + Number(level.priceTicks * level.totalTicks) / 1e6, 0)
  return { clock, stage, askUsd }
}

describe('a stage with live markets', () => {
  it('begins where its scene begins, not where the list of markets does', () => {
    const path = createRecordedPath([{ elapsedMs: 0, priceTicks: 640_000n }])
    const { stage } = stageOf({ sceneOf: () => createUniformScene(path) })
    for (const market of stage.core.markets.values()) {
      expect(market).toMatchObject({ markTicks: 640_000n, indexTicks: 640_000n })
      const { asks, bids } = stage.core.book(market.marketIndex, 1)
      expect(asks[0]?.priceTicks).toBe(640_001n)
      expect(bids[0]?.priceTicks).toBe(640_000n)
    }
    stage.close()
  })

  it('thins its books at the time of a fault, and fills them again after it', async () => {
    const faults = parseFaultPlan(['thin-book:0.1@at=5s,for=5s'])
    const { clock, stage, askUsd } = stageOf({
      faults,
      sceneOf: (market) => createScene('calm', market),
    })
    await clock.advance(4_900)
    const usual = askUsd()
    await clock.advance(200)
    expect(askUsd()).toBeLessThan(usual * 0.15)
    await clock.advance(4_600)
    expect(askUsd()).toBeLessThan(usual * 0.15)
    await clock.advance(400)
    expect(askUsd()).toBeGreaterThan(usual * 0.7)
    stage.close()
    await clock.advance(1_000)
    expect(clock.pendingCount()).toBe(0)
  })

  it('gives its own accounts the indexes that they would have without them', () => {
    const indexes = [
      undefined,
      (market: Parameters<NonNullable<StageOptions['sceneOf']>>[0]) => createScene('calm', market),
    ].map((sceneOf) => {
      const { stage } = stageOf(sceneOf === undefined ? {} : { sceneOf })
      stage.close()
      return stage.accounts.map(({ accountIndex }) => accountIndex)
    })
    expect(indexes[1]).toEqual(indexes[0])
  })
})
