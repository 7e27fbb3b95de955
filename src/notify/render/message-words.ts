/**
 * The fixed words of a message: what filters and tired eyes look for. They never change with the text around them.
 * @module
 */
import { cleanLine } from './clean-line.ts'
import type { Message, MessageKind } from '../message.ts'

/** In front of every advice. */
export const ADVICE_LABEL = 'What to do'

const KIND_WORDS: Readonly<Record<MessageKind, string>> = {
  opened: 'OPENED',
  closed: 'CLOSED',
  stop: 'STOP',
  alert: 'ALERT',
  recovered: 'OVER',
  report: 'REPORT',
  daily: 'DAILY',
  test: 'TEST',
}

/** The upper-case word of the kind; an alert that needs somebody now has a word of its own: `ALERT!`. */
export function kindWord({ kind, severity }: Pick<Message, 'kind' | 'severity'>): string {
  return kind === 'alert' && severity === 'critical' ? 'ALERT!' : KIND_WORDS[kind]
}

/** Whether real money is meant; everything else is named in front, so that nobody is frightened by a simulation. */
export function isMainnet({ network }: Pick<Message, 'network'>): boolean {
  return network === 'mainnet'
}

/** The first line where there is no subject: `STOP: h3 closed`, `[simulator] STOP: h3 closed`. Clean, not escaped. */
export function headLine(message: Message): string {
  const network = isMainnet(message) ? '' : `[${cleanLine(message.network)}] `
  return `${network}${kindWord(message)}: ${cleanLine(message.title)}`
}

/** `2026-12-01 14:03:22 UTC`. */
export function formatUtc(atMs: number): string {
  return `${isoTime(atMs).slice(0, 19).replace('T', ' ')} UTC`
}

/** `2026-12-01T14:03:22.000Z`; a time that no date can show becomes the epoch: a message is never lost for it. */
export function isoTime(atMs: number): string {
  const date = new Date(atMs)
  return (Number.isNaN(date.getTime()) ? new Date(0) : date).toISOString()
}
