/**
 * From the mark that reaches a stop to both closing orders of its hedge on their sockets: 20 accounts over real sockets,
 * the simulator in a process of its own. Beside it, over the same simulator, a program that polls every second.
 * @module
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openAll } from './bench-watch.ts'
import { type Section, goal, rounded, spreadOf, timesLess } from './figures.ts'
import { type SimProcess, startSimProcess } from './sim-process.ts'

const ACCOUNTS = 20
const HEDGES = ACCOUNTS / 2
const ROUNDS = 6
const POLLING_ROUNDS = 2
/** Between the steps the price moves a little, as prices do: one that stands still is old. */
export const TICKS_PER_SECOND = 10

/** Nothing of the simulator's own is in the way. */
export const BENCH_WORLD = {
  accounts: ACCOUNTS,
  owners: ACCOUNTS,
  hasLimits: false,
  hasDelay: false,
  proxies: 0,
  collateralUsd: '20000',
}

/** One stop, milliseconds. */
export interface StopTimes {
  /** From the arrival of the frame with the mark; of no meaning for polling. */
  readonly fromFrameMs: number
  /** From the moment when the simulator moved the mark. */
  readonly fromMarkMs: number
  /** Processor time from the frame to the orders: what a busy machine does not change. */
  readonly cpuMs: number
  /** Between the two orders. */
  readonly gapMs: number
  /** One byte written to a quiet connection of the same two processes, a moment before: the floor of any first send. */
  readonly bareWriteMs: number
}

/** What one process tells of its round. */
export interface StopRound {
  readonly times: readonly StopTimes[]
  readonly problems: readonly string[]
}

/** Measures both. */
export async function benchWatchStop(): Promise<Section> {
  const sim = await startSimProcess(BENCH_WORLD)
  const problems: string[] = []
  const ours: (readonly StopTimes[])[] = []
  const polled: StopTimes[] = []
  try {
    const { markUsd, arrivalPort } = await sim.ask('look')
    for (let at = 0; at < ROUNDS + POLLING_ROUNDS; at += 1) {
      await sim.ask({ priceUsd: String(markUsd) })
      problems.push(...(await openAll(sim.configFile, sizeOf)))
      // A polling round in the middle and one at the end: both sides see the machine in the same mood.
      const isPolling =
        at % ((ROUNDS + POLLING_ROUNDS) / POLLING_ROUNDS) === ROUNDS / POLLING_ROUNDS
      await sim.ask({ ticksPerSecond: TICKS_PER_SECOND })
      const round = await runRound(sim, { mode: isPolling ? 'poll' : 'watch', arrivalPort })
      problems.push(...round.problems)
      if (isPolling) polled.push(...round.times)
      else ours.push(round.times)
      await sim.ask({ ticksPerSecond: 0 })
      await checkFlat(sim, problems)
    }
  } finally {
    await sim.close()
  }
  return { ...summarize(ours, polled), problems: problems.slice(0, 5) }
}

/** Each hedge has a stop of its own: the larger it is, the smaller the step that reaches it. */
export function sizeOf(hedgeAt: number): string {
  return `0.1${hedgeAt % 10}`
}

/** A process for every round: a stop finds the watch as its user has it, and not warm from the rounds before. */
export async function runRound(
  sim: SimProcess,
  {
    mode,
    arrivalPort,
    deadMailPort = 0,
  }: {
    readonly mode: 'watch' | 'poll' | 'tell'
    readonly arrivalPort: number
    /** Of a mail server that hangs, to which `tell` tells. */
    readonly deadMailPort?: number
  },
): Promise<StopRound> {
  const script = fileURLToPath(new URL('watch-stop-child.ts', import.meta.url))
  const child = fork(script, [sim.configFile, mode, String(arrivalPort), String(deadMailPort)], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const gone = once(child, 'exit')
  let round: StopRound = { times: [], problems: [`the ${mode} process ended without a word`] }
  child.on('message', (message: StopRound | { readonly priceUsd: string }) => {
    if ('times' in message) round = message
    else void sim.ask(message).then((answer) => child.send(answer))
  })
  await gone
  return round
}

/** Adds a problem for every account that is not flat. */
export async function checkFlat(sim: SimProcess, problems: string[]): Promise<void> {
  const { accounts, bugs } = await sim.ask('look')
  const open = accounts.filter(({ sizeTicks }) => sizeTicks !== 0)
  problems.push(...bugs, ...open.map(({ name }) => `${name} is not flat after its stop`))
}

function summarize(
  rounds: readonly (readonly StopTimes[])[],
  polled: readonly StopTimes[],
): Pick<Section, 'figures' | 'goals'> {
  const ours = rounds.flat()
  const frameToOrdersMs = spreadOf(ours.map(({ fromFrameMs }) => fromFrameMs))
  const markToOrdersMs = spreadOf(ours.map(({ fromMarkMs }) => fromMarkMs))
  const pollingMs = spreadOf(polled.map(({ fromMarkMs }) => fromMarkMs))
  return {
    figures: {
      how: `${ours.length} stops in ${ROUNDS} rounds of ${HEDGES} hedges, ${ACCOUNTS} accounts, real sockets`,
      frameToOrdersMs,
      firstOfItsProcessMs: rounds.map(([first]) => rounded(first?.fromFrameMs ?? Number.NaN)),
      cpuMs: spreadOf(ours.map(({ cpuMs }) => cpuMs)),
      firstCpuMs: rounds.map(([first]) => rounded(first?.cpuMs ?? Number.NaN)),
      slowestMs: ours
        .map(({ fromFrameMs }) => rounded(fromFrameMs))
        .toSorted((a, b) => b - a)
        .slice(0, 5),
      handedLegGapMs: spreadOf(ours.map(({ gapMs }) => gapMs)),
      markToOrdersMs,
      bareWriteMs: spreadOf(ours.map(({ bareWriteMs }) => bareWriteMs)),
      polling: {
        how: `${polled.length} stops: mark and positions read every second over REST, one order after the other`,
        markToOrdersMs: pollingMs,
        handedLegGapMs: spreadOf(polled.map(({ gapMs }) => gapMs)),
        timesOurs: timesLess(markToOrdersMs.p50, pollingMs.p50),
      },
    },
    goals: [
      goal('watchStop.frameToOrdersMs.p50', frameToOrdersMs.p50, 1),
      goal('watchStop.frameToOrdersMs.p99', frameToOrdersMs.p99, 5),
    ],
  }
}
