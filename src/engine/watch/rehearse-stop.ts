/**
 * A stop comes once in days, and code that has not run is slow: measured, the first stop of a process took 12 to 15 ms of
 * processor time, and 5 after a hundred rehearsals. So a watch rehearses: it takes the whole turn that closes a hedge,
 * signatures and journal included, in a transaction that is rolled back. Nothing leaves and nothing stays.
 * @module
 */
import { HedgebotError, hasCode, messageOf } from '../../errors.ts'
import type { Hedge } from '../../hedge/ledger.ts'
import type { AccountLink } from '../../ports.ts'
import { commitThenSend } from '../commit-then-send.ts'
import type { Engine } from '../engine-context.ts'
import { createMemory } from '../engine-context.ts'
import { closingTurn } from '../hedge-turn.ts'

/** Measured: the first takes 4 ms, the fiftieth 2, the hundredth 1.7, and from there on little changes. */
const WARM_UP_COUNT = 100
/**
 * A real stop never waits for more than one rehearsal; and a rehearsal holds the lock of the journal: a process that is
 * suspended in the middle of one keeps the others from writing. The breaks keep that to a few hundredths of the time.
 */
const WARM_UP_PAUSE_MS = 100
/** What does not run is forgotten again, by caches and by the collector of unused code. */
const REFRESH_MS = 60_000

/** Rehearses closings of the live hedges in turn until the returned function is called. */
export function keepRehearsed(engine: Engine, hedges: () => readonly Hedge[]): () => void {
  let count = 0
  let cancel = (): void => undefined
  const rehearseNext = (): void => {
    const whole = hedges().filter((hedge) => isWhole(engine, hedge))
    const hedge = whole[count % Math.max(1, whole.length)]
    if (hedge !== undefined && (engine.memory.pulse?.restMs() ?? 0) === 0) {
      rehearseStop(engine, hedge.hedgeId)
      count += 1
    }
    const isWarm = hedge === undefined || count >= WARM_UP_COUNT
    cancel = engine.clock.setTimer(isWarm ? REFRESH_MS : WARM_UP_PAUSE_MS, rehearseNext)
  }
  cancel = engine.clock.setTimer(WARM_UP_PAUSE_MS, rehearseNext)
  return () => cancel()
}

/** Only where the turn would close: what is on its way somewhere is left alone. */
function isWhole({ journal }: Engine, { state, target, nakedSinceMs, ownerId }: Hedge): boolean {
  const isOpen = state === 'open' && target === 'open' && nakedSinceMs === undefined
  return isOpen && ownerId === journal.ownerId
}

/**
 * Closes a hedge of ours up to the moment before the commit, and undoes it. Returns how many transactions were ready to
 * leave. Never throws: what cannot be rehearsed now is no matter.
 */
export function rehearseStop(engine: Engine, hedgeId: string): number {
  const stage = stageOf(engine)
  let ready = 0
  try {
    commitThenSend(stage, 'normal', () => {
      closingTurn(stage, hedgeId, 'rehearsal')
      ready = stage.memory.afterCommit?.sends.length ?? 0
      throw new HedgebotError('refused', 'the rehearsal is over', { code: 'rehearsal_over' })
    })
  } catch (error) {
    if (!hasCode(error, 'rehearsal_over')) {
      engine.logger.debug('a stop could not be rehearsed', { hedgeId, error: messageOf(error) })
    }
  }
  return ready
}

/** The engine with a memory of its own and no way out. Only the journal is the real one, inside a transaction. */
function stageOf(engine: Engine): Engine {
  const { journal, runId } = engine
  return {
    ...engine,
    memory: createMemory(),
    waker: { wake: () => undefined, wait: () => Promise.resolve() },
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    link: (accountIndex) => deafLink(engine.link(accountIndex)),
    stopOpening: ignore,
    report: ignore,
    note: (event) => {
      const { level, kind, message, hedgeId, account } = event
      journal.addEvent({ level, kind, message, runId, hedgeId, account })
    },
  }
}

/** Shows and signs what the real one does; sends and asks nothing. */
function deafLink(link: AccountLink): AccountLink {
  return {
    ...link,
    send: never,
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
  return Promise.reject(
    new HedgebotError('refused', 'a rehearsal sends nothing', { code: 'rehearsal' }),
  )
}
