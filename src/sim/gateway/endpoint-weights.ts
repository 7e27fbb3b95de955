/** Weight of an endpoint that the table does not name (PROTOCOL.md section 9). */
const DEFAULT_WEIGHT = 300

/** Weights of September 2026 (PROTOCOL.md section 9). */
const WEIGHTS: Readonly<Record<string, number>> = {
  sendTx: 6,
  sendTxBatch: 6,
  nextNonce: 6,
  publicPoolsMetadata: 50,
  txFromL1TxHash: 50,
  accountInactiveOrders: 100,
  accountActiveOrders: 100,
  accountOrders: 100,
  'deposit/latest': 100,
  exchangeMetrics: 120,
  apikeys: 150,
  trades: 200,
  transferFeeInfo: 500,
  recentTrades: 600,
  changeAccountTier: 3000,
  tokens: 3000,
  'tokens/revoke': 3000,
  setAccountMetadata: 3000,
  'notification/ack': 3000,
  createIntentAddress: 3000,
  fastwithdraw: 3000,
  'tokens/create': 23_000,
}

/** What a request to the endpoint (path without `/api/v1/`) costs in the weighted buckets. */
export function weightOfEndpoint(endpoint: string): number {
  return WEIGHTS[endpoint] ?? DEFAULT_WEIGHT
}

/**
 * Transactions of one owner a minute, by transaction type (PROTOCOL.md section 9). The listed default of 40 is taken
 * for everything but order types, where it would contradict the buckets.
 */
export const TX_TYPE_LIMITS: ReadonlyMap<number, number> = new Map([
  [8, 300],
  [9, 2],
  [12, 120],
  [13, 2],
  [20, 40],
  [29, 40],
  [41, 40],
  [42, 40],
  [45, 40],
])
