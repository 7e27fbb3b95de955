/**
 * Rounds of `open --all` and `close --all` for 20 accounts over real sockets, each with connections of its own as the
 * commands have them, beside the same opening done naively.
 * @module
 */
import { closeHedges } from '../../src/engine/close-hedges.ts'
import { connectAccounts, connectMarket } from '../../src/engine/connect-accounts.ts'
import type { Engine } from '../../src/engine/engine-context.ts'
import { openHedges } from '../../src/engine/open-hedges.ts'
import type { PreparedOpening } from '../../src/engine/prepare-opening.ts'
import { prepareOpening } from '../../src/engine/prepare-opening.ts'
import { ZERO } from '../../src/hedge/decimal.ts'
import type { Hedge } from '../../src/hedge/ledger.ts'
import type { FillMeasures } from '../../src/hedge/measure-fills.ts'
import { measureFills } from '../../src/hedge/measure-fills.ts'
import { measureBareGaps } from './bare-gap.ts'
import { type BenchCommand, startCommand } from './bench-command.ts'
import { type Section, goal, medianOf, rounded, spreadOf, timesLess } from './figures.ts'
import { type NaiveOpening, openNaively } from './naive-opening.ts'
import { type SimAnswer, type SimProcess, startSimProcess } from './sim-process.ts'

const ROUNDS = 30
const ACCOUNTS = 20
/** A naive opening stands beside every fifth round. */
const NAIVE_EVERY = 5
const TIMEOUT_MS = 15_000
/** Fill times are whole milliseconds. */
const FILL_TICK_MS = 1

interface OpeningTimes {
  readonly prepareMs: number
  /** From the call of `openHedges` to everything verified, stops seen resting. */
  readonly verifiedMs: number
  /** From the same start until the first hedge was verified, and until the last fill. */
  readonly canaryMs: number
  readonly filledMs: number
  /** Of each hedge: between its legs' orders being written to their sockets. */
  readonly handedGapsMs: readonly number[]
}

interface Round extends OpeningTimes {
  readonly closeMs: number
  readonly fills: readonly FillMeasures[]
  /** Requests and sends of the opening, by account, as the exchange counted them. */
  readonly units: readonly number[]
  /** Gaps that the machine alone makes, measured between opening and closing. */
  readonly bareGapsMs: readonly number[]
}

/** Measures everything that an opening has a goal for. */
export async function benchOpening(): Promise<Section> {
  const sim = await startSimProcess({
    accounts: ACCOUNTS,
    owners: ACCOUNTS,
    hasLimits: false,
    hasDelay: false,
    proxies: 0,
  })
  const problems: string[] = []
  const rounds: Round[] = []
  const naive: NaiveOpening[] = []
  try {
    for (let at = 0; at < ROUNDS; at += 1) {
      rounds.push(await runRound(sim, problems))
      if (at % NAIVE_EVERY === NAIVE_EVERY - 1) naive.push(await runNaively(sim))
    }
    await checkBooks(sim, { isOpen: false, when: 'at the end', problems })
  } finally {
    await sim.close()
  }
  return { ...summarize(rounds, naive), problems }
}

async function runRound(sim: SimProcess, problems: string[]): Promise<Round> {
  await sim.ask('reset_units')
  const opening = await startCommand('open', sim.configFile)
  let times: OpeningTimes
  try {
    times = await open(opening, problems)
    problems.push(...opening.complaints)
  } finally {
    opening.close()
  }
  const { accounts, arrivalPort } = await checkBooks(sim, {
    isOpen: true,
    when: 'after an opening',
    problems,
  })
  const bareGapsMs = await measureBareGaps(arrivalPort, ACCOUNTS / 2)
  const closing = await startCommand('close', sim.configFile)
  try {
    const closed = await close(closing.engine, problems)
    problems.push(...closing.complaints)
    return { ...times, ...closed, bareGapsMs, units: accounts.map((account) => account.units) }
  } finally {
    closing.close()
  }
}

async function open(command: BenchCommand, problems: string[]): Promise<OpeningTimes> {
  const { engine } = command
  const { journal, clock } = engine
  const startMs = clock.monotonicMs()
  const prepared = await prepareSafely(command)
  const preparedMs = clock.monotonicMs()
  const startedAtMs = clock.now()
  const hedges = await openHedges(engine, prepared.hedges)
  const verifiedMs = clock.monotonicMs() - preparedMs
  for (const hedge of hedges) problems.push(...flawsOf(hedge))
  if (hedges.length !== ACCOUNTS / 2) problems.push(`${hedges.length} hedges were opened`)
  const fillTimes = hedges.flatMap((hedge) =>
    journal.fillsOfHedge(hedge.hedgeId).map((fill) => fill.atMs),
  )
  return {
    prepareMs: preparedMs - startMs,
    verifiedMs,
    canaryMs: (hedges[0]?.openedAtMs ?? Number.NaN) - startedAtMs,
    filledMs: Math.max(...fillTimes) - startedAtMs,
    handedGapsMs: hedges.map((hedge) => {
      const times = hedge.legs.map((leg) => command.handedAtMs.get(leg.accountIndex) ?? Number.NaN)
      return Math.max(...times) - Math.min(...times)
    }),
  }
}

async function prepareSafely({ engine, request }: BenchCommand): Promise<PreparedOpening> {
  const prepared = await prepareOpening(engine, request)
  const errors = prepared.points.filter((point) => point.level === 'error')
  if (errors.length > 0) throw new Error(errors.map((point) => point.message).join('\n'))
  return prepared
}

function flawsOf(hedge: Hedge): readonly string[] {
  const isRight =
    hedge.state === 'open' &&
    hedge.attemptsUsed === 1 &&
    hedge.legs.every((leg) => leg.stopState === 'RESTING')
  if (isRight) return []
  const stops = hedge.legs.map((leg) => leg.stopState).join(', ')
  return [`${hedge.hedgeId}: ${hedge.state}, attempts ${hedge.attemptsUsed}, stops ${stops}`]
}

async function close(
  engine: Engine,
  problems: string[],
): Promise<Pick<Round, 'closeMs' | 'fills'>> {
  const live = engine.journal.liveHedges()
  await engine.loadMarkets()
  await Promise.all([
    connectAccounts(
      engine,
      live.flatMap((hedge) => hedge.legs.map((leg) => leg.accountIndex)),
      TIMEOUT_MS,
    ),
    ...[...new Set(live.map((hedge) => hedge.marketIndex))].map((market) =>
      connectMarket(engine, market, TIMEOUT_MS),
    ),
  ])
  const startMs = engine.clock.monotonicMs()
  const giveUpAtMs = engine.clock.now() + TIMEOUT_MS
  const closed = await closeHedges(engine, live, { cause: 'user', giveUpAtMs })
  const closeMs = engine.clock.monotonicMs() - startMs
  for (const { state, hedgeId } of closed) {
    if (state !== 'closed') problems.push(`${hedgeId}: ${state} after closing`)
  }
  return { closeMs, fills: closed.map((hedge) => measure(engine, hedge)) }
}

function measure(engine: Engine, hedge: Hedge): FillMeasures {
  return measureFills({
    fills: engine.journal.fillsOfHedge(hedge.hedgeId),
    orders: engine.journal.ordersOfHedge(hedge.hedgeId),
    legs: hedge.legs,
    toleranceBase: ZERO,
    ownAccountIndices: new Set(engine.accounts().map((account) => account.accountIndex)),
    untilMs: undefined,
  })
}

async function runNaively(sim: SimProcess): Promise<NaiveOpening> {
  const command = await startCommand('naive', sim.configFile)
  try {
    return await openNaively(command.engine, await prepareSafely(command))
  } finally {
    command.close()
  }
}

/** What the exchange's own books say: everybody in a hedge that adds up to zero, or everybody flat. */
async function checkBooks(
  sim: SimProcess,
  check: { readonly isOpen: boolean; readonly when: string; readonly problems: string[] },
): Promise<SimAnswer> {
  const answer = await sim.ask('look')
  const { accounts, bugs } = answer
  check.problems.push(...bugs)
  const open = accounts.filter(({ sizeTicks }) => sizeTicks !== 0)
  const netTicks = accounts.reduce((sum, { sizeTicks }) => sum + sizeTicks, 0)
  const wanted = check.isOpen ? ACCOUNTS : 0
  if (open.length !== wanted || netTicks !== 0) {
    check.problems.push(`${check.when}: ${open.length} positions, net ${netTicks} ticks`)
  }
  return answer
}

function summarize(
  rounds: readonly Round[],
  naive: readonly NaiveOpening[],
): Pick<Section, 'figures' | 'goals'> {
  const fills = rounds.flatMap((round) => round.fills)
  const gaps = spreadOf(fills.map((fill) => fill.openingGapMs ?? Number.NaN))
  const verified = spreadOf(rounds.map((round) => round.verifiedMs))
  const naiveGaps = spreadOf(naive.flatMap((opening) => opening.gapsMs))
  const naiveOpenMs = medianOf(naive.map((opening) => opening.openMs))
  const filled = spreadOf(rounds.map((round) => round.filledMs))
  const of = (pick: (round: Round) => number) => spreadOf(rounds.map(pick))
  const figures = {
    how: `${ROUNDS} rounds, ${ACCOUNTS} accounts, real sockets, simulator in a child process without delays and limits`,
    firstRoundVerifiedMs: rounded(rounds[0]?.verifiedMs ?? Number.NaN),
    prepareMs: of((round) => round.prepareMs),
    verifiedMs: verified,
    prepareAndVerifiedMs: of((round) => round.prepareMs + round.verifiedMs),
    canaryVerifiedMs: of((round) => round.canaryMs),
    lastFillMs: filled,
    openingUnitsPerAccount: spreadOf(rounds.slice(1).flatMap((round) => round.units)),
    closedMs: of((round) => round.closeMs),
    legGapMs: gaps,
    worstLegGapMsByRound: rounds.map((round) =>
      Math.max(...round.fills.map((fill) => fill.openingGapMs ?? Number.NaN)),
    ),
    bareGapMs: spreadOf(rounds.flatMap((round) => round.bareGapsMs)),
    handedLegGapMs: spreadOf(rounds.flatMap((round) => round.handedGapsMs)),
    closingLegGapMs: spreadOf(fills.map((fill) => fill.closingGapMs ?? Number.NaN)),
    nakedMs: spreadOf(fills.map((fill) => fill.nakedMs)),
    fillsAgainstOwnAccounts: fills.reduce((sum, fill) => sum + fill.ownCounterFillCount, 0),
    naive: {
      how: `${naive.length} rounds, each leg waits for the answer of the one before; no journal, no stops`,
      lastFillMs: naiveOpenMs,
      legGapMs: naiveGaps,
      gapTimesOurs: timesLess(gaps.p50, naiveGaps.p50, FILL_TICK_MS),
      lastFillTimesOurs: timesLess(filled.p50, naiveOpenMs),
    },
  }
  const goals = [goal('verifiedMs.p99', verified.p99, 1_500), goal('legGapMs.p99', gaps.p99, 5)]
  return { figures, goals }
}
