/** What is killed, and what a person, cron or systemd would do next. */
import type { Rng } from '../../../src/ports.ts'
import type { ProcessWorld } from './process-world.ts'
import type { Program, ProgramEnd } from './program.ts'

/** One command under its circumstances. */
export interface Scenario {
  readonly line: string
  /** Faults of the exchange, as `hedgebot sim --fault` reads them. */
  readonly faults: readonly string[]
  /** Before the command starts. */
  prepare(world: ProcessWorld): Promise<void>
  /** Beside the running command. */
  accompany(world: ProcessWorld, program: Program): Promise<void>
  /**
   * From the death of the command to the end of everything, by one of several ways. `restart` runs the first process
   * after the death, which may be killed as well. Returns what went wrong.
   */
  recover(world: ProcessWorld, options: RecoveryOptions): Promise<readonly string[]>
}

export interface RecoveryOptions {
  readonly rng: Rng
  /** The price went through the exchange's own stops while nobody was there. */
  readonly isMovedMeanwhile: boolean
  /** Starts a process of the recovery. */
  readonly start: (line: string) => Program
}

const OPEN = 'open --all --run-key cron'
const CLOSE = 'close --all'
const WATCH = 'watch --until-flat'
const WATCH_OPEN = 'watch --open --until-flat'

/** The exchange does what it is asked and says nothing, once for each account. */
const UNANSWERED = ['lost-answer@endpoint=jsonapi/sendtx,times=2']

/** 0.55 %: the limit is reached, the exchange's own stops are not. */
const STOP_MOVE_BPS = -55

const nothing = (): Promise<void> => Promise.resolve()

/** By name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  open: { line: OPEN, faults: [], prepare: nothing, accompany: nothing, recover: recoverOpening },
  close: {
    line: CLOSE,
    faults: [],
    prepare: openFirst,
    accompany: nothing,
    recover: recoverClosing,
  },
  watch: {
    line: WATCH,
    faults: [],
    prepare: openFirst,
    accompany: moveWhenWatched,
    recover: recoverClosing,
  },
  'watch-open': {
    line: WATCH_OPEN,
    faults: [],
    prepare: nothing,
    accompany: endWhenOpen,
    recover: recoverWatchOpen,
  },
  'open-unanswered': {
    line: OPEN,
    faults: UNANSWERED,
    prepare: nothing,
    accompany: nothing,
    recover: recoverOpening,
  },
  'close-unanswered': {
    line: CLOSE,
    faults: [],
    async prepare(world) {
      await openFirst(world)
      const { parseFaultPlan } = await import('../../../src/sim/faults/parse-fault.ts')
      for (const fault of parseFaultPlan(UNANSWERED)) world.stage.gateway.faults.add(fault)
    },
    accompany: nothing,
    recover: recoverClosing,
  },
}

/** @throws Error when the opening before the scenario does not succeed: that is not what is proven here */
async function openFirst(world: ProcessWorld): Promise<void> {
  const { exit, stderr } = await world.inProcess('open --all')
  if (exit !== 0 || !world.audit.isComplete()) throw new Error(`the opening failed: ${stderr}`)
  world.audit.expectOnlyReductions()
}

/** Moves the price through the limit as soon as the watch shows its table, or is dead. */
async function moveWhenWatched(world: ProcessWorld, program: Program): Promise<void> {
  await until(world, () => program.isOver() || isWatching(program))
  world.move(STOP_MOVE_BPS)
}

async function endWhenOpen(world: ProcessWorld, program: Program): Promise<void> {
  await until(world, () => program.isOver() || (isWatching(program) && isOpenWithStops(world)))
  await world.clock.sleep(SEEN_MS)
  program.send('SIGTERM')
}

function isWatching(program: Program): boolean {
  return program.lines().some((line) => line.includes('"kind":"summary"'))
}

async function recoverOpening(
  world: ProcessWorld,
  { rng, isMovedMeanwhile, start }: RecoveryOptions,
): Promise<readonly string[]> {
  const way = rng.nextFloat()
  if (way < 0.25) return expectFlat(world, start(CLOSE))
  if (way < 0.5) return watchUntilFlat(world, start(WATCH))
  const opened = await start(OPEN).ended
  const problems = expectOpen(world, opened, isMovedMeanwhile)
  const tradesBefore = world.audit.trades().length
  const again = await start(OPEN).ended
  problems.push(...expectExit(again, opened.exit))
  if (world.audit.trades().length > tradesBefore) problems.push('a finished run key traded again')
  world.audit.expectOnlyReductions()
  return [...problems, ...(await expectFlat(world, start(CLOSE)))]
}

/**
 * What the exchange's own stops have closed while nobody was there is not opened again by a run that had opened it: it
 * says 3, something is not as planned and everything is safe.
 */
function expectOpen(world: ProcessWorld, opened: ProgramEnd, mayBeStopped: boolean): string[] {
  const { audit } = world
  if (mayBeStopped && opened.exit === 3) return audit.isHedged() ? [] : ['it says 3 and is naked']
  return [
    ...expectExit(opened, 0),
    ...(audit.isComplete() ? [] : ['after the second opening not every leg is there']),
    ...(opened.json.hedges ?? [])
      .filter((hedge) => hedge.stop_state !== 'RESTING')
      .map((hedge) => `after the second opening the stops of ${hedge.hedge_id} do not rest`),
  ]
}

async function recoverClosing(
  world: ProcessWorld,
  { rng, start }: RecoveryOptions,
): Promise<readonly string[]> {
  return rng.nextFloat() < 0.5
    ? expectFlat(world, start(CLOSE))
    : watchUntilFlat(world, start(WATCH))
}

/**
 * systemd starts the same line again: what was not opened is opened now, and when it dies once more while it closes, the
 * next one opens again, as it was told.
 */
async function recoverWatchOpen(
  world: ProcessWorld,
  { start }: RecoveryOptions,
): Promise<readonly string[]> {
  const program = start(WATCH_OPEN)
  const isThere = (): boolean => isWatching(program) && isOpenWithStops(world)
  while (!program.isOver()) {
    const isInTime = await until(world, () => program.isOver() || isThere(), OPEN_TIMEOUT_MS)
    if (!isInTime) {
      program.send('SIGTERM')
      return ['not everything was opened', ...(await expectFlat(world, program))]
    }
    await world.clock.sleep(SEEN_MS)
    if (program.isOver()) break
    world.move(STOP_MOVE_BPS)
    await until(world, () => program.isOver() || !world.audit.isComplete())
  }
  return expectFlat(world, program)
}

/** Every leg is there, and so are the two orders that protect it. */
function isOpenWithStops({ audit, stage }: ProcessWorld): boolean {
  return audit.isComplete() && audit.restingOrders() === 2 * stage.accounts.length
}

/** A watch that sees the price go through the limit once it is there; without a hedge it ends by itself. */
async function watchUntilFlat(world: ProcessWorld, program: Program): Promise<readonly string[]> {
  await until(world, () => program.isOver() || isWatching(program))
  world.audit.expectOnlyReductions()
  if (!program.isOver()) world.move(STOP_MOVE_BPS)
  return expectFlat(world, program)
}

async function expectFlat(world: ProcessWorld, program: Program): Promise<readonly string[]> {
  const end = await program.ended
  return [...expectExit(end, 0), ...(world.audit.isFlat() ? [] : [`not flat after ${end.line}`])]
}

function expectExit(end: ProgramEnd, expected: number | null): readonly string[] {
  if (end.exit === expected) return []
  return [`${end.line} ended with ${end.signal ?? end.exit} instead of ${expected}`]
}

const LOOK_MS = 10
/** What the exchange has is seen by the program within this time. */
const SEEN_MS = 500
/** An opening takes a second or two. */
const OPEN_TIMEOUT_MS = 15_000

/** False when it took too long. */
async function until(
  { clock }: ProcessWorld,
  isReached: () => boolean,
  limitMs = Infinity,
): Promise<boolean> {
  const endMs = clock.monotonicMs() + limitMs
  while (!isReached()) {
    if (clock.monotonicMs() > endMs) return false
    await clock.sleep(LOOK_MS)
  }
  return true
}
