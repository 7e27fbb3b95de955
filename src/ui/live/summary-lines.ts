/**
 * The lines around the table. Each comes as pieces, most important first, of which as many are shown as fit: a piece
 * is never cut, so that no number loses a digit.
 * @module
 */
import type { ChalkInstance } from 'chalk'
import type { EventLevel } from '../../journal-port.ts'
import { formatMs, formatSeconds } from '../format-number.ts'
import { ownerText } from '../owner-text.ts'
import { cleanText, shortenMiddle, textWidth } from '../text-width.ts'
import { gainText, priceText, usdText } from './format-decimal-text.ts'
import { paintGainText } from './live-columns.ts'
import type { LiveEvent, LiveSummary } from './live-view.ts'

/** Place and colour of a line. */
export interface LineStyle {
  readonly chalk: ChalkInstance
  readonly width: number
}

/** Network, time and the followed markets with the age of their marks. */
export function headerLine(summary: LiveSummary, { chalk, width }: LineStyle): string {
  const markets = summary.markets.map(({ symbol, markPrice, markAgeMs }) => {
    const text = `${cleanText(symbol)} ${priceText(markPrice)} (${formatSeconds(markAgeMs)} s)`
    return (markAgeMs ?? Infinity) > summary.staleAfterMs ? chalk.yellow(text) : text
  })
  const name = chalk.bold(`hedgebot watch ${shortenMiddle(cleanText(summary.network), 20)}`)
  return joinFitting([name, `${clockText(summary.atMs)} UTC`, ...markets], width)
}

/** Sums, with what is wrong in front. */
export function totalsLine(summary: LiveSummary, { chalk, width }: LineStyle): string {
  const { totals } = summary
  const wrong = [
    ...(totals.exposed > 0 ? [`${totals.exposed} NAKED`] : []),
    ...(totals.unprotected > 0 ? [`${totals.unprotected} UNPROTECTED`] : []),
  ].map((text) => chalk.red.bold(text))
  const out = summary.egresses
    .filter(({ condition }) => condition === 'down' || condition === 'restricted')
    .map(({ name, condition }) => `${shortenMiddle(cleanText(name), 16)} ${condition}`)
  const odd = [
    ...(totals.unknown > 0 ? [`${totals.unknown} unknown`] : []),
    ...(summary.isOpeningPaused ? ['openings paused'] : []),
    ...out,
  ].map((text) => chalk.yellow(text))
  const pnl = gainText(totals.unrealizedPnlUsd)
  return joinFitting(
    [
      ...wrong,
      `P&L ${paintGainText(chalk, pnl, totals.unrealizedPnlUsd)} USD`,
      ...odd,
      `net exposure ${usdText(totals.netExposureUsd)} USD`,
      `naked ${formatMs(totals.nakedMs)} ms`,
      `${totals.open} of ${totals.hedges} hedges open`,
      `funding paid ${usdText(totals.fundingPaidUsd)} USD`,
      `fees ${usdText(totals.feesUsd)} USD`,
      `realized ${gainText(totals.realizedPnlUsd)} USD`,
    ],
    width,
  )
}

/** What is left of the request budgets, the emptiest first. A limit that all share is said once: four owners fit. */
export function budgetLine({ budgets }: LiveSummary, { chalk, width }: LineStyle): string {
  const [first] = budgets
  if (first === undefined) return ''
  const isShared = budgets.every(({ limit }) => limit === first.limit)
  const shares = budgets.map((budget) => ({
    budget,
    share: budget.left === undefined ? -1 : budget.left / Math.max(1, budget.limit),
  }))
  const pieces = shares
    .toSorted((a, b) => a.share - b.share)
    .map(({ budget: { owner, left, limit }, share }) => {
      const text = `${ownerText(owner)} ${left ?? '?'}${isShared ? '' : `/${limit}`}`
      return share < LOW_BUDGET_SHARE ? chalk.yellow(text) : text
    })
  return joinFitting(
    [isShared ? `requests left/${first.limit}` : 'requests left', ...pieces],
    width,
  )
}

/** Below it the line warns: the last part of a bucket is kept for closing (DESIGN.md section 3, rule 11). */
const LOW_BUDGET_SHARE = 0.25

/** The latest events, newest last, padded to their number of rows. */
export function eventLines(
  events: readonly LiveEvent[],
  rows: number,
  { chalk, width }: LineStyle,
): readonly string[] {
  const lines = events.slice(-rows).map((event) => {
    const text = shortenEnd(`${clockText(event.atMs)} ${eventText(event)}`, width)
    return paintLevel(chalk, text, event.level)
  })
  return [...Array.from({ length: rows - lines.length }, () => ''), ...lines]
}

/** Level (unless it is mere information), hedge and account unless the message names them itself, and what happened. */
export function eventText({ level, hedgeId, account, message }: LiveEvent): string {
  const named = new Set(message.split(/[\s:,]+/))
  const where = [hedgeId, account]
    .filter((part) => part !== undefined && !named.has(part))
    .join(' ')
  const words = [level === 'info' ? '' : level, where === '' ? '' : `${where}:`, message]
  return cleanText(words.filter((part) => part !== '').join(' '))
}

function paintLevel(chalk: ChalkInstance, text: string, level: EventLevel): string {
  if (level === 'info') return text
  return level === 'alert' ? chalk.red.bold(text) : chalk.yellow(text)
}

/** `22:49:13` of a wall-clock time, UTC. */
export function clockText(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19)
}

/** Cuts the end off a sentence. */
export function shortenEnd(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let kept = ''
  let used = 1
  for (const character of text) {
    used += textWidth(character)
    if (used > width) break
    kept += character
  }
  return `${kept}…`
}

function joinFitting(pieces: readonly string[], width: number): string {
  let line = ''
  for (const [at, piece] of pieces.entries()) {
    const next = line === '' ? piece : `${line}  ${piece}`
    const isLast = at === pieces.length - 1
    // Room for the sign that something was left out.
    if (textWidth(next) > width - (isLast ? 0 : 2)) return line === '' ? '' : `${line} …`
    line = next
  }
  return line
}
