import type { PlanView } from '../../src/engine/plan-view.ts'
import type { OrderList } from '../../src/engine/venue-orders.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import type { LedgerOrder } from '../../src/hedge/ledger.ts'
import type { AccountView } from '../../src/ui/render-accounts.ts'
import type { ShownTree } from '../../src/ui/render-config.ts'
import type { PointView } from '../../src/ui/render-points.ts'
import type { StoryView } from '../../src/ui/render-story.ts'

const AT_MS = Date.UTC(2026, 10, 1, 12)

export function samplePlan(): PlanView {
  const leg = {
    account: 'account_1',
    accountIndex: 101,
    side: 'long' as const,
    baseSize: new Dec('0.001'),
    notionalUsd: new Dec('97.4805'),
    marginUsd: new Dec('9.74805'),
    availableUsd: new Dec('1000'),
    worstPrice: new Dec('97967.9'),
    liquidationPrice: new Dec('5100'),
    isLiquidationKnown: true,
    liquidationDistancePct: new Dec('94.77'),
  }
  return {
    symbol: 'BTC',
    mark: new Dec('97480.5'),
    leverage: new Dec(10),
    stopLossUsd: new Dec(100),
    exchangeStopUsd: new Dec(120),
    hedges: [
      {
        name: 'account_1+account_2',
        startMs: 0,
        legs: [
          leg,
          {
            ...leg,
            account: 'account_2',
            accountIndex: 102,
            side: 'short',
            worstPrice: new Dec('96993.1'),
            availableUsd: undefined,
            liquidationPrice: undefined,
            isLiquidationKnown: true,
            liquidationDistancePct: undefined,
          },
        ],
        notionalUsd: new Dec('194.961'),
        costUsd: new Dec('0.0732'),
        stopDown: undefined,
        stopUp: undefined,
        stopDistancePct: undefined,
        isStopReachable: false,
      },
    ],
    totalNotionalUsd: new Dec('194.961'),
    totalMarginUsd: new Dec('19.4961'),
    totalCostUsd: new Dec('0.0732'),
    lastStartMs: 0,
  }
}

export function samplePoints(): readonly PointView[] {
  return [
    { code: 'clock', level: 'ok', path: '', message: 'clock offset 12 ms', hint: undefined },
    {
      code: 'stop_not_reachable',
      level: 'warning',
      path: 'stop_loss_threshold',
      message:
        'account_1: a loss of 120.00 USD on 0.001 BTC lies below a price of zero, so that no stop can rest on the exchange',
      hint: 'a larger position_size or a smaller stop_loss_threshold makes the stop reachable',
    },
    {
      code: 'margin_short',
      level: 'error',
      path: 'api_credentials[3]',
      message: 'account_4: the leg needs 10.01 USD, 3.20 are available',
      hint: 'deposit, lower position_size, or raise leverage',
    },
  ]
}

export function sampleAccounts(): readonly AccountView[] {
  const first: AccountView = {
    account: 'account_1',
    accountIndex: 101,
    apiKeyIndex: 3,
    isEnabled: true,
    ownerAddress: '0x1111111111111111111111111111111111111111',
    tier: 'standard',
    balanceUsd: new Dec('1000.0316'),
    availableUsd: new Dec('990.25'),
    positions: [
      {
        market: 'BTC',
        side: 'long',
        baseSize: new Dec('0.001'),
        unrealizedPnlUsd: new Dec('0.0316'),
      },
    ],
    egress: 'proxy_1',
    problem: undefined,
  }
  return [
    first,
    { ...first, account: 'account_2', accountIndex: 102, positions: [], egress: 'direct' },
    {
      ...first,
      account: 'account_3',
      accountIndex: 103,
      ownerAddress: undefined,
      tier: undefined,
      balanceUsd: undefined,
      availableUsd: undefined,
      positions: undefined,
      problem: 'no answer through proxy_1 within 15 s',
    },
  ]
}

export function sampleOrders(): OrderList {
  const order = {
    orderIndex: '281474976710657',
    clientOrderIndex: 7,
    marketIndex: 1,
    side: 'sell' as const,
    type: 'stop-loss',
    status: 'pending',
    isLive: true,
    isReduceOnly: true,
    initialBase: new Dec('0.001'),
    remainingBase: new Dec('0.001'),
    filledBase: new Dec(0),
    filledQuoteUsd: new Dec(0),
    price: new Dec('85500'),
    triggerPrice: new Dec('90000'),
    expiresAtMs: AT_MS + 28 * 86_400_000,
    atMs: AT_MS,
  }
  return {
    orders: [
      { account: 'account_1', accountIndex: 101, origin: 'ours', symbol: 'BTC', order },
      {
        account: 'account_2',
        accountIndex: 102,
        origin: 'foreign',
        symbol: 'BTC',
        order: {
          ...order,
          orderIndex: '281474976719999',
          type: 'limit',
          status: 'open',
          triggerPrice: undefined,
          isReduceOnly: false,
        },
      },
    ],
    unknown: [{ account: 'account_3', reason: 'no answer' }],
  }
}

export function sampleStory(): StoryView {
  const order: LedgerOrder = {
    orderId: 1,
    hedgeId: 'h1',
    runId: 'r1',
    account: 'account_1',
    accountIndex: 101,
    apiKeyIndex: 3,
    marketIndex: 1,
    purpose: 'open',
    reason: 'first leg of the round',
    nonce: 12,
    txHash: 'ab'.repeat(40),
    txType: 14,
    txInfo: '{}',
    expiresAtMs: AT_MS + 15_000,
    clientOrderIndex: 7,
    side: 'buy',
    baseSize: new Dec('0.001'),
    price: new Dec('97967.9'),
    markPrice: new Dec('97480.5'),
    isReduceOnly: false,
    state: 'done',
    sends: 1,
    filledBase: new Dec('0.001'),
    averagePrice: new Dec('97480.5'),
    outcome: 'filled',
    preparedAtMs: AT_MS + 5,
    answeredAtMs: AT_MS + 40,
    settledAtMs: AT_MS + 342,
  }
  return {
    hedge: {
      hedgeId: 'h1',
      name: 'account_1+account_2',
      runId: 'r1',
      marketIndex: 1,
      symbol: 'BTC',
      state: 'open',
      target: 'open',
      cause: undefined,
      legs: [
        {
          account: 'account_1',
          accountIndex: 101,
          apiKeyIndex: 3,
          side: 'long',
          plannedBase: new Dec('0.001'),
          leverage: new Dec(10),
          lastSeenBase: new Dec('0.001'),
          stopDown: undefined,
          stopUp: undefined,
          stopState: 'NOT_REACHABLE',
        },
      ],
      openDeadlineMs: AT_MS + 30_000,
      attemptsUsed: 1,
      nakedSinceMs: undefined,
      createdAtMs: AT_MS,
      openedAtMs: AT_MS + 400,
      closedAtMs: undefined,
      ownerId: undefined,
      epoch: 1,
      leaseUntilMs: 0,
    },
    events: [
      {
        eventId: 2,
        atMs: AT_MS + 400,
        level: 'info',
        kind: 'hedge_open',
        message: 'h1 is open',
        runId: 'r1',
        hedgeId: 'h1',
        account: undefined,
      },
      {
        eventId: 1,
        atMs: AT_MS,
        level: 'warning',
        kind: 'stop_not_reachable',
        message: 'no stop can rest on the exchange at this size',
        runId: 'r1',
        hedgeId: 'h1',
        account: undefined,
      },
    ],
    orders: [order],
    fills: [
      {
        tradeId: '9',
        accountIndex: 101,
        hedgeId: 'h1',
        clientOrderIndex: 7,
        marketIndex: 1,
        side: 'buy',
        baseSize: new Dec('0.001'),
        price: new Dec('97480.5'),
        feeUsd: new Dec('0.0273'),
        realizedPnlUsd: undefined,
        counterAccountIndex: '900',
        atMs: AT_MS + 340,
      },
    ],
  }
}

export function sampleConfig(): ShownTree {
  return {
    file: '/home/trader/config.yaml',
    trading_pair: 'BTC',
    leverage: 10,
    position_size: '0.001',
    proxy_pool: [
      { name: 'proxy_1', password: '***', username: null },
      { name: 'proxy_2', password: 'env:PROXY_PASSWORD', username: 'me' },
    ],
    hedge: { pairing: 'groups', groups: [{ name: 'majors', long: ['a', 'b'], short: ['c'] }] },
    risk: { close_steps_pct: ['0.5', '1.5', '4.5'], take_profit_usd: null, exchange_stop: true },
    webhook: [],
  }
}
