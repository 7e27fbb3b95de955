/**
 * `adopt`, the reading half: what the venue shows of every account, and the hedges of ours that can be rebuilt from it.
 * Sends no order and writes nothing.
 * @module
 */
import { HedgebotError, hasCode, messageOf } from '../errors.ts'
import type { AdoptionAccount } from '../hedge/adopt-evidence.ts'
import type { AdoptedHedge, AdoptionLeftOut } from '../hedge/adopt-plan.ts'
import { planAdoption } from '../hedge/adopt-plan.ts'
import { known, unknown } from '../hedge/known.ts'
import type { Known } from '../hedge/known.ts'
import type { MarketInfo } from '../hedge/market.ts'
import { findMarket } from '../hedge/market.ts'
import type { Pairing, PlanAccount } from '../hedge/pair-accounts.ts'
import type { VenueFill } from '../hedge/venue-view.ts'
import { positionIn } from '../hedge/venue-view.ts'
import { connectAccounts, connectMarket } from './connect-accounts.ts'
import type { Engine } from './engine-context.ts'
import { patientRead } from './retry-read.ts'

/** Stops rest for 28 days at most, so a hedge that nobody has renewed for longer shows its fills or nothing. */
const LOOK_BACK_MS = 30 * 24 * 3_600_000

/** A row may be behind its fills for a moment. */
const SETTLE_WAIT_MS = 3_000

export interface AdoptionRequest {
  readonly tradingPair: string
  /** All accounts of the configuration in its order. */
  readonly accounts: readonly PlanAccount[]
  readonly pairing: Pairing
  readonly connectTimeoutMs: number
}

/** A hedge that stands at the venue and not in the journal. */
export interface FoundHedge extends AdoptedHedge {
  readonly market: MarketInfo
}

export interface LeftOutAccount extends AdoptionLeftOut {
  /** Where its position is; undefined when it has none anywhere or could not be read. */
  readonly market: string | undefined
}

export interface PreparedAdoption {
  readonly hedges: readonly FoundHedge[]
  readonly leftOut: readonly LeftOutAccount[]
}

/**
 * Connects the accounts, reads what they hold in every market, and finds whose it is.
 * @throws HedgebotError kind `busy`, code `watch_running`, while another process watches accounts; kinds `config`,
 *   `network`, `unknown_state` when not even the markets could be read
 */
export async function prepareAdoption(
  engine: Engine,
  request: AdoptionRequest,
): Promise<PreparedAdoption> {
  refuseWatched(engine)
  const markets = await engine.loadMarkets()
  const configured = findMarket(markets, request.tradingPair)
  const enabled = request.accounts.filter(({ isEnabled }) => isEnabled)
  const indexes = enabled.map(({ accountIndex }) => accountIndex)
  const problems = await connectAccounts(engine, indexes, request.connectTimeoutMs)
  const unread = new Map(problems.map(({ accountIndex, message }) => [accountIndex, message]))
  const readable = indexes.filter((index) => !unread.has(index))
  await waitForRows(engine, readable)

  // An account is in one hedge at most: the configured market comes first.
  const held = markets.filter(
    (market) => market !== configured && readable.some((index) => holds(engine, market, index)),
  )
  const hedges: FoundHedge[] = []
  const leftOut: LeftOutAccount[] = []
  const taken = takenAccounts(engine)
  for (const market of [configured, ...held]) {
    const accounts = await Promise.all(
      request.accounts.map((account) => readOne(engine, { account, market, unread, taken })),
    )
    const plan = planAdoption({ market, accounts, pairing: request.pairing })
    for (const hedge of plan.hedges) {
      hedges.push({ ...hedge, market })
      for (const { account } of hedge.legs) {
        taken.set(account.accountIndex, { name: hedge.name, marketIndex: market.marketIndex })
      }
    }
    leftOut.push(...plan.leftOut.map((left) => ({ ...left, market: market.symbol })))
  }
  await connectMarkets(engine, hedges, request.connectTimeoutMs)
  return { hedges, leftOut: sumUp(request.accounts, leftOut, hedges) }
}

/** For the marks of stops and results; a hedge is rebuilt without them as well. */
async function connectMarkets(
  engine: Engine,
  hedges: readonly FoundHedge[],
  timeoutMs: number,
): Promise<void> {
  const indexes = new Set(hedges.map(({ market }) => market.marketIndex))
  await Promise.all(
    [...indexes].map((index) =>
      connectMarket(engine, index, timeoutMs).catch((error: unknown) => {
        engine.logger.warn('no live prices', { error: messageOf(error) })
      }),
    ),
  )
}

/**
 * Refuses while another process follows accounts: it may be about to act on what would be rebuilt.
 * @throws HedgebotError kind `busy`, code `watch_running`
 */
export function refuseWatched(engine: Engine): void {
  const owner = engine.journal.watchOwner()
  if (owner === undefined) return
  throw new HedgebotError(
    'busy',
    `hedgebot ${owner.command} (process ${owner.pid}) is live on these accounts`,
    { code: 'watch_running', hint: 'stop it, adopt, and start it again' },
  )
}

type Taken = ReadonlyMap<number, NonNullable<AdoptionAccount['takenBy']>>

function takenAccounts(engine: Engine): Map<number, NonNullable<AdoptionAccount['takenBy']>> {
  const taken = new Map<number, NonNullable<AdoptionAccount['takenBy']>>()
  for (const { hedgeId, marketIndex, legs } of engine.journal.liveHedges()) {
    for (const leg of legs) taken.set(leg.accountIndex, { name: `hedge ${hedgeId}`, marketIndex })
  }
  return taken
}

function holds(engine: Engine, { marketIndex }: MarketInfo, accountIndex: number): boolean {
  const row = positionIn(engine.link(accountIndex).view(), marketIndex)
  return row.isKnown && row.value?.signedBase.isZero() === false
}

async function waitForRows(engine: Engine, accountIndexes: readonly number[]): Promise<void> {
  const untilMs = engine.clock.now() + SETTLE_WAIT_MS
  const isBehind = (accountIndex: number) => {
    const { positions } = engine.link(accountIndex).view()
    return positions.isKnown && [...positions.value.values()].some((row) => !row.isSettled)
  }
  while (accountIndexes.some(isBehind) && engine.clock.now() < untilMs) {
    await engine.clock.sleep(100, engine.signal)
  }
}

interface Reading {
  readonly account: PlanAccount
  readonly market: MarketInfo
  /** Why accounts could not be read. */
  readonly unread: ReadonlyMap<number, string>
  readonly taken: Taken
}

/** Costs nothing but for a position that no hedge has: its fills are read. */
async function readOne(engine: Engine, reading: Reading): Promise<AdoptionAccount> {
  const { account, market, unread, taken } = reading
  const takenBy = taken.get(account.accountIndex)
  const problem = account.isEnabled ? unread.get(account.accountIndex) : 'not read'
  if (problem !== undefined) {
    const missing = unknown(problem)
    return { ...account, takenBy, position: missing, liveOrders: missing, fills: missing }
  }
  const link = engine.link(account.accountIndex)
  const fills =
    holds(engine, market, account.accountIndex) && takenBy?.marketIndex !== market.marketIndex
      ? await readFills(engine, account.accountIndex, market)
      : known([], engine.clock.now())
  // After the read: both are as new as the fills.
  const view = link.view()
  const position = positionIn(view, market.marketIndex)
  return { ...account, takenBy, position, liveOrders: view.liveOrders, fills }
}

/** Too many fills are facts all the same: whether they lead back to where the account was flat shows by itself. */
async function readFills(
  engine: Engine,
  accountIndex: number,
  { marketIndex }: MarketInfo,
): Promise<Known<readonly VenueFill[]>> {
  const link = engine.link(accountIndex)
  const sinceMs = engine.clock.now() - LOOK_BACK_MS
  try {
    await patientRead(engine, () =>
      link.readFills(marketIndex, sinceMs, 'read').catch((error: unknown) => {
        if (!hasCode(error, 'too_many_fills')) throw error
      }),
    )
  } catch (error) {
    return unknown(`its fills could not be read: ${messageOf(error)}`)
  }
  return known(link.marketFills(marketIndex), engine.clock.now())
}

/** Flat or unread in every market is said once; what has a reason in one market is not also flat in another. */
function sumUp(
  accounts: readonly PlanAccount[],
  leftOut: readonly LeftOutAccount[],
  hedges: readonly FoundHedge[],
): readonly LeftOutAccount[] {
  const adopted = new Set(hedges.flatMap(({ legs }) => legs.map(({ account }) => account.name)))
  return accounts.flatMap(({ name }) => {
    const own = leftOut.filter(({ account }) => account === name)
    const [first] = own
    const telling = own.filter(({ code }) => !SAME_EVERYWHERE.has(code))
    if (telling.length > 0) return telling
    return first === undefined || adopted.has(name) ? [] : [{ ...first, market: undefined }]
  })
}

const SAME_EVERYWHERE: ReadonlySet<string> = new Set(['flat', 'disabled', 'unknown'])
