import { randomBytes } from 'node:crypto'
import { Dec } from '../../../src/hedge/decimal.ts'
import type { HedgeLeg } from '../../../src/hedge/ledger.ts'
import type { LaneKey, NewHedge, NewOrder } from '../../../src/ports.ts'

/** A leg of account `a<index>` with plain values. */
export function leg(accountIndex: number, side: HedgeLeg['side'] = 'long'): HedgeLeg {
  return {
    account: `a${accountIndex}`,
    accountIndex,
    apiKeyIndex: 5,
    side,
    plannedBase: new Dec('0.001'),
    leverage: new Dec(10),
    lastSeenBase: undefined,
    stopDown: undefined,
    stopUp: undefined,
    stopState: 'OFF',
  }
}

/** A hedge of two accounts that is about to open. */
export function newHedge(runId: string, accounts: readonly [number, number]): NewHedge {
  const [long, short] = accounts
  return {
    name: `a${long}+a${short}`,
    runId,
    marketIndex: 1,
    symbol: 'BTC',
    state: 'opening',
    target: 'open',
    cause: undefined,
    legs: [leg(long, 'long'), leg(short, 'short')],
    openDeadlineMs: 1_900_000_000_000,
    attemptsUsed: 0,
    nakedSinceMs: undefined,
  }
}

/** A random transaction hash. */
function someHash(): string {
  return randomBytes(40).toString('hex')
}

/** An order for a lane; the signed text is made up, its hash is new each time. */
export function newOrder(
  key: LaneKey,
  nonce: number,
  rest: Partial<NewOrder> & Pick<NewOrder, 'runId'>,
): NewOrder {
  return {
    hedgeId: undefined,
    account: `a${key.accountIndex}`,
    ...key,
    marketIndex: 1,
    purpose: 'open',
    reason: 'opens the hedge',
    nonce,
    txHash: someHash(),
    txType: 14,
    txInfo: '{"AccountIndex":1}',
    expiresAtMs: 1_900_000_015_000,
    clientOrderIndex: 0,
    side: 'buy',
    baseSize: new Dec('0.001'),
    price: new Dec('65000.5'),
    markPrice: new Dec('65000'),
    isReduceOnly: false,
    ...rest,
  }
}
