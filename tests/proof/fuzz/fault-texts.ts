/** Texts of `--fault`: a fault with finite numbers in their limits, or one named error. */
import { parseFault } from '../../../src/sim/faults/parse-fault.ts'
import type { Draw } from './draw.ts'
import { claim, type FuzzTarget } from './fuzz-target.ts'
import { refusable } from './judge-error.ts'
import { junkText } from './junk.ts'

/** Fault strings. */
export const faultTexts: FuzzTarget = {
  name: 'fault-texts',
  weight: 6_000,
  limitMs: 5_000,
  cpuLimitMs: 500,
  async run(draw) {
    const text = makeText(draw)
    const end = await refusable(() => parseFault(text), { input: text })
    if ('error' in end) {
      claim(
        end.error.kind === 'usage' && end.error.code === 'fault_syntax',
        `code ${end.error.code}`,
        text,
      )
      return 'named error'
    }
    const { effect, scope } = end.value
    claim(scope.ratio >= 0 && scope.ratio <= 1, `ratio ${scope.ratio}`, text)
    claim(
      isTime(scope.fromMs) && scope.untilMs > scope.fromMs,
      `from ${scope.fromMs} until ${scope.untilMs}`,
      text,
    )
    claim(scope.untilMs === Infinity || isTime(scope.untilMs), `until ${scope.untilMs}`, text)
    claim(scope.maxTimes >= 0 && !Number.isNaN(scope.maxTimes), `times ${scope.maxTimes}`, text)
    for (const [name, value] of Object.entries(effect)) {
      if (typeof value === 'number')
        claim(Number.isFinite(value) && Math.abs(value) < 1e13, `${name} is ${value}`, text)
      if (typeof value === 'string')
        claim(value.length < 100, `${name} has ${value.length} characters`, text)
    }
    return 'accepted'
  },
}

/** A moment of a run, however long it is. */
function isTime(ms: number): boolean {
  return Number.isFinite(ms) && ms >= 0 && ms < 1e13
}

const KINDS =
  'unreachable lost-request cut-request lost-answer cut-answer restricted maintenance duplicate-frames half-open silent drop delay delay-answer delay-frames http http-after reject sequencer-refusal clock-skew thin-book drain'.split(
    ' ',
  )
const PARTS = [
  '0.1',
  '1',
  '0',
  '2',
  '-1',
  '50-400',
  '400-50',
  '50',
  '1s',
  '21739',
  '99999',
  '429',
  'html',
  'garbage',
  '-1500',
  '0.05',
  '90',
  '1e3',
  '.5',
  '',
  ' ',
  '0.0000001',
  '1.1',
  '5m',
  '9'.repeat(30),
  '9'.repeat(400),
]
const PAIRS = [
  'account=3',
  'account=-1',
  'ip=127.0.0.1',
  'ip=',
  'endpoint=sendTx',
  'channel=x',
  'at=10s',
  'from=5',
  'until=20s',
  'for=10s',
  'times=2',
  'times=9999999999999999',
  `at=${'9'.repeat(400)}`,
  `for=${'9'.repeat(310)}h`,
  'x=1',
  '=',
  '==',
  'at=1',
  'until=1',
]

function makeText(draw: Draw): string {
  const parts = Array.from({ length: draw.pick([0, 0, 1, 1, 2, 3]) }, () =>
    draw.chance(0.15) ? junkText(draw) : draw.pick(PARTS),
  )
  const pairs = Array.from({ length: draw.pick([0, 0, 1, 2, 3]) }, () =>
    draw.chance(0.1) ? junkText(draw) : draw.pick(PAIRS),
  )
  const kind = draw.chance(0.05) ? junkText(draw) : draw.pick(KINDS)
  const scope = pairs.length === 0 ? '' : `@${pairs.join(',')}`
  return `${[kind, ...parts].join(':')}${scope}${draw.chance(0.03) ? junkText(draw) : ''}`
}
