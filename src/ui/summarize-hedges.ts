/**
 * Sums over hedges for the last row, the last line and the document. A sum with an unknown part is unknown.
 * @module
 */
import type { HedgeReport } from '../engine/hedge-report.ts'
import type { Dec } from '../hedge/decimal.ts'

/** A sum: undefined when a part is unknown, `none` when there was nothing to add. */
export type Sum = Dec | 'none' | undefined

/** What all hedges come to. */
export interface HedgesSummary {
  readonly hedges: number
  /** Live and open. */
  readonly open: number
  /** Sum of the hedges' absolute exposures: one hedge never makes up for another. */
  readonly netExposureUsd: Sum
  readonly unrealizedPnlUsd: Sum
  readonly realizedPnlUsd: Sum
  readonly feesUsd: Sum
  readonly fundingPaidUsd: Sum
  /** The largest leg gap; undefined when no hedge has one. */
  readonly legGapMs: number | undefined
  /** The longest naked time of one hedge. */
  readonly nakedMs: number
  readonly fills: number
  readonly ownFills: number
  /** Hedges above the tolerance for naked exposure. */
  readonly exposed: number
  /** Legs without their stop on the exchange. */
  readonly unprotected: number
  /** Hedges with a leg that could not be read. */
  readonly unknown: number
}

/** Adds hedges up. */
export function summarizeHedges(reports: readonly HedgeReport[]): HedgesSummary {
  const gaps = reports.map(legGapMs).filter((gap) => gap !== undefined)
  return {
    hedges: reports.length,
    open: reports.filter((report) => report.state === 'open').length,
    netExposureUsd: sum(reports.map((report) => report.netExposureUsd)),
    unrealizedPnlUsd: sum(reports.map((report) => report.unrealizedPnlUsd)),
    realizedPnlUsd: sum(reports.map((report) => report.realizedPnlUsd)),
    feesUsd: sum(reports.map((report) => report.feesUsd)),
    fundingPaidUsd: sum(reports.map((report) => report.fundingPaidUsd)),
    legGapMs: gaps.length === 0 ? undefined : Math.max(...gaps),
    nakedMs: Math.max(0, ...reports.map((report) => report.nakedMs)),
    fills: reports.reduce((total, report) => total + report.fills, 0),
    ownFills: reports.reduce((total, report) => total + report.ownFills, 0),
    exposed: reports.filter((report) => report.isExposed).length,
    unprotected: reports
      .flatMap((report) => report.legs)
      .filter((leg) => leg.stopState === 'UNPROTECTED').length,
    unknown: reports.filter((report) => report.isUnknown).length,
  }
}

/** A sum as text without exponent; of nothing it is zero. */
export function plainSum(sum: Sum): string | undefined {
  return sum === 'none' ? '0' : sum?.toFixed()
}

/** The gap of the newest side of a hedge's life: closing once it has one, else opening. */
export function legGapMs(report: HedgeReport): number | undefined {
  return report.closingLegGapMs ?? report.openingLegGapMs
}

function sum(values: readonly (Dec | undefined)[]): Sum {
  const known = values.filter((value) => value !== undefined)
  if (known.length < values.length) return undefined
  const [first, ...others] = known
  return first === undefined ? 'none' : others.reduce((total, value) => total.plus(value), first)
}
