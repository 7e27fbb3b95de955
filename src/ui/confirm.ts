import { HedgebotError } from '../errors.ts'
import type { TerminalStreams } from './progress.ts'

/** Needs of a question. */
export interface ConfirmOptions {
  readonly question: string
  readonly isYes: boolean
  /** Undefined when nobody can be asked. */
  readonly streams: TerminalStreams | undefined
  readonly signal: AbortSignal
}

/**
 * Asks yes or no; no is the default, since Enter must never send an order.
 * @throws HedgebotError kind `usage`, code `confirmation_needed`, without `--yes` and without a terminal; the signal's
 *   reason or code `interrupted` when the question was interrupted
 */
export async function confirmOnTerminal(options: ConfirmOptions): Promise<boolean> {
  const { question, isYes, streams, signal } = options
  if (isYes) return true
  if (streams === undefined) {
    throw new HedgebotError('usage', `cannot ask "${question}" without a terminal`, {
      code: 'confirmation_needed',
      hint: 'run it again with --yes when the answer is yes',
    })
  }
  const { askOnTerminal } = await import('./ask.ts')
  return askOnTerminal<boolean>(
    { type: 'confirm', message: question, default: false },
    { streams, signal },
  )
}
