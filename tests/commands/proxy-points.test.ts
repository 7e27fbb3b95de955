import { describe, expect, it } from 'vitest'
import { proxyPoints } from '../../src/commands/proxy-points.ts'
import { isUsable } from '../../src/proxies/probe/judge-probe.ts'
import type { JudgedWay } from '../../src/proxies/probe/probe-pool.ts'

function way(name: string, verdict: JudgedWay['verdict']): JudgedWay {
  const isOk = verdict === 'ok'
  return {
    name,
    verdict,
    sickStep: isOk ? undefined : 'connect',
    hint: isOk ? undefined : 'take another one',
    steps: [
      {
        step: 'connect',
        outcome: isOk ? 'ok' : 'failed',
        ms: 3,
        failure: isOk
          ? undefined
          : { reason: 'timeout', text: 'the proxy did not answer', isBehindTunnel: false },
      },
    ],
    exitAddress: undefined,
    clock: undefined,
    duplicateOf: undefined,
  }
}

function levelsOf(
  verdicts: readonly JudgedWay['verdict'][],
  { canFailover = true, users = 3 }: { canFailover?: boolean; users?: number } = {},
) {
  return proxyPoints({
    ways: verdicts.map((verdict, at) => way(`p${at}`, verdict)),
    isUsable,
    canFailover,
    accountsOf: () => Array.from({ length: users }, (_, at) => `a${at}`),
  }).map(({ code, level, path }) => `${path} ${level} ${code}`)
}

describe('what a check says about proxies', () => {
  it('is a warning while others can stand in', () => {
    expect(levelsOf(['ok', 'hangs', 'slow'])).toEqual([
      'proxy_pool[0] ok proxy',
      'proxy_pool[1] warning proxy_hangs',
      'proxy_pool[2] warning proxy_slow',
    ])
  })

  it('is an error when none works, or when accounts are pinned to what does not', () => {
    expect(levelsOf(['auth', 'refused'])).toEqual([
      'proxy_pool[0] error proxy_auth',
      'proxy_pool[1] error proxy_refused',
    ])
    expect(levelsOf(['ok', 'hangs'], { canFailover: false })[1]).toBe(
      'proxy_pool[1] error proxy_hangs',
    )
    expect(levelsOf(['ok', 'hangs'], { canFailover: false, users: 0 })[1]).toBe(
      'proxy_pool[1] warning proxy_hangs',
    )
  })

  it('names the step’s failure and what to do', () => {
    const [point] = proxyPoints({
      ways: [way('p0', 'hangs')],
      isUsable,
      canFailover: true,
      accountsOf: () => ['a'],
    })
    expect(point?.message).toBe('proxy "p0" (1 account): hangs: the proxy did not answer')
    expect(point?.hint).toBe('take another one')
  })
})
