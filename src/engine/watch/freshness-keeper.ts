/**
 * The ladder for data that get old (DESIGN.md section 3, "Freshness"): ask for a sign of life, subscribe again, connect
 * again, read over REST within a bounded share of the budget, and tell the owner. Old data never look fresh: their ages
 * are the streams' own.
 * @module
 */
import { hasCode } from '../../errors.ts'
import type { Dec } from '../../hedge/decimal.ts'
import { positionIn } from '../../hedge/venue-view.ts'
import type { AccountLink } from '../../ports.ts'
import type { Engine } from '../engine-context.ts'
import { readAccountOf } from '../read-doubt.ts'
import type { AlertBoard } from './alert-board.ts'

export interface FreshnessOptions {
  readonly staleAfterMs: number
  readonly alerts: AlertBoard
  /** Accounts in live hedges, each with the market of its hedge. */
  readonly accounts: () => ReadonlyMap<number, number>
  readonly marketIndexes: () => readonly number[]
}

export interface FreshnessKeeper {
  /** To be called about once a second. */
  look(): void
  /** After a stall nothing is believed before it was asked again. */
  askEverything(): void
}

/** A stream that told nothing for so long, while prices moved and a position stood, is silent and not quiet. */
const SILENT_MS = 15_000
/** Between two new connections, or two reads, of one account or market for one reason. */
const AGAIN_MS = 15_000

/** Creates the keeper; it starts nothing by itself. */
export function createFreshnessKeeper(engine: Engine, options: FreshnessOptions): FreshnessKeeper {
  const lastStepMs = new Map<string, number>()
  /** True at most once in a while for each step, so that a ladder is climbed and not danced on. */
  const mayStep = (key: string, pauseMs: number): boolean => {
    const nowMs = engine.clock.monotonicMs()
    if (nowMs < (lastStepMs.get(key) ?? -Infinity) + pauseMs) return false
    lastStepMs.set(key, nowMs)
    return true
  }
  const startedAtMs = engine.clock.now()
  const keeper: Keeper = {
    engine,
    options,
    mayStep,
    startedAtMs,
    untold: new Map(),
    unavailable: { atMs: -Infinity },
  }
  return {
    look() {
      const accounts = options.accounts()
      const markets = options.marketIndexes()
      const oldMarkets = markets.filter((marketIndex) => lookAtMarket(keeper, marketIndex))
      const oldAccounts = [...accounts].filter((account) => lookAtAccount(keeper, account))
      clearIdle(keeper, accounts)
      noteVenue(keeper, {
        isDown: accounts.size > 0 && oldAccounts.length === accounts.size && oldMarkets.length > 0,
      })
    },
    askEverything() {
      for (const [accountIndex, marketIndex] of options.accounts()) {
        engine.link(accountIndex).probe()
        readAccountOf(engine, accountIndex, marketIndex)
      }
    },
  }
}

/** The price at an account's last frame, and since when there is another one that it told nothing of. */
interface UntoldMove {
  readonly dataAtMs: number
  readonly mark: Dec
  readonly sinceMs: number | undefined
}

interface Keeper {
  readonly engine: Engine
  readonly options: FreshnessOptions
  /** What was never heard is as old as the watch itself: it gets the time to come. */
  readonly startedAtMs: number
  /** By account index. */
  readonly untold: Map<number, UntoldMove>
  /** When the exchange last answered that it does not serve, monotonic. */
  readonly unavailable: { atMs: number }
  mayStep(key: string, pauseMs: number): boolean
}

/** Accounts that are in no hedge (any more) are only listened to: what was wrong is over when they are heard again. */
function clearIdle({ engine, options }: Keeper, inHedges: ReadonlyMap<number, number>): void {
  for (const { accountIndex } of engine.accounts()) {
    if (inHedges.has(accountIndex)) continue
    const key = `account/${accountIndex}`
    if (options.alerts.isRaised(key) && engine.link(accountIndex).view().isLive) {
      options.alerts.clear(key)
    }
  }
}

/** True when the account's data are old. */
function lookAtAccount(keeper: Keeper, [accountIndex, marketIndex]: readonly [number, number]) {
  const { engine, options, mayStep, startedAtMs } = keeper
  const { staleAfterMs, alerts } = options
  const link = engine.link(accountIndex)
  const { isLive, lastAliveAtMs } = link.view()
  const ageMs = engine.clock.now() - (lastAliveAtMs ?? startedAtMs)
  const key = `account/${accountIndex}`
  if (isLive && ageMs > staleAfterMs / 2 && mayStep(`${key}/probe`, staleAfterMs / 4)) link.probe()
  if (ageMs <= staleAfterMs) {
    // Answers to reads are signs of life too, but not of the streams.
    if (isLive) alerts.clear(key)
    reconnectSilent(keeper, link, marketIndex)
    return false
  }
  // A live socket that answers no ping: its own time-out would come later.
  if (isLive && mayStep(`${key}/connect`, AGAIN_MS)) link.reconnect('no sign of life')
  alerts.raise(key, {
    level: 'warning',
    kind: 'account_stale',
    message: `${link.ref.name}: nothing was heard for ${secondsText(ageMs)} s over ${link.egress()}`,
    account: link.ref.name,
  })
  return true
}

/** Pongs come, frames do not: the streams of this socket may have ended without a word. */
function reconnectSilent(keeper: Keeper, link: AccountLink, marketIndex: number): void {
  const { engine, mayStep } = keeper
  const { accountIndex, name } = link.ref
  const silentMs = silentForMs(keeper, link, marketIndex)
  if (silentMs <= SILENT_MS || !mayStep(`account/${accountIndex}/silent`, 2 * AGAIN_MS)) return
  engine.note({
    level: 'warning',
    kind: 'stream_silent',
    message: `${name}: its streams told nothing for ${secondsText(silentMs)} s: connecting again`,
    account: name,
  })
  link.reconnect('silent streams')
  readAccountOf(engine, accountIndex, marketIndex)
}

/** For how long a price has moved of which an account with a position told nothing; 0 when it owes no word. */
function silentForMs({ engine, untold }: Keeper, link: AccountLink, marketIndex: number): number {
  const view = link.view()
  const row = positionIn(view, marketIndex)
  const hasPosition = row.isKnown && row.value?.signedBase.isZero() === false
  const { mark } = engine.feed(marketIndex).view()
  const dataAtMs = link.lastDataAtMs()
  if (!view.isLive || !hasPosition || dataAtMs === undefined || !mark.isKnown) return 0
  const { accountIndex } = link.ref
  const before = untold.get(accountIndex)
  // Balances are told when mark moves: in a still market there is nothing to tell.
  if (before?.dataAtMs !== dataAtMs) {
    untold.set(accountIndex, { dataAtMs, mark: mark.value, sinceMs: undefined })
    return 0
  }
  const hasMoved = !before.mark.eq(mark.value)
  const sinceMs = before.sinceMs ?? (hasMoved ? mark.atMs : undefined)
  untold.set(accountIndex, { ...before, sinceMs })
  return sinceMs === undefined ? 0 : mark.atMs - sinceMs
}

/**
 * True when the mark is old. A market in which nothing moves says nothing: asking for its snapshot again is what keeps
 * its price young. Over REST it is read before it is old, so that stops go on acting while the streams do not come.
 */
function lookAtMarket(keeper: Keeper, marketIndex: number): boolean {
  const { engine, options, mayStep, startedAtMs } = keeper
  const { staleAfterMs, alerts } = options
  const feed = engine.feed(marketIndex)
  const { mark } = feed.view()
  const ageMs = engine.clock.now() - (mark.isKnown ? mark.atMs : startedAtMs)
  const key = `market/${marketIndex}`
  if (ageMs > staleAfterMs / 2 && mayStep(`${key}/subscribe`, staleAfterMs / 2)) feed.resubscribe()
  lookAtStream(keeper, marketIndex, ageMs)
  const readAfterMs = (staleAfterMs * 3) / 4
  if (ageMs > readAfterMs && mayStep(`${key}/read`, readAfterMs)) {
    feed.readMark('read').catch((error: unknown) => {
      if (hasCode(error, 'venue_unavailable')) keeper.unavailable.atMs = engine.clock.monotonicMs()
      engine.logger.warn('the mark price could not be read', { marketIndex, error })
    })
  }
  if (ageMs <= staleAfterMs) {
    alerts.clear(key)
    return false
  }
  const { symbol } = engine.market(marketIndex)
  alerts.raise(key, {
    level: 'alert',
    kind: 'mark_stale',
    message: `${symbol}: the mark price is ${secondsText(ageMs)} s old: stops by price cannot act`,
  })
  return true
}

/** A mark that was read over REST is young, and the streams may be dead all the same. */
function lookAtStream(keeper: Keeper, marketIndex: number, markAgeMs: number): void {
  const { engine, options, mayStep } = keeper
  const feed = engine.feed(marketIndex)
  const { bids } = feed.view()
  const ageMs = bids.isKnown ? engine.clock.now() - bids.atMs : markAgeMs
  const key = `stream/${marketIndex}`
  if (ageMs <= options.staleAfterMs) {
    options.alerts.clear(key)
    return
  }
  if (mayStep(`${key}/connect`, AGAIN_MS)) feed.reconnect('no price')
  const { symbol } = engine.market(marketIndex)
  options.alerts.raise(key, {
    level: 'warning',
    kind: 'market_stream_stale',
    message: `${symbol}: its streams are ${secondsText(ageMs)} s behind: the price is read over REST`,
  })
}

/** An answer that says so is not silence: the exchange is there and does not serve. */
const UNAVAILABLE_MS = 30_000

function noteVenue(
  { engine, options, unavailable }: Keeper,
  { isDown }: { readonly isDown: boolean },
): void {
  if (!isDown) {
    options.alerts.clear('venue')
    return
  }
  const answers = engine.clock.monotonicMs() - unavailable.atMs <= UNAVAILABLE_MS
  const what = answers
    ? 'the exchange answers that it does not serve now (maintenance, or trouble of its own)'
    : 'no account and no market can be heard: the exchange or the way to it is down'
  options.alerts.raise('venue', {
    level: 'alert',
    kind: answers ? 'maintenance' : 'venue_unreachable',
    message: `${what}; what rests on the exchange protects, everything goes on by itself when it is back`,
  })
}

function secondsText(ms: number): string {
  return (ms / 1000).toFixed(1)
}
