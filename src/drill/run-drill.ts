/**
 * One drill from its beginning to its report.
 * @module
 */
import { EXIT, hasCode, messageOf } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import { Dec, ZERO } from '../hedge/decimal.ts'
import { readMail } from '../sim/stage/read-mail.ts'
import type { ChildEnd } from './child-program.ts'
import { channelsOf, remarksOn } from './config-remarks.ts'
import type { DrillFault } from './drill-faults.ts'
import type { DrillMail, DrillReport, StoryLine } from './drill-report.ts'
import type { Closers } from './drill-venue.ts'
import type { DrillWorld, DrillWorldOptions } from './drill-world.ts'
import { NOT_BEGUN, startWorld } from './drill-world.ts'
import { gistOf } from './drill-gist.ts'
import { judgeDrill, standOf } from './judge-drill.ts'
import type { DrillVerdict, HedgeEnd } from './judge-drill.ts'
import { measureNaked } from './measure-naked.ts'
import { drillCrash } from './crash-drill.ts'
import {
  drillLegRefused,
  drillLegTimeout,
  drillLostAnswer,
  drillPartialFill,
} from './opening-drills.ts'
import type { DrillScript } from './opening-drills.ts'
import {
  drillLiquidatedLeg,
  drillMachineOff,
  drillPriceJump,
  drillProxyDeath,
  drillRateLimit,
  drillStreamSilent,
  drillVenueDown,
} from './standing-drills.ts'
import { fillLines, setupLine, sortStory } from './tell-story.ts'

/** What the user's program wrote down about itself. */
export interface JournalStory {
  /** Times are milliseconds since 1970. */
  readonly lines: readonly StoryLine[]
  /** Names of the hedges that it takes for open, opening or closing. */
  readonly liveHedges: readonly string[]
}

export interface RunDrillOptions extends Omit<DrillWorldOptions, 'closers'> {
  readonly fault: DrillFault
  /** Asked when no process runs any more. */
  readonly readJournal: (configFile: string) => Promise<JournalStory>
}

const SCRIPTS: Readonly<Record<DrillFault, DrillScript>> = {
  'leg-refused': drillLegRefused,
  'leg-timeout': drillLegTimeout,
  'partial-fill': drillPartialFill,
  'lost-answer': drillLostAnswer,
  'proxy-death': drillProxyDeath,
  'stream-silent': drillStreamSilent,
  'venue-down': drillVenueDown,
  'rate-limit': drillRateLimit,
  'liquidated-leg': drillLiquidatedLeg,
  crash: drillCrash,
  'price-jump': drillPriceJump,
  'machine-off': drillMachineOff,
}

/** Faults after which a person has to hear of what happened, whatever else is configured. */
const UNTOLD: ReadonlySet<DrillFault> = new Set(['rate-limit'])

/** Plays a fault and says what came of it. Whatever happens, nothing goes on running afterwards. */
export async function runDrill(
  options: RunDrillOptions,
  script: DrillScript = SCRIPTS[options.fault],
): Promise<DrillReport> {
  const closers: Closers = []
  try {
    const world = await startWorld({ ...options, closers })
    world.tell(setupLine(options.setup))
    const refusal = await playScript(world, script)
    return await report(options, world, refusal)
  } finally {
    for (const close of closers.toReversed()) await close()
  }
}

interface Refusal {
  readonly text: string
  readonly exit: ExitCode
}

/** Where the user's own program refuses to begin, there is a story to tell nevertheless. */
async function playScript(world: DrillWorld, script: DrillScript): Promise<Refusal | undefined> {
  try {
    const text = await script(world)
    return text === undefined ? undefined : { text, exit: EXIT.done }
  } catch (error) {
    if (world.signal.aborted || !hasCode(error, NOT_BEGUN)) throw error
    return { text: messageOf(error), exit: EXIT.refused }
  }
}

async function report(
  { fault, readJournal }: RunDrillOptions,
  world: DrillWorld,
  refusal: Refusal | undefined,
): Promise<DrillReport> {
  const { setup, record, clock, startMs, ends, mustBeFlat } = world
  const { riskPolicy } = setup.config
  const endMs = clock.now()
  const hedges = hedgeEnds(world, endMs)
  const mails = await readMails(world)
  const channels = channelsOf(setup.config)
  const journal = ends.length === 0 ? NO_JOURNAL : await readJournal(world.venue.configFile)
  const isTellingDue = mustBeFlat.size > 0 && !UNTOLD.has(fault) && channels.length > 0
  const judged = judgeDrill({
    hedges,
    maxNakedMs: riskPolicy.maxNakedMs,
    toleranceUsd: new Dec(riskPolicy.nakedToleranceUsd),
    ownTrades: record.ownTrades(),
    wasTold: isTellingDue ? mails.length > 0 : undefined,
    shortcomings: [...world.shortcomings, ...buggy(ends), ...mistaken(hedges, journal)],
  })
  return {
    fault,
    verdict: judged.exit === EXIT.done ? (notTried(refusal) ?? judged) : judged,
    gist: refusal === undefined ? gistOf(hedges, record.fills) : '-',
    story: sortStory([
      ...world.story,
      ...fillLines(world),
      ...journal.lines.map((line) => ({ ...line, atMs: line.atMs - startMs })),
      ...mails.map(({ atMs, subject }) => ({ atMs, who: 'mail' as const, text: subject })),
    ]),
    remarks: remarksOn(setup),
    hedges,
    nakedUsdMs: hedges.reduce((sum, { naked }) => sum.plus(naked.usdMs), ZERO),
    longestNakedMs: Math.max(0, ...hedges.map(({ naked }) => naked.longestMs)),
    maxNakedMs: riskPolicy.maxNakedMs,
    mails,
    channels,
    runs: ends.map(({ command, exit, signal }) => ({ command, exit, signal })),
    durationMs: endMs - startMs,
  }
}

function notTried(refusal: Refusal | undefined): DrillVerdict | undefined {
  return refusal === undefined ? undefined : { word: 'not tried', ...refusal }
}

const NO_JOURNAL: JournalStory = { lines: [], liveHedges: [] }

function buggy(ends: readonly ChildEnd[]): readonly string[] {
  return ends
    .filter(({ exit }) => exit === EXIT.bug)
    .map(({ command }) => `hedgebot ${command} ended with a bug of its own (exit code ${EXIT.bug})`)
}

/** The books are the truth; what the program believes is compared with them. */
function mistaken(hedges: readonly HedgeEnd[], { liveHedges }: JournalStory): readonly string[] {
  return hedges
    .filter((hedge) => standOf(hedge) === 'flat' && liveHedges.includes(hedge.name))
    .map(({ name }) => `hedgebot has not noticed that ${name} is closed`)
}

function hedgeEnds(world: DrillWorld, endMs: number): readonly HedgeEnd[] {
  const { hedges, record, setup, mustBeFlat } = world
  const toleranceUsd = new Dec(setup.config.riskPolicy.nakedToleranceUsd)
  return hedges.map(({ name, legs }) => ({
    name,
    legs: legs.map((leg) => ({
      account: leg.name,
      base: record.position(leg.accountIndex).base,
      largestBase: record.largestBase(leg.accountIndex),
      configuredBase:
        setup.accounts.find((account) => account.name === leg.name)?.configuredBase ?? ZERO,
    })),
    naked: measureNaked({
      records: record.records,
      accounts: legs.map(({ accountIndex }) => accountIndex),
      endMs,
      toleranceUsd,
    }),
    mustBeFlat: mustBeFlat.has(name),
  }))
}

async function readMails({ venue, startMs }: DrillWorld): Promise<readonly DrillMail[]> {
  return Promise.all(
    venue.sink.mails().map(async ({ raw, receivedAtMs }) => ({
      atMs: receivedAtMs - startMs,
      subject: (await readMail(raw)).subject,
    })),
  )
}
