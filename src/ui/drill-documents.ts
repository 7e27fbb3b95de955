import type { DrillReport } from '../drill/drill-report.ts'
import { documentHead } from './error-document.ts'
import type { ResultContext } from './json-documents.ts'

/** `drill <fault>`. */
export function drillDocument(context: ResultContext, report: DrillReport) {
  return { ...documentHead(context), ...drillJson(report) }
}

/** `drill --all`. */
export function drillsDocument(context: ResultContext, reports: readonly DrillReport[]) {
  return { ...documentHead(context), drills: reports.map(drillJson) }
}

function drillJson(report: DrillReport) {
  const { verdict } = report
  return {
    fault: report.fault,
    verdict: verdict.word.replace(' but', '').replace(' ', '_'),
    verdict_text: verdict.text,
    gist: report.gist,
    story: report.story.map(({ atMs, who, text }) => ({ at_ms: Math.round(atMs), who, text })),
    remarks: report.remarks,
    naked_usd_ms: report.nakedUsdMs.toFixed(),
    longest_naked_ms: Math.round(report.longestNakedMs),
    max_naked_ms: report.maxNakedMs,
    hedges: report.hedges.map(({ name, legs, naked, mustBeFlat }) => ({
      name,
      must_be_flat: mustBeFlat,
      naked_usd: naked.leftUsd.toFixed(),
      naked_ms: Math.round(naked.longestMs),
      legs: legs.map(({ account, base }) => ({ account, base_size: base.toFixed() })),
    })),
    mails: report.mails.map(({ atMs, subject }) => ({ at_ms: Math.round(atMs), subject })),
    channels: report.channels,
    runs: report.runs,
    duration_ms: Math.round(report.durationMs),
  }
}
