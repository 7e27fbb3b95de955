import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIQUIDATION_DEPTHS, planDrainMicros } from '../../../src/sim/control/liquidation-plan.ts'
import { healthOf } from '../../../src/sim/core/margin.ts'

const WANTED = {
  partial: 'partial-liquidation',
  full: 'full-liquidation',
  bankrupt: 'bankruptcy',
} as const

describe('the plan of a liquidation', () => {
  it('leads exactly to the wanted health, from wherever the account stands above it', () => {
    const figures = fc
      .record({
        closeOutE12: fc.bigInt(4_000_000n, 10n ** 20n),
        more: fc.bigInt(16_000_000n, 10n ** 20n),
        excess: fc.bigInt(0n, 10n ** 20n),
      })
      .map(({ closeOutE12, more, excess }) => {
        const maintenanceE12 = closeOutE12 + more
        return { closeOutE12, maintenanceE12, valueE12: maintenanceE12 + excess }
      })
    fc.assert(
      fc.property(figures, fc.constantFrom(...LIQUIDATION_DEPTHS), (figure, depth) => {
        const micros = planDrainMicros(figure, depth) ?? 0n
        const valueE12 = figure.valueE12 - micros * 1_000_000n
        const risk = { ...figure, valueE12, initialE12: figure.maintenanceE12 * 2n }
        expect(healthOf(risk)).toBe(WANTED[depth])
      }),
    )
  })

  it('is none without a position, in ranges too narrow to hit, and from below', () => {
    const plan = (valueE12: bigint, maintenanceE12: bigint, closeOutE12: bigint) =>
      planDrainMicros({ valueE12, maintenanceE12, closeOutE12 }, 'partial')
    expect(plan(10n ** 15n, 0n, 0n)).toBeUndefined()
    expect(plan(10n ** 15n, 12_000_000n, 8_000_000n)).toBeUndefined()
    expect(plan(9n * 10n ** 12n, 12n * 10n ** 12n, 8n * 10n ** 12n)).toBeUndefined()
  })
})
