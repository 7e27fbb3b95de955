import { HedgebotError } from '../../src/errors.ts'

/** Runs something that must refuse and returns the refusal; anything else fails the test. */
export function refusalOf(work: () => unknown): HedgebotError {
  try {
    work()
  } catch (error) {
    if (error instanceof HedgebotError) return error
    throw error
  }
  throw new Error('expected a HedgebotError, but nothing was thrown')
}
