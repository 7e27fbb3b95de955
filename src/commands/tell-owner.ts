import type { Context } from '../context.ts'
import { EXIT } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { Dispatcher } from '../notify/dispatcher.ts'
import type { CommandIo } from '../ui/command-io.ts'

/** How a command ended. */
export interface Outcome {
  readonly command: string
  readonly exit: ExitCode
  /** What went wrong, one sentence. */
  readonly reason?: string
}

/** So long a command waits for its messages; what is late stays in the journal for the next one. */
const LIMIT_MS = 15_000
/** Somebody waits for the end. */
const INTERRUPTED_LIMIT_MS = 3_000

/** Endings of which a person at the terminal, or the one who interrupted, knows already. */
const KNOWN: ReadonlySet<ExitCode> = new Set([EXIT.done, EXIT.interrupted, EXIT.terminated])

/**
 * Tells the owner of what a command did and how it ended, and gives the channels a little time. Returns the command's exit
 * code, which says so when nothing gets through (CLI.md "Exit codes", 3: something was not done). Never rejects.
 */
export async function tellOwner(
  io: CommandIo,
  context: Context,
  outcome: Outcome,
): Promise<ExitCode> {
  const { exit } = outcome
  try {
    const dispatcher = await context.telling.dispatcher(({ level, message }) => {
      if (level !== 'info') io.out.warn(message)
    })
    if (dispatcher === undefined) return exit
    if (!io.isTerminal && !KNOWN.has(exit)) await noteFailure(context, outcome)
    return await flush(io, dispatcher, exit)
  } catch (error) {
    // Whatever it is, it must not hide what the command came to.
    return tellWithoutJournal(io, context, { outcome, error })
  }
}

/** The journal cannot be worked with: the outbox is in it. */
async function tellWithoutJournal(
  io: CommandIo,
  context: Context,
  { outcome, error }: { readonly outcome: Outcome; readonly error: unknown },
): Promise<ExitCode> {
  const { command, exit, reason } = outcome
  try {
    const [{ createDirectAlerts }, { messageOf }, sender, logger] = await Promise.all([
      import('../notify/direct-alerts.ts'),
      import('../errors.ts'),
      context.telling.sender(),
      context.logger(),
    ])
    logger.error('the owner is told without the journal', { error })
    const { clock, config } = context
    const direct = createDirectAlerts({ clock, sender, logger, network: config.network })
    const why = context.scrub(reason ?? messageOf(error))
    const message = `hedgebot ${command} ended with exit code ${exit}: ${why}`
    direct.tell({ level: 'alert', kind: 'journal_trouble', message })
    direct.look()
    const giveUpMs = clock.monotonicMs() + LIMIT_MS
    while (direct.isSending() && clock.monotonicMs() < giveUpMs) await clock.sleep(50)
  } catch {
    io.out.warn('the owner could not be told by mail or chat: see the log')
  }
  return exit === EXIT.done ? EXIT.incomplete : exit
}

/** Nobody may be there to see it. */
async function noteFailure(context: Context, { command, exit, reason }: Outcome): Promise<void> {
  const journal = await context.journal()
  const why = reason === undefined ? '' : `: ${context.scrub(reason)}`
  journal.addEvent({
    level: exit === EXIT.exposed || exit === EXIT.bug ? 'alert' : 'warning',
    kind: 'run_failed',
    message: `hedgebot ${command} ended with exit code ${exit}${why}`,
    runId: undefined,
    hedgeId: undefined,
    account: undefined,
  })
}

async function flush(io: CommandIo, dispatcher: Dispatcher, exit: ExitCode): Promise<ExitCode> {
  const limitMs = io.signal.aborted ? INTERRUPTED_LIMIT_MS : LIMIT_MS
  const progress = io.isTerminal ? io.progress('telling the owner') : undefined
  try {
    const { waiting, failing, areAllFailing } = await dispatcher.flush(limitMs)
    if (waiting === 0) return exit
    const messages = waiting === 1 ? '1 message waits' : `${waiting} messages wait`
    const verb = failing.length === 1 ? 'fails' : 'fail'
    const how = failing.length === 0 ? '' : ` (${failing.join(', ')} ${verb})`
    const next = 'the next run of hedgebot sends what waits'
    if (!areAllFailing) {
      io.out.note(`${messages} to be sent${how}; ${next}`)
      return exit
    }
    io.out.warn(`no notification gets through: ${messages}${how}; ${next}`)
    return exit === EXIT.done ? EXIT.incomplete : exit
  } finally {
    progress?.stop()
  }
}
