/** An exchange with three funded traders and an empty book, and short ways to send it transactions. */
import type { DecodedTransaction, TxBody } from '../../../src/lighter/signer/transactions.ts'
import type { TxAttributes } from '../../../src/lighter/signer/attributes.ts'
import type {
  CoreEvent,
  SimCore,
  SimOrder,
  TransactionResult,
} from '../../../src/sim/core/core-model.ts'
import type { SimCoreOptions } from '../../../src/sim/core/exchange-core.ts'
import { createSimCore } from '../../../src/sim/core/exchange-core.ts'

export const START_MS = Date.UTC(2026, 10, 1, 12, 0, 30)
export const BTC = 1
export const ETH = 0
const DAY_MS = 86_400_000

/** 10 000 USDC. */
const STAKE_MICROS = 10_000_000_000n

export interface OrderInput {
  readonly account: number
  readonly market?: number
  readonly side: 'buy' | 'sell'
  readonly size: bigint
  readonly price: bigint
  readonly type?: number
  readonly tif?: number
  readonly clientId?: bigint
  readonly reduceOnly?: boolean
  readonly trigger?: bigint
  readonly expiryMs?: number
  readonly attributes?: TxAttributes
}

export interface Fixture {
  readonly core: SimCore
  readonly events: CoreEvent[]
  now(): number
  pass(ms: number): void
  /** Admits and executes; throws when the API would refuse. */
  send(tx: DecodedTransaction): TransactionResult
  /** Executes without admission, as if the state had changed in between. */
  force(tx: DecodedTransaction): TransactionResult
  refusalOf(tx: DecodedTransaction): number | undefined
  /** Sends an order and hands it back. */
  place(input: OrderInput): SimOrder
  position(account: number, market?: number): bigint
  /** Moves mark and index of a market. */
  mark(ticks: bigint, market?: number): void
}

/** Accounts 3, 4 and 5 with 10 000 USDC each; 3 and 5 have the same owner. BTC stands at 100 000. */
export function createFixture(options: Partial<SimCoreOptions> = {}): Fixture {
  let nowMs = START_MS
  let hash = 0
  const core = createSimCore({ startMs: nowMs, ...options })
  const events: CoreEvent[] = []
  core.subscribe((event) => events.push(event))
  for (const [accountIndex, owner] of [
    [3, '0xA1'],
    [4, '0xB2'],
    [5, '0xA1'],
  ] as const) {
    core.createAccount({ l1Address: owner, accountIndex, collateralMicros: STAKE_MICROS }, nowMs)
  }
  const force = (tx: DecodedTransaction): TransactionResult =>
    core.execute(tx, { hash: (hash += 1).toString(16).padStart(80, 'a'), nowMs })
  const send = (tx: DecodedTransaction): TransactionResult => {
    const refused = core.admit(tx, nowMs)
    if (refused !== undefined) throw new Error(`refused: ${refused.code} ${refused.message}`)
    return force(tx)
  }
  return {
    core,
    events,
    now: () => nowMs,
    pass(ms) {
      nowMs += ms
      core.tick(nowMs)
    },
    send,
    force,
    refusalOf: (tx) => core.admit(tx, nowMs)?.code,
    place(input) {
      const order = send(orderTx(input, nowMs)).orders[0]
      if (order === undefined) throw new Error('no order was made')
      return order
    },
    position: (account, market = BTC) =>
      core.account(account)?.positions.get(market)?.sizeTicks ?? 0n,
    mark: (ticks, market = BTC) =>
      core.setMark(market, { markTicks: ticks, indexTicks: ticks }, nowMs),
  }
}

/** Wraps a body into a transaction. */
export function transaction(
  account: number,
  body: TxBody<bigint>,
  attributes: TxAttributes | null = null,
): DecodedTransaction {
  return {
    ...body,
    accountIndex: account,
    apiKeyIndex: 4,
    nonce: 0n,
    expiredAt: START_MS + DAY_MS,
    attributes,
  }
}

/** Fields of an order with the defaults its type needs. */
function orderFields(input: OrderInput, nowMs = START_MS) {
  const type = input.type ?? 0
  const isTriggered = type >= 2 && type <= 5
  const tif = input.tif ?? (type === 0 || type === 3 || type === 5 ? 1 : 0)
  const isImmediate = tif === 0 && !isTriggered
  return {
    marketIndex: input.market ?? BTC,
    clientOrderIndex: input.clientId ?? 0n,
    baseAmount: input.size,
    price: Number(input.price),
    isAsk: input.side === 'sell' ? 1 : 0,
    type,
    timeInForce: tif,
    reduceOnly: input.reduceOnly === true ? 1 : 0,
    triggerPrice: Number(input.trigger ?? 0n),
    orderExpiry: BigInt(isImmediate ? 0 : (input.expiryMs ?? nowMs + DAY_MS)),
  }
}

/** A create-order transaction. */
export function orderTx(input: OrderInput, nowMs = START_MS): DecodedTransaction {
  return transaction(
    input.account,
    { kind: 'createOrder', ...orderFields(input, nowMs) },
    input.attributes ?? null,
  )
}

/** A grouped-orders transaction: the first input gives the account. */
export function groupTx(groupingType: number, inputs: readonly OrderInput[]): DecodedTransaction {
  return transaction(inputs[0]?.account ?? 0, {
    kind: 'createGroupedOrders',
    groupingType,
    orders: inputs.map((input) => orderFields(input)),
  })
}

/** Cancels by client or exchange index. */
export function cancelTx(account: number, index: bigint, market = BTC): DecodedTransaction {
  return transaction(account, { kind: 'cancelOrder', marketIndex: market, index })
}

/** Everything that money can be: collateral, isolated margin, funding to come, and minus what positions cost. */
export function totalE12(core: SimCore): bigint {
  let total = 0n
  for (const account of core.accounts()) {
    total += account.collateralE12
    for (const position of account.positions.values()) {
      const prefix = core.markets.get(position.marketIndex)?.fundingPrefixE12 ?? 0n
      const entry = position.sizeTicks < 0n ? -position.entryQuoteMicros : position.entryQuoteMicros
      total += position.allocatedMarginE12 - entry * 1_000_000n
      total -= position.sizeTicks * (prefix - position.fundingPrefixE12)
    }
  }
  return total
}

/** Sum of all positions on a market: always zero. */
export function netTicks(core: SimCore, market: number): bigint {
  let sum = 0n
  for (const account of core.accounts()) sum += account.positions.get(market)?.sizeTicks ?? 0n
  return sum
}
