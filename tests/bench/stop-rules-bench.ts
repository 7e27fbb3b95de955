/**
 * What a mark tick costs the stop rules, for 20, 200 and 1,000 accounts on one market: the board's look, the same by
 * profit and loss of every leg at every tick, one integer comparison for every leg, and the whole decision. Microseconds.
 *
 *     npx tsx tests/bench/stop-rules-bench.ts
 * @module
 */
import { ZERO } from '../../src/hedge/decimal.ts'
import type { Dec } from '../../src/hedge/decimal.ts'
import { known } from '../../src/hedge/known.ts'
import { createStopBoard } from '../../src/hedge/stop-board.ts'
import { NO_STOP_MEMORY } from '../../src/hedge/stop-memory.ts'
import type { StopPolicy } from '../../src/hedge/stop-policy.ts'
import { decideOwnStops, decideStops } from '../../src/hedge/stop-rules.ts'
import type { StopHedge, StopSnapshot } from '../../src/hedge/stop-snapshot.ts'
import { unrealizedPnlUsd } from '../../src/hedge/pnl.ts'
import { btcMarket, dec } from '../hedge/sample-market.ts'
import { NOW, snapshotAt, stopHedge, stopLeg, stopPolicy } from '../hedge/stop-samples.ts'
import type { Section } from './figures.ts'
import { goal, rounded, spreadOf, timesLess } from './figures.ts'

const ACCOUNTS = [20, 200, 1000]
/** Of 100 ticks a second, one may take ten milliseconds; the stop rules get a hundredth of it. */
const QUIET_TICK_P99_US = 100
const BTC = btcMarket().marketIndex

/** Measures quiet ticks, ticks that stop one hedge, and a market that stops all. */
export function benchStopRules(): Section {
  const figures = Object.fromEntries(ACCOUNTS.map((count) => [`${count}Accounts`, measure(count)]))
  const goals = Object.entries(figures).map(([name, { quietTickUs }]) =>
    goal(`${name}.quietTickUs.p99`, quietTickUs.p99, QUIET_TICK_P99_US),
  )
  const problems = Object.entries(figures)
    .filter(([, { hitsOfStorm }], at) => hitsOfStorm !== (ACCOUNTS[at] ?? 0) / 2)
    .map(([name]) => `${name}: a fall through every level did not hit every long`)
  return { figures, goals, problems }
}

function measure(accountCount: number) {
  const hedges = hedgesOf(accountCount)
  const policy = everyRule()
  const board = createStopBoard(policy)
  for (const hedge of hedges) board.set(hedge)
  const marks = quietMarks()
  board.tick(BTC, known(dec(100_000), NOW), NOW)
  const snapshots = marks.map((mark) => snapshotAt(mark, hedges))
  const quietTickUs = timesUs(20_000, (at) => board.tick(BTC, markAt(marks, at), NOW))
  const naiveTickUs = timesUs(runsFor(accountCount), (at) =>
    naiveTick(hedges, policy, marks[at % marks.length]),
  )
  const integerTickUs = timesUs(runsFor(accountCount) * 4, integerTick(hedges, marks))
  const decisionUs = timesUs(runsFor(accountCount), (at) => decideAt(snapshots, policy, at))
  const hitTickUs = hitTick(board, { hedges, policy, mark: dec('91000.5'), runs: 5000 })
  const fallen = { hedges, policy, mark: dec(80_000), runs: runsFor(accountCount) }
  return {
    quietTickUs,
    quietTicksPerSecond: Math.round(
      1_000_000 / meanUs(50_000, (at) => board.tick(BTC, markAt(marks, at), NOW)),
    ),
    naiveTickUs,
    timesFasterThanNaive: timesLess(quietTickUs.p50, naiveTickUs.p50),
    integerTickUs,
    decisionUs,
    hitTickToVerdictUs: hitTickUs,
    fallToAllVerdictsUs: hitTick(board, fallen),
    setHedgeUs: timesUs(2000, (at) => {
      board.set(hedges[at % hedges.length] ?? stopHedge())
    }),
    hitsOfStorm: board.tick(BTC, known(dec(1), NOW), NOW).hits.length,
  }
}

/** Entries spread over 2,000 USD, so that levels differ; the first hedge is nearest to its stop. */
function hedgesOf(accountCount: number): readonly StopHedge[] {
  return Array.from({ length: accountCount / 2 }, (_, at) => {
    const entry = `${101_000 - (at % 2000)}.5`
    const hedgeId = `h${at + 1}`
    const legs = [stopLeg(`${hedgeId}_a 0.01 @ ${entry}`), stopLeg(`${hedgeId}_b -0.01 @ ${entry}`)]
    return stopHedge({ hedgeId, legs })
  })
}

function everyRule(): StopPolicy {
  return stopPolicy({
    hedgeStopUsd: dec(50),
    totalStopUsd: dec(5000),
    takeProfitUsd: dec(50),
    trailingUsd: dec(20),
    maxHoldMs: 86_400_000,
    dailyStopLimit: 5,
  })
}

function quietMarks(): readonly Dec[] {
  return Array.from({ length: 500 }, (_, at) => dec(`${99_000 + ((at * 37) % 2000)}.${at % 10}`))
}

function markAt(marks: readonly Dec[], at: number) {
  return known(marks[at % marks.length] ?? ZERO, NOW)
}

/** The definition, for every leg at every tick. */
function naiveTick(hedges: readonly StopHedge[], policy: StopPolicy, mark: Dec = ZERO): number {
  let hits = 0
  for (const { legs } of hedges) {
    for (const { position } of legs) {
      if (!position.isKnown) continue
      if (unrealizedPnlUsd(position.value, mark).lte(policy.stopLossUsd.negated())) hits += 1
    }
  }
  return hits
}

/** One comparison of integers for every leg, the mark's conversion to ticks included. */
function integerTick(hedges: readonly StopHedge[], marks: readonly Dec[]) {
  const triggers = hedges.flatMap(({ legs }) =>
    legs.map(({ position }) =>
      position.isKnown ? BigInt(position.value.entryPrice.times(10).toFixed(0)) : 0n,
    ),
  )
  return (at: number): number => {
    const ticks = BigInt((marks[at % marks.length] ?? ZERO).times(10).toFixed(0)) - 200_000n
    let hits = 0
    for (const trigger of triggers) if (ticks >= trigger) hits += 1
    return hits
  }
}

/** As in a running program: what was remembered the last time is known. */
const memory = { now: NO_STOP_MEMORY }

function decideAt(snapshots: readonly StopSnapshot[], policy: StopPolicy, at: number) {
  const snapshot = snapshots[at % snapshots.length] ?? snapshotAt(1)
  const decision = decideStops({ snapshot, policy, memory: memory.now, nowMs: NOW })
  memory.now = decision.memory
  return decision
}

interface Fall {
  readonly hedges: readonly StopHedge[]
  readonly policy: StopPolicy
  readonly mark: Dec
  readonly runs: number
}

/** From a tick that reaches hedges to the verdicts on them. */
function hitTick(board: ReturnType<typeof createStopBoard>, { hedges, policy, mark, runs }: Fall) {
  const snapshot = snapshotAt(mark, hedges)
  return timesUs(runs, () => {
    const { hits } = board.tick(BTC, known(mark, NOW), NOW)
    const ids = new Set(hits.map(({ hedgeId }) => hedgeId))
    return decideOwnStops({ snapshot, policy, memory: NO_STOP_MEMORY, nowMs: NOW }, ids)
  })
}

function runsFor(accountCount: number): number {
  return Math.max(300, Math.round(200_000 / accountCount))
}

function timesUs(runs: number, run: (at: number) => unknown) {
  for (let at = 0; at < runs / 3; at += 1) run(at)
  const times = Array.from({ length: runs }, (_, at) => {
    const start = process.hrtime.bigint()
    run(at)
    return Number(process.hrtime.bigint() - start) / 1000
  })
  return spreadOf(times)
}

/** Without a reading of the clock for every run, which costs as much as a tick. */
function meanUs(runs: number, run: (at: number) => unknown): number {
  const start = process.hrtime.bigint()
  for (let at = 0; at < runs; at += 1) run(at)
  return rounded(Number(process.hrtime.bigint() - start) / 1000 / runs)
}

if (process.argv[1]?.endsWith('stop-rules-bench.ts') === true) {
  console.log(JSON.stringify(benchStopRules(), undefined, 2))
}
