/**
 * What messages are made of, out of the journal and, where there is a watch, out of what it sees.
 * @module
 */
import type { Engine } from '../engine/engine-context.ts'
import { reportHedge } from '../engine/hedge-report.ts'
import type { TradeRecord } from '../engine/trade-record.ts'
import { tradeRecord } from '../engine/trade-record.ts'
import type { Hedge } from '../hedge/ledger.ts'
import { isLiveState } from '../hedge/ledger.ts'
import type { DailyView } from '../notify/compose/compose-daily.ts'
import type { ReportView } from '../notify/compose/compose-report.ts'
import type { Period } from '../notify/compose/course.ts'
import type { NotifyFacts } from '../notify/due-messages.ts'
import type { AccountRef, EgressMonitor, Journal } from '../ports.ts'

/** Where facts come from. */
export interface FactSources {
  readonly journal: Journal
  readonly accounts: readonly AccountRef[]
  /** Undefined where nothing is connected. */
  readonly engine: () => Engine | undefined
  readonly egresses: EgressMonitor
}

/** Puts them together. */
export function createNotifyFacts(sources: FactSources): NotifyFacts {
  const { journal, engine } = sources
  const recordOf = (hedge: Hedge): TradeRecord =>
    tradeRecord({ journal, accounts: () => sources.accounts }, hedge)
  return {
    progress(hedgeId) {
      const hedge = journal.hedge(hedgeId)
      if (hedge === undefined) return undefined
      return {
        isLive: isLiveState(hedge.state),
        isOpening: isOpening(hedge),
        isComplete: recordOf(hedge).isComplete,
      }
    },
    moving() {
      const live = journal.liveHedges()
      return {
        opening: live.filter(isOpening).length,
        closing: live.filter(({ target }) => target === 'flat').length,
      }
    },
    records: (hedgeIds) =>
      hedgeIds.flatMap((hedgeId) => {
        const hedge = journal.hedge(hedgeId)
        return hedge === undefined ? [] : [recordOf(hedge)]
      }),
    get report() {
      const running = engine()
      if (running === undefined) return undefined
      return (period: Period) => reportView(sources, { engine: running, period, recordOf })
    },
    daily: (day, period) => dailyView(journal, { day, period, recordOf }),
  }
}

function isOpening({ state }: Hedge): boolean {
  return state === 'planned' || state === 'opening'
}

interface Reporting {
  readonly engine: Engine
  readonly period: Period
  readonly recordOf: (hedge: Hedge) => TradeRecord
}

function reportView(
  { journal, egresses }: FactSources,
  { engine, period, recordOf }: Reporting,
): ReportView {
  const { fromMs, toMs } = period
  const live = journal.liveHedges()
  return {
    reports: live
      .filter((hedge) => hasKeys(engine, hedge))
      .map((hedge) => reportHedge(engine, hedge)),
    ended: journal.hedgesEndedBetween(fromMs, toMs).map(recordOf),
    samples: journal.pnlSamples(fromMs, toMs),
    period,
    egresses: egresses.states(),
    isOpeningPaused: journal.pausedSince() !== undefined,
  }
}

/** Of an account that left the configuration nothing can be read; an alert says so. */
function hasKeys(engine: Engine, { legs }: Hedge): boolean {
  return legs.every(({ accountIndex }) => engine.accountByIndex(accountIndex) !== undefined)
}

function dailyView(
  journal: Journal,
  of: {
    readonly day: string
    readonly period: Period
    readonly recordOf: (hedge: Hedge) => TradeRecord
  },
): DailyView {
  const { fromMs, toMs } = of.period
  const endedLater = journal.hedgesEndedBetween(toMs, Number.MAX_SAFE_INTEGER)
  const stood = [...journal.liveHedges(), ...endedLater].filter(
    ({ createdAtMs }) => createdAtMs < toMs,
  )
  return {
    day: of.day,
    period: of.period,
    ended: journal.hedgesEndedBetween(fromMs, toMs).map(of.recordOf),
    open: stood.length,
    samples: journal.pnlSamples(fromMs, toMs),
    events: journal.countEvents(fromMs, toMs),
  }
}
