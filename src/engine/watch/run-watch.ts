/**
 * Puts the parts of a watch together and beats: news of other processes every 100 ms, ages and slow rules every second.
 * Stops do not wait for a beat: they hang on the ticks themselves.
 * @module
 */
import type { Hedge } from '../../hedge/ledger.ts'
import { isLiveState } from '../../hedge/ledger.ts'
import type { StaleAlert } from '../../hedge/stop-verdict.ts'
import { askFlat } from '../ask-flat.ts'
import { connectAccounts, connectMarket, ensureNonces, keepLeases } from '../connect-accounts.ts'
import type { Engine } from '../engine-context.ts'
import { requireHedge } from '../hedge-turn.ts'
import { noteAnyway } from '../note-anyway.ts'
import { createPulse } from '../pulse.ts'
import { createAlertBoard } from './alert-board.ts'
import { attempt } from './attempt.ts'
import { createDriver } from './drive-followed.ts'
import { createFollowedHedges } from './followed-hedges.ts'
import { followMarkets } from './follow-markets.ts'
import { createLooks, everyStep } from './looks.ts'
import type { Looks } from './looks.ts'
import { keepRehearsed } from './rehearse-stop.ts'
import { createStopKeeper } from './stop-keeper.ts'
import type { StopKeeper } from './stop-keeper.ts'
import type { Watch, WatchEnd, WatchOptions } from './watch.ts'
import { createWatchEnd } from './watch-end.ts'
import type { EndCondition } from './watch-end.ts'
import { adoptOrphans, readLedger } from './watch-ledger.ts'
import type { LedgerParts } from './watch-ledger.ts'

/** News of other processes are seen within this time. */
const BEAT_MS = 100
/** Ages, liquidation distances, time limits. */
const LOOK_MS = 1_000
/** A process that died without a word is noticed within this time. */
const OWNERS_MS = 300

/** Everything that a running watch consists of. */
interface Parts extends LedgerParts {
  readonly options: WatchOptions
  readonly stops: StopKeeper
  readonly looks: Looks
  readonly end: EndCondition
  readonly due: { ownersMs: number; lookMs: number; driven: string }
}

/** See `startWatch`. */
export async function runWatch(engine: Engine, options: WatchOptions): Promise<Watch> {
  const accounts = engine.accounts().map(({ accountIndex }) => accountIndex)
  engine.journal.claimWatch(accounts)
  await engine.loadMarkets()
  const parts = assemble(engine, options)
  const stopParts = startParts(parts, accounts)
  // Whoever can be heard is watched at once: one account that does not answer keeps nobody waiting.
  const connected = connectEverything(parts, accounts)
  const ended = beatUntilOver(parts).finally(stopParts)
  await Promise.race([connected, ended])
  return {
    hedges: parts.followed.all,
    report: parts.followed.report,
    stopPrice: (hedgeId, legIndex) =>
      parts.stops.levels(hedgeId).find((level) => level.legIndex === legIndex)?.triggerPrice,
    requestClose: (hedgeId) => requestClose(parts, hedgeId),
    quit: parts.end.quit,
    ended,
  }
}

function assemble(engine: Engine, options: WatchOptions): Parts {
  const { stopPolicy } = options
  const alerts = createAlertBoard(engine)
  const followed = createFollowedHedges(engine)
  const refresh = (hedge: Hedge): void => {
    if (!followed.put(hedge)) return
    const facts = isLiveState(hedge.state) ? followed.stopHedge(hedge.hedgeId) : undefined
    if (facts === undefined) stops.remove(hedge.hedgeId)
    else stops.set(facts)
  }
  const stops = createStopKeeper(engine, {
    policy: stopPolicy,
    hedges: () => followed.all().flatMap(({ hedgeId }) => followed.stopHedge(hedgeId) ?? []),
    hedge: followed.stopHedge,
    onClosing: (hedgeIds) => {
      for (const hedgeId of hedgeIds) refresh(requireHedge(engine, hedgeId))
    },
  })
  const markets = followMarkets(engine, (marketIndex) =>
    attempt({ alerts }, 'tick', () => stops.tick(marketIndex)),
  )
  const driver = createDriver(engine, {
    onTurn: refresh,
    onEnd: ({ hedgeId, cause }) => {
      if (cause === 'exchange_stop') stops.countElsewhere(hedgeId)
    },
  })
  const looks = createLooks(engine, { policy: stopPolicy, alerts, followed, driver, markets })
  const end = createWatchEnd(engine, options, () => ({
    live: followed.live(),
    isDriven: engine.memory.driven.size > 0,
  }))
  const due = { ownersMs: 0, lookMs: 0, driven: '' }
  return { engine, options, alerts, followed, refresh, stops, driver, looks, markets, end, due }
}

/** Resolves when everything was heard or its time is over; ages, alerts and reads are the loop's business. */
async function connectEverything(parts: Parts, accounts: readonly number[]): Promise<void> {
  const { engine, options, markets, end } = parts
  for (const marketIndex of options.marketIndexes) markets.follow(marketIndex)
  const problems = await Promise.all([
    connectAccounts(engine, accounts, options.connectTimeoutMs),
    ensureNonces(engine, engine.accounts(), 'read'),
    ...markets
      .indexes()
      .map((index) => connectMarket(engine, index, options.connectTimeoutMs).catch(() => [])),
  ])
  for (const problem of problems.flat()) {
    if (problem !== undefined) engine.logger.warn(problem.message)
  }
  end.connected()
}

/** Listeners, leases, pulse; returns what stops them. */
function startParts(parts: Parts, accounts: readonly number[]): () => void {
  const { engine, followed, stops, looks } = parts
  const pulse = createPulse(engine.clock, ({ stoodMs, jumpedMs }) => {
    noteAnyway(engine, {
      level: 'warning',
      kind: 'stood_still',
      message:
        jumpedMs === 0
          ? `this process stood still for ${(stoodMs / 1000).toFixed(1)} s: asking everything again`
          : `the clock was set by ${(jumpedMs / 1000).toFixed(1)} s: asking everything again`,
    })
    looks.askEverything()
  })
  engine.memory.pulse = pulse
  const listeners = accounts.map((accountIndex) =>
    engine.link(accountIndex).onChange(() =>
      attempt(parts, 'change', () => {
        for (const { hedgeId } of followed.ofAccount(accountIndex)) {
          const facts = followed.stopHedge(hedgeId)
          if (facts !== undefined) stops.set(facts)
        }
      }),
    ),
  )
  const stopRenewing = keepLeases(engine)
  const stopRehearsing = keepRehearsed(engine, followed.live)
  return () => {
    stopRehearsing()
    stopRenewing()
    pulse.stop()
    engine.memory.pulse = undefined
    for (const unsubscribe of listeners) unsubscribe()
    parts.markets.stop()
  }
}

async function beatUntilOver(parts: Parts): Promise<WatchEnd> {
  const { engine, driver, end, followed } = parts
  for (;;) {
    attempt(parts, 'beat', () => beat(parts))
    const why = end.reason()
    if (why !== undefined) {
      await driver.end()
      return { why, hedges: followed.all() }
    }
    await engine.waker.wait(BEAT_MS, ['watch'])
  }
}

function beat(parts: Parts): void {
  const { engine, due, stops } = parts
  if ((engine.memory.pulse?.restMs() ?? 0) > 0) return
  const nowMs = engine.clock.monotonicMs()
  const driven = [...engine.memory.driven].join()
  if (engine.journal.hasChangedElsewhere() || driven !== due.driven) {
    due.driven = driven
    readLedger(parts)
  } else if (nowMs >= due.ownersMs) {
    due.ownersMs = nowMs + OWNERS_MS
    adoptOrphans(parts)
  }
  const isLookDue = nowMs >= due.lookMs
  const nextReviewAtMs = stops.nextReviewAtMs()
  const isReviewDue = nextReviewAtMs !== undefined && engine.clock.now() >= nextReviewAtMs
  if (isLookDue) due.lookMs = nowMs + LOOK_MS
  everyStep([
    ...(isLookDue || isReviewDue ? [() => noteUnseen(parts, stops.review())] : []),
    ...(isLookDue ? [parts.looks.look] : []),
  ])
}

/** What is due by its last known value and cannot be seen is more than old: somebody has to know. */
function noteUnseen({ alerts, followed }: Parts, stale: readonly StaleAlert[]): void {
  const urgent = new Map(
    stale.filter(({ isUrgent }) => isUrgent).map((alert) => [alert.hedgeId, alert]),
  )
  for (const { hedgeId } of followed.live()) {
    const alert = urgent.get(hedgeId)
    if (alert === undefined) alerts.clear(`unseen/${hedgeId}`)
    else {
      alerts.raise(`unseen/${hedgeId}`, {
        level: 'alert',
        kind: 'stop_unseen',
        message: `${hedgeId}: its stop was due by the last known values, and ${alert.reason}`,
        hedgeId,
        account: alert.account,
      })
    }
  }
}

function requestClose({ engine, followed, refresh }: Parts, hedgeId: string): void {
  askFlat(engine, hedgeId, 'user')
  const hedge = engine.journal.hedge(hedgeId)
  if (hedge !== undefined && followed.get(hedgeId) !== undefined) refresh(hedge)
  engine.waker.wake(hedgeId)
}
