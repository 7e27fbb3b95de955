/**
 * What a drill tells: plain data for text and document alike.
 * @module
 */
import type { DrillFault } from './drill-faults.ts'
import type { DrillVerdict, HedgeEnd } from './judge-drill.ts'
import type { Dec } from '../hedge/decimal.ts'

/** One thing that happened. */
export interface StoryLine {
  /** Since the beginning of the drill. */
  readonly atMs: number
  /** The drill itself, the user's program, the exchange, or a mail that arrived. */
  readonly who: 'drill' | 'hedgebot' | 'exchange' | 'mail'
  readonly text: string
}

/** A command of the user's program that ran. */
export interface DrillRun {
  readonly command: string
  readonly exit: number | null
  readonly signal: string | null
}

/** A mail that arrived. */
export interface DrillMail {
  readonly atMs: number
  readonly subject: string
}

/** One drill from beginning to end. */
export interface DrillReport {
  readonly fault: DrillFault
  readonly verdict: DrillVerdict
  /** In few words, for the table. */
  readonly gist: string
  /** In order of time. */
  readonly story: readonly StoryLine[]
  /** What is worth knowing about the configuration in this light. */
  readonly remarks: readonly string[]
  readonly hedges: readonly HedgeEnd[]
  readonly nakedUsdMs: Dec
  readonly longestNakedMs: number
  readonly maxNakedMs: number
  readonly mails: readonly DrillMail[]
  /** Ways of the configuration that would have carried the messages. */
  readonly channels: readonly string[]
  readonly runs: readonly DrillRun[]
  readonly durationMs: number
}
