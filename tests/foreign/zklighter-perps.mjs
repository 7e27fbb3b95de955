/**
 * The exchange's own front-end client (`zklighter-perps`, OpenAPI-generated TypeScript over `fetch`). It does not sign:
 * transactions come from the Go signer inside the SDK. Every answer is held against the API document in its package.
 * Option used: `basePath`.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { schemaProblems } from './own-schema.mjs'
import {
  claim,
  finish,
  importPackage,
  requirePackage,
  same,
  sleep,
  step,
  until,
  world,
} from './scenario.mjs'

const sdk = requirePackage('@reservoir0x/lighter-ts-sdk')
const perps = await importPackage('zklighter-perps/index.ts')
const folder = join(world.packages, 'node_modules', 'zklighter-perps')
const document = JSON.parse(await readFile(join(folder, 'openapi.json'), 'utf8'))

/** Where the client's document asks for more than was ever observed, observation in PROTOCOL.md wins. */
const OBSERVED = [
  // Section 2.1, trades: optional fields that are zero or false are left out; a profit is only of one's own side.
  /trades\[\]\.(?:integrator_)?(?:taker|maker)_fee(?:_collector_index)? is missing$/,
  /trades\[\]\.(?:taker|maker)_position_sign_changed is missing$/,
  /trades\[\]\.(?:taker|maker)_allocated_margin_usdc_(?:before|after) is missing$/,
  /trades\[\]\.(?:ask|bid)_account_pnl is missing$/,
  // Section 3: only pools have pool_info; can_rfq_market_ids is null or a list.
  /accounts\[\]\.pool_info is missing$/,
  /\.can_rfq_market_ids is no list$/,
  // Newer than every capture (section 2.1 names order_flags so): nobody has seen what the exchange says there.
  /accounts\[\]\.assets\[\]\.multiplier is missing$/,
  /account_metadatas\[\]\.metadata is missing$/,
  /orders\[\]\.order_flags is missing$/,
]

const BTC = 1
const SIZE = 100
/** The standard tier's sixty requests a minute are spread evenly. */
const PACE_MS = 1000
const [mine] = world.accounts
const account_index = mine.accountIndex
const byIndex = { by: 'index', value: String(account_index) }

let problems = []
const basePath = world.url
const post = async ({ response, url }) => {
  if (!response.ok) return
  const path = new URL(url).pathname
  const found = schemaProblems(document, path, JSON.parse(await response.clone().text()))
  problems.push(...(found ?? [`${path} is not in the document`]))
}
const configuration = new perps.Configuration({ basePath, middleware: [{ post }] })
const apis = Object.fromEntries(
  [
    'Account',
    'Announcement',
    'Block',
    'Candlestick',
    'Funding',
    'Info',
    'Order',
    'Root',
    'Transaction',
  ].map((name) => [name, new perps[`${name}Api`](configuration)]),
)

/** One read, its answer as the document wants it; `look` throws when the answer does not say the right thing. */
async function read(name, call, look = () => undefined) {
  await step(name, async () => {
    problems = []
    const answer = await call().catch(named)
    const open = problems.filter((problem) => !OBSERVED.some((pattern) => pattern.test(problem)))
    claim(open.length === 0, [...new Set(open)].join('; '))
    return { detail: look(answer) ?? '' }
  })
  await sleep(PACE_MS)
}

async function named(error) {
  if (!(error instanceof perps.ResponseError)) throw error
  throw new Error(`HTTP ${error.response.status} ${(await error.response.text()).slice(0, 120)}`)
}

const client = new sdk.SignerClient({
  url: world.url,
  chainId: world.chainId,
  privateKey: mine.privateKey,
  accountIndex: account_index,
  apiKeyIndex: mine.apiKeyIndex,
  logLevel: 4,
})
await client.initialize()
await client.ensureWasmClient()
const auth = await client.createAuthTokenWithExpiry(3600)
let nonce = 0
const sign = (price, overrides = {}) => {
  const order = { isAsk: 0, type: 1, tif: 0, reduceOnly: 0, trigger: 0, expiry: 0, ...overrides }
  const { txInfo, txHash } = globalThis.SignCreateOrder(
    BTC,
    Date.now(),
    SIZE,
    price,
    order.isAsk,
    order.type,
    order.tif,
    order.reduceOnly,
    order.trigger,
    order.expiry,
    nonce,
    mine.apiKeyIndex,
    account_index,
  )
  nonce += 1
  return { tx_info: txInfo, hash: txHash }
}
const now = Date.now()
const day = { start_timestamp: now - 86_400_000, end_timestamp: now, count_back: 24 }
let mark = 0

await read('root: status', () => apis.Root.status())
await read('root: info', () => apis.Root.info())
await read(
  'orderBooks',
  () => apis.Order.orderBooks(),
  ({ order_books: books }) => `${books.length} markets`,
)
await read(
  'orderBookDetails',
  () => apis.Order.orderBookDetails({ market_id: BTC }),
  (answer) => {
    const [details] = answer.order_book_details
    same([details.symbol, details.size_decimals, details.price_decimals], ['BTC', 5, 1], 'BTC')
    mark = Math.round(Number(details.mark_price) * 10)
    return `mark ${details.mark_price}`
  },
)
await read(
  'orderBookOrders',
  () => apis.Order.orderBookOrders({ market_id: BTC, limit: 5 }),
  (answer) =>
    claim(answer.asks.length > 0 && answer.asks.length <= 5, `${answer.asks.length} asks`),
)
await read(
  'nextNonce',
  () => apis.Transaction.nextNonce({ account_index, api_key_index: mine.apiKeyIndex }),
  (answer) => {
    ;({ nonce } = answer)
    return `nonce ${nonce}`
  },
)

let hash
await read(
  'sendTx: a market order',
  async () => {
    const { tx_info, hash: local } = sign(Math.round(mark * 1.02))
    hash = local
    return apis.Transaction.sendTx({ tx_type: 14, tx_info })
  },
  (answer) => same(answer.tx_hash, hash, "hash against the signer's own"),
)
await read('sendTx: a resting order', async () => {
  const expiry = now + 86_400_000
  const { tx_info } = sign(Math.round(mark * 0.97), { type: 0, tif: 1, expiry })
  return apis.Transaction.sendTx({ tx_type: 14, tx_info, price_protection: true })
})
await read('sendTx: a stop order', async () => {
  const trigger = Math.round(mark * 0.9)
  const overrides = { isAsk: 1, type: 2, reduceOnly: 1, trigger, expiry: now + 86_400_000 }
  const { tx_info } = sign(Math.round(trigger * 0.97), overrides)
  return apis.Transaction.sendTx({ tx_type: 14, tx_info })
})
await step('the order is executed', async () => {
  await until(async () => {
    await sleep(PACE_MS)
    return (await apis.Transaction.tx({ by: 'hash', value: hash })).status >= 2
  }, 'the transaction')
})
await read(
  'account',
  () => apis.Account.account(byIndex),
  ({ accounts: [found] }) => {
    const position = found.positions.find((one) => one.market_id === BTC)
    same([position.sign, position.position], [1, '0.00100'], 'position')
    return `available ${found.available_balance}`
  },
)
await read('accountsByL1Address', () =>
  apis.Account.accountsByL1Address({ l1_address: mine.l1Address }),
)
await read('accountMetadata', () => apis.Account.accountMetadata({ ...byIndex, auth }))
await read(
  'accountLimits',
  () => apis.Account.accountLimits({ account_index, auth }),
  (answer) => same(answer.user_tier, 'standard', 'tier'),
)
await read(
  'apikeys',
  () => apis.Account.apikeys({ account_index, api_key_index: 255 }),
  (answer) => {
    const key = answer.api_keys.find((one) => one.api_key_index === mine.apiKeyIndex)
    claim(/^[0-9a-f]{80}$/.test(key?.public_key), JSON.stringify(key))
  },
)
await read(
  'accountActiveOrders',
  () => apis.Order.accountActiveOrders({ account_index, market_id: BTC, auth }),
  (answer) => same(answer.orders.map((one) => one.status).sort(), ['open', 'pending'], 'statuses'),
)
// The client's own `authorization` becomes a query parameter, which nobody has seen the exchange accept.
const byHeader = { headers: { Authorization: auth } }
await read(
  'accountInactiveOrders',
  () => apis.Order.accountInactiveOrders({ account_index, limit: 10 }, byHeader),
  (answer) => same(answer.orders[0]?.status, 'filled', 'status'),
)
await read(
  'trades',
  () => apis.Order.trades({ account_index, sort_by: 'timestamp', limit: 10, auth }),
  (answer) => {
    claim(answer.trades.length > 0, 'no trade')
    same(answer.trades[0].bid_account_id, account_index, 'buyer')
  },
)
await read('recentTrades', () => apis.Order.recentTrades({ market_id: BTC, limit: 10 }))
await read(
  'tx',
  () => apis.Transaction.tx({ by: 'hash', value: hash }),
  (answer) => {
    const { ae } = JSON.parse(answer.event_info)
    same(ae ?? '', '', 'error of the execution')
    return `status ${answer.status}`
  },
)
await read('accountTxs', () =>
  apis.Transaction.accountTxs({ ...byIndex, by: 'account_index', limit: 10, auth }),
)
await read('candles', () => apis.Candlestick.candles({ market_id: BTC, resolution: '1m', ...day }))
await read('fundings', () =>
  apis.Candlestick.fundings({ market_id: BTC, resolution: '1h', ...day }),
)
await read('funding-rates', () => apis.Funding.fundingRates())
await read('exchangeStats', () => apis.Order.exchangeStats())
await read('assetDetails', () => apis.Order.assetDetails({}))
await read('systemConfig', () => apis.Info.systemConfig())
await read('withdrawalDelay', () => apis.Info.withdrawalDelay())
await read('announcement', () => apis.Announcement.announcement())
await read('currentHeight', () => apis.Block.currentHeight())
await read('positionFunding', () =>
  apis.Account.positionFunding({ account_index, limit: 10, auth }),
)
await read('pnl', () => apis.Account.pnl({ ...byIndex, resolution: '1h', ...day, auth }))
await read('liquidations', () => apis.Account.liquidations({ account_index, limit: 10, auth }))
await read('transfer/history', () => apis.Transaction.transferHistory({ account_index, auth }))
await read('deposit/history', () =>
  apis.Transaction.depositHistory({ account_index, l1_address: mine.l1Address, auth }),
)
await read('withdraw/history', () => apis.Transaction.withdrawHistory({ account_index, auth }))

await step('a refusal is the code of the exchange', async () => {
  const error = await apis.Order.accountActiveOrders({ account_index }).catch((caught) => caught)
  claim(error instanceof perps.ResponseError, String(error))
  const { code } = await error.response.json()
  same([error.response.status, code], [400, 20001], 'refusal')
})

finish()
