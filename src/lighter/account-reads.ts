/**
 * Reads of one account over REST (PROTOCOL.md section 2): each costs one unit, none takes a missing answer for zero.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import type {
  AccountFacts,
  AccountRef,
  AccountTier,
  Clock,
  SpendPriority,
  TransactionFact,
} from '../ports.ts'
import {
  assertOwnOrders,
  balancesOfAccount,
  toPositionRow,
  toVenueOrder,
} from './account-convert.ts'
import {
  accountAnswerSchema,
  limitsAnswerSchema,
  ordersAnswerSchema,
  type WireAccount,
  type WireOrder,
} from './account-schemas.ts'
import { withBalances, withOrders, withPositionRead } from './account-state.ts'
import { type AccountStore, FRAME_LAG_MS } from './account-store.ts'
import type { Budget } from './budget.ts'
import type { ClockOffset } from './clock-offset.ts'
import { excerpt, parseVenueJson } from './parse-json.ts'
import { readFills } from './read-fills.ts'
import type { RestClient } from './rest-client.ts'
import {
  eventSchema,
  keysAnswerSchema,
  nonceAnswerSchema,
  txAnswerSchema,
} from './venue-schemas.ts'

/** What the reads of one account need. */
export interface AccountReadsOptions {
  readonly ref: AccountRef
  readonly rest: RestClient
  readonly store: AccountStore
  readonly clock: Clock
  readonly clockOffset: ClockOffset
  readonly budget: Budget
}

/** The reads of `AccountLink`, with its contract. */
export interface AccountReads {
  readNextNonce(priority: SpendPriority): Promise<number>
  readTransaction(txHash: string, priority: SpendPriority): Promise<TransactionFact | undefined>
  readAccount(priority: SpendPriority): Promise<AccountFacts>
  readOrders(marketIndex: number, priority: SpendPriority): Promise<void>
  readFills(marketIndex: number, sinceMs: number, priority: SpendPriority): Promise<void>
  readRegisteredKey(priority: SpendPriority): Promise<string | undefined>
  readTier(priority: SpendPriority): Promise<AccountTier>
}

const TX_UNKNOWN = 21_500
const KEY_UNKNOWN = 21_109
const NOT_FOUND = 29_404
/** Orders a page of history has; more of them in one market's recent past never matter to us. */
const ORDER_PAGE = '100'
/** A standard account has at most 250 live orders. */
const MAX_PAGES = 5

/** Creates the reads of one account. */
export function createAccountReads(options: AccountReadsOptions): AccountReads {
  return {
    readNextNonce: (priority) => readNextNonce(options, priority),
    readTransaction: (txHash, priority) => readTransaction(options, txHash, priority),
    readAccount: (priority) => readAccount(options, priority),
    readOrders: (marketIndex, priority) => readOrders(options, marketIndex, priority),
    readFills: (marketIndex, sinceMs, priority) =>
      readFills(options, { marketIndex, sinceMs, priority }),
    readRegisteredKey: (priority) => readRegisteredKey(options, priority),
    readTier: (priority) => readTier(options, priority),
  }
}

async function readNextNonce(
  { rest, ref }: AccountReadsOptions,
  priority: SpendPriority,
): Promise<number> {
  const query = keyQuery(ref)
  const path = '/api/v1/nextNonce'
  const answer = await rest.read({ path, query, schema: nonceAnswerSchema, priority })
  return answer.nonce
}

async function readTransaction(
  { rest }: AccountReadsOptions,
  txHash: string,
  priority: SpendPriority,
): Promise<TransactionFact | undefined> {
  const query = { by: 'hash', value: txHash }
  const read = { path: '/api/v1/tx', query, schema: txAnswerSchema, priority }
  const answer = await orUndefined(rest.read(read), [TX_UNKNOWN, NOT_FOUND])
  if (answer === undefined) return undefined
  if (answer.hash.toLowerCase() !== txHash.toLowerCase()) {
    throw new HedgebotError(
      'unknown_state',
      'the venue told of another transaction than asked for',
      {
        code: 'answer_malformed',
      },
    )
  }
  return {
    txHash,
    status: STATUS_NAMES[answer.status],
    error: sequencerError(answer.event_info),
  }
}

/** 3 is "pending, final state": executed ones were seen with it (PROTOCOL.md section 2, tx). */
const STATUS_NAMES = { 0: 'failed', 1: 'pending', 2: 'executed', 3: 'executed' } as const

async function readAccount(
  options: AccountReadsOptions,
  priority: SpendPriority,
): Promise<AccountFacts> {
  const { rest, ref, store, clock, clockOffset, budget } = options
  const sentAtMs = clock.now()
  const sentVenueMs = clockOffset.venueNowMs()
  const answer = await rest.read({
    path: '/api/v1/account',
    query: { by: 'index', value: String(ref.accountIndex) },
    schema: accountAnswerSchema,
    priority,
  })
  const account = answer.accounts.find(({ index }) => index === ref.accountIndex)
  if (account === undefined) {
    throw new HedgebotError('unknown_state', `account ${ref.accountIndex} is not in the answer`, {
      code: 'answer_malformed',
    })
  }
  budget.setOwner(ref.name, account.l1_address)
  const atMs = clock.now()
  const provenMs = account.transaction_time ?? sentVenueMs - FRAME_LAG_MS
  const rows = account.positions.map((row) => toPositionRow(row, atMs))
  const withRows = withPositionRead(store.state(), rows, { atMs, sentAtMs, provenMs })
  const next = withBalances(withRows, balancesOfAccount(account), { atMs, sentAtMs })
  store.applyRead(next, { positions: true })
  return factsOf(account)
}

function factsOf(account: WireAccount): AccountFacts {
  return {
    accountIndex: account.index,
    l1Address: account.l1_address,
    isActive: account.status === 1,
    tradingMode: account.account_trading_mode,
    cancelAllAtMs: account.cancel_all_time === 0 ? undefined : account.cancel_all_time,
  }
}

async function readOrders(
  options: AccountReadsOptions,
  marketIndex: number,
  priority: SpendPriority,
): Promise<void> {
  const { rest, ref, store, clockOffset } = options
  const provenMs = clockOffset.venueNowMs() - FRAME_LAG_MS
  const query = { account_index: String(ref.accountIndex), market_id: String(marketIndex) }
  const [active, inactive] = await Promise.all([
    readActiveOrders(rest, query, priority),
    rest.read({
      path: '/api/v1/accountInactiveOrders',
      query: { ...query, limit: ORDER_PAGE },
      schema: ordersAnswerSchema,
      priority,
    }),
  ])
  const venueNowMs = clockOffset.venueNowMs()
  // The history is newest first; the newest is merged last, so that it is the last to be forgotten.
  const told = [...inactive.orders.toReversed(), ...active]
  assertOwnOrders(told, ref.accountIndex)
  const orders = told
    .filter((order) => order.market_index === marketIndex)
    .map((order) => toVenueOrder(order, venueNowMs))
  store.applyRead(withOrders(store.state(), orders, { marketIndex, provenMs }), { orders: true })
}

/** Live orders to the last page: a list that stops early would make live orders look ended. */
async function readActiveOrders(
  rest: RestClient,
  query: Readonly<Record<string, string>>,
  priority: SpendPriority,
): Promise<WireOrder[]> {
  const orders: WireOrder[] = []
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await rest.read({
      path: '/api/v1/accountActiveOrders',
      query: cursor === undefined ? query : { ...query, cursor },
      schema: ordersAnswerSchema,
      priority,
    })
    orders.push(...answer.orders)
    cursor = answer.next_cursor ?? ''
    if (cursor === '') return orders
  }
  throw new HedgebotError('unknown_state', `more than ${MAX_PAGES} pages of live orders`, {
    code: 'too_many_orders',
    hint: 'Cancel resting orders of this account.',
  })
}

async function readRegisteredKey(
  { rest, ref }: AccountReadsOptions,
  priority: SpendPriority,
): Promise<string | undefined> {
  const query = keyQuery(ref)
  const read = { path: '/api/v1/apikeys', query, schema: keysAnswerSchema, priority }
  const answer = await orUndefined(rest.read(read), [KEY_UNKNOWN])
  const slot = answer?.api_keys.find(({ api_key_index }) => api_key_index === ref.apiKeyIndex)
  const key = slot?.public_key.toLowerCase().replace(/^0x/, '')
  return key === undefined || /^0+$/.test(key) ? undefined : key
}

async function readTier(
  { rest, ref, budget }: AccountReadsOptions,
  priority: SpendPriority,
): Promise<AccountTier> {
  const answer = await rest.read({
    path: '/api/v1/accountLimits',
    query: { account_index: String(ref.accountIndex) },
    schema: limitsAnswerSchema,
    priority,
  })
  budget.setTier(ref.name, answer.user_tier)
  return {
    tier: answer.user_tier,
    makerFeeFraction: answer.current_maker_fee_tick,
    takerFeeFraction: answer.current_taker_fee_tick,
  }
}

function keyQuery(ref: AccountRef): Readonly<Record<string, string>> {
  return { account_index: String(ref.accountIndex), api_key_index: String(ref.apiKeyIndex) }
}

/** The venue's way to say that there is none; every other error stays one. */
async function orUndefined<T>(work: Promise<T>, codes: readonly number[]): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    const code = error instanceof HedgebotError ? error.venueCode : undefined
    if (code !== undefined && codes.includes(code)) return undefined
    throw error
  }
}

/** `ae` inside the event text is the sequencer's error, empty when fine (PROTOCOL.md section 2, tx). */
function sequencerError(eventInfo: string | undefined): string | undefined {
  if (eventInfo === undefined || eventInfo.trim() === '') return undefined
  const event = eventSchema.safeParse(parseVenueJson(eventInfo))
  const error = event.success ? event.data.ae : undefined
  if (error === undefined || error === null || error === '') return undefined
  // Documented as a text; what else it may be is shown and not looked into.
  return excerpt(typeof error === 'string' ? error : eventInfo)
}
