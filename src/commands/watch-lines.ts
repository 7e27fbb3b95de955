import type { Progress } from '../engine/engine-context.ts'
import type { Watch } from '../engine/watch/watch.ts'
import type { ExitCode } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { LiveEvent } from '../ui/live/live-view.ts'
import type { WatchSource } from '../ui/live/watch-source.ts'
import { sayProgress } from './start-engine.ts'

/** What a person or a log sees while a watch runs. Nothing here throws: the watch goes on whatever the display does. */
export interface WatchDisplay {
  event(event: LiveEvent): void
  /** A sign of life that is in no journal. */
  say(progress: Progress): void
  /** Gives the terminal back at once, for a second Ctrl-C. */
  restore(): void
  end(): Promise<void>
}

/** What there is to show. */
export interface WatchShow {
  readonly io: CommandIo
  readonly clock: Clock
  readonly source: WatchSource
  readonly watch: Pick<Watch, 'requestClose' | 'quit'>
  readonly refreshMs: number
  /** What `watch --once` would end with now. */
  readonly exit: () => ExitCode
}

/** Loads the report of a watch without a screen: sentences, or documents with `--json`. */
export async function loadLineDisplay(): Promise<(show: WatchShow) => WatchDisplay> {
  const [{ createLineReport }, { eventText }] = await Promise.all([
    import('../ui/live/line-report.ts'),
    import('../ui/live/summary-lines.ts'),
  ])
  return ({ io, clock, source, exit }) => {
    const { isJson } = io.globals
    const report = createLineReport({
      source,
      clock,
      isJson,
      exit,
      line: io.out.line,
      json: io.out.json,
      onFailure: (reason) => io.out.warn(`the report failed: ${reason}`),
    })
    // What was told before there was a report stands on stderr as text; programs read documents.
    if (isJson) for (const event of source.summary().events) report.event(event)
    return {
      event(event) {
        report.event(event)
        // Documents are for programs; whoever reads stderr is told what matters.
        if (isJson && event.level !== 'info') io.out.warn(eventText(event))
      },
      say: (progress) => sayProgress(io, progress),
      restore: report.end,
      end() {
        report.end()
        return Promise.resolve()
      },
    }
  }
}
