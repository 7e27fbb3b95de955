import type { DrillFault } from '../drill/drill-faults.ts'
import type { DrillReport } from '../drill/drill-report.ts'
import type { DrillSetup } from '../drill/drill-setup.ts'
import type { JournalStory } from '../drill/run-drill.ts'
import type { CommandIo } from '../ui/command-io.ts'

/** Each drill is a handful of processes in real time; more at once would disturb each other's times. */
const AT_ONCE = 2

/** Plays one fault. */
export async function runOneDrill(
  io: CommandIo,
  setup: DrillSetup,
  fault: DrillFault,
): Promise<DrillReport> {
  return inFolder(async (folder) => {
    const progress = io.progress(`drill ${fault}: real time, up to a minute`)
    try {
      // Where nothing is drawn over, each of these would be a line, and the story has them all.
      const onStep = io.isTerminal
        ? (text: string) => progress.update(`drill ${fault}: ${text}`)
        : undefined
      return await play(io, setup, { fault, folder, onStep })
    } finally {
      progress.stop()
    }
  })
}

/** Plays every fault, some side by side; the reports are in the order of the faults. */
export async function runAllDrills(
  io: CommandIo,
  setup: DrillSetup,
): Promise<readonly DrillReport[]> {
  const { DRILL_FAULTS } = await import('../drill/drill-faults.ts')
  return inFolder(async (folder) => {
    const progress = io.progress(
      `drill: ${DRILL_FAULTS.length} faults in real time, a minute or two`,
    )
    const reports = new Map<DrillFault, DrillReport>()
    const waiting = [...DRILL_FAULTS]
    const worker = async (): Promise<void> => {
      for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
        reports.set(fault, await play(io, setup, { fault, folder }))
        progress.update(`drill: ${reports.size} of ${DRILL_FAULTS.length} faults played`)
      }
    }
    try {
      // Each cleans up after itself, so none is left alone when another one fails.
      const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker))
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    } finally {
      progress.stop()
    }
    return DRILL_FAULTS.flatMap((fault) => reports.get(fault) ?? [])
  })
}

interface PlayOptions {
  readonly fault: DrillFault
  readonly folder: string
  readonly onStep?: ((text: string) => void) | undefined
}

async function play(
  io: CommandIo,
  setup: DrillSetup,
  { fault, folder, onStep }: PlayOptions,
): Promise<DrillReport> {
  const [{ runDrill }, { createSystemRng }, { join }] = await Promise.all([
    import('../drill/run-drill.ts'),
    import('../system/system-rng.ts'),
    import('node:path'),
  ])
  const { clock, signal, cwd, env } = io
  return runDrill({
    setup,
    fault,
    folder: join(folder, fault),
    cwd,
    path: env['PATH'] ?? '',
    clock,
    signal,
    onStep,
    rng: createSystemRng(),
    readJournal: (configFile) => readJournal(io, configFile),
  })
}

/** A folder that is gone afterwards, whatever happens: there are keys in it. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const { mkdtemp, rm } = await import('node:fs/promises')
  const [{ join }, { tmpdir }] = await Promise.all([import('node:path'), import('node:os')])
  const folder = await mkdtemp(join(tmpdir(), 'hedgebot-drill-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What the program wrote down about itself while it ran. */
async function readJournal(io: CommandIo, configFile: string): Promise<JournalStory> {
  const { createContext } = await import('../context.ts')
  const context = await createContext({
    command: 'drill',
    configFile,
    insecurePermissions: false,
    env: {},
    cwd: io.cwd,
    home: io.home,
  })
  try {
    const { journalStory } = await import('../drill/tell-journal.ts')
    return journalStory(await context.journal())
  } finally {
    context.close()
  }
}
