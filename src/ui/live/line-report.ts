import { messageOf } from '../../errors.ts'
import type { ExitCode } from '../../errors.ts'
import type { Clock } from '../../ports.ts'
import { formatMs, formatSeconds } from '../format-number.ts'
import { cleanText } from '../text-width.ts'
import { gainText, priceText, usdText } from './format-decimal-text.ts'
import type { LiveEvent, LiveSummary } from './live-view.ts'
import { eventText } from './summary-lines.ts'
import { watchDocument, watchEventDocument } from './watch-documents.ts'
import type { WatchSource } from './watch-source.ts'

/** Needs of the report. */
export interface LineReportOptions {
  readonly source: WatchSource
  readonly clock: Clock
  /** Documents instead of sentences. */
  readonly isJson: boolean
  /** What `watch --once` would end with now; it stands in every document. */
  readonly exit: () => ExitCode
  /** Prints a sentence. */
  readonly line: (text: string) => void
  /** Prints a document on one line. */
  readonly json: (document: object) => void
  /** Data that cannot be read must not end the watch; the next line is tried anew. */
  readonly onFailure: (reason: string) => void
  /** Between two summaries; a minute by CLI.md `watch`. */
  readonly everyMs?: number
}

/** What `watch` says without a terminal. */
export interface LineReport {
  event(event: LiveEvent): void
  end(): void
}

const MINUTE_MS = 60_000

/** One line at once, one a minute, and one for every event. */
export function createLineReport(options: LineReportOptions): LineReport {
  const { source, clock, isJson, exit, line, json, onFailure, everyMs = MINUTE_MS } = options
  let cancel = (): void => {}
  const attempt = (say: () => void): void => {
    try {
      say()
    } catch (error) {
      onFailure(messageOf(error))
    }
  }
  const tick = (): void => {
    cancel = clock.setTimer(everyMs, tick)
    attempt(() => {
      if (isJson) json(watchDocument(source, exit()))
      else line(summaryText(source.summary()))
    })
  }
  tick()
  return {
    event: (event) =>
      attempt(() => {
        if (isJson) json(watchEventDocument(source.summary(), event, exit()))
        else line(`${isoText(event.atMs)} ${eventText(event)}`)
      }),
    end: () => cancel(),
  }
}

/** Everything that the table's head says, in one line with its time, what is wrong first. */
function summaryText(summary: LiveSummary): string {
  const { totals } = summary
  return [
    `${isoText(summary.atMs)} ${cleanText(summary.network)}`,
    ...(totals.exposed > 0 ? [`${totals.exposed} NAKED`] : []),
    ...(totals.unprotected > 0 ? [`${totals.unprotected} UNPROTECTED`] : []),
    ...(totals.unknown > 0 ? [`${totals.unknown} unknown`] : []),
    ...(summary.isOpeningPaused ? ['openings paused'] : []),
    `${totals.open} of ${totals.hedges} hedges open`,
    `P&L ${gainText(totals.unrealizedPnlUsd)} USD`,
    `net exposure ${usdText(totals.netExposureUsd)} USD`,
    `naked ${formatMs(totals.nakedMs)} ms`,
    `funding paid ${usdText(totals.fundingPaidUsd)} USD`,
    `fees ${usdText(totals.feesUsd)} USD`,
    ...summary.markets.map(
      ({ symbol, markPrice, markAgeMs }) =>
        `${cleanText(symbol)} ${priceText(markPrice)} (${formatSeconds(markAgeMs)} s old)`,
    ),
  ].join(' | ')
}

function isoText(atMs: number): string {
  return new Date(atMs).toISOString()
}
