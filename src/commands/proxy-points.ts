import type { PreflightPoint } from '../hedge/preflight-facts.ts'
import type { JudgedWay } from '../proxies/probe/probe-pool.ts'

/** What a check says about proxies depends on who could stand in for them. */
export interface ProxyPointOptions {
  /** In the order of `proxy_pool`. */
  readonly ways: readonly JudgedWay[]
  readonly isUsable: (verdict: JudgedWay['verdict']) => boolean
  readonly canFailover: boolean
  /** By name. */
  readonly accountsOf: (name: string) => readonly string[]
}

/**
 * One finding for each proxy. One that does not work is an error for whoever cannot go another way, and a warning while
 * others carry its accounts.
 */
export function proxyPoints(options: ProxyPointOptions): readonly PreflightPoint[] {
  const { ways, isUsable, canFailover, accountsOf } = options
  const hasOther = canFailover && ways.some(({ verdict }) => isUsable(verdict))
  return ways.map((way, at): PreflightPoint => {
    const { name, verdict, sickStep, hint } = way
    const base = { path: `proxy_pool[${at}]`, hint }
    if (verdict === 'ok') {
      return { ...base, code: 'proxy', level: 'ok', message: `proxy "${name}" works` }
    }
    const failure = way.steps.find(({ step }) => step === sickStep)?.failure?.text
    const what = failure === undefined ? `${verdict} at ${sickStep}` : `${verdict}: ${failure}`
    const users = accountsOf(name).length
    const isNeeded = users > 0 && !isUsable(verdict) && !hasOther
    return {
      ...base,
      code: `proxy_${verdict}`,
      level: isNeeded ? 'error' : 'warning',
      message: `proxy "${name}" (${users === 1 ? '1 account' : `${users} accounts`}): ${what}`,
    }
  })
}
