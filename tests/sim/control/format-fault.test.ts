import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatFault } from '../../../src/sim/control/format-fault.ts'
import { parseFault } from '../../../src/sim/faults/parse-fault.ts'

const HEADS = [
  'lost-answer',
  'half-open',
  'maintenance',
  'delay:50-400',
  'delay-frames:20',
  'http:429',
  'http-after:garbage',
  'reject:21739',
  'sequencer-refusal',
  'clock-skew:-1500',
  'thin-book:0.05',
  'drain:90.5',
]

describe('a fault as text', () => {
  it('reads back as the same fault', () => {
    const pair = fc.constantFrom('account=3', 'ip=127.0.0.9', 'endpoint=sendTx', 'channel=trade')
    const time = fc.nat(100_000).map((ms) => `from=${ms},until=${ms + 1}`)
    const times = fc.integer({ min: 1, max: 9 }).map((count) => `times=${count}`)
    const pairs = fc.tuple(fc.option(pair), fc.option(time), fc.option(times))
    const ratio = fc.constantFrom('', ':0.1', ':1', ':0.25')
    fc.assert(
      fc.property(fc.constantFrom(...HEADS), ratio, pairs, (head, chance, scope) => {
        const tail = scope.filter((part) => part !== null).join(',')
        const fault = parseFault(`${head}${chance}${tail === '' ? '' : `@${tail}`}`)
        expect(parseFault(formatFault(fault))).toEqual(fault)
      }),
    )
  })
})
