import type { Context } from '../context.ts'
import type { Engine } from '../engine/engine-context.ts'
import type { Watch } from '../engine/watch/watch.ts'
import { EXIT, worstExit } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { WatchOptions } from '../ui/command-options.ts'
import type { WatchSource } from '../ui/live/watch-source.ts'
import type { WatchVoice } from './watch-voice.ts'

/** Everything of one `hedgebot watch` after its start. */
export interface WatchRun {
  readonly io: CommandIo
  readonly context: Context
  readonly options: WatchOptions
  readonly engine: Engine
  readonly voice: WatchVoice
  readonly watch: Watch
  readonly source: WatchSource
  /** True when the watch has ended, whatever the reason. */
  readonly isOver: () => boolean
}

/** The table's data out of the watch and its engine. */
export async function watchSource(
  from: Pick<WatchRun, 'context' | 'engine' | 'voice' | 'watch'> & {
    readonly marketIndexes: readonly number[]
  },
): Promise<WatchSource> {
  const { context, engine, voice, watch, marketIndexes } = from
  const [{ createWatchSource }, egresses] = await Promise.all([
    import('../ui/live/watch-source.ts'),
    context.egresses(),
  ])
  return createWatchSource({
    watch,
    clock: context.clock,
    network: context.config.network,
    staleAfterMs: context.config.watch.staleAfterMs,
    markets() {
      const followed = new Set([...marketIndexes, ...watch.hedges().map((one) => one.marketIndex)])
      return engine
        .knownMarkets()
        .filter(({ marketIndex }) => followed.has(marketIndex))
        .map(({ symbol, marketIndex }) => ({ symbol, view: engine.feed(marketIndex).view() }))
    },
    budgets: () => engine.exchange.budgets(),
    egresses: () => egresses.states(),
    isOpeningPaused: () => engine.journal.pausedSince() !== undefined,
    events: voice.events,
  })
}

/** What the hedges say about safety now (CLI.md "Exit codes"). A hedge without a report is unknown. */
export async function loadSafety(run: Pick<WatchRun, 'source'>): Promise<() => ExitCode> {
  const { safetyExit } = await import('../engine/outcome.ts')
  const { source } = run
  return () => {
    const reports = source.reports()
    const isMissing = reports.length < source.entries().length
    return worstExit([...reports.map(safetyExit), ...(isMissing ? [EXIT.unknown] : [])])
  }
}

/** Opens what shows the watch from now on. */
export async function showWatch(run: WatchRun): Promise<void> {
  const { io, context, source, watch } = run
  await run.voice.open({
    io,
    clock: context.clock,
    source,
    watch,
    refreshMs: context.config.watch.refreshMs,
    exit: await loadSafety(run),
  })
}
