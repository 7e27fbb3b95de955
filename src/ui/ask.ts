import { createPromptModule } from 'inquirer'
import { EXIT, HedgebotError } from '../errors.ts'
import type { TerminalStreams } from './progress.ts'

/** One question as inquirer takes it; its `name` is always `answer`. */
export interface Question {
  readonly type: 'confirm' | 'select' | 'input'
  readonly message: string
  readonly default?: boolean | string
  /** Choices that are seen at once. */
  readonly pageSize?: number
  readonly choices?: readonly { readonly name: string; readonly value: string }[]
}

/**
 * Asks one question on the terminal's streams. Import this file lazily: it loads inquirer.
 * @throws the signal's reason when it was aborted; HedgebotError code `interrupted`, exit 130, when the person left by
 *   Ctrl-C or the end of input
 */
export async function askOnTerminal<T extends boolean | string>(
  question: Question,
  place: { readonly streams: TerminalStreams; readonly signal: AbortSignal },
): Promise<T> {
  const { streams, signal } = place
  signal.throwIfAborted()
  const prompt = createPromptModule({ input: streams.input, output: streams.output, signal })
  try {
    const answers: Record<string, unknown> = await prompt([{ ...question, name: 'answer' }])
    return answers['answer'] as T
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Error && error.name === 'ExitPromptError') {
      throw new HedgebotError('refused', 'interrupted', {
        code: 'interrupted',
        exit: EXIT.interrupted,
      })
    }
    throw error
  }
}
