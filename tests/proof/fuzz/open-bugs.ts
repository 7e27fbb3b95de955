/**
 * Bugs that were found and are not mended yet, because their place is in other hands. Each is counted and told apart from
 * what is new; whoever mends one takes it out, and the test of this folder says so.
 * @module
 */
import type { FoundInput } from './fuzz-loop.ts'

/** One of them. */
export interface OpenBug {
  readonly target: string
  readonly pattern: RegExp
  /** Where it is, and what is to be done. */
  readonly what: string
  /** An input that shows it. */
  readonly seed: number
}

/** All of them. */
export const OPEN_BUGS: readonly OpenBug[] = [
  {
    target: 'journal-memories',
    pattern: /^the memory of notifications ends every look: RangeError: Invalid time value/,
    what:
      'src/notify/memory/notify-state.ts: a time beyond what a Date can hold is taken (timeMs is any number), and every look ' +
      'throws where it is written down: z.number().min(0).max(8.64e15) would refuse it',
    seed: 5652,
  },
]

/** The open bug that a finding shows; undefined when it is new. */
export function openBugOf({ target, what }: FoundInput): OpenBug | undefined {
  return OPEN_BUGS.find((bug) => bug.target === target && bug.pattern.test(what))
}
