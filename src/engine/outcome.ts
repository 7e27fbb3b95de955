/**
 * From what is to the exit code (CLI.md "Exit codes").
 * @module
 */
import type { ExitCode } from '../errors.ts'
import { EXIT, worstExit } from '../errors.ts'
import type { Hedge } from '../hedge/ledger.ts'
import type { Engine } from './engine-context.ts'
import { gatherFacts } from './gather-facts.ts'
import type { HedgeReport } from './hedge-report.ts'
import { trackedChanges } from './track-hedge.ts'

/** What one live hedge says about safety: 4 exposed, 5 unknown, 3 unprotected, else 0. */
export function safetyExit(report: HedgeReport): ExitCode {
  const isOver = report.state === 'closed' || report.state === 'aborted'
  if (isOver) return EXIT.done
  if (report.isExposed) return EXIT.exposed
  if (report.isUnknown) return EXIT.unknown
  return report.stopState === 'UNPROTECTED' ? EXIT.incomplete : EXIT.done
}

/** `open`: everything open as planned is 0; less but safe is 3; nothing sent at all is 1. */
export function openExit(engine: Engine, reports: readonly HedgeReport[]): ExitCode {
  if (reports.length === 0) return EXIT.done
  const safety = worstExit(reports.map(safetyExit))
  if (safety !== EXIT.done) return safety
  const isAsPlanned = reports.every(
    (report) =>
      report.state === 'open' &&
      report.legs.every((leg) => leg.baseSize?.eq(leg.plannedBase) === true),
  )
  if (isAsPlanned) return EXIT.done
  const hasSent = reports.some((report) =>
    engine.journal.ordersOfHedge(report.hedgeId).some((order) => order.purpose === 'open'),
  )
  return hasSent ? EXIT.incomplete : EXIT.refused
}

/** `close`: everything read flat is 0; what still stands decides otherwise. */
export function closeExit(reports: readonly HedgeReport[]): ExitCode {
  return worstExit(
    reports.map((report) => {
      if (report.state === 'closed' || report.state === 'aborted') return EXIT.done
      const safety = safetyExit(report)
      return safety === EXIT.done ? EXIT.incomplete : safety
    }),
  )
}

/** The hedge as the venue shows it now, without writing anything (`status` reads only). */
export function liveHedge(engine: Engine, hedge: Hedge): Hedge {
  const facts = gatherFacts(engine, hedge, { isPlanner: false, mayStart: false })
  return { ...hedge, ...trackedChanges(facts) }
}
