/** Which point is killed next: every kind first, then every point, always the one that was hit least. */
import type { PointName } from './point-name.ts'
import { kindOf, formatPoint } from './point-name.ts'

/** The points that a variant of a scenario passes. */
export interface Recording {
  readonly scenario: string
  /** Even or odd, as `variantOf` takes it. */
  readonly parity: 0 | 1
  readonly points: readonly string[]
}

export interface PlanOptions {
  readonly recordings: readonly Recording[]
  readonly seed: number
  /** At least so many hits. */
  readonly count: number
  /** At least so many of every kind. */
  readonly perKind: number
}

export interface PlannedKill {
  readonly name: PointName
  readonly seed: number
}

export interface KillPlan {
  /** Undefined when everything that is wanted was hit or is on its way. */
  next(): PlannedKill | undefined
  /** A planned kill found no such point: not every run has as many. It is not tried again. */
  missed(kill: PlannedKill): void
  readonly kinds: readonly string[]
}

/** Plans kills; the same options give the same ones as long as no point is missed. */
export function createKillPlan({ recordings, seed, count, perKind }: PlanOptions): KillPlan {
  const all = recordings.flatMap(({ scenario, parity, points }) =>
    points.map((point) => ({ name: { scenario, point }, parity })),
  )
  const hits = new Map<string, number>()
  const unmet = new Set<string>()
  const kinds = [...new Set(all.map(({ name }) => kindOf(name)))].sort()
  let planned = 0
  let drawn = 0
  const hitsOf = (key: string): number => hits.get(key) ?? 0
  const add = (name: PointName, change: 1 | -1): void => {
    for (const key of [formatPoint(name), kindOf(name)]) hits.set(key, hitsOf(key) + change)
    planned += change
  }
  const isWorthTrying = ({ name }: { readonly name: PointName }): boolean =>
    !unmet.has(formatPoint(name))
  const isKindDue = ({ name }: { readonly name: PointName }): boolean =>
    hitsOf(kindOf(name)) < perKind
  return {
    kinds,
    next() {
      const possible = all.filter(isWorthTrying)
      const due = possible.filter(isKindDue)
      if (possible.length === 0 || (due.length === 0 && planned >= count)) return undefined
      const [first] = (due.length > 0 ? due : possible).toSorted(
        (a, b) =>
          (due.length > 0 ? hitsOf(kindOf(a.name)) - hitsOf(kindOf(b.name)) : 0) ||
          hitsOf(formatPoint(a.name)) - hitsOf(formatPoint(b.name)) ||
          spread(seed, a.name) - spread(seed, b.name),
      )
      if (first === undefined) return undefined
      add(first.name, 1)
      drawn += 1
      return { name: first.name, seed: 2 * (seed * 1000 + drawn) + first.parity }
    },
    missed({ name }) {
      add(name, -1)
      unmet.add(formatPoint(name))
    },
  }
}

/** An order among equals that differs from seed to seed. */
function spread(seed: number, name: PointName): number {
  let value = seed >>> 0
  for (const letter of formatPoint(name)) {
    value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0
  }
  return value
}
