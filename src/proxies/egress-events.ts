/**
 * What the owner hears of egresses: one that is down, one that is well again, accounts that moved, a pool that gets thin.
 * Pure.
 * @module
 */
import type { EgressEvent } from '../ports.ts'
import type { EgressHealth, SickReason } from './egress-health.ts'

/** In words, after `proxy "x" is down:`. */
const TEXTS: Readonly<Record<SickReason, string>> = {
  auth: 'it does not accept our user name or password',
  denied: 'it does not let us through to the exchange',
  no_tunnel: 'it does not reach the exchange',
  refused: 'it refuses connections',
  unreachable: 'it cannot be reached',
  unresolved: 'its name does not resolve',
  hangs: 'it accepts connections and does not answer',
  reset: 'connections through it break',
  tls: 'no secure connection comes about through it',
  not_http: 'it does not speak the configured protocol',
  no_answer: 'nothing that goes through it is answered',
  blocked: 'the exchange does not let it in',
  restricted: 'the exchange does not serve the place it leads to',
}

/** What is wrong with an egress, as a clause. */
function sickText(reason: SickReason | undefined): string {
  return reason === undefined ? 'it does not work' : TEXTS[reason]
}

export interface HealthChange {
  readonly name: string
  readonly before: EgressHealth
  readonly next: EgressHealth
  /** The pool as it is now, this change included. */
  readonly pool: readonly { readonly name: string; readonly health: EgressHealth }[]
}

/** What is said about a change of condition. A doubt is nothing to tell. */
export function eventsOfChange(change: HealthChange, nowMs: number): readonly EgressEvent[] {
  return [...ownEvents(change, nowMs), ...poolEvents(change)]
}

function ownEvents({ name, before, next }: HealthChange, nowMs: number): readonly EgressEvent[] {
  const what = name === 'direct' ? 'the direct way' : `proxy "${name}"`
  if (next.condition === 'restricted') {
    return [
      {
        level: 'alert',
        kind: 'egress_restricted',
        message: `${what} is out of use: ${sickText(next.reason)}; no other way is looked for, and nothing is opened`,
        egress: name,
      },
    ]
  }
  if (next.condition === 'down') {
    const message = `${what} is down: ${sickText(next.reason)}`
    return [{ level: 'warning', kind: 'egress_down', message, egress: name }]
  }
  if (before.condition !== 'down' || next.condition !== 'healthy') return []
  const seconds = ((nowMs - before.sinceMs) / 1000).toFixed(1)
  const message = `${what} is well again after ${seconds} s`
  return [{ level: 'info', kind: 'egress_down_over', message, egress: name }]
}

/** Of a pool of several: one that is left, none that is left, and when that is over. */
function poolEvents({ name, before, pool }: HealthChange): readonly EgressEvent[] {
  if (pool.length < 2 || !pool.some((each) => each.name === name)) return []
  const left = pool.filter(({ health }) => isUsable(health))
  const usableBefore = left.filter((each) => each.name !== name).length + (isUsable(before) ? 1 : 0)
  if (left.length === usableBefore) return []
  const [last] = left
  if (left.length === 0) {
    const message =
      'no proxy of the pool works: everyone tries its own; what rests on the exchange protects'
    return [{ level: 'alert', kind: 'pool_empty', message, egress: name }]
  }
  if (left.length === 1 && last !== undefined) {
    const message = `only one proxy of ${pool.length} works: "${last.name}" carries everything`
    return [{ level: 'alert', kind: 'pool_thin', message, egress: last.name }]
  }
  if (usableBefore > 1) return []
  const message = `${left.length} proxies of ${pool.length} work again`
  return [{ level: 'info', kind: 'pool_thin_over', message, egress: name }]
}

function isUsable({ condition }: EgressHealth): boolean {
  return condition === 'healthy' || condition === 'degraded'
}

export interface Move {
  readonly account: string
  readonly home: string
  readonly from: string
  readonly to: string
  /** Of the one it left. */
  readonly health: EgressHealth
}

/** What is said about an account that goes another way. */
export function eventOfMove({ account, home, from, to, health }: Move): EgressEvent {
  if (to === home) {
    const message = `${account}: back on its own proxy "${home}"`
    return { level: 'info', kind: 'account_returned', message, egress: to, account }
  }
  const message = `${account}: "${from}" ${health.condition === 'healthy' ? 'is left' : `fails (${sickText(health.reason)})`}: goes through "${to}" now`
  return { level: 'info', kind: 'account_moved', message, egress: to, account }
}
