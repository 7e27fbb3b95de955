import { describe, expect, it } from 'vitest'
import { lookAtCollateral } from '../../src/engine/liquidation-age.ts'
import type { ToldCollateral } from '../../src/engine/liquidation-age.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import { known, unknown } from '../../src/hedge/known.ts'
import type { VenuePosition } from '../../src/hedge/venue-view.ts'

const NOW_MS = 1_800_000_000_000

function balances(collateralUsd: number) {
  const usd = new Dec(collateralUsd)
  return known(
    { collateralUsd: usd, portfolioUsd: usd, availableUsd: usd, marginUsagePct: undefined },
    NOW_MS,
  )
}

function rowAt(atMs: number): VenuePosition {
  return {
    marketIndex: 1,
    signedBase: new Dec('0.01'),
    entryPrice: new Dec(100_000),
    unrealizedPnlUsd: new Dec(0),
    realizedPnlUsd: new Dec(0),
    liquidationPrice: new Dec(50_000),
    initialMarginFraction: new Dec('0.1'),
    marginMode: 'cross',
    fundingPaidUsd: undefined,
    isSettled: true,
    atMs,
  }
}

/** Looks one after the other: collateral, age of the row and time of each. */
function look(...steps: readonly (readonly [number | undefined, number, number])[]) {
  let told: ToldCollateral | undefined
  for (const [usd, rowMs, nowMs] of steps) {
    told = lookAtCollateral(told, {
      balances: usd === undefined ? unknown('no frame') : balances(usd),
      row: rowAt(rowMs),
      nowMs,
    })
  }
  return told
}

describe('collateral that moves under a liquidation price', () => {
  it('makes it old from the moment it was seen, however often one looks', () => {
    expect(look([1000, 0, 10], [900, 0, 20], [900, 0, 500])?.movedSinceMs).toBe(20)
  })

  it('does not for what funding takes', () => {
    expect(look([1000, 0, 10], [990, 0, 20])?.movedSinceMs).toBeUndefined()
    expect(look([1000, 0, 10], [995, 0, 20], [989, 0, 30])?.movedSinceMs).toBe(30)
  })

  it('is over when the row came again after it, or the money is back', () => {
    expect(look([1000, 0, 10], [900, 0, 20], [900, 21, 30])).toEqual({
      collateralUsd: new Dec(900),
    })
    expect(look([1000, 0, 10], [900, 0, 20], [1000, 0, 30])?.movedSinceMs).toBeUndefined()
  })

  it('says nothing while the balance is not known, and forgets nothing', () => {
    expect(look([undefined, 0, 10])).toBeUndefined()
    expect(look([1000, 0, 10], [undefined, 0, 20])?.collateralUsd).toEqual(new Dec(1000))
  })
})
