import { known } from '../../src/hedge/known.ts'
import type { RiskPolicy } from '../../src/hedge/policy.ts'
import type {
  PreflightAccount,
  PreflightFacts,
  PreflightPoint,
} from '../../src/hedge/preflight-facts.ts'
import type { AccountView, VenueOrder, VenuePosition } from '../../src/hedge/venue-view.ts'
import { btcMarket, dec, ethMarket } from './sample-market.ts'

const OWNER = '0x15f43D1f2DeE81424aFd891943262aa90F22cc2A'

/** The defaults of CLI.md with the stop of the documentation. */
export function riskPolicy(changes: Partial<RiskPolicy> = {}): RiskPolicy {
  return {
    stopLossUsd: dec(100),
    onStop: 'hedge',
    isExchangeStopOn: true,
    exchangeStopPct: dec(120),
    liquidationBufferPct: dec(1),
    maxSlippagePct: dec('0.5'),
    closeStepsPct: [dec('0.5'), dec('1.5'), dec('4.5')],
    openTimeoutMs: 30_000,
    maxNakedMs: 3000,
    nakedToleranceUsd: dec(0),
    orderExpiryMs: 15_000,
    leaseMs: 5000,
    maxPositionBase: undefined,
    maxPositionUsd: undefined,
    marginMode: 'keep',
    maxClockOffsetMs: 2000,
    attempts: 5,
    maxHoldMs: undefined,
    onFatal: 'protect',
    ...changes,
  }
}

/** An account without positions or orders and 1,000 USD. */
export function accountView(changes: Partial<AccountView> = {}): AccountView {
  return {
    isLive: true,
    lastAliveAtMs: 1,
    positions: known(new Map(), 1),
    liveOrders: known([], 1),
    balances: known(
      {
        collateralUsd: dec(1000),
        portfolioUsd: dec(1000),
        availableUsd: dec(1000),
        marginUsagePct: dec(0),
      },
      1,
    ),
    ...changes,
  }
}

/** An account that nothing speaks against. */
export function preflightAccount(
  name: string,
  changes: Partial<PreflightAccount> = {},
): PreflightAccount {
  return {
    name,
    path: 'api_credentials[0]',
    accountIndex: 97,
    apiKeyIndex: 4,
    configuredOwner: undefined,
    facts: known(
      { ownerAddress: OWNER, isActive: true, tradingMode: 0, cancelAllAtMs: undefined },
      1,
    ),
    registeredKey: known('ours', 1),
    isMakerOnlyKey: undefined,
    tier: known({ name: 'standard', takerFeeFraction: dec(0) }, 1),
    view: accountView(),
    liveHedgeId: undefined,
    ownOrderIndexes: new Set(),
    otherInstanceOrderIndexes: new Set(),
    ...changes,
  }
}

/** BTC at 100,000 USD, one hedge-less account `a`, everything in order. */
export function preflightFacts(changes: Partial<PreflightFacts> = {}): PreflightFacts {
  return {
    market: btcMarket(),
    markets: [btcMarket(), ethMarket()],
    quotes: { mark: dec(100_000), bestBid: dec(99_990), bestAsk: dec(100_010) },
    policy: riskPolicy(),
    leverage: dec(10),
    hedges: [],
    accounts: [preflightAccount('a')],
    clockOffsetMs: known(12, 1),
    budgets: [],
    ...changes,
  }
}

/** A position row; BTC, cross, settled. */
export function venuePosition(
  signedBase: string,
  changes: Partial<VenuePosition> = {},
): VenuePosition {
  return {
    marketIndex: 1,
    signedBase: dec(signedBase),
    entryPrice: dec(100_000),
    unrealizedPnlUsd: dec(0),
    realizedPnlUsd: dec(0),
    liquidationPrice: undefined,
    initialMarginFraction: dec('0.1'),
    marginMode: 'cross',
    fundingPaidUsd: undefined,
    isSettled: true,
    atMs: 1,
    ...changes,
  }
}

/** Position rows by their markets. */
export function positionsOf(...rows: readonly VenuePosition[]): AccountView['positions'] {
  return known(new Map(rows.map((row) => [row.marketIndex, row])), 1)
}

/** A resting limit order of 0.001 BTC, written as in `7 sell @ 100400`: index, side, price. */
export function venueOrder(text: string, changes: Partial<VenueOrder> = {}): VenueOrder {
  const [orderIndex = '', side, , price = ''] = text.split(' ')
  return {
    orderIndex,
    clientOrderIndex: 0,
    marketIndex: 1,
    side: side === 'buy' ? 'buy' : 'sell',
    type: 'limit',
    status: 'open',
    isLive: true,
    isReduceOnly: false,
    initialBase: dec('0.001'),
    remainingBase: dec('0.001'),
    filledBase: dec(0),
    filledQuoteUsd: dec(0),
    price: dec(price),
    triggerPrice: undefined,
    expiresAtMs: undefined,
    atMs: 1,
    ...changes,
  }
}

/** Codes with their levels, as in `key_differs error`. */
export function codesOf(points: readonly PreflightPoint[]): readonly string[] {
  return points.map((point) => `${point.code} ${point.level}`)
}

/** The one point of a code; fails the test when there is none or more than one. */
export function pointOf(points: readonly PreflightPoint[], code: string): PreflightPoint {
  const [point, ...others] = points.filter((candidate) => candidate.code === code)
  if (point === undefined || others.length > 0) {
    throw new Error(`expected one point ${code}, found ${codesOf(points).join(', ')}`)
  }
  return point
}
