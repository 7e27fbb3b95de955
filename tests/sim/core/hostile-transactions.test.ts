import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../../src/errors.ts'
import { decodeTxInfo } from '../../../src/lighter/signer/tx-info.ts'
import type {
  DecodedTransaction,
  FieldSpec,
  TxSpec,
} from '../../../src/lighter/signer/transactions.ts'
import { ORDER_FIELDS, TX_SPECS } from '../../../src/lighter/signer/transactions.ts'
import { LLP_ACCOUNT_INDEX } from '../../../src/sim/core/account-model.ts'
import { HOUSE_ACCOUNT_INDEX } from '../../../src/sim/core/exchange-core.ts'
import { BTC, createFixture, ETH, type Fixture, START_MS, totalE12 } from './core-fixture.ts'
import { begin } from './random-story.ts'
import { accountsOf, auditAccount, auditMarket, marketsOf } from './story-audit.ts'

const SPECS = Object.values(TX_SPECS)
const DAY_MS = 86_400_000n
const START = BigInt(START_MS)

/** Every edge that a field has, and one step beyond it. */
const EDGES: readonly bigint[] = [
  0n,
  ...[8, 16, 24, 31, 32, 47, 48, 49, 53, 56, 60, 63].flatMap((bits) => [
    (1n << BigInt(bits)) - 1n,
    1n << BigInt(bits),
    -(1n << BigInt(bits)),
  ]),
  -1n,
  ...Array.from({ length: 8 }, (_, at) => BigInt(at + 1)),
  2048n,
  4094n,
  10_000n,
  10_001n,
  ...[4n, 5n].map((minutes) => START + minutes * 60_000n),
  ...[1n, 15n, 30n, 31n].map((days) => START + days * DAY_MS),
]
const edge = fc.oneof(fc.constantFrom(...EDGES), fc.bigInt(-(1n << 63n), (1n << 63n) - 1n))

/** Values with which a field may well be accepted, so that the other fields get their turn. */
const SOUND: Readonly<Record<string, readonly bigint[]>> = {
  MarketIndex: [BigInt(ETH), BigInt(BTC)],
  ClientOrderIndex: [0n, 1n, 2n, (1n << 48n) - 1n],
  BaseAmount: [0n, 60n, 1_000n, 60_000n, (1n << 48n) - 1n],
  Price: [1n, 299_000n, 300_000n, 990_000n, 1_000_000n, 1_010_000n, (1n << 32n) - 1n],
  TriggerPrice: [0n, 0n, 299_000n, 301_000n, 990_000n, 1_010_000n, (1n << 32n) - 1n],
  IsAsk: [0n, 1n],
  Type: [0n, 0n, 1n, 2n, 3n, 4n, 5n],
  TimeInForce: [0n, 1n, 2n],
  ReduceOnly: [0n, 0n, 1n],
  OrderExpiry: [0n, START + 5n * 60_000n, START + DAY_MS],
  Time: [0n, START + DAY_MS],
  Index: [1n, 2n, 1n << 48n, ...[1n, 2n, 3n, 4n, 5n, 6n, 7n].map((n) => (2n << 48n) + n)],
  InitialMarginFraction: [200n, 500n, 10_000n],
  MarginMode: [0n, 1n],
  GroupingType: [1n, 2n, 3n],
  USDCAmount: [1n, 1_000_000n, 500_000_000n],
  Direction: [0n, 1n],
  ToAccountIndex: [3n, 4n, 5n],
  IntegratorAccountIndex: [3n, 4n, 5n, 0n, BigInt(LLP_ACCOUNT_INDEX)],
  AssetIndex: [3n],
  FromRouteType: [0n],
  ToRouteType: [0n],
  RouteType: [0n],
  Amount: [1_000_000n, 500_000_000n],
  USDCFee: [0n, 3_000_000n],
  ApprovalExpiry: [0n, START + DAY_MS],
  AccountTradingMode: [0n, 1n],
  AssetMarginMode: [0n, 1n],
}

const bytesText = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((bytes) => `"${Buffer.from(bytes).toString('base64')}"`)

const orderText = fc.tuple(...ORDER_FIELDS.map(fieldText)).map((parts) => `{${parts.join(',')}}`)

type OrderNumbers = Record<string, bigint | number>

/** How often, and how, one field of an order leaves what is sound. */
const straying = fc.option(
  fc.record({ at: fc.nat(2), field: fc.constantFrom(...ORDER_FIELDS), value: edge }),
  { freq: 3 },
)

function ordersText(
  orders: readonly OrderNumbers[],
  astray: { readonly at: number; readonly field: FieldSpec; readonly value: bigint } | null,
): string[] {
  const strayed = orders[astray === null ? -1 : astray.at % orders.length]
  if (astray !== null && strayed !== undefined) strayed[astray.field.json] = astray.value
  return orders.map((order) => ORDER_FIELDS.map(({ json }) => `"${json}":${order[json]}`).join(','))
}

/** One order of any type whose fields go together, of which one may go astray. */
const single = fc
  .record({
    market: fc.constantFrom(ETH, BTC),
    isAsk: fc.integer({ min: 0, max: 1 }),
    type: fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 5),
    timeInForce: fc.integer({ min: 0, max: 2 }),
    size: fc.constantFrom(0n, 60n, 1_000n, 60_000n, (1n << 48n) - 1n),
    offset: fc.constantFrom(-10n, -3n, 0n, 3n, 10n),
    triggerOffset: fc.constantFrom(-10n, 0n, 10n),
    isReduceOnly: fc.boolean(),
    clientOrderIndex: fc.constantFrom(0, 1, 2),
    astray: straying,
  })
  .map(({ astray, ...made }) => {
    const price = made.market === BTC ? 1_000_000n : 300_000n
    const isTriggered = made.type >= 2
    const timeInForce = [1, 2, 4].includes(made.type) ? 0 : made.timeInForce
    const order = {
      MarketIndex: made.market,
      ClientOrderIndex: made.clientOrderIndex,
      BaseAmount: made.size,
      Price: price + (price * made.offset) / 1_000n,
      IsAsk: made.isAsk,
      Type: made.type,
      TimeInForce: timeInForce,
      ReduceOnly: made.isReduceOnly || made.size === 0n ? 1 : 0,
      TriggerPrice: isTriggered ? price + (price * made.triggerOffset) / 1_000n : 0,
      OrderExpiry: isTriggered || timeInForce !== 0 ? START + DAY_MS : 0,
    }
    return ordersText([order], astray)[0] ?? ''
  })

/** A parent and its two children, of which one field of one order may go astray. */
const family = fc
  .record({
    market: fc.constantFrom(ETH, BTC),
    isAsk: fc.integer({ min: 0, max: 1 }),
    kinds: fc.constantFrom([2, 4], [4, 2], [3, 5]),
    parentType: fc.integer({ min: 0, max: 1 }),
    size: fc.constantFrom(0, 100, 20_000),
    clientOrderIndex: fc.constantFrom(0, 2, 7),
    count: fc.constantFrom(2, 3),
    hasParent: fc.boolean(),
    astray: straying,
  })
  .map(({ astray, ...made }) => `[{${ordersText(familyOf(made), astray).join('},{')}}]`)

interface Family {
  readonly market: number
  readonly isAsk: number
  readonly kinds: readonly number[]
  readonly parentType: number
  readonly size: number
  readonly clientOrderIndex: number
  readonly count: number
  readonly hasParent: boolean
}

function familyOf(made: Family): OrderNumbers[] {
  const price = made.market === BTC ? 1_000_000 : 300_000
  const isMarket = made.parentType === 1
  const expiry = START + DAY_MS
  const parent = {
    MarketIndex: made.market,
    ClientOrderIndex: made.clientOrderIndex,
    BaseAmount: made.size,
    Price: price,
    IsAsk: made.isAsk,
    Type: made.parentType,
    TimeInForce: isMarket ? 0 : 1,
    ReduceOnly: 0,
    TriggerPrice: 0,
    OrderExpiry: isMarket ? 0n : expiry,
  }
  const children = made.kinds.map((type) => ({
    ...parent,
    ClientOrderIndex: 0,
    BaseAmount: made.hasParent ? 0 : made.size,
    IsAsk: 1 - made.isAsk,
    Type: type,
    TimeInForce: 0,
    ReduceOnly: 1,
    TriggerPrice: price,
    OrderExpiry: expiry,
  }))
  return made.hasParent ? [parent, ...children].slice(0, made.count) : children
}

/** Most fields are sound, so that those which are not get past the checks before theirs. */
function valueText(field: FieldSpec): fc.Arbitrary<string> {
  switch (field.form) {
    case 'memo':
      return fc.constant(`[${Array.from({ length: 32 }, () => 7).join(',')}]`)
    case 'pubKey':
      return bytesText(40)
    case 'orders':
      return fc.oneof(
        { weight: 5, arbitrary: family },
        {
          weight: 1,
          arbitrary: fc.array(orderText, { maxLength: 4 }).map((orders) => `[${orders.join(',')}]`),
        },
      )
    case 'number':
    case 'wide':
    case 'split': {
      const sound = SOUND[field.json] ?? [0n, 1n, 40n]
      return fc
        .oneof({ weight: 30, arbitrary: fc.constantFrom(...sound) }, { weight: 1, arbitrary: edge })
        .map(String)
    }
  }
}

function fieldText(field: FieldSpec): fc.Arbitrary<string> {
  return valueText(field).map((text) => `"${field.json}":${text}`)
}

const attributesText = fc.oneof(
  { weight: 4, arbitrary: fc.constant('null') },
  {
    weight: 1,
    arbitrary: fc
      .dictionary(
        fc.constantFrom('1', '2', '3', '4', '5', '6', '7'),
        fc.oneof(fc.constantFrom(0n, 1n, 2n, 3n, 4n, 5n, 255n), edge),
        { maxKeys: 4 },
      )
      .map((pairs) => `{${Object.entries(pairs).map(([key, value]) => `"${key}":${value}`)}}`),
  },
)

interface Message {
  readonly txType: number
  readonly info: string
  readonly isForced: boolean
  readonly isAimed: boolean
}

const { createOrder, createGroupedOrders, modifyOrder } = TX_SPECS

function fieldsText(spec: TxSpec): fc.Arbitrary<string> {
  const independent = fc.tuple(...spec.fields.map(fieldText)).map((fields) => fields.join(','))
  if (spec !== createOrder) return independent
  return fc.oneof({ weight: 4, arbitrary: single }, { weight: 1, arbitrary: independent })
}

const message: fc.Arbitrary<Message> = fc
  .constantFrom(...SPECS, createOrder, createOrder, createOrder, createGroupedOrders, modifyOrder)
  .chain((spec) =>
    fc
      .record({
        account: fc.constantFrom(3n, 4n, 5n),
        fields: fieldsText(spec),
        key: fc.oneof({ weight: 9, arbitrary: fc.constant(4n) }, { weight: 1, arbitrary: edge }),
        attributes: attributesText,
        nonce: fc.nat(20),
        isForced: fc.boolean(),
        isAimed: fc.boolean(),
      })
      .map(({ account, fields, key, attributes, nonce, ...how }) => {
        const head = [`"${spec.accountKey}":${account}`, `"ApiKeyIndex":${key}`]
        if (fields !== '') head.push(fields)
        const tail = `"ExpiredAt":${START + DAY_MS},"Nonce":${nonce},"Sig":"","L2TxAttributes":${attributes}`
        return { txType: spec.txType, info: `{${head.join(',')},${tail}}`, ...how }
      }),
  )

/** Between transactions the world goes on: marks from the least to the greatest price, and time. */
const happening = fc.oneof(
  { weight: 12, arbitrary: message },
  {
    weight: 1,
    arbitrary: fc.record({
      market: fc.constantFrom(ETH, BTC),
      mark: fc.constantFrom(297_000n, 303_000n, 990_000n, 1_005_000n, 1n, (1n << 32n) - 1n),
    }),
  },
  { weight: 1, arbitrary: fc.record({ passMs: fc.constantFrom(1, 1_500, 300_000, 4_000_000) }) },
)

type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

/** Half of what is about one order names one that lives, at the price it has. */
function aim(fixture: Fixture, tx: DecodedTransaction): DecodedTransaction {
  if (tx.kind !== 'cancelOrder' && tx.kind !== 'modifyOrder') return tx
  const live = fixture.core.activeOrders(tx.accountIndex)
  const order = live[Number(tx.nonce) % live.length]
  if (order === undefined) return tx
  const { marketIndex, orderIndex: index } = order
  if (tx.kind === 'cancelOrder') return { ...tx, marketIndex, index }
  const triggerPrice = order.status === 'pending' ? Number(order.triggerTicks) : 0
  return { ...tx, marketIndex, index, price: Number(order.priceTicks), triggerPrice }
}

/** The transaction as the gateway hands it on; undefined when its parser refuses the text. */
function read({ txType, info }: Message): DecodedTransaction | undefined {
  try {
    return decodeTxInfo(txType, info).tx
  } catch (error) {
    if (error instanceof HedgebotError && error.code === 'tx_info_malformed') return undefined
    throw error
  }
}

interface Tally {
  readonly executed: Map<string, number>
  withdrawnE12: bigint
}

function happen(fixture: Fixture, next: Happening, tally: Tally): void {
  if ('market' in next) fixture.mark(next.mark, next.market)
  else if ('passMs' in next) fixture.pass(next.passMs)
  else receive(fixture, next, tally)
}

function receive(fixture: Fixture, next: Message, tally: Tally): void {
  const sent = read(next)
  if (sent === undefined) return
  const tx = next.isAimed ? aim(fixture, sent) : sent
  const refused = fixture.refusalOf(tx)
  // A state may change while a transaction is queued: the sequencer must stand what the API would refuse.
  if (refused !== undefined && !next.isForced) return
  const { status } = fixture.force(tx)
  if (status !== 'ok') return
  tally.executed.set(tx.kind, (tally.executed.get(tx.kind) ?? 0) + 1)
  if (tx.kind === 'withdraw') tally.withdrawnE12 += tx.amount * 1_000_000n
}

function audit({ core }: Fixture): void {
  for (const market of marketsOf(core).values()) auditMarket(core, market)
  for (const account of accountsOf(core)) {
    if (account.accountIndex !== HOUSE_ACCOUNT_INDEX) auditAccount(core, account)
  }
}

describe('transactions of clients who mean no good', () => {
  it('never break the exchange, whatever their numbers, and never make money', () => {
    const tally: Tally = { executed: new Map(), withdrawnE12: 0n }
    fc.assert(
      fc.property(fc.array(happening, { minLength: 20, maxLength: 60 }), (story) => {
        const fixture = createFixture()
        begin(fixture)
        tally.withdrawnE12 = 0n
        const before = totalE12(fixture.core)
        for (const next of story) happen(fixture, next, tally)
        expect(totalE12(fixture.core)).toBe(before - tally.withdrawnE12)
        audit(fixture)
      }),
      { numRuns: 150 },
    )
    // Refused transactions prove little: each kind got through as well.
    expect([...tally.executed.keys()].sort()).toEqual(Object.keys(TX_SPECS).sort())
  }, 60_000)
})
