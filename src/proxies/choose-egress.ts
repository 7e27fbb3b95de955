/**
 * Which egress an account uses now. Pure. Fixed plus failover: it stays with its own proxy while that works, moves to
 * another one of the pool when it does not, and comes back when it has been well for a while. What leaves directly was
 * configured so; no failure makes anything leave directly.
 * @module
 */
import { type EgressHealth, isSettled } from './egress-health.ts'

/** One egress as the choice sees it. */
export interface Candidate {
  readonly name: string
  readonly health: EgressHealth
  /** Accounts that use it now. */
  readonly load: number
}

export interface Choice {
  /** The configured one. */
  readonly home: string
  readonly current: string
  /** False pins it to its home. */
  readonly canMove: boolean
  /** Those of the pool, home included, in the order of the configuration. */
  readonly candidates: readonly Candidate[]
  /** Not this one if there is another: a second socket is worth nothing behind the same proxy. */
  readonly avoid?: string | undefined
  /** Failed already in this attempt. */
  readonly tried?: ReadonlySet<string>
}

/** The egress to use; `home` when none works, since one has to be tried. */
export function chooseEgress(choice: Choice, nowMs: number): string {
  const { home, canMove, candidates, avoid } = choice
  if (!canMove) return home
  const homeHealth = candidates.find(({ name }) => name === home)?.health
  // The venue does not serve what lies behind it: no other way is looked for (DESIGN.md section 3, "Answers").
  if (homeHealth?.condition === 'restricted') return home
  const found = chooseAmong(choice, nowMs)
  if (found !== undefined) return found
  return avoid === undefined ? home : chooseEgress({ ...choice, avoid: undefined }, nowMs)
}

/** The best of those that are not ruled out; undefined when none works. */
function chooseAmong(choice: Choice, nowMs: number): string | undefined {
  const { home, current, candidates, avoid, tried } = choice
  const open = candidates.filter(({ name }) => name !== avoid && tried?.has(name) !== true)
  const healthy = open.filter(({ health }) => health.condition === 'healthy')
  const own = healthy.find(({ name }) => name === home)
  if (own !== undefined && (current === home || isSettled(own.health, nowMs))) return home
  if (healthy.some(({ name }) => name === current)) return current
  if (healthy.length > 0) return leastLoaded(healthy)?.name
  const doubtful = open.filter(({ health }) => health.condition === 'degraded')
  // Of several doubtful ones none is better: to go on moving would help nobody.
  const staying = [current, home].find((name) => doubtful.some((other) => other.name === name))
  return staying ?? leastLoaded(doubtful)?.name
}

/** The first of those with the least load. */
function leastLoaded(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (best, candidate) => (best === undefined || candidate.load < best.load ? candidate : best),
    undefined,
  )
}

/** Another one to try after `tried` failed in this attempt; undefined when there is none that may work. */
export function nextEgress(choice: Choice, nowMs: number): string | undefined {
  const next = chooseEgress(choice, nowMs)
  return choice.tried?.has(next) === true || !choice.canMove ? undefined : next
}
