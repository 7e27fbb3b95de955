/**
 * A drill that runs: the exchange, the user's program, the story so far, and the moves that every fault is made of.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import { Dec } from '../hedge/decimal.ts'
import type { Clock, Rng } from '../ports.ts'
import { createControlDesk } from '../sim/control/control-desk.ts'
import type { ControlDesk } from '../sim/control/control-desk.ts'
import { PRICE_PARTS } from '../sim/control/price-hand.ts'
import type { StageAccount } from '../sim/stage/stage.ts'
import type { Child, ChildEnd, ChildStarter } from './child-program.ts'
import { createChildStarter } from './child-program.ts'
import type { StoryLine } from './drill-report.ts'
import type { DrillSetup } from './drill-setup.ts'
import type { Closers, DrillVenue } from './drill-venue.ts'
import { startVenue } from './drill-venue.ts'
import type { BookPosition } from './price-plan.ts'
import { lossUsd, risenPrice } from './price-plan.ts'
import type { VenueRecorder } from './venue-record.ts'
import { recordVenue } from './venue-record.ts'

/** One hedge of a running drill. */
export interface DrillHedge {
  readonly name: string
  /** Longs first. */
  readonly legs: readonly StageAccount[]
}

/** Everything that a fault's script works with. */
export interface DrillWorld {
  readonly setup: DrillSetup
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly venue: DrillVenue
  readonly desk: ControlDesk
  readonly record: VenueRecorder
  readonly hedges: readonly DrillHedge[]
  /** The hedge that the fault strikes: the one with the largest legs, which comes to its stop first. */
  readonly focus: DrillHedge
  readonly startMs: number
  readonly story: StoryLine[]
  readonly ends: ChildEnd[]
  /** Names of hedges of which nothing may be left. */
  readonly mustBeFlat: Set<string>
  /** Positions as they were before the price was moved first, by account index. */
  readonly entries: Map<number, BookPosition>
  /** What fell short beside what the books show. */
  readonly shortcomings: string[]
  tell(text: string): void
  start(command: string): Child
  /** Starts a command and waits for its end. */
  run(command: string): Promise<ChildEnd>
  /** False when it did not come true in time. */
  until(isReached: () => boolean, limitMs: number): Promise<boolean>
  isFlat(hedge: DrillHedge): boolean
}

export interface DrillWorldOptions {
  readonly setup: DrillSetup
  readonly folder: string
  readonly cwd: string
  readonly path: string
  readonly clock: Clock
  readonly rng: Rng
  readonly signal: AbortSignal
  readonly closers: Closers
  /** Hears what is being done, as it happens. */
  readonly onStep?: ((text: string) => void) | undefined
}

/** Code of the errors for a program that refuses to begin: then there is nothing to drill. */
export const NOT_BEGUN = 'drill_not_begun'

const LOOK_MS = 20

/** Builds the exchange and everything around it; nothing of the user's runs yet. */
export async function startWorld(options: DrillWorldOptions): Promise<DrillWorld> {
  const { setup, clock, signal, folder, cwd, path, closers } = options
  const startMs = clock.now()
  const venue = await startVenue(options)
  const { stage, configFile } = venue
  const market = stage.core.markets.get(setup.market.marketIndex)
  if (market === undefined) throw new HedgebotError('bug', 'the market is gone', { code: 'bug' })
  const record = recordVenue({
    core: stage.core,
    clock,
    market,
    accounts: stage.accounts.map(({ accountIndex }) => accountIndex),
  })
  closers.push(record.stop)
  const children = createChildStarter({ configFile, home: folder, cwd, path, clock })
  closers.push(() => children.endAll())
  const hedges = setup.hedges.map(({ name, accounts }) => ({
    name,
    legs: accounts.flatMap((one) => stage.accounts.filter((account) => account.name === one)),
  }))
  const world = {
    setup,
    clock,
    signal,
    venue,
    desk: createControlDesk(stage),
    record,
    hedges,
    focus: focusOf(setup, hedges),
    startMs,
    story: [] as StoryLine[],
    ends: [] as ChildEnd[],
    mustBeFlat: new Set<string>(),
    entries: new Map<number, BookPosition>(),
    shortcomings: [] as string[],
    tell(text: string) {
      world.story.push({ atMs: clock.now() - startMs, who: 'drill', text })
      options.onStep?.(text)
    },
    isFlat: ({ legs }: DrillHedge) =>
      legs.every(({ accountIndex }) => record.position(accountIndex).base.isZero()),
  }
  return { ...world, ...runner(world, children) }
}

function focusOf({ accounts }: DrillSetup, hedges: readonly DrillHedge[]): DrillHedge {
  const sizeOf = ({ legs }: DrillHedge): Dec =>
    Dec.max(
      ...legs.map(
        ({ name }) => accounts.find((one) => one.name === name)?.configuredBase ?? new Dec(0),
      ),
    )
  const [first, ...others] = hedges
  if (first === undefined) throw new HedgebotError('bug', 'no hedge to drill', { code: 'bug' })
  return others.reduce((best, one) => (sizeOf(one).gt(sizeOf(best)) ? one : best), first)
}

type Unfinished = Omit<DrillWorld, 'start' | 'run' | 'until'>

function runner(
  { tell, ends, clock, signal }: Unfinished,
  children: ChildStarter,
): Pick<DrillWorld, 'start' | 'run' | 'until'> {
  const start = (command: string): Child => {
    signal.throwIfAborted()
    // How long it may run at most is the drill's affair.
    const shown = command.replace(/ --for \S+/, '')
    tell(`you start: hedgebot ${shown}`)
    const child = children.start(command)
    const ended = child.ended.then((end) => {
      ends.push(end)
      tell(`hedgebot ${shown} ${endText(end)}`)
      return end
    })
    return { ...child, ended }
  }
  return {
    start,
    async run(command) {
      const { ended } = start(command)
      return orAborted(ended, signal)
    },
    async until(isReached, limitMs) {
      const endMs = clock.monotonicMs() + limitMs
      while (!isReached()) {
        if (clock.monotonicMs() > endMs) return false
        await clock.sleep(LOOK_MS, signal)
      }
      return true
    },
  }
}

function endText({ exit, signal }: ChildEnd): string {
  return signal === null ? `ends with exit code ${exit}` : `is gone (${signal})`
}

/** Waits, but not longer than the person does. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let leave = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason as Error)
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

/** Every hedge of the configuration is opened, or nothing can be drilled. */
export async function openAll(world: DrillWorld): Promise<void> {
  const end = await world.run('open --all')
  const isOpen = world.hedges.some((hedge) => !world.isFlat(hedge))
  if (!isOpen) throw notOpened(end)
}

/** The error for an opening that the user's own configuration did not get through. */
function notOpened({ document }: ChildEnd): HedgebotError {
  const error = document['error'] as { readonly message?: string } | undefined
  const why = error?.message === undefined ? '' : `: ${error.message}`
  return new HedgebotError('refused', `hedgebot open opens nothing${why}`, { code: NOT_BEGUN })
}

const WATCH_STARTS_MS = 40_000

/** A watch that has begun to look at prices. */
export async function startWatch(world: DrillWorld): Promise<Child> {
  const child = world.start('watch --for 140s')
  const isWatching = (): boolean => child.lines().some((line) => line.includes('"kind":"summary"'))
  await world.until(() => isWatching() || child.isOver(), WATCH_STARTS_MS)
  if (!isWatching()) {
    throw new HedgebotError('refused', 'hedgebot watch does not begin', { code: NOT_BEGUN })
  }
  world.tell('watch looks at every price')
  return child
}

const WATCH_ENDS_MS = 20_000

/** Ends a watch the way a service manager does. */
export async function endWatch(world: DrillWorld, watch: Child): Promise<void> {
  // What it has to tell is on its way.
  await world.clock.sleep(1500, world.signal)
  world.tell('you end the watch (SIGTERM)')
  watch.send('SIGTERM')
  if (!(await world.until(watch.isOver, WATCH_ENDS_MS))) watch.send('SIGKILL')
  await watch.ended
}

/** How far a price is moved. */
export interface LossMove {
  /** Percent of the loss limit that the short of the struck hedge has lost afterwards. */
  readonly pct: number
  readonly overMs: number
}

/**
 * Moves mark, index and book up until a short has lost so much; hedges that come to their stop must be closed. Returns
 * those that the price takes through the stops on the exchange.
 */
export function moveToLoss(world: DrillWorld, { pct, overMs }: LossMove): readonly DrillHedge[] {
  const { setup, focus, record, venue } = world
  const limit = new Dec(setup.config.stopLossThresholdUsd)
  const short = focus.legs.at(-1)
  if (short === undefined) return []
  const position = entryOf(world, short)
  if (position.base.isZero()) return []
  const markUsd = risenPrice(position, limit.times(pct).div(100))
  const by = markUsd.div(record.markUsd()).minus(1).times(100)
  venue.stage.priceHand.move({
    marketIndex: setup.market.marketIndex,
    parts: PRICE_PARTS,
    overMs,
    target: {
      kind: 'hold',
      toTicks: BigInt(markUsd.times(new Dec(10).pow(setup.market.priceDecimals)).ceil().toFixed()),
    },
  })
  const how = overMs === 0 ? 'at once' : `within ${(overMs / 1000).toFixed(1)} s`
  world.tell(
    `the price rises to ${markUsd.toFixed(setup.market.priceDecimals)} ${how}: ${short.name} loses ${pct} % of your limit of ${limit.toFixed()} USD (a move of ${by.toFixed(2)} %)`,
  )
  const worstLoss = ({ legs }: DrillHedge): Dec =>
    Dec.max(...legs.map((leg) => lossUsd(entryOf(world, leg), markUsd)))
  const { onStop, exchangeStopPct } = setup.config.riskPolicy
  for (const hedge of world.hedges) {
    if (worstLoss(hedge).gte(limit) || (pct >= 100 && onStop === 'all')) {
      world.mustBeFlat.add(hedge.name)
    }
  }
  const exchangeLimit = limit.times(exchangeStopPct).div(100)
  return world.hedges.filter((hedge) => worstLoss(hedge).gt(exchangeLimit))
}

/** The position that a leg was opened with; a closed one still says where its stop was. */
function entryOf({ entries, record }: DrillWorld, { accountIndex }: StageAccount): BookPosition {
  const known = entries.get(accountIndex) ?? record.position(accountIndex)
  if (!known.base.isZero()) entries.set(accountIndex, known)
  return known
}
