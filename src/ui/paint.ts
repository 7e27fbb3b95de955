/**
 * What colour says: green gains, red losses and dangers, yellow what is unknown or under way. Never the only sign.
 * @module
 */
import type { ChalkInstance } from 'chalk'
import type { HedgeReport } from '../engine/hedge-report.ts'
import type { Dec } from '../hedge/decimal.ts'
import type { StopState } from '../hedge/ledger.ts'
import { UNKNOWN } from './format-number.ts'

/** A gain green, a loss red. */
export function paintGain(chalk: ChalkInstance, text: string, value: Dec | undefined): string {
  if (value === undefined) return paintUnknown(chalk, text)
  if (value.isZero()) return text
  return value.gt(0) ? chalk.green(text) : chalk.red(text)
}

/** Yellow for `?`. */
export function paintUnknown(chalk: ChalkInstance, text: string): string {
  return text === UNKNOWN ? chalk.yellow(text) : text
}

/** A leg without its stop is a danger. */
export function paintStop(chalk: ChalkInstance, text: string, state: StopState): string {
  if (state === 'UNPROTECTED') return chalk.red.bold(text)
  return state === 'PENDING' ? chalk.yellow(text) : text
}

/** Ends of a life are green, everything between is yellow, exposure is red. */
export function paintState(
  chalk: ChalkInstance,
  text: string,
  report: Pick<HedgeReport, 'state' | 'isExposed' | 'isUnknown'>,
): string {
  if (report.isExposed) return chalk.red.bold(text)
  const isQuiet = report.state === 'open' || report.state === 'closed'
  return isQuiet && !report.isUnknown ? chalk.green(text) : chalk.yellow(text)
}
