import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../src/errors.ts'
import { parseFault } from '../../src/sim/faults/parse-fault.ts'
import { SCENARIO_NAMES } from '../../src/sim/market/scenarios.ts'
import { SIM_HELP } from '../../src/ui/sim-help.ts'

function knownFaults(): readonly string[] {
  try {
    parseFault('no-such-fault')
  } catch (error) {
    if (error instanceof HedgebotError)
      return (error.hint ?? '').replace('allowed: ', '').split(', ')
  }
  throw new Error('an unknown fault is refused with a list')
}

describe('the help of sim', () => {
  it('describes every kind of fault that can be switched on', () => {
    const kinds = knownFaults()
    expect(kinds.length).toBeGreaterThan(15)
    for (const kind of kinds) expect(SIM_HELP).toMatch(new RegExp(`(^|[ ;])${kind}[: ]`, 'm'))
  })

  it('describes every market', () => {
    for (const name of SCENARIO_NAMES) expect(SIM_HELP).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  it('gives examples that are accepted', () => {
    const [, line = ''] = /Examples: (.*)/.exec(SIM_HELP) ?? []
    const examples = line.trim().split(/\s{2,}/)
    expect(examples.length).toBeGreaterThan(3)
    for (const example of examples) expect(() => parseFault(example)).not.toThrow()
  })

  it('fits a terminal of 120 columns', () => {
    for (const line of SIM_HELP.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  })
})
