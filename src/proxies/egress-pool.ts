/**
 * The pool of egresses: knows from use and from light probes how each one is, gives every account and feed its way out,
 * moves those whose egress fails and takes them home when it is well again (DESIGN.md sections 2 and 3).
 * @module
 */
import type { EgressEvent, EgressMonitor, EgressState, Transport, Ways } from '../ports.ts'
import { eventOfMove, eventsOfChange } from './egress-events.ts'
import {
  afterDoubt,
  answerPatienceMs,
  connectPatienceMs,
  type EgressHealth,
  isProbeDue,
  newHealth,
  type Observation,
  observe,
  settledAtMs,
} from './egress-health.ts'
import type { EgressPoolOptions, PoolParts, WayState } from './pool-parts.ts'
import { probeEgress } from './probe-egress.ts'
import { createWay } from './way.ts'

export interface EgressPool extends EgressMonitor, Ways {
  /** Ends probes and closes all transports. */
  close(): void
}

interface Pool {
  readonly options: EgressPoolOptions
  readonly health: Map<string, EgressHealth>
  readonly ways: Set<WayState>
  /** Accounts by the egress they use, kept so that a request need not count a thousand ways. */
  readonly loads: Map<string, number>
  readonly listeners: Set<(event: EgressEvent) => void>
  readonly probing: Set<string>
  cancelTimer: () => void
  isClosed: boolean
}

/** A timer that is due now must not spin. */
const MIN_TIMER_MS = 50

/**
 * Creates the pool; nothing is opened, and no timer runs while everything is well. A way is refused with HedgebotError
 * kind `config`, code `egress_unknown`, when its home is not there.
 */
export function createEgressPool(options: EgressPoolOptions): EgressPool {
  const pool: Pool = {
    options,
    health: new Map(),
    ways: new Set(),
    loads: new Map(),
    listeners: new Set(),
    probing: new Set(),
    cancelTimer: () => undefined,
    isClosed: false,
  }
  const startedMs = options.clock.monotonicMs()
  for (const name of options.transports.keys()) pool.health.set(name, newHealth(startedMs))
  const parts = partsOf(pool)
  return {
    way: (wayOptions) => createWay(parts, wayOptions),
    spare: (home) => spareOf(options, home),
    states: () => [...pool.health.keys()].map((name) => stateOf(pool, name)),
    onEvent(listener) {
      pool.listeners.add(listener)
      return () => pool.listeners.delete(listener)
    },
    close() {
      pool.isClosed = true
      pool.cancelTimer()
      for (const transport of options.transports.values()) transport.close()
    },
  }
}

function partsOf(pool: Pool): PoolParts {
  const { options } = pool
  return {
    options,
    enter(way) {
      pool.ways.add(way)
      addLoad(pool, way.current, weightOf(way))
    },
    moved(way, from) {
      addLoad(pool, from, -weightOf(way))
      addLoad(pool, way.current, weightOf(way))
    },
    leave(way) {
      if (pool.ways.delete(way)) addLoad(pool, way.current, -weightOf(way))
    },
    candidates(of) {
      const own = pool.ways.has(of) ? weightOf(of) : 0
      return options.pool.map((name) => ({
        name,
        health: healthOf(pool, name),
        load: loadOf(pool, name) - (name === of.current ? own : 0),
      }))
    },
    condition: (egress) => healthOf(pool, egress).condition,
    connectPatienceMs: (egress) => connectPatienceMs(healthOf(pool, egress)),
    answerPatienceMs: (egress) => answerPatienceMs(healthOf(pool, egress)),
    report: (egress, observation) => note(pool, egress, observation),
  }
}

/** In the order of the pool, from the home on and round. */
function spareOf({ pool, hasFailover }: EgressPoolOptions, home: string): readonly string[] {
  const at = pool.indexOf(home)
  if (at < 0 || !hasFailover) return []
  return [...pool.slice(at + 1), ...pool.slice(0, at)]
}

function healthOf({ health, options }: Pool, name: string): EgressHealth {
  return health.get(name) ?? newHealth(options.clock.monotonicMs())
}

/** Market data and sockets that stand by weigh next to nothing. */
function weightOf({ options }: WayState): number {
  return options.account === undefined ? 0 : 1
}

function loadOf({ loads }: Pool, name: string): number {
  return loads.get(name) ?? 0
}

function addLoad(pool: Pool, name: string, accounts: number): void {
  pool.loads.set(name, loadOf(pool, name) + accounts)
}

function note(pool: Pool, name: string, observation: Observation): void {
  const nowMs = pool.options.clock.monotonicMs()
  change(pool, name, observe(healthOf(pool, name), observation, nowMs))
}

function change(pool: Pool, name: string, next: EgressHealth): void {
  if (pool.isClosed) return
  const before = healthOf(pool, name)
  pool.health.set(name, next)
  if (before.condition !== next.condition) {
    const { pool: names, clock } = pool.options
    const others = names.map((each) => ({ name: each, health: healthOf(pool, each) }))
    for (const event of eventsOfChange({ name, before, next, pool: others }, clock.monotonicMs())) {
      tell(pool, event)
    }
    reconsider(pool)
    if (next.condition === 'down') for (const way of pool.ways) way.tellMoved()
  }
  if (next.condition !== 'healthy' || before.condition !== 'healthy') schedule(pool)
}

function tell({ options, listeners }: Pool, event: EgressEvent): void {
  const { level, kind, message, egress, account } = event
  // Who listens notes it, and notes are logged.
  if (listeners.size === 0) {
    options.logger[level === 'info' ? 'info' : 'warn'](message, { kind, egress, account })
  }
  for (const listener of listeners) listener(event)
}

function reconsider(pool: Pool): void {
  for (const way of pool.ways) {
    const from = way.current
    if (!way.reconsider()) continue
    const { home, account } = way.options
    // Where none works everyone is at home: that was told of the pool.
    const isForLackOfOthers = way.current === home && healthOf(pool, home).condition !== 'healthy'
    if (account !== undefined && !isForLackOfOthers) {
      tell(
        pool,
        eventOfMove({ account, home, from, to: way.current, health: healthOf(pool, from) }),
      )
    }
    way.tellMoved()
  }
}

function schedule(pool: Pool): void {
  const { clock } = pool.options
  pool.cancelTimer()
  pool.cancelTimer = () => undefined
  const dueMs = nextDueMs(pool)
  if (pool.isClosed || dueMs === undefined) return
  const inMs = Math.max(MIN_TIMER_MS, dueMs - clock.monotonicMs())
  pool.cancelTimer = clock.setTimer(inMs, () => onTimer(pool))
}

/** When something is to be asked or decided again; undefined while all is well and everyone is at home. */
function nextDueMs(pool: Pool): number | undefined {
  const { health, probing, ways, options } = pool
  const nowMs = options.clock.monotonicMs()
  const questions = [...health].flatMap(([name, { probeAtMs }]) =>
    probeAtMs === undefined || probing.has(name) ? [] : [probeAtMs],
  )
  const returns = [...ways]
    .filter((way) => way.current !== way.options.home)
    .map((way) => healthOf(pool, way.options.home))
    .filter(({ condition }) => condition === 'healthy')
    .map(settledAtMs)
    .filter((atMs) => atMs > nowMs)
  const all = [...questions, ...returns]
  return all.length === 0 ? undefined : Math.min(...all)
}

function onTimer(pool: Pool): void {
  const { transports, clock } = pool.options
  const nowMs = clock.monotonicMs()
  for (const [name, transport] of transports) {
    const health = healthOf(pool, name)
    if (!isProbeDue(health, nowMs)) continue
    if (health.condition === 'degraded') pool.health.set(name, afterDoubt(health, nowMs))
    else probe(pool, name, transport)
  }
  reconsider(pool)
  schedule(pool)
}

/** One at a time: a circuit that is half open lets one through. */
function probe(pool: Pool, name: string, transport: Transport): void {
  const { probing, options } = pool
  if (probing.has(name)) return
  probing.add(name)
  void probeEgress(transport, options.clock).then((observation) => {
    probing.delete(name)
    note(pool, name, observation)
  })
}

function stateOf(pool: Pool, name: string): EgressState {
  const { condition, reason, sinceMs, connectMs } = healthOf(pool, name)
  return { name, condition, reason, sinceMs, connectMs, accounts: loadOf(pool, name) }
}
