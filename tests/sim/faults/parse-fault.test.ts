import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../../src/errors.ts'
import { EVERYWHERE } from '../../../src/sim/faults/fault-plan.ts'
import { parseFault } from '../../../src/sim/faults/parse-fault.ts'

describe('the text of a fault', () => {
  it.each([
    ['lost-answer:0.1', { kind: 'lost-answer' }, { ratio: 0.1 }],
    ['drop', { kind: 'drop' }, {}],
    ['reject:21739@account=3', { kind: 'reject', code: 21739 }, { accountIndex: 3 }],
    ['reject:21739:0.5', { kind: 'reject', code: 21739 }, { ratio: 0.5 }],
    ['sequencer-refusal', { kind: 'sequencer-refusal', code: 21739 }, {}],
    ['sequencer-refusal:0.2', { kind: 'sequencer-refusal', code: 21739 }, { ratio: 0.2 }],
    ['sequencer-refusal:21733', { kind: 'sequencer-refusal', code: 21733 }, {}],
    ['delay:50-400:0.3', { kind: 'delay', minMs: 50, maxMs: 400 }, { ratio: 0.3 }],
    ['delay-answer:2s', { kind: 'delay-answer', minMs: 2_000, maxMs: 2_000 }, {}],
    ['http:429:0.1', { kind: 'http', answer: '429' }, { ratio: 0.1 }],
    [
      'http-after:500@endpoint=sendTx',
      { kind: 'http-after', answer: '500' },
      { endpoint: 'sendTx' },
    ],
    ['clock-skew:-1500', { kind: 'clock-skew', skewMs: -1_500 }, {}],
    ['thin-book:0.05', { kind: 'thin-book', factor: 0.05 }, {}],
    [
      'drain:90@account=3,at=1m',
      { kind: 'drain', usd: '90' },
      { accountIndex: 3, fromMs: 60_000, maxTimes: 1 },
    ],
    [
      'maintenance@at=1h,for=30m',
      { kind: 'maintenance' },
      { fromMs: 3_600_000, untilMs: 5_400_000 },
    ],
    ['half-open@at=30s,times=1', { kind: 'half-open' }, { fromMs: 30_000, maxTimes: 1 }],
    ['maintenance@from=10s,for=5s', { kind: 'maintenance' }, { fromMs: 10_000, untilMs: 15_000 }],
    [
      'silent@ip=127.0.0.2,channel=user_stats,until=9s',
      { kind: 'silent' },
      { ip: '127.0.0.2', channel: 'user_stats', untilMs: 9_000 },
    ],
  ])('%s', (text, effect, scope) => {
    expect(parseFault(text)).toEqual({ effect, scope: { ...EVERYWHERE, ...scope } })
  })

  it.each([
    'nonsense',
    '',
    'drop:2',
    'drop:0.1:0.2',
    'delay',
    'delay:400-50',
    'delay:soon',
    'http:418',
    'reject',
    'reject:abc',
    'drop@account',
    'drop@planet=3',
    'drop@account=x',
    'drain:many',
    'thin-book:-1',
    'drop@account=1.5',
    'drop@times=-1',
    'drop@at=30s,until=10s',
    'drop@for=0s',
    'drop@at=1s,from=2s',
    'drop@for=1s,until=2s',
    'drop@at=2d',
  ])('"%s" is refused with what is allowed', (text) => {
    let thrown: unknown
    try {
      parseFault(text)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(HedgebotError)
    expect(thrown).toMatchObject({
      kind: 'usage',
      code: 'fault_syntax',
      hint: expect.stringMatching(/^allowed: /) as string,
    })
  })

  it('never fails in another way', () => {
    const outcomeOf = (text: string): unknown => {
      try {
        return parseFault(text)
      } catch (error) {
        return error
      }
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        const outcome = outcomeOf(text)
        expect(outcome instanceof HedgebotError || !(outcome instanceof Error)).toBe(true)
      }),
    )
  })
})
