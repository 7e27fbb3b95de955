import { describe, expect, it } from 'vitest'
import { HOUSE_ACCOUNT_INDEX } from '../../../src/sim/core/exchange-core.ts'
import { createSimCore } from '../../../src/sim/core/exchange-core.ts'
import { createMakers } from '../../../src/sim/market/makers.ts'
import { createMarketDriver } from '../../../src/sim/market/market-driver.ts'
import { createPricePath } from '../../../src/sim/market/price-path.ts'
import type { PriceShape } from '../../../src/sim/market/price-path.ts'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'
import { BTC, ETH, netTicks, orderTx, totalE12 } from '../core/core-fixture.ts'

const START = 1_000_000n
const HASH = 'b'.repeat(80)

function drive(shapes: readonly PriceShape[], intervalMs = 1000) {
  const clock = createVirtualClock()
  const core = createSimCore({ startMs: clock.now() })
  core.createAccount(
    { l1Address: '0xA1', accountIndex: 3, collateralMicros: 10_000_000_000n },
    clock.now(),
  )
  const makers = createMakers({ core, accountIndex: HOUSE_ACCOUNT_INDEX, seed: 3 })
  const path = createPricePath({ seed: 3, startTicks: START, noiseBps: 0, shapes })
  const driver = createMarketDriver({
    core,
    clock,
    makers,
    paths: new Map([[BTC, path]]),
    intervalMs,
  })
  driver.start()
  return { clock, core, driver, makers }
}

describe('the driver', () => {
  it('moves mark and book along the path at every interval, and only until stopped', async () => {
    const { clock, core, driver } = drive([
      { kind: 'trend', atMs: 0, durationMs: 10_000, moveBps: 100 },
    ])
    await clock.advance(5_000)
    expect(core.markets.get(BTC)).toMatchObject({ markTicks: 1_005_000n, indexTicks: 1_005_000n })
    expect(core.book(BTC).bids[0]?.priceTicks).toBe(1_004_990n)
    driver.stop()
    await clock.advance(5_000)
    expect(core.markets.get(BTC)?.markTicks).toBe(1_005_000n)
    expect(clock.pendingCount()).toBe(0)
  })

  it('keeps books of markets without a path alive where they stand', () => {
    const { core } = drive([])
    expect(core.book(ETH).asks[0]?.priceTicks).toBe(300_003n)
    expect(core.markets.get(ETH)?.markTicks).toBe(300_000n)
  })

  it('lets a stop that a jump fires meet the book after the jump, not before it', async () => {
    const { clock, core } = drive([{ kind: 'jump', atMs: 2_000, moveBps: -300 }])
    const send = (input: Omit<Parameters<typeof orderTx>[0], 'account'>) =>
      core.execute(orderTx({ account: 3, ...input }, clock.now()), {
        hash: HASH,
        nowMs: clock.now(),
      })
    send({ side: 'buy', size: 10_000n, price: 1_002_000n, type: 1 })
    const [stop] = send({
      side: 'sell',
      size: 0n,
      price: 900_000n,
      type: 2,
      trigger: 980_000n,
      reduceOnly: true,
    }).orders
    await clock.advance(3_000)
    expect(stop?.status).toBe('filled')
    const average = (stop?.filledQuoteMicros ?? 0n) / (stop?.filledTicks ?? 1n)
    expect(average).toBeLessThan(970_000n)
    expect(average).toBeGreaterThan(969_000n)
  })

  it('conserves money through a crash that liquidates', async () => {
    const crash = {
      kind: 'crash',
      atMs: 5_000,
      durationMs: 10_000,
      moveBps: -1_500,
      recoverFraction: 1,
    } as const
    const { clock, core } = drive([crash])
    const total = totalE12(core)
    core.execute(orderTx({ account: 3, side: 'buy', size: 180_000n, price: 1_010_000n, type: 1 }), {
      hash: HASH,
      nowMs: clock.now(),
    })
    expect(core.account(3)?.positions.get(BTC)?.sizeTicks).toBe(180_000n)
    await clock.advance(60_000)
    expect(core.notifications(3).length).toBeGreaterThan(0)
    expect(core.account(3)?.health).not.toBe('bankruptcy')
    expect(netTicks(core, BTC)).toBe(0n)
    expect(totalE12(core)).toBe(total)
  })

  it('can be put on another path, whose time begins then', async () => {
    const { clock, core, driver } = drive([])
    await clock.advance(60_000)
    driver.setPath(
      BTC,
      createPricePath({
        seed: 1,
        startTicks: START,
        noiseBps: 0,
        shapes: [{ kind: 'jump', atMs: 2_000, moveBps: 100 }],
      }),
    )
    await clock.advance(1_000)
    expect(core.markets.get(BTC)?.markTicks).toBe(START)
    await clock.advance(1_000)
    expect(core.markets.get(BTC)?.markTicks).toBe(1_010_000n)
  })

  it('repeats a day exactly', async () => {
    const days = []
    for (let count = 0; count < 2; count += 1) {
      const { clock, core } = drive([], 60_000)
      await clock.advance(6 * 3_600_000)
      days.push({
        height: core.height(),
        fundings: core.markets.get(BTC)?.fundingHours,
        book: core.book(BTC),
      })
    }
    expect(days[1]).toEqual(days[0])
    expect(days[0]?.fundings).toHaveLength(6)
  })
})
