/**
 * Everything between "open these accounts" and the first order: market, plan, what is open already, connections,
 * preflight. Sends no order.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import { instanceOfClientOrderIndex } from '../hedge/client-order-index.ts'
import type { Dec } from '../hedge/decimal.ts'
import { known, unknown } from '../hedge/known.ts'
import type { Hedge } from '../hedge/ledger.ts'
import { findMarket } from '../hedge/market.ts'
import type { MarketInfo } from '../hedge/market.ts'
import type { LeftOut, Pairing, PlanAccount, PlanSelection } from '../hedge/pair-accounts.ts'
import { planWaits } from '../hedge/plan-waits.ts'
import type { PlannedHedge } from '../hedge/plan.ts'
import { planHedges } from '../hedge/plan.ts'
import type { PreflightAccount, PreflightPoint } from '../hedge/preflight-facts.ts'
import { orderPoints } from '../hedge/order-points.ts'
import { preflightPoints } from '../hedge/preflight-points.ts'
import type { Quotes } from '../hedge/prices.ts'
import { quotesOf } from '../hedge/prices.ts'
import { messageOf } from '../errors.ts'
import type { AccountFacts } from '../ports.ts'
import { flipAfterLastRound } from './account-rotation.ts'
import { connectAccounts, connectMarket } from './connect-accounts.ts'
import type { Engine } from './engine-context.ts'
import { patientRead } from './retry-read.ts'

/** Accounts with what only the configuration knows. */
export interface OpeningAccount extends PlanAccount {
  /** `api_credentials[n]`. */
  readonly path: string
  readonly l1Address: string | undefined
}

export interface OpeningRequest {
  readonly tradingPair: string
  readonly leverage: Dec
  /** All accounts of the configuration in its order. */
  readonly accounts: readonly OpeningAccount[]
  readonly pairing: Pairing
  readonly selection: PlanSelection
  readonly isFlipped: boolean
  /** `hedge.flip_each_round`. */
  readonly isFlippedEachRound: boolean
  readonly sizeOverrideBase: Dec | undefined
  readonly connectTimeoutMs: number
}

export interface PreparedOpening {
  readonly market: MarketInfo
  readonly markets: readonly MarketInfo[]
  readonly quotes: Quotes
  /** What is still to be opened. */
  readonly hedges: readonly PlannedHedge[]
  /** How long each of them has to wait for the venue's limits, milliseconds. */
  readonly waitsMs: readonly number[]
  /** Planned hedges that stand already, by the journal. */
  readonly alreadyOpen: readonly Hedge[]
  readonly leftOut: readonly LeftOut[]
  readonly points: readonly PreflightPoint[]
  readonly accounts: readonly PreflightAccount[]
}

/** What the venue itself tells with its answer to the first transaction needs no request of its own before it. */
const TOLD_BY_FIRST_ANSWER = new Set(['key_unknown', 'tier_unknown'])

/**
 * Plans an opening and checks it against the venue.
 * @throws HedgebotError kinds `config`, `usage`, `refused` (plan), `network`, `unknown_state` (venue), `busy` when an
 *   account is in a hedge with other partners
 */
export async function prepareOpening(
  engine: Engine,
  request: OpeningRequest,
): Promise<PreparedOpening> {
  const markets = await engine.loadMarkets()
  const market = findMarket(markets, request.tradingPair)
  await connectMarket(engine, market.marketIndex, request.connectTimeoutMs)
  const quotes = quotesOf(engine.feed(market.marketIndex).view())
  const { leftOut, hedges: drafts } = planHedges({
    ...request,
    market,
    mark: requireMark(market, quotes),
    maxPositionBase: engine.policy.maxPositionBase,
    maxPositionUsd: engine.policy.maxPositionUsd,
  })
  const planned = request.isFlippedEachRound ? flipAfterLastRound(engine.journal, drafts) : drafts
  const { hedges, alreadyOpen } = splitOpen(engine, planned)
  const { accounts, bystanders } = await readAccounts(engine, hedges, request)
  refuseTaken(engine, hedges)
  const facts = {
    market,
    markets,
    quotes,
    policy: engine.policy,
    leverage: request.leverage,
    hedges,
    accounts,
    clockOffsetMs: engine.exchange.clockOffsetMs(),
    budgets: [],
  }
  const points = [
    ...preflightPoints(facts).filter((point) => !TOLD_BY_FIRST_ANSWER.has(point.code)),
    // Own accounts never trade with each other: also those that take no part now.
    ...bystanders.flatMap((account) => orderPoints(account, facts)),
  ]
  const waitsMs = waitsOf(engine, hedges, accounts)
  return { market, markets, quotes, hedges, waitsMs, alreadyOpen, leftOut, points, accounts }
}

/** Until the venue takes the requests of each hedge; who owns an account is known by now. */
function waitsOf(
  engine: Engine,
  hedges: readonly PlannedHedge[],
  accounts: readonly PreflightAccount[],
): readonly number[] {
  const nowMs = engine.clock.now()
  const owners = new Map(
    accounts.map(({ accountIndex, facts }) => [
      accountIndex,
      facts.isKnown ? facts.value.ownerAddress : `of ${accountIndex}`,
    ]),
  )
  return planWaits({
    hedges,
    ownerOf: (accountIndex) => owners.get(accountIndex) ?? '',
    unitsIn: (accountIndex, inMs) => engine.link(accountIndex).unitsLeft('open', nowMs + inMs),
  })
}

/** Live hedges over exactly the planned accounts count as done; any other overlap is somebody else's. */
function splitOpen(engine: Engine, planned: readonly PlannedHedge[]) {
  const live = engine.journal.liveHedges()
  const hedges: PlannedHedge[] = []
  const alreadyOpen: Hedge[] = []
  for (const plan of planned) {
    const wanted = plan.legs.map((leg) => leg.accountIndex)
    const overlaps = live.filter((hedge) =>
      hedge.legs.some((leg) => wanted.includes(leg.accountIndex)),
    )
    const [same] = overlaps
    if (same === undefined) hedges.push(plan)
    else if (isBeingOpened(engine, same)) throw beingOpened(same)
    else if (overlaps.length === 1 && isSameSet(same, wanted)) alreadyOpen.push(same)
    else throw overlapError(plan, same)
  }
  return { hedges, alreadyOpen }
}

/** Another process may have recorded a hedge over these accounts while they were read. */
function refuseTaken(engine: Engine, hedges: readonly PlannedHedge[]): void {
  const wanted = new Set(hedges.flatMap((hedge) => hedge.legs.map((leg) => leg.accountIndex)))
  const taken = engine.journal
    .liveHedges()
    .find((hedge) => hedge.legs.some((leg) => wanted.has(leg.accountIndex)))
  if (taken !== undefined) throw beingOpened(taken)
}

/** Nobody knows yet what will come of it: it does not stand, and it is not ours to plan. */
function isBeingOpened({ journal }: Engine, { state, ownerId }: Hedge): boolean {
  if (state !== 'planned' && state !== 'opening') return false
  return ownerId !== undefined && ownerId !== journal.ownerId && journal.isOwnerAlive(ownerId)
}

function beingOpened({ name, hedgeId }: Hedge): HedgebotError {
  return new HedgebotError('busy', `another hedgebot is opening ${name} (${hedgeId})`, {
    code: 'account_in_live_hedge',
    hint: 'wait until it has finished, or look with: hedgebot status',
  })
}

function isSameSet(hedge: Hedge, wanted: readonly number[]): boolean {
  return (
    hedge.legs.length === wanted.length &&
    hedge.legs.every((leg) => wanted.includes(leg.accountIndex))
  )
}

function overlapError(plan: PlannedHedge, hedge: Hedge): HedgebotError {
  const shared = plan.legs.find((leg) =>
    hedge.legs.some((other) => other.accountIndex === leg.accountIndex),
  )
  return new HedgebotError(
    'refused',
    `${shared?.account ?? plan.name} is already in hedge ${hedge.hedgeId} (${hedge.name}) with other partners`,
    {
      code: 'account_in_live_hedge',
      hint: `close it first (hedgebot close --hedge ${hedge.hedgeId}), or leave the account out`,
    },
  )
}

interface ReadAccounts {
  readonly accounts: readonly PreflightAccount[]
  /** Enabled accounts outside the plan: only their streams are read. */
  readonly bystanders: readonly PreflightAccount[]
}

async function readAccounts(
  engine: Engine,
  hedges: readonly PlannedHedge[],
  request: OpeningRequest,
): Promise<ReadAccounts> {
  if (hedges.length === 0) return { accounts: [], bystanders: [] }
  const wanted = new Set(hedges.flatMap((hedge) => hedge.legs.map((leg) => leg.account)))
  const enabled = request.accounts.filter((account) => account.isEnabled)
  await connectAccounts(
    engine,
    enabled.map((account) => account.accountIndex),
    request.connectTimeoutMs,
  )
  const accounts = await Promise.all(
    enabled.filter((account) => wanted.has(account.name)).map((each) => readAccount(engine, each)),
  )
  const bystanders = enabled
    .filter((account) => !wanted.has(account.name))
    .map((account) => describeAccount(engine, account, unknown('not asked')))
  return { accounts, bystanders }
}

/** One request: owner, modes and dead-man switch; the rest is in the streams already. */
export async function readAccount(
  engine: Engine,
  account: OpeningAccount,
): Promise<PreflightAccount> {
  const link = engine.link(account.accountIndex)
  const facts = await patientRead(engine, () => link.readAccount('open')).then(
    (read) => known(ownerFacts(engine, read), engine.clock.now()),
    (error: unknown) => unknown(messageOf(error)),
  )
  return describeAccount(engine, account, facts)
}

function describeAccount(
  engine: Engine,
  account: OpeningAccount,
  facts: PreflightAccount['facts'],
): PreflightAccount {
  const view = engine.link(account.accountIndex).view()
  const live = view.liveOrders.isKnown ? view.liveOrders.value : []
  const tagged = live.flatMap((order) => {
    const instance = instanceOfClientOrderIndex(order.clientOrderIndex)
    return instance === undefined ? [] : [{ instance, orderIndex: order.orderIndex }]
  })
  const own = (isOwn: boolean) =>
    new Set(
      tagged
        .filter((order) => (order.instance === engine.journal.instance) === isOwn)
        .map((order) => order.orderIndex),
    )
  return {
    name: account.name,
    path: account.path,
    accountIndex: account.accountIndex,
    apiKeyIndex: account.apiKeyIndex,
    configuredOwner: account.l1Address,
    facts,
    registeredKey: unknown('not asked'),
    isMakerOnlyKey: undefined,
    tier: unknown('not asked'),
    view,
    liveHedgeId: liveHedgeOf(engine, account.accountIndex),
    ownOrderIndexes: own(true),
    otherInstanceOrderIndexes: own(false),
  }
}

function ownerFacts(engine: Engine, facts: AccountFacts) {
  engine.journal.saveAccountFacts(facts.accountIndex, { l1Address: facts.l1Address })
  return { ...facts, ownerAddress: facts.l1Address }
}

function liveHedgeOf(engine: Engine, accountIndex: number): string | undefined {
  return engine.journal
    .liveHedges()
    .find((hedge) => hedge.legs.some((leg) => leg.accountIndex === accountIndex))?.hedgeId
}

function requireMark(market: MarketInfo, quotes: Quotes): Dec {
  if (quotes.mark !== undefined) return quotes.mark
  throw new HedgebotError('unknown_state', `${market.symbol} has no mark price now`, {
    code: 'mark_unknown',
    hint: 'try again in a moment; the venue may be in maintenance',
  })
}
