/**
 * Every read of the client, with the simplest judge of its result that does without the client's code.
 * @module
 */
import { HedgebotError } from '../../../src/errors.ts'
import { readMark } from '../../../src/lighter/read-mark.ts'
import { readMarkets } from '../../../src/lighter/read-markets.ts'
import { infoAnswerSchema } from '../../../src/lighter/venue-schemas.ts'
import type { MarketInfo } from '../../../src/hedge/market.ts'
import type { AccountFacts, AccountTier, TransactionFact } from '../../../src/ports.ts'
import { type AccountDesk, listLogger } from './account-desk.ts'
import { claim } from './fuzz-target.ts'
import { judgeError } from './judge-error.ts'
import type { Samples } from './record-samples.ts'
import {
  indexOf,
  isInteger,
  isRecord,
  listOf,
  member,
  normalDecimal,
  parsed,
  textMember,
} from './plain-look.ts'

/** What a judge sees. */
export interface ReadContext {
  readonly samples: Samples
  readonly desk: AccountDesk
  readonly body: string
  /** Signed size by market before the read. */
  readonly before: ReadonlyMap<number, string>
}

/** One read. */
export interface RestRead {
  /** What it asks for; one of them is mutated. */
  readonly paths: readonly string[]
  /** What was read before an answer that is refused stays. */
  readonly keepsParts?: true
  run(desk: AccountDesk, samples: Samples): Promise<unknown>
  /** @throws Finding when the value is not what the text says */
  judge(value: unknown, context: ReadContext): void
}

/** All of them. */
export const REST_READS: readonly RestRead[] = [
  {
    paths: ['/api/v1/nextNonce'],
    run: ({ reads }) => reads.readNextNonce('close'),
    judge(value, { body }) {
      const nonce = member(parsed(body), 'nonce')
      claim(isInteger(value) && value >= 0 && value === nonce, `nonce ${String(value)}`, body)
    },
  },
  {
    paths: ['/api/v1/tx'],
    run: ({ reads }, { txHash }) => reads.readTransaction(txHash, 'close'),
    judge: judgeTransaction,
  },
  {
    paths: ['/api/v1/account'],
    run: ({ reads }) => reads.readAccount('close'),
    judge: judgeAccount,
  },
  {
    paths: ['/api/v1/accountActiveOrders', '/api/v1/accountInactiveOrders'],
    run: ({ reads }, { marketIndex }) => reads.readOrders(marketIndex, 'close'),
    judge: judgeOrders,
  },
  {
    paths: ['/api/v1/trades'],
    keepsParts: true,
    run: ({ reads }, { marketIndex }) => reads.readFills(marketIndex, 0, 'close'),
    judge: judgeTrades,
  },
  {
    paths: ['/api/v1/apikeys'],
    run: ({ reads }) => reads.readRegisteredKey('close'),
    judge(value, { body }) {
      if (value === undefined) return
      const isKey = typeof value === 'string' && /^[0-9a-f]{80}$/.test(value)
      claim(isKey && body.toLowerCase().includes(value), 'an odd key', body)
    },
  },
  {
    paths: ['/api/v1/accountLimits'],
    run: ({ reads }) => reads.readTier('close'),
    judge(value, { body }) {
      const tier = value as AccountTier
      claim(
        tier.tier === member(parsed(body), 'user_tier') && tier.tier !== '',
        `tier ${tier.tier}`,
        body,
      )
      claim(
        tier.takerFeeFraction.isFinite() && tier.makerFeeFraction.isFinite(),
        'a fee is a number',
        body,
      )
    },
  },
  {
    paths: ['/api/v1/orderBookDetails'],
    run: ({ rest, logged }) => readMarkets(rest, listLogger(logged)),
    judge: judgeMarkets,
  },
  {
    paths: ['/api/v1/orderBookDetails'],
    run: ({ rest }, { marketIndex }) => readMark(rest, marketIndex, 'close'),
    judge(value, { body, samples: { marketIndex } }) {
      const { mark, index } = value as Awaited<ReturnType<typeof readMark>>
      const rows = listOf(member(parsed(body), 'order_book_details')).filter(
        (row) => isRecord(row) && indexOf(row['market_id']) === marketIndex,
      )
      for (const [name, price] of Object.entries({ mark_price: mark, index_price: index })) {
        const texts = rows.map((row) => normalDecimal((row as Record<string, unknown>)[name]))
        claim(price.gt(0) && texts.includes(price.toFixed()), `${name} ${price.toFixed()}`, body)
      }
    },
  },
  {
    paths: ['/info'],
    run: ({ rest }) => rest.read({ path: '/info', schema: infoAnswerSchema, priority: 'close' }),
    judge(value, { body }) {
      const address = (value as { contract_address: string }).contract_address
      claim(/^0x[0-9a-f]{40}$/i.test(address) && body.includes(address), `address ${address}`, body)
    },
  },
]

function judgeTransaction(value: unknown, { body, samples: { txHash } }: ReadContext): void {
  const json = parsed(body)
  if (value === undefined) {
    const code = member(json, 'code')
    claim(code === 21_500 || code === 29_404, 'a transaction is taken for unknown', body)
    return
  }
  const fact = value as TransactionFact
  const status = member(json, 'status')
  const names: Readonly<Record<number, string>> = {
    0: 'failed',
    1: 'pending',
    2: 'executed',
    3: 'executed',
  }
  claim(fact.txHash.toLowerCase() === txHash.toLowerCase(), 'another transaction', body)
  claim(textMember(json, 'hash').toLowerCase() === txHash.toLowerCase(), 'another hash', body)
  claim(names[indexOf(status)] === fact.status, `status ${fact.status}`, body)
  claim(fact.error === undefined || typeof fact.error === 'string', 'an error is a text', body)
}

function judgeAccount(value: unknown, { body, samples, desk, before }: ReadContext): void {
  const facts = value as AccountFacts
  const rows = listOf(member(parsed(body), 'accounts'))
  const own = rows.find((row) => isRecord(row) && indexOf(row['index']) === samples.accountIndex)
  claim(facts.accountIndex === samples.accountIndex && isRecord(own), 'another account', body)
  const { positions } = own
  const isList = typeof positions === 'object' && positions !== null
  claim(isList, 'positions that are not there were taken for none', body)
  const told = new Map(
    listOf(positions).map((row) => [indexOf(member(row, 'market_id')), signedText(row)] as const),
  )
  const view = desk.store.view().positions
  if (!view.isKnown) return
  for (const [market, size] of told) {
    const known = view.value.get(market)?.signedBase.toFixed()
    // A read that may be older than the last fill does not replace what is known.
    const isGood = known === size || known === before.get(market)
    claim(isGood, `market ${market} has ${size} and is taken for ${known}`, body)
  }
}

function signedText(row: unknown): string | undefined {
  const size = normalDecimal(member(row, 'position'))?.replace('-', '')
  return size !== undefined && size !== '0' && member(row, 'sign') === -1 ? `-${size}` : size
}

function judgeOrders(_value: unknown, { body, samples, desk }: ReadContext): void {
  const list = member(parsed(body), 'orders')
  claim(typeof list === 'object', 'orders that are not there were taken for none', body)
  for (const row of listOf(list)) {
    claim(isRecord(row), 'an order is an object', body)
    const { owner_account_index: owner } = row
    const isOwn = owner === undefined || indexOf(owner) === samples.accountIndex
    claim(isOwn, `an order of account ${String(owner)} was taken for ours`, body)
    if (indexOf(row['market_index']) !== samples.marketIndex) continue
    const known = desk.store
      .state()
      .orders.get(JSON.stringify(row['order_id'] ?? row['order_index']).replaceAll('"', ''))
    if (known === undefined) continue
    claim(known.initialBase.isFinite() && known.filledBase.isFinite(), 'sizes are numbers', body)
  }
}

function judgeTrades(_value: unknown, { body, samples, desk }: ReadContext): void {
  const list = member(parsed(body), 'trades')
  claim(typeof list === 'object', 'trades that are not there were taken for none', body)
  for (const fill of desk.store.marketFills(samples.marketIndex)) {
    claim(fill.baseSize.isFinite() && fill.price.isFinite(), 'a fill is made of numbers', body)
  }
}

function judgeMarkets(value: unknown, { body, desk }: ReadContext): void {
  const rows = listOf(member(parsed(body), 'order_book_details'))
  const markets = value as readonly MarketInfo[]
  claim(markets.length <= rows.length, 'more markets than rows', body)
  for (const market of markets) {
    const isListed = rows.some((row) => indexOf(member(row, 'market_id')) === market.marketIndex)
    claim(isListed, `market ${market.marketIndex} is not in the list`, body)
    const decimals = [market.sizeDecimals, market.priceDecimals]
    claim(
      decimals.every((count) => isInteger(count) && count >= 0 && count <= 18),
      'odd decimals',
      body,
    )
    const amounts = [market.minBaseSize, market.minNotionalUsd, market.maxOrderNotionalUsd]
    claim(
      amounts.every((amount) => amount.gte(0) && amount.isFinite()),
      'a negative minimum',
      body,
    )
    const fractions = [market.maintenanceMarginFraction, market.minInitialMarginFraction]
    claim(
      !market.isActive || fractions.every((fraction) => fraction.gt(0)),
      'a margin fraction of nothing',
      body,
    )
  }
  for (const line of desk.logged) {
    const fields = (line as readonly unknown[])[1] as { readonly error?: unknown } | undefined
    if (fields?.error instanceof HedgebotError) judgeError(fields.error, { input: body })
  }
}
