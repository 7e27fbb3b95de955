/**
 * What every refusal must be: an error of ours with a name, in words that end, without a stack and without a secret.
 * @module
 */
import { inspect } from 'node:util'
import { HedgebotError } from '../../../src/errors.ts'
import { claim } from './fuzz-target.ts'
import type { PlantedSecrets } from './planted-secrets.ts'

/** What is allowed beside the usual. */
export interface ErrorLimits {
  readonly secrets?: PlantedSecrets
  /** Longest message; default 1,000 characters. */
  readonly longestMessage?: number
  /** Shown with a finding. */
  readonly input?: unknown
}

const NAME = /^[a-z][a-z0-9_]{1,60}$/
/** A line of a stack. */
export const STACK_LINE = /\n\s+at .{1,400}(:\d+:\d+|native|<anonymous>)/

/** The error, if it is a good one. @throws Finding */
export function judgeError(error: unknown, limits: ErrorLimits = {}): HedgebotError {
  const { input = '', longestMessage = 1_000 } = limits
  claim(error instanceof HedgebotError, `no error of ours: ${inspect(error).slice(0, 600)}`, input)
  claim(error.kind !== 'bug', `a bug: ${error.stack?.slice(0, 800)}`, input)
  claim(NAME.test(error.code), `an error without a name: "${error.code}"`, input)
  for (const text of [error.message, error.hint ?? '']) {
    claim(text.length <= longestMessage, `a message of ${text.length} characters`, input)
    claim(!STACK_LINE.test(text), `a stack in a message: ${text.slice(0, 300)}`, input)
  }
  claim(error.message.trim() !== '', 'an error without words', input)
  judgeSecrets(error, limits)
  return error
}

/** Looks for planted secrets in every way an error is written down. @throws Finding */
export function judgeSecrets(error: unknown, { secrets, input = '' }: ErrorLimits): void {
  if (secrets === undefined) return
  const texts = {
    text: String(error),
    hint: error instanceof HedgebotError ? (error.hint ?? '') : '',
    inspection: inspect(error, { depth: 12, maxStringLength: 200_000, maxArrayLength: 10_000 }),
    json: JSON.stringify(error) ?? '',
  }
  for (const [where, text] of Object.entries(texts)) {
    const leaked = secrets.leakIn(text)
    claim(
      leaked === undefined,
      `the planted ${leaked} is in the ${where}: ${text.slice(0, 400)}`,
      input,
    )
  }
}

/** Runs work that may refuse: its result, or the good error. @throws Finding */
export async function refusable<T>(
  work: () => T | Promise<T>,
  limits: ErrorLimits = {},
): Promise<{ readonly value: T } | { readonly error: HedgebotError }> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error: judgeError(error, limits) }
  }
}
