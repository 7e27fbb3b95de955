/**
 * `check`: everything that `open --all` would look at, and the keys and tiers beside it. Sends no order.
 * @module
 */
import { HedgebotError, messageOf } from '../errors.ts'
import type { Known } from '../hedge/known.ts'
import { known, unknown } from '../hedge/known.ts'
import { findMarket } from '../hedge/market.ts'
import type { MarketInfo } from '../hedge/market.ts'
import type { PlannedHedge } from '../hedge/plan.ts'
import { planHedges } from '../hedge/plan.ts'
import type { PreflightAccount, PreflightBudget, PreflightPoint } from '../hedge/preflight-facts.ts'
import { pointOfError, preflightPoints } from '../hedge/preflight-points.ts'
import type { Quotes } from '../hedge/prices.ts'
import { quotesOf } from '../hedge/prices.ts'
import { connectAccounts, connectMarket } from './connect-accounts.ts'
import type { Engine } from './engine-context.ts'
import type { OpeningAccount, OpeningRequest } from './prepare-opening.ts'
import { readAccount } from './prepare-opening.ts'
import { patientRead } from './retry-read.ts'

/**
 * Findings about the venue and every account.
 * @throws HedgebotError when not even the list of markets could be read
 */
export async function checkVenue(
  engine: Engine,
  request: OpeningRequest,
): Promise<readonly PreflightPoint[]> {
  const markets = await engine.loadMarkets()
  const market = findMarket(markets, request.tradingPair)
  const enabled = request.accounts.filter((account) => account.isEnabled)
  await Promise.all([
    connectMarket(engine, market.marketIndex, request.connectTimeoutMs).catch(() => undefined),
    connectAccounts(
      engine,
      enabled.map((account) => account.accountIndex),
      request.connectTimeoutMs,
    ),
  ])
  const quotes = quotesOf(engine.feed(market.marketIndex).view())
  const accounts = await Promise.all(enabled.map((account) => readFully(engine, account)))
  const planned = plan(engine, { request, market, quotes })
  return [
    ...planned.points,
    ...preflightPoints({
      market,
      markets,
      quotes,
      policy: engine.policy,
      leverage: request.leverage,
      hedges: planned.hedges,
      accounts,
      clockOffsetMs: engine.exchange.clockOffsetMs(),
      budgets: budgetsOf(engine, accounts),
    }),
  ]
}

/** A plan that cannot be made is a finding like the others. */
function plan(
  engine: Engine,
  input: {
    readonly request: OpeningRequest
    readonly market: MarketInfo
    readonly quotes: Quotes
  },
): { readonly hedges: readonly PlannedHedge[]; readonly points: readonly PreflightPoint[] } {
  const { request, market, quotes } = input
  if (quotes.mark === undefined) return { hedges: [], points: [] }
  try {
    const { hedges, leftOut } = planHedges({
      ...request,
      market,
      mark: quotes.mark,
      maxPositionBase: engine.policy.maxPositionBase,
      maxPositionUsd: engine.policy.maxPositionUsd,
    })
    const points = leftOut.map(({ account, code, reason }) => ({
      code,
      level: 'warning' as const,
      path: 'api_credentials',
      message: `${account} is left out: ${reason}`,
      hint: undefined,
    }))
    return { hedges, points }
  } catch (error) {
    if (!(error instanceof HedgebotError) || error.kind === 'bug') throw error
    return { hedges: [], points: [pointOfError(error, 'position_size')] }
  }
}

async function readFully(engine: Engine, account: OpeningAccount): Promise<PreflightAccount> {
  const link = engine.link(account.accountIndex)
  const [base, registeredKey, tier] = await Promise.all([
    readAccount(engine, account),
    asKnown(engine, async () => {
      const registered = await link.readRegisteredKey('read')
      if (registered === undefined) return 'empty' as const
      return registered === link.publicKeyHex ? ('ours' as const) : ('other' as const)
    }),
    asKnown(engine, async () => {
      const read = await link.readTier('read')
      return { name: read.tier, takerFeeFraction: read.takerFeeFraction }
    }),
  ])
  return { ...base, registeredKey, tier, view: link.view() }
}

async function asKnown<T>(engine: Engine, read: () => Promise<T>): Promise<Known<T>> {
  try {
    return known(await patientRead(engine, read), engine.clock.now())
  } catch (error) {
    return unknown(messageOf(error))
  }
}

/** One budget for each owner: its accounts share the bucket. Opening costs at most 5 units an account, unwinding 1. */
function budgetsOf(
  engine: Engine,
  accounts: readonly PreflightAccount[],
): readonly PreflightBudget[] {
  const groups = new Map<string, { accounts: number; unitsLeft: number }>()
  for (const account of accounts) {
    if (!account.facts.isKnown) continue
    const bucket = account.facts.value.ownerAddress
    const unitsLeft = engine.link(account.accountIndex).unitsLeft('open')
    const before = groups.get(bucket)
    groups.set(bucket, {
      accounts: (before?.accounts ?? 0) + 1,
      unitsLeft: Math.min(before?.unitsLeft ?? unitsLeft, unitsLeft),
    })
  }
  return [...groups].map(([bucket, group]) => ({
    bucket,
    unitsLeft: group.unitsLeft,
    unitsNeeded: 4 * group.accounts,
  }))
}
