/**
 * Another author's SDK, an opening to an end. Its WASM is another, older build of the Go signer: a second opinion on our
 * verification, with argument lists, transfers and sockets of an older day. Options used: URL, key, the two paths of
 * its own WASM. It asks `layer2BasicInfo` for the chain, which the exchange no longer has, and then takes mainnet; its
 * signer is told the simulator's.
 * @module
 */
import {
  claim,
  finish,
  refusal,
  requirePackage,
  same,
  sleep,
  step,
  until,
  world,
} from './scenario.mjs'

const sdk = requirePackage('lighter-ts-sdk')
const { SignerClient } = sdk
const [mine, other] = world.accounts
const BTC = 1
/** 0.001 BTC in ticks. */
const SIZE = 100
const DAY_MS = 86_400_000
/** `nextNonce` and reads may lag behind the last send (PROTOCOL.md section 6: wait 350 ms). */
const READ_LAG_MS = 500

const api = new sdk.ApiClient({ host: world.url })
const orders = new sdk.OrderApi(api)
const accounts = new sdk.AccountApi(api)
const transactions = new sdk.TransactionApi(api)
const client = new SignerClient({
  url: world.url,
  privateKey: mine.privateKey,
  accountIndex: mine.accountIndex,
  apiKeyIndex: mine.apiKeyIndex,
  wasmConfig: { wasmPath: 'wasm/lighter-signer.wasm', wasmExecPath: 'wasm/wasm_exec.js' },
  enableWebSocket: true,
  logLevel: 4,
})
const { wallet, wsOrderClient } = client

/** The signer keeps one key: what it signs from here on is of this one. */
const signAs = ({ accountIndex, apiKeyIndex, privateKey }, overrides = {}) =>
  wallet.createClient({
    privateKey,
    accountIndex,
    apiKeyIndex,
    chainId: world.chainId,
    ...overrides,
  })

const frames = []
const socket = new sdk.WsClient({
  url: world.wsUrl,
  onMessage: (frame) => frames.push(frame),
})
const framesOf = (channel) => frames.filter((frame) => frame.channel === channel)
const positionsChannel = `account_all_positions:${mine.accountIndex}`
const ordersChannel = `account_all_orders:${mine.accountIndex}`
const orderSeen = (index) =>
  framesOf(ordersChannel)
    .flatMap((frame) => Object.values(frame.orders).flat())
    .findLast((order) => order.client_order_index === index)
const positionSeen = () =>
  framesOf(positionsChannel)
    .map((frame) => frame.positions[BTC])
    .findLast(Boolean)
const statusBecomes = (index, status) =>
  until(() => orderSeen(index)?.status === status, `order ${index} to be ${status}`)
/** Mark price in ticks. */
async function mark() {
  const stats = await until(() => framesOf(`market_stats:${BTC}`).at(-1), 'market stats')
  return Math.round(Number(stats.market_stats.mark_price) * 10)
}

let clientOrderIndex = Date.now()
const nextOrderIndex = () => (clientOrderIndex += 1)
/** Its nonces are fetched ten at a time, and anew beside a send: here always before one. */
async function freshNonces() {
  await sleep(READ_LAG_MS)
  await client.preWarmNonceCache()
}
async function nextNonce() {
  await sleep(READ_LAG_MS)
  return (await transactions.getNextNonce(mine.accountIndex, mine.apiKeyIndex)).nonce
}
/** Answers the hash; `outcome` is what every call of the client ends with: what was sent, hash or answer, error. */
function accepted([, answer, error]) {
  same(error, null, 'error')
  const hash = answer.tx_hash ?? answer
  same(hash.length, 80, 'length of the hash')
  return hash
}
const gtt = (price) => ({
  marketIndex: BTC,
  clientOrderIndex: nextOrderIndex(),
  baseAmount: SIZE,
  price,
  isAsk: false,
  orderType: SignerClient.ORDER_TYPE_LIMIT,
  timeInForce: SignerClient.ORDER_TIME_IN_FORCE_GOOD_TILL_TIME,
  orderExpiry: Date.now() + DAY_MS,
})
const signOrder = (nonce) =>
  wallet.signCreateOrder({ ...gtt(500_000), isAsk: 0, reduceOnly: 0, triggerPrice: 0, nonce })
const sendOrder = (txInfo) => transactions.sendTx(SignerClient.TX_TYPE_CREATE_ORDER, txInfo)
const activeOrders = async (auth) => {
  await sleep(READ_LAG_MS)
  const read = { market_id: BTC, auth }
  return (await orders.getAccountActiveOrders(mine.accountIndex, read)).orders
}

await step('markets, account and keys are read', async () => {
  const { order_books: books } = await orders.getOrderBooks()
  const btc = books.find(({ symbol }) => symbol === 'BTC')
  same([btc.supported_size_decimals, btc.supported_price_decimals], [5, 1], 'BTC')
  const { order_book_details: details } = await orders.getOrderBookDetails({ market_id: BTC })
  same([details[0].market_id, details[0].symbol], [BTC, 'BTC'], 'details')
  const found = await accounts.getAccount({ by: 'index', value: String(mine.accountIndex) })
  claim(Number(found.accounts[0].collateral) > 0, 'no collateral')
  const { api_keys: keys } = await accounts.getApiKeys(mine.accountIndex, mine.apiKeyIndex)
  claim(/^[0-9a-f]{80}$/.test(keys[0].public_key), JSON.stringify(keys))
  return { detail: `${books.length} markets, collateral ${found.accounts[0].collateral}` }
})

await step('its own guess of the chain, mainnet, is refused with 21120', async () => {
  await client.initialize()
  await client.ensureWasmClient()
  const nonce = await nextNonce()
  const error = await refusal(async () => sendOrder(await signOrder(nonce)))
  same([error.status, error.code], [400, 21120], 'refusal')
  await signAs(mine)
})

const token = await step('a token of the client reads private orders', async () => {
  const value = await client.createAuthTokenWithExpiry(3600)
  same(await activeOrders(value), [], 'active orders')
  const missing = await refusal(() => activeOrders())
  same([missing.status, missing.code], [400, 20001], 'without a token')
  return { value }
})

await step('sockets: the book, public and private channels', async () => {
  await socket.connect()
  for (const channel of [`order_book/${BTC}`, `market_stats/${BTC}`])
    socket.send({ type: 'subscribe', channel })
  for (const channel of [positionsChannel, ordersChannel])
    socket.send({ type: 'subscribe', channel: channel.replace(':', '/'), auth: token })
  await until(() => framesOf(ordersChannel).length > 0, 'the private orders')
  await until(() => framesOf(`order_book:${BTC}`).length > 3, 'three updates of the book')
  const { bids, asks } = framesOf(`order_book:${BTC}`)[0].order_book
  claim(Number(bids[0].price) < Number(asks[0].price), 'bids above asks')
  return { detail: `${bids.length} bids, ${asks.length} asks` }
})

await step('leverage is set', async () => {
  await freshNonces()
  accepted(await client.updateLeverage(BTC, SignerClient.CROSS_MARGIN_MODE, 1000))
  await until(() => positionSeen()?.initial_margin_fraction === '10.00', '10.00 %')
})

await step('a market order opens a position', async () => {
  await freshNonces()
  const index = nextOrderIndex()
  const order = { marketIndex: BTC, clientOrderIndex: index, baseAmount: SIZE, isAsk: false }
  const price = Math.round((await mark()) * 1.02)
  const hash = accepted(await client.createMarketOrder({ ...order, avgExecutionPrice: price }))
  await statusBecomes(index, 'filled')
  const seen = await until(
    () => Number(positionSeen()?.position) > 0 && positionSeen(),
    'the position',
  )
  same([seen.sign, seen.position], [1, '0.00100'], 'position')
  const { status } = await client.waitForTransaction(hash, 10_000, 300)
  return { detail: `${seen.position} at ${seen.avg_entry_price}, tx status ${status}` }
})

await step('a resting order is placed, seen and cancelled', async () => {
  await freshNonces()
  const params = gtt(Math.round((await mark()) * 0.97))
  accepted(await client.createOrder(params))
  await statusBecomes(params.clientOrderIndex, 'open')
  const [active] = await activeOrders(token)
  same(
    [active.client_order_index, active.base_price],
    [params.clientOrderIndex, params.price],
    'order',
  )
  const orderIndex = params.clientOrderIndex
  accepted(await client.cancelOrder({ marketIndex: BTC, orderIndex }))
  await statusBecomes(orderIndex, 'canceled')
  same(await activeOrders(token), [], 'active orders afterwards')
})

await step('a stop order waits for its trigger; cancel-all ends it', async () => {
  await freshNonces()
  const index = nextOrderIndex()
  const trigger = Math.round((await mark()) * 0.9)
  const price = Math.round(trigger * 0.97)
  accepted(await client.createSlLimitOrder(BTC, index, SIZE, trigger, price, true, true))
  await statusBecomes(index, 'pending')
  const [stop] = await activeOrders(token)
  same([stop.type, stop.trigger_status], ['stop-loss-limit', 'mark-price'], 'the stop')
  same([stop.trigger_price, stop.reduce_only], [(trigger / 10).toFixed(1), true], 'its trigger')
  accepted(await client.cancelAllOrders(SignerClient.CANCEL_ALL_TIF_IMMEDIATE, 0))
  await statusBecomes(index, 'canceled')
})

await step('the form of its order socket is refused in words', async () => {
  const answers = []
  wsOrderClient.on('response', (frame) => answers.push(frame))
  await wsOrderClient.connect()
  await freshNonces()
  // It waits ten seconds for an answer in its own form, then goes over REST, past the nonce that nobody used.
  const [, , error] = await client.createOrder(gtt(Math.round((await mark()) * 0.97)))
  same(error, 'invalid nonce', 'error')
  const said = answers.find((frame) => frame.error !== undefined)
  claim(said?.error.code > 0, `answers ${JSON.stringify(answers)}`)
  await wsOrderClient.disconnect()
  same(await activeOrders(token), [], 'active orders')
  return { detail: `${said.error.code} ${said.error.message}` }
})

await step('a reduce-only order closes the position', async () => {
  await freshNonces()
  const price = Math.round((await mark()) * 0.98)
  const order = { marketIndex: BTC, clientOrderIndex: nextOrderIndex(), baseAmount: 3 * SIZE }
  const sell = { ...order, isAsk: true, reduceOnly: true, avgExecutionPrice: price }
  accepted(await client.createMarketOrder(sell))
  await until(() => Number(positionSeen().position) === 0, 'no position')
})

await step('its transfer, of a form that is gone, is refused and the nonce kept', async () => {
  const nonce = await nextNonce()
  const words = { toAccountIndex: other.accountIndex, usdcAmount: 1_000_000, fee: 0 }
  const { txInfo } = await wallet.signTransfer({ ...words, memo: 'a'.repeat(32), nonce })
  const error = await refusal(() => transactions.sendTx(SignerClient.TX_TYPE_TRANSFER, txInfo))
  claim(error.status === 400 && error.code > 0, `${error.status} ${error.message}`)
  same(await nextNonce(), nonce, 'nonce afterwards')
  return { detail: `${error.code} ${error.message}` }
})

await step('a wrong nonce is refused with 21104', async () => {
  const nonce = await nextNonce()
  for (const wrong of [nonce - 1, nonce + 1]) {
    const error = await refusal(async () => sendOrder(await signOrder(wrong)))
    same([error.status, error.code], [400, 21104], `refusal of ${wrong - nonce}`)
  }
  same(await nextNonce(), nonce, 'nonce afterwards')
})

await step('a wrong signature is refused with 21120', async () => {
  const nonce = await nextNonce()
  await signAs(mine, { privateKey: other.privateKey })
  const error = await refusal(async () => sendOrder(await signOrder(nonce)))
  same([error.status, error.code], [400, 21120], 'refusal')
  const deadline = Math.floor(Date.now() / 1000) + 600
  const forged = await wallet.createAuthToken(deadline)
  const refused = await refusal(() => activeOrders(forged))
  same(refused.code, 20013, 'refusal of its token')
  same(await nextNonce(), nonce, 'nonce afterwards')
})

await step('a key that is not registered is refused with 21109', async () => {
  await signAs(mine, { apiKeyIndex: 77 })
  const error = await refusal(async () => sendOrder(await signOrder(0)))
  same([error.status, error.code], [400, 21109], 'refusal')
})

socket.disconnect()
finish()
