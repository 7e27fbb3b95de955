import type { Clock, Rng } from '../../ports.ts'
import type {
  EffectOf,
  Fault,
  FaultEffect,
  FaultKind,
  FaultPlan,
  FaultScope,
} from './fault-plan.ts'

/** Whom an occasion concerns. What is left out matches no scope that names it. */
export interface FaultOccasion {
  readonly accounts?: ReadonlySet<number>
  readonly ip?: string
  readonly endpoint?: string
  readonly channel?: string
}

/** Decides at each occasion whether a fault strikes. Times count from its creation. */
export interface FaultSwitch {
  /** True when no fault is planned: callers skip the preparation of occasions. */
  isEmpty(): boolean
  /** Throws the dice for the kind; the effect of the first fault that strikes. */
  strike<K extends FaultKind>(kind: K, occasion?: FaultOccasion): EffectOf<K> | undefined
  /** Faults of the kind whose time is now, without dice and without counting. */
  activeFaults(kind: FaultKind): readonly Fault[]
  /** All planned faults of the kind, whenever they happen. */
  planned(kind: FaultKind): readonly Fault[]
  /** Sum of the active clock skews, milliseconds. */
  clockSkewMs(): number
  /** Milliseconds since the plan began. */
  elapsedMs(): number
  /** Plans more; the numbers that `list` and `remove` know them by. */
  add(...faults: readonly Fault[]): readonly number[]
  /** Every planned fault that was not removed, in the order of planning. */
  list(): readonly PlannedFault[]
  /** Ends one fault; false when there is none with this number. */
  remove(id: number): boolean
  /** Ends every fault, as when the weather clears. */
  clear(): void
  /** How often each kind has struck. */
  strikes(): ReadonlyMap<FaultKind, number>
}

/** A fault of the plan and what has become of it. */
export interface PlannedFault {
  /** From 1, in the order of planning. */
  readonly id: number
  readonly fault: Fault
  /** How often it has struck. */
  readonly times: number
}

export interface FaultSwitchOptions {
  readonly plan?: FaultPlan
  readonly clock: Clock
  readonly rng: Rng
}

/** Creates the switch of a run; the seed of `rng` makes its dice repeatable. */
export function createFaultSwitch({ plan = [], clock, rng }: FaultSwitchOptions): FaultSwitch {
  const startMs = clock.monotonicMs()
  const planned = createFaultList()
  const counts = new Map<FaultKind, number>()
  const elapsedMs = () => clock.monotonicMs() - startMs

  const strike = (kind: FaultKind, occasion: FaultOccasion = {}): FaultEffect | undefined => {
    for (const entry of planned.ofKind(kind)) {
      const { scope } = entry.fault
      if (entry.times >= scope.maxTimes || !isInTime(scope, elapsedMs())) continue
      if (!isInScope(scope, occasion)) continue
      if (scope.ratio < 1 && rng.nextFloat() >= scope.ratio) continue
      entry.times += 1
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      return entry.fault.effect
    }
    return undefined
  }
  const activeFaults = (kind: FaultKind) =>
    planned
      .ofKind(kind)
      .filter((entry) => isInTime(entry.fault.scope, elapsedMs()))
      .map((entry) => entry.fault)

  planned.add(...plan)
  return {
    isEmpty: () => planned.isEmpty(),
    strike: <K extends FaultKind>(kind: K, occasion?: FaultOccasion) =>
      strike(kind, occasion) as EffectOf<K> | undefined,
    activeFaults,
    planned: (kind) => planned.ofKind(kind).map((entry) => entry.fault),
    clockSkewMs() {
      let sum = 0
      for (const { effect } of planned.isEmpty() ? [] : activeFaults('clock-skew')) {
        if (effect.kind === 'clock-skew') sum += effect.skewMs
      }
      return sum
    },
    elapsedMs,
    add: (...faults) => planned.add(...faults),
    list: () => planned.list(),
    remove: (id) => planned.remove(id),
    clear: () => planned.clear(),
    strikes: () => counts,
  }
}

interface FaultEntry {
  readonly id: number
  readonly fault: Fault
  times: number
}

interface FaultList extends Pick<FaultSwitch, 'isEmpty' | 'add' | 'list' | 'remove' | 'clear'> {
  ofKind(kind: FaultKind): readonly FaultEntry[]
}

/** Faults by kind, so that an occasion asks only those that could befall it. */
function createFaultList(): FaultList {
  const byKind = new Map<FaultKind, readonly FaultEntry[]>()
  let nextId = 1
  return {
    isEmpty: () => byKind.size === 0,
    ofKind: (kind) => byKind.get(kind) ?? [],
    add: (...faults) =>
      faults.map((fault) => {
        const entry = { id: nextId++, fault, times: 0 }
        byKind.set(fault.effect.kind, [...(byKind.get(fault.effect.kind) ?? []), entry])
        return entry.id
      }),
    list: () => [...byKind.values()].flat().sort((a, b) => a.id - b.id),
    remove(id) {
      for (const [kind, list] of byKind) {
        const left = list.filter((entry) => entry.id !== id)
        if (left.length === list.length) continue
        if (left.length === 0) byKind.delete(kind)
        else byKind.set(kind, left)
        return true
      }
      return false
    },
    clear: () => byKind.clear(),
  }
}

/** A delay drawn uniformly from the effect's range, milliseconds. */
export function drawDelayMs(effect: EffectOf<'delay'>, rng: Rng): number {
  return effect.minMs + (effect.maxMs - effect.minMs) * rng.nextFloat()
}

function isInTime(scope: FaultScope, elapsedMs: number): boolean {
  return elapsedMs >= scope.fromMs && elapsedMs < scope.untilMs
}

function isInScope(scope: FaultScope, occasion: FaultOccasion): boolean {
  if (scope.accountIndex !== undefined && occasion.accounts?.has(scope.accountIndex) !== true) {
    return false
  }
  return (
    (scope.ip === undefined || scope.ip === occasion.ip) &&
    (scope.endpoint === undefined || scope.endpoint === occasion.endpoint) &&
    (scope.channel === undefined || scope.channel === occasion.channel)
  )
}
