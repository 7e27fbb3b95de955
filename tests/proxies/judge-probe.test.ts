import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SLOW_STEP_MS, isUsable, judgeProbe } from '../../src/proxies/probe/judge-probe.ts'
import { PROBE_STEPS } from '../../src/proxies/probe/probe-model.ts'
import type {
  Failure,
  FailureReason,
  ProbeReport,
  ProbeStep,
  StepOutcome,
  Verdict,
} from '../../src/proxies/probe/probe-model.ts'
import { judgePool } from '../../src/proxies/probe/probe-pool.ts'

const REASONS: readonly FailureReason[] = [
  'unresolved',
  'refused',
  'unreachable',
  'timeout',
  'reset',
  'tls',
  'login',
  'denied',
  'no_tunnel',
  'speaks_socks',
  'speaks_http',
  'speaks_tls',
  'unreadable',
  'venue_status',
  'foreign',
  'no_address',
]

/** Everything before `sick` went well, everything after it was not tried. */
function stepsUntil(sick: ProbeStep, failure: Failure): readonly StepOutcome[] {
  const at = PROBE_STEPS.indexOf(sick)
  return PROBE_STEPS.map((step, index) => {
    if (index < at) return { step, outcome: 'ok', ms: 10, failure: undefined }
    if (index > at) return { step, outcome: 'skipped', ms: undefined, failure: undefined }
    return { step, outcome: 'failed', ms: 20, failure }
  })
}

function judge(step: ProbeStep, failure: Partial<Failure>, passed: readonly ProbeStep[] = []) {
  const isBehindTunnel = step !== 'tcp' && step !== 'connect'
  const full: Failure = { reason: 'timeout', text: 'x', isBehindTunnel, ...failure }
  return judgeProbe(stepsUntil(step, full), new Set(passed))
}

const well = (msOf: (step: ProbeStep) => number | undefined): readonly StepOutcome[] =>
  PROBE_STEPS.map((step) => {
    const ms = msOf(step)
    return { step, outcome: ms === undefined ? 'skipped' : 'ok', ms, failure: undefined }
  })

describe('the judgement of one way', () => {
  it.each<[ProbeStep, Partial<Failure>, Verdict]>([
    ['tcp', { reason: 'unresolved' }, 'unresolved'],
    ['tcp', { reason: 'refused' }, 'refused'],
    ['tcp', { reason: 'unreachable' }, 'unreachable'],
    ['tcp', { reason: 'timeout' }, 'hangs'],
    ['connect', { reason: 'timeout' }, 'hangs'],
    ['connect', { reason: 'reset' }, 'reset'],
    ['connect', { reason: 'login', status: 407 }, 'auth'],
    ['connect', { reason: 'denied' }, 'blocked'],
    ['connect', { reason: 'no_tunnel' }, 'no_tunnel'],
    ['connect', { reason: 'speaks_socks' }, 'speaks_socks'],
    ['connect', { reason: 'speaks_http' }, 'speaks_http'],
    ['connect', { reason: 'unreadable' }, 'unexpected'],
    ['tls', { reason: 'tls' }, 'tls'],
    ['tls', { reason: 'reset' }, 'reset'],
    ['tls', { reason: 'timeout' }, 'venue_down'],
    ['first_byte', { reason: 'venue_status', status: 405 }, 'blocked'],
    ['first_byte', { reason: 'venue_status', status: 500 }, 'venue_down'],
    ['first_byte', { reason: 'venue_status', status: 418 }, 'unexpected'],
    ['first_byte', { reason: 'foreign' }, 'unexpected'],
    ['websocket', { reason: 'venue_status', status: 400, venueCode: 20_558 }, 'restricted'],
    ['websocket', { reason: 'timeout' }, 'venue_down'],
    ['websocket', { reason: 'timeout', isBehindTunnel: false }, 'hangs'],
  ])('at %s: %j is %s', (step, failure, verdict) => {
    const judged = judge(step, failure)
    expect(judged).toMatchObject({ verdict, sickStep: step })
    expect(judged.hint).not.toBe('')
  })

  it('blames a silent way when another one took the same step', () => {
    expect(judge('tls', {}, ['tcp', 'connect', 'tls']).verdict).toBe('hangs')
    expect(judge('websocket', {}, ['tcp', 'connect', 'tls', 'first_byte']).verdict).toBe(
      'venue_down',
    )
  })

  it('says which protocol to set', () => {
    expect(judge('connect', { reason: 'speaks_socks' }).hint).toContain('protocol: socks5')
    expect(judge('connect', { reason: 'speaks_http' }).hint).toContain('protocol: http')
    expect(judge('connect', { reason: 'speaks_tls' }).hint).toContain('protocol: https')
  })

  it('calls a way slow above the limit and names its slowest step', () => {
    const at = (ms: number) =>
      judgeProbe(
        well((step) => (step === 'connect' ? ms : step === 'tls' ? ms - 1 : 5)),
        new Set(),
      )
    expect(at(SLOW_STEP_MS)).toMatchObject({ verdict: 'ok', sickStep: undefined })
    expect(at(SLOW_STEP_MS + 1)).toMatchObject({ verdict: 'slow', sickStep: 'connect' })
    expect(isUsable(at(SLOW_STEP_MS + 1).verdict)).toBe(true)
  })

  it('does not hold a slow or broken check page against a way', () => {
    const slowPage = well((step) => (step === 'exit_address' ? 60_000 : 5))
    expect(judgeProbe(slowPage, new Set()).verdict).toBe('ok')
    expect(judge('exit_address', { reason: 'no_address' }).verdict).toBe('ok')
  })

  it('is never ok with a failed step, always has a hint then, and names that step', () => {
    const failures = fc.record({
      reason: fc.constantFrom(...REASONS),
      text: fc.string(),
      isBehindTunnel: fc.boolean(),
      status: fc.integer({ min: 0, max: 999 }),
      venueCode: fc.integer({ min: 0, max: 99_999 }),
    })
    const sickSteps = fc.constantFrom(...PROBE_STEPS.filter((step) => step !== 'exit_address'))
    const passed = fc.subarray([...PROBE_STEPS])
    fc.assert(
      fc.property(sickSteps, failures, passed, (step, failure, elsewhere) => {
        const judged = judgeProbe(stepsUntil(step, failure), new Set(elsewhere))
        expect(isUsable(judged.verdict)).toBe(false)
        expect(judged.sickStep).toBe(step)
        expect(judged.hint?.length).toBeGreaterThan(10)
      }),
    )
  })

  it('depends on times only by whether one is above the limit', () => {
    const times = fc.record(
      Object.fromEntries(
        PROBE_STEPS.map((step) => [step, fc.option(fc.nat(3_000), { nil: undefined })]),
      ) as Record<ProbeStep, fc.Arbitrary<number | undefined>>,
    )
    fc.assert(
      fc.property(times, (msOf) => {
        const { verdict, sickStep } = judgeProbe(
          well((step) => msOf[step]),
          new Set(),
        )
        const own = PROBE_STEPS.filter((step) => step !== 'exit_address')
        const worst = Math.max(...own.map((step) => msOf[step] ?? 0))
        expect(verdict).toBe(worst > SLOW_STEP_MS ? 'slow' : 'ok')
        expect(sickStep === undefined ? undefined : msOf[sickStep]).toBe(
          verdict === 'slow' ? worst : undefined,
        )
      }),
    )
  })
})

describe('the judgement of a pool', () => {
  const report = (name: string, exitAddress: string | undefined): ProbeReport => ({
    name,
    steps: well(() => 5),
    exitAddress,
    clock: undefined,
  })

  it('points every duplicate at the first way with its address, and nothing at an unknown one', () => {
    const addresses = fc.array(fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }))
    fc.assert(
      fc.property(addresses, (exits) => {
        const judged = judgePool(exits.map((exit, at) => report(`p${at}`, exit)))
        for (const [at, { exitAddress, duplicateOf }] of judged.entries()) {
          const first = exits.findIndex((exit) => exit === exitAddress)
          const isDuplicate = exitAddress !== undefined && first < at
          expect(duplicateOf).toBe(isDuplicate ? `p${first}` : undefined)
        }
      }),
    )
  })

  it('judges a way by what the others reached, whatever their order', () => {
    const silent: ProbeReport = {
      ...report('silent', undefined),
      steps: stepsUntil('first_byte', { reason: 'timeout', text: 'x', isBehindTunnel: true }),
    }
    const verdictOf = (reports: readonly ProbeReport[]) =>
      judgePool(reports).find(({ name }) => name === 'silent')?.verdict
    expect(verdictOf([silent, report('good', undefined)])).toBe('hangs')
    expect(verdictOf([report('good', undefined), silent])).toBe('hangs')
    expect(verdictOf([silent])).toBe('venue_down')
  })
})
