/**
 * An opening to an end with the unofficial TypeScript SDK: markets, token, sockets, a position, a resting order, a stop,
 * a batch, and what is refused.
 * @module
 */
import {
  accounts,
  activeOrders,
  api,
  BTC,
  client,
  clientOf,
  ETH,
  follow,
  frames,
  framesOf,
  gtt,
  isFlat,
  mark,
  mine,
  READ_LAG_MS,
  nextOrderIndex,
  orderSeen,
  orders,
  other,
  positionSeen,
  readAccount,
  SIZE,
  sdk,
  socket,
  statusBecomes,
  ticks,
  transactions,
  txChannel,
} from './reservoir0x-trader.mjs'
import { claim, finish, refusal, same, sleep, step, until } from './scenario.mjs'

const DECIMALS = { ETH: [4, 2], BTC: [5, 1], SOL: [3, 3] }
const TX = sdk.TransactionType
const restingPrice = async () => Math.round((await mark()) * 0.97)

await step('markets load with the right decimals', async () => {
  const { order_books: books } = await orders.getOrderBooks()
  for (const [symbol, [size, price]] of Object.entries(DECIMALS)) {
    const book = books.find((one) => one.symbol === symbol)
    same([book?.supported_size_decimals, book?.supported_price_decimals], [size, price], symbol)
  }
  const helper = new sdk.MarketHelper(ETH, orders)
  await helper.initialize()
  same([helper.amountToUnits(0.1), helper.priceToUnits(2000.5)], [1000, 200_050], 'ETH in ticks')
  const { order_book_details: details } = await orders.getOrderBookDetailsRaw(BTC)
  for (const key of ['last_trade_price', 'open_interest', 'daily_price_high', 'quote_multiplier'])
    same(typeof details[0][key], 'number', `type of ${key}`)
  return { detail: `${books.length} markets` }
})

await step('the account is found by index and by address', async () => {
  const found = await readAccount()
  const { sub_accounts: subs } = await accounts.getAccountsByL1Address(mine.l1Address)
  claim(
    subs.some(({ index }) => index === mine.accountIndex),
    'not listed under its address',
  )
  claim(Number(found.collateral) > 0, 'no collateral')
  return { detail: `collateral ${found.collateral}` }
})

await step('the Go signer starts', async () => {
  await client.initialize()
  await client.ensureWasmClient()
})

const token = await step('a token of the client reads private orders', async () => {
  const value = await client.createAuthTokenWithExpiry(3600)
  same(await orders.getAccountActiveOrders(mine.accountIndex, BTC, value), [], 'active orders')
  const limits = await api.get('/api/v1/accountLimits', {
    account_index: mine.accountIndex,
    auth: value,
  })
  same(limits.data.user_tier, 'standard', 'tier')
  return { value }
})

await step('a token of another account, a broken one and none are refused', async () => {
  const read = (auth) => orders.getAccountActiveOrders(other.accountIndex, BTC, auth)
  const missing = await refusal(() => read())
  same([missing.status, missing.code], [400, 20001], 'without a token')
  const foreign = await refusal(() => read(token))
  const last = token.at(-1) === '0' ? '1' : '0'
  const broken = await refusal(() =>
    orders.getAccountActiveOrders(mine.accountIndex, BTC, token.slice(0, -1) + last),
  )
  same(broken.code, 20013, 'code of a broken token')
  return { detail: `none ${missing.code}, another's ${foreign.code}, broken ${broken.code}` }
})

await step('sockets: the book, public and private channels', async () => {
  await follow(token)
  same(frames[0].type, 'connected', 'the first frame')
})

await step('the order book follows without a gap', async () => {
  await until(() => framesOf(`order_book:${BTC}`).length > 10, 'ten updates')
  const books = framesOf(`order_book:${BTC}`).map((frame) => frame.order_book)
  same(books[0].begin_nonce, 0, 'begin_nonce of the snapshot')
  for (const [index, book] of books.entries())
    if (index > 0) same(book.begin_nonce, books[index - 1].nonce, `begin_nonce of update ${index}`)
  return { detail: `${books.length} frames` }
})

await step('its own subscribe form and a private channel without a token are refused', async () => {
  const before = frames.length
  socket.subscribe({ channel: `height` })
  socket.send({ type: 'subscribe', channel: `account_tx/${other.accountIndex}` })
  const codes = () =>
    frames
      .slice(before)
      .map((frame) => frame.error?.code)
      .filter(Boolean)
  await until(() => codes().length >= 2, 'two refusals')
  same(codes(), [30001, 20001], 'codes')
})

await step('leverage is set', async () => {
  const [, hash, error] = await client.updateLeverage(BTC, 0, 10)
  same(error, null, 'error')
  await until(() => positionSeen()?.initial_margin_fraction === '10.00', '10.00 % on the socket')
  return { detail: hash.slice(0, 12) }
})

await step('a market order opens a position', async () => {
  const price = Math.round((await mark()) * 1.02)
  const index = nextOrderIndex()
  const order = { marketIndex: BTC, clientOrderIndex: index, baseAmount: SIZE, isAsk: false }
  const [, hash] = await client.createMarketOrder({ ...order, avgExecutionPrice: price })
  same(hash.length, 80, 'length of the hash')
  const seen = await until(
    () => !isFlat(positionSeen()) && positionSeen(),
    'the position on the socket',
  )
  same([seen.sign, ticks(seen.position, 5)], [1, SIZE], 'position on the socket')
  same((await until(() => orderSeen(index), 'the order on the socket')).status, 'filled', 'order')
  const executed = await client.waitForTransaction(hash, 10_000, 300)
  claim([2, 3].includes(executed.status), `status ${executed.status}`)
  claim(
    framesOf(txChannel).some(({ txs }) => txs.some((tx) => tx.hash === hash)),
    'not on account_tx',
  )
  const found = await readAccount()
  const read = found.positions.find((one) => one.market_id === BTC)
  same([read.sign, read.position, read.symbol], [1, seen.position, 'BTC'], 'position over REST')
  return { detail: `${read.position} at ${read.avg_entry_price}, tx status ${executed.status}` }
})

await step('a resting order is placed, changed and cancelled', async () => {
  const params = gtt(await restingPrice())
  const [, , refused] = await client.createOrder(params)
  same(refused, null, 'error')
  await statusBecomes(params.clientOrderIndex, 'open')
  const [active] = await activeOrders(token)
  same(
    [active.client_order_index, active.base_price],
    [params.clientOrderIndex, params.price],
    'order',
  )
  same(
    [active.type, active.time_in_force, active.is_ask],
    ['limit', 'good-till-time', false],
    'kind',
  )
  const { nonce } = await client.getNextNonce()
  const signed = globalThis.SignModifyOrder(
    BTC,
    active.order_index,
    SIZE * 2,
    params.price - 10,
    0,
    nonce,
    mine.apiKeyIndex,
    mine.accountIndex,
  )
  const { tx_hash: hash } = await transactions.sendTx(TX.MODIFY_ORDER, signed.txInfo)
  same(hash, signed.txHash, "hash against the signer's own")
  await until(
    () => orderSeen(params.clientOrderIndex)?.base_price === params.price - 10,
    'the change',
  )
  same(orderSeen(params.clientOrderIndex).base_size, SIZE * 2, 'size after the change')
  const [, , error] = await client.cancelOrder({
    marketIndex: BTC,
    orderIndex: params.clientOrderIndex,
  })
  same(error, null, 'error')
  await statusBecomes(params.clientOrderIndex, 'canceled')
  same(await activeOrders(token), [], 'active orders afterwards')
})

await step('a stop order waits for its trigger and is cancelled', async () => {
  const trigger = Math.round((await mark()) * 0.9)
  const params = gtt(Math.round(trigger * 0.97), {
    isAsk: true,
    orderType: sdk.OrderType.STOP_LOSS,
    timeInForce: sdk.TimeInForce.IMMEDIATE_OR_CANCEL,
    triggerPrice: trigger,
    reduceOnly: true,
  })
  same((await client.createOrder(params))[2], null, 'error')
  await statusBecomes(params.clientOrderIndex, 'pending')
  const [stop] = await activeOrders(token)
  same(
    [stop.type, stop.status, stop.trigger_status],
    ['stop-loss', 'pending', 'mark-price'],
    'the stop',
  )
  same([ticks(stop.trigger_price, 1), stop.reduce_only], [trigger, true], 'its trigger')
  const [, , error] = await client.cancelOrder({ marketIndex: BTC, orderIndex: stop.order_index })
  same(error, null, 'error')
  await statusBecomes(params.clientOrderIndex, 'canceled')
})

await step('cancel-all ends every order', async () => {
  const params = [gtt(await restingPrice()), gtt((await restingPrice()) - 50)]
  for (const one of params) same((await client.createOrder(one))[2], null, 'error')
  for (const one of params) await statusBecomes(one.clientOrderIndex, 'open')
  const [, answer, error] = await client.cancelAllOrders(0, 0)
  same([answer?.code, error], [200, null], 'answer')
  for (const one of params) await statusBecomes(one.clientOrderIndex, 'canceled')
})

await step('a batch adds to the position and sets both its stops', async () => {
  const now = await mark()
  const index = nextOrderIndex()
  const result = await client.createUnifiedOrder({
    marketIndex: BTC,
    clientOrderIndex: index,
    baseAmount: SIZE,
    isAsk: false,
    orderType: sdk.OrderType.MARKET,
    avgExecutionPrice: Math.round(now * 1.02),
    stopLoss: { triggerPrice: Math.round(now * 0.9), price: Math.round(now * 0.88) },
    takeProfit: { triggerPrice: Math.round(now * 1.1), price: Math.round(now * 1.08) },
  })
  claim(result.success, result.message)
  same(result.batchResult.hashes.length, 3, 'hashes')
  await statusBecomes(index + 1, 'pending')
  await statusBecomes(index + 2, 'pending')
  await until(() => ticks(positionSeen().position, 5) === 2 * SIZE, 'twice the position')
})

await step(
  'a reduce-only order closes the position; stops with a size of their own stay',
  async () => {
    const price = Math.round((await mark()) * 0.98)
    const order = {
      marketIndex: BTC,
      clientOrderIndex: nextOrderIndex(),
      baseAmount: 3 * SIZE,
      isAsk: true,
    }
    await client.createMarketOrder({ ...order, avgExecutionPrice: price, reduceOnly: true })
    await until(() => isFlat(positionSeen()), 'no position on the socket')
    const found = await readAccount()
    claim(found.positions.every(isFlat), 'a position over REST')
    const left = await activeOrders(token)
    same(left.map((one) => one.type).sort(), ['stop-loss', 'take-profit'], 'what stayed')
    same((await client.cancelAllOrders(0, 0))[2], null, 'error')
  },
)

/** The signer keeps one key per (key index, account): what it signs for from here on is set anew each time. */
const signOrder = (nonce, apiKeyIndex = mine.apiKeyIndex) => {
  const limitOrder = [SIZE, 500_000, 0, 0, 1, 0, 0, Date.now() + 86_400_000]
  return globalThis.SignCreateOrder(
    BTC,
    nextOrderIndex(),
    ...limitOrder,
    nonce,
    apiKeyIndex,
    mine.accountIndex,
  ).txInfo
}
const sendOrder = (txInfo) => transactions.sendTx(TX.CREATE_ORDER, txInfo)
const nextNonce = async () => {
  await sleep(READ_LAG_MS)
  return (await transactions.getNextNonce(mine.accountIndex, mine.apiKeyIndex)).nonce
}

await step('a wrong nonce is refused with 21104', async () => {
  const nonce = await nextNonce()
  for (const wrong of [nonce - 1, nonce + 1]) {
    const error = await refusal(() => sendOrder(signOrder(wrong)))
    same([error.status, error.code], [400, 21104], `refusal of ${wrong - nonce}`)
  }
  same(await nextNonce(), nonce, 'nonce afterwards')
})

await step('a wrong signature and a wrong chain are refused with 21120', async () => {
  const nonce = await nextNonce()
  await clientOf(other, { accountIndex: mine.accountIndex }).ensureWasmClient()
  const wrongKey = await refusal(() => sendOrder(signOrder(nonce)))
  same([wrongKey.status, wrongKey.code], [400, 21120], 'refusal of another key')
  const deadline = Math.floor(Date.now() / 1000) + 600
  const { authToken } = globalThis.CreateAuthToken(deadline, mine.apiKeyIndex, mine.accountIndex)
  const forged = await refusal(() =>
    orders.getAccountActiveOrders(mine.accountIndex, BTC, authToken),
  )
  same(forged.code, 20013, 'refusal of its token')
  await clientOf(mine, { chainId: 304 }).ensureWasmClient()
  const wrongChain = await refusal(() => sendOrder(signOrder(nonce)))
  same([wrongChain.status, wrongChain.code], [400, 21120], 'refusal of another chain')
  same(await nextNonce(), nonce, 'nonce afterwards')
})

await step('a key that is not registered is refused with 21109', async () => {
  const apiKeyIndex = 77
  await clientOf(mine, { apiKeyIndex }).ensureWasmClient()
  const error = await refusal(async () => sendOrder(signOrder(0, apiKeyIndex)))
  same([error.status, error.code], [400, 21109], 'refusal')
})

await step('the limit of sixty requests a minute is felt', async () => {
  const error = await refusal(async () => {
    for (let sent = 0; sent < 80; sent += 1) await accounts.getApiKeys(mine.accountIndex, 255)
  })
  same([error.status, error.code], [429, 23000], 'refusal')
})

socket.disconnect()
finish()
