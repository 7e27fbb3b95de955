/**
 * Telling the owner, for one run: prepared before anything happens, built when there is something to tell.
 * @module
 */
import type { Engine, NotedEvent } from '../engine/engine-context.ts'
import type { NotifyEvent } from '../notify/dispatch-work.ts'
import type { Dispatcher } from '../notify/dispatcher.ts'
import type { Sender } from '../notify/sender.ts'
import type { EgressMonitor, Journal, Logger } from '../ports.ts'
import type { NoticeParts } from './build-notices.ts'

/** What of the run it needs, each built on first use. */
export interface TellingRun {
  readonly journal: () => Promise<Journal>
  readonly logger: () => Promise<Logger>
  readonly egresses: () => Promise<EgressMonitor>
  /** Takes the secrets out of what is shown. */
  readonly scrub: (text: string) => string
}

/** The part of a context that tells. */
export interface Telling {
  /** This command trades or guards: the owner hears of it. */
  readonly isTelling: boolean
  /** From here on what happens is told. */
  begin(): Promise<void>
  /** There is an engine now: what it sees can be reported. */
  attach(engine: Engine): void
  /** What the journal could not take. */
  unrecorded(event: NotedEvent): void
  /** The dispatcher, undefined when no channel is enabled. `onEvent`: what the person at the terminal has to see. */
  dispatcher(onEvent: (event: NotifyEvent) => void): Promise<Dispatcher | undefined>
  /** All enabled channels, in this thread. */
  sender(): Promise<Sender>
}

/** Commands that trade or guard. */
const TELLING: ReadonlySet<string> = new Set(['open', 'close', 'watch', 'adopt'])

/** Builds nothing yet. */
export function createTelling(parts: NoticeParts, run: TellingRun): Telling {
  const isTelling = TELLING.has(parts.command)
  let engine: Engine | undefined
  let dispatcher: Dispatcher | undefined
  return {
    isTelling,
    async begin() {
      if (!isTelling) return
      const { prepareNews } = await import('./build-notices.ts')
      await prepareNews(parts.config, await run.journal())
    },
    attach(next) {
      engine = next
    },
    unrecorded: (event) => dispatcher?.tellDirect(event),
    async dispatcher(onEvent) {
      if (dispatcher !== undefined) return dispatcher
      const { buildDispatcher } = await import('./build-notices.ts')
      const [journal, logger] = [await run.journal(), await run.logger()]
      dispatcher = await buildDispatcher(parts, {
        journal,
        logger,
        egresses: run.egresses,
        engine: () => engine,
        onEvent(event) {
          // The person first: what was said already, `--verbose` does not say again.
          onEvent({ ...event, message: run.scrub(event.message) })
          noteOwn(event, { journal, logger })
        },
      })
      return dispatcher
    },
    async sender() {
      const { buildSender } = await import('./build-notices.ts')
      return buildSender(parts, { hasThread: false })
    },
  }
}

/** What happens to notifications themselves is part of the story too. */
function noteOwn(
  { level, kind, message }: NotifyEvent,
  { journal, logger }: { readonly journal: Journal; readonly logger: Logger },
): void {
  logger[level === 'info' ? 'info' : 'warn'](message, { kind })
  try {
    const nobody = { runId: undefined, hedgeId: undefined, account: undefined }
    journal.addEvent({ level, kind, message, ...nobody })
  } catch (error) {
    logger.error('an event could not be recorded', { kind, error })
  }
}
