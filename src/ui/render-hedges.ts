import type { HedgeReport } from '../engine/hedge-report.ts'
import { countOf, formatMs, formatUsd } from './format-number.ts'
import { hedgeColumns, sumText } from './hedge-columns.ts'
import { legColumns } from './leg-columns.ts'
import type { RenderStyle } from './render-style.ts'
import { renderTable } from './render-table.ts'
import { summarizeHedges } from './summarize-hedges.ts'
import { cleanText, wrapText } from './text-width.ts'

/** Legs, hedges, totals and one line that says it all (CLI.md "status"). */
export function renderHedges(reports: readonly HedgeReport[], style: RenderStyle): string {
  const conclusion = wrapText(concludeHedges(reports), style.columns, '  ').join('\n')
  if (reports.length === 0) return conclusion
  const legs = renderTable({
    columns: legColumns(reports, style.chalk),
    rows: reports.flatMap((report) => report.legs.map((leg) => ({ report, leg }))),
    style,
  })
  const hedges = renderTable({
    columns: hedgeColumns(summarizeHedges(reports), style.chalk),
    rows: reports,
    style,
  })
  return [legs, '', hedges, '', conclusion].join('\n')
}

/** For example "10 hedges open, net exposure 0.00 USD, largest leg gap 3 ms, naked 0 ms". */
export function concludeHedges(reports: readonly HedgeReport[]): string {
  if (reports.length === 0) return 'no hedges'
  const { netExposureUsd, legGapMs, nakedMs, ownFills, fills } = summarizeHedges(reports)
  return [
    countStates(reports),
    `net exposure ${sumText(netExposureUsd, formatUsd)} USD`,
    ...(legGapMs === undefined ? [] : [`largest leg gap ${formatMs(legGapMs)} ms`]),
    `naked ${formatMs(nakedMs)} ms`,
    ...(fills === 0 ? [] : [`fills against own accounts ${ownFills} of ${fills}`]),
    ...dangers(reports),
  ].join(', ')
}

function countStates(reports: readonly HedgeReport[]): string {
  const counts = new Map<string, number>()
  for (const { state } of reports) counts.set(state, (counts.get(state) ?? 0) + 1)
  return [...counts]
    .map(([state, count], at) => `${at === 0 ? countOf(count, 'hedge') : count} ${state}`)
    .join(', ')
}

function dangers(reports: readonly HedgeReport[]): readonly string[] {
  const named = (word: string, isMeant: (report: HedgeReport) => boolean): readonly string[] => {
    const names = reports.filter(isMeant).map((report) => `${report.hedgeId} ${report.name}`)
    return names.length === 0 ? [] : [`${word}: ${cleanText(names.join(' and '))}`]
  }
  return [
    ...named('EXPOSED', (report) => report.isExposed),
    ...named('UNKNOWN', (report) => report.isUnknown),
    ...named('UNPROTECTED', (report) => report.stopState === 'UNPROTECTED'),
  ]
}
