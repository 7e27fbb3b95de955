/**
 * The ladder for data that get old (DESIGN.md section 3, "Freshness"): ask for a sign of life, subscribe again, connect
 * again, read over REST within a bounded share of the budget, and tell the owner. Old data never look fresh: their ages
 * are the streams' own.
 * @module
 */
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
  const keeper = { engine, options, mayStep }
  return {
    look() {
      const accounts = options.accounts()
      const markets = options.marketIndexes()
      const oldMarkets = markets.filter((marketIndex) => lookAtMarket(keeper, marketIndex))
      const oldAccounts = [...accounts].filter((account) => lookAtAccount(keeper, account))
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

interface Keeper {
  readonly engine: Engine
  readonly options: FreshnessOptions
  mayStep(key: string, pauseMs: number): boolean
}

/** True when the account's data are old. */
function lookAtAccount(keeper: Keeper, [accountIndex, marketIndex]: readonly [number, number]) {
  const { engine, options, mayStep } = keeper
  const { staleAfterMs, alerts } = options
  const link = engine.link(accountIndex)
  const { isLive, lastAliveAtMs } = link.view()
  const nowMs = engine.clock.now()
  const ageMs = lastAliveAtMs === undefined ? Infinity : nowMs - lastAliveAtMs
  const key = `account/${accountIndex}`
  if (isLive && ageMs > staleAfterMs / 2 && mayStep(`${key}/probe`, staleAfterMs / 4)) link.probe()
  if (ageMs <= staleAfterMs) {
    alerts.clear(key)
    reconnectSilent(keeper, link, marketIndex)
    return false
  }
  // A live socket that answers no ping: its own time-out would come later.
  if (isLive && mayStep(`${key}/connect`, AGAIN_MS)) link.reconnect('no sign of life')
  alerts.raise(key, {
    level: 'warning',
    kind: 'account_stale',
    message: `${link.ref.name}: nothing was heard for ${secondsText(ageMs)} s over ${link.ref.egress}`,
    account: link.ref.name,
  })
  return true
}

/** Pongs come, frames do not: the streams of this socket may have ended without a word. */
function reconnectSilent(keeper: Keeper, link: AccountLink, marketIndex: number): void {
  const { engine, mayStep } = keeper
  const { accountIndex, name } = link.ref
  const view = link.view()
  const row = positionIn(view, marketIndex)
  const hasPosition = row.isKnown && row.value?.signedBase.isZero() === false
  const { mark } = engine.feed(marketIndex).view()
  const lastDataAtMs = link.lastDataAtMs()
  if (!view.isLive || !hasPosition || lastDataAtMs === undefined) return
  // Balances are told with every mark: without one there is nothing to tell.
  if (!mark.isKnown || mark.atMs - lastDataAtMs <= SILENT_MS) return
  if (!mayStep(`account/${accountIndex}/silent`, 2 * AGAIN_MS)) return
  engine.note({
    level: 'warning',
    kind: 'stream_silent',
    message: `${name}: its streams told nothing for ${secondsText(mark.atMs - lastDataAtMs)} s: connecting again`,
    account: name,
  })
  link.reconnect('silent streams')
  readAccountOf(engine, accountIndex, marketIndex)
}

/** True when the mark is old. */
function lookAtMarket({ engine, options, mayStep }: Keeper, marketIndex: number): boolean {
  const { staleAfterMs, alerts } = options
  const feed = engine.feed(marketIndex)
  const { mark } = feed.view()
  const ageMs = mark.isKnown ? engine.clock.now() - mark.atMs : Infinity
  const key = `market/${marketIndex}`
  if (ageMs > staleAfterMs / 2 && mayStep(`${key}/subscribe`, AGAIN_MS)) feed.resubscribe()
  if (ageMs <= staleAfterMs) {
    alerts.clear(key)
    return false
  }
  if (mayStep(`${key}/connect`, AGAIN_MS)) feed.reconnect('no price')
  if (mayStep(`${key}/read`, staleAfterMs)) {
    feed.readMark('read').catch((error: unknown) => {
      engine.logger.warn('the mark price could not be read', { marketIndex, error })
    })
  }
  const { symbol } = engine.market(marketIndex)
  alerts.raise(key, {
    level: 'alert',
    kind: 'mark_stale',
    message: `${symbol}: the mark price is ${secondsText(ageMs)} s old: stops by price cannot act`,
  })
  return true
}

function noteVenue({ options }: Keeper, { isDown }: { readonly isDown: boolean }): void {
  if (!isDown) {
    options.alerts.clear('venue')
    return
  }
  options.alerts.raise('venue', {
    level: 'alert',
    kind: 'venue_unreachable',
    message:
      'no account and no market can be heard: the exchange or the way to it is down; ' +
      'what rests on the exchange protects, everything goes on by itself when it is back',
  })
}

function secondsText(ms: number): string {
  return ms === Infinity ? 'ever' : (ms / 1000).toFixed(1)
}
