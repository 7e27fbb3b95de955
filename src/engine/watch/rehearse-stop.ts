/**
 * A stop comes once in days, and code that has not run is slow: measured, the first stop of a process took 12 to 15 ms of
 * processor time, and 5 after a hundred rehearsals. So a watch rehearses: it carries out the stop of each hedge,
 * signatures and commit included, on a journal in memory and with links that send nothing. It takes no lock of the
 * journal, so that a process which is suspended in the middle keeps nobody from writing.
 * @module
 */
import { messageOf } from '../../errors.ts'
import type { Hedge } from '../../hedge/ledger.ts'
import type { StopVerdict } from '../../hedge/stop-verdict.ts'
import type { AccountLink, JournalStage, Logger } from '../../ports.ts'
import type { Engine } from '../engine-context.ts'
import { createMemory } from '../engine-context.ts'
import { carryOutStops } from './carry-out-stops.ts'

/** Measured: the first takes 4 ms, the fiftieth 2, the hundredth 1.7, and from there on little changes. */
const WARM_UP_COUNT = 100
/** A real stop never waits for more than one rehearsal. */
const WARM_UP_PAUSE_MS = 100
/** What does not run is forgotten again, by caches and by the collector of unused code. */
const REFRESH_MS = 60_000

/** Rehearses stops of the live hedges in turn until the returned function is called. */
export function keepRehearsed(engine: Engine, hedges: () => readonly Hedge[]): () => void {
  const stage = engine.journal.openStage()
  let count = 0
  let cancel = (): void => undefined
  const rehearseNext = (): void => {
    const whole = hedges().filter((hedge) => isWhole(engine, hedge))
    const hedge = whole[count % Math.max(1, whole.length)]
    if (hedge !== undefined && (engine.memory.pulse?.restMs() ?? 0) === 0) {
      rehearseStop(engine, stage, hedge.hedgeId)
      count += 1
    }
    const isWarm = hedge === undefined || count >= WARM_UP_COUNT
    cancel = engine.clock.setTimer(isWarm ? REFRESH_MS : WARM_UP_PAUSE_MS, rehearseNext)
  }
  cancel = engine.clock.setTimer(WARM_UP_PAUSE_MS, rehearseNext)
  return () => {
    cancel()
    stage.close()
  }
}

/** Only where the turn would close: what is on its way somewhere is left alone. */
function isWhole({ journal }: Engine, { state, target, nakedSinceMs, ownerId }: Hedge): boolean {
  const isOpen = state === 'open' && target === 'open' && nakedSinceMs === undefined
  return isOpen && ownerId === journal.ownerId
}

/**
 * Carries out a stop of a hedge of ours where nobody sees it. Returns how many transactions would have left. Never
 * throws: what cannot be rehearsed now is no matter.
 */
export function rehearseStop(engine: Engine, stage: JournalStage, hedgeId: string): number {
  let sends = 0
  const rehearsing = onStage(engine, stage, () => (sends += 1))
  try {
    stage.load(hedgeId)
    carryOutStops(rehearsing, {
      verdicts: [verdictOn(hedgeId)],
      hedges: [],
      remember: () => stage.journal.saveStopMemory(stage.journal.stopMemory() ?? ''),
      onUndone: ignore,
    })
  } catch (error) {
    engine.logger.debug('a stop could not be rehearsed', { hedgeId, error: messageOf(error) })
  }
  return sends
}

function verdictOn(hedgeId: string): StopVerdict {
  return {
    hedgeId,
    closes: 'hedge',
    cause: 'stop_loss',
    legIndex: 0,
    valueUsd: undefined,
    limitUsd: undefined,
    reason: 'a rehearsal',
  }
}

/** The engine with another journal, a memory of its own and no way out. */
function onStage(engine: Engine, { journal }: JournalStage, onSend: () => void): Engine {
  const complain: Logger['warn'] = (message, fields) => {
    // Nothing was traded.
    engine.logger.debug(`in a rehearsed stop: ${message}`, { ...fields, log: undefined })
  }
  return {
    ...engine,
    journal,
    memory: createMemory(),
    waker: { wake: ignore, wait: () => Promise.resolve() },
    logger: { debug: ignore, info: ignore, warn: complain, error: complain },
    link: (accountIndex) => deafLink(engine.link(accountIndex), onSend),
    stopOpening: ignore,
    report: ignore,
    note: ({ level, kind, message, hedgeId, account }) => {
      journal.addEvent({ level, kind, message, runId: engine.runId, hedgeId, account })
    },
  }
}

/** Shows and signs what the real one does; what is sent and asked is never answered. */
function deafLink(link: AccountLink, onSend: () => void): AccountLink {
  return {
    ...link,
    send: () => {
      onSend()
      return never()
    },
    probe: ignore,
    reconnect: ignore,
    readNextNonce: never,
    readTransaction: never,
    readAccount: never,
    readOrders: never,
    readFills: never,
    readRegisteredKey: never,
    readTier: never,
  }
}

function ignore(): void {}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
