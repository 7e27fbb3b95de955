/**
 * The unofficial TypeScript SDK as a trader of one account: its client, its reads, its socket, and the last state of
 * orders and positions by that socket. Options used: URL, key, chain id. Its `WsClient.subscribe` has a form of its own
 * that the exchange refuses; the documented frames go through its `send`.
 * @module
 */
import { requirePackage, sleep, until, world } from './scenario.mjs'

export const sdk = requirePackage('@reservoir0x/lighter-ts-sdk')
export const [mine] = world.accounts
/** Of another owner: a master's token reads its sub-accounts too. */
export const other = world.accounts.find(({ l1Address }) => l1Address !== mine.l1Address)
export const ETH = 0
export const BTC = 1
/** 0.001 BTC in ticks. */
export const SIZE = 100
/** Reads may lag behind sockets and sends (PROTOCOL.md section 6: wait 350 ms). */
export const READ_LAG_MS = 500

export const clientOf = (account, overrides = {}) =>
  new sdk.SignerClient({
    url: world.url,
    chainId: world.chainId,
    privateKey: account.privateKey,
    accountIndex: account.accountIndex,
    apiKeyIndex: account.apiKeyIndex,
    logLevel: 4,
    ...overrides,
  })

export const api = new sdk.ApiClient({ host: world.url })
export const orders = new sdk.OrderApi(api)
export const accounts = new sdk.AccountApi(api)
export const transactions = new sdk.TransactionApi(api)
export const client = clientOf(mine)

export const frames = []
export const socket = new sdk.WsClient({
  url: world.wsUrl,
  onMessage: (frame) => frames.push(frame),
})
export const framesOf = (channel) => frames.filter((frame) => frame.channel === channel)
export const lastOf = (channel) => framesOf(channel).at(-1)

let clientOrderIndex = Date.now()
export const nextOrderIndex = () => (clientOrderIndex += 10)
export const positionChannel = `account_all_positions:${mine.accountIndex}`
export const ordersChannel = `account_all_orders:${mine.accountIndex}`
export const statsChannel = `user_stats:${mine.accountIndex}`
export const txChannel = `account_tx:${mine.accountIndex}`

/** Opens the socket with the public channels of BTC and the account's own. */
export async function follow(token) {
  await socket.connect()
  for (const channel of [`order_book/${BTC}`, `market_stats/${BTC}`, `market_stats/${ETH}`])
    socket.send({ type: 'subscribe', channel })
  for (const channel of [positionChannel, ordersChannel, txChannel, statsChannel])
    socket.send({ type: 'subscribe', channel: channel.replace(':', '/'), auth: token })
  await until(() => lastOf(ordersChannel) && lastOf(positionChannel), 'the private snapshots')
  await until(() => lastOf(statsChannel), 'user_stats')
}

/** The last state of an order by its client index, from the orders socket. */
export const orderSeen = (index) =>
  framesOf(ordersChannel)
    .flatMap((frame) => Object.values(frame.orders).flat())
    .findLast((order) => order.client_order_index === index)
export const positionSeen = (market = BTC) =>
  framesOf(positionChannel)
    .map((frame) => frame.positions[market])
    .findLast(Boolean)
export const isFlat = (position) => Number(position?.position ?? 0) === 0
export const ticks = (text, decimals) => Math.round(Number(text) * 10 ** decimals)
export const statusBecomes = (index, status) =>
  until(() => orderSeen(index)?.status === status, `order ${index} to be ${status}`)

/** Mark price in ticks by the socket. */
export async function mark(market = BTC, decimals = 1) {
  const stats = await until(() => lastOf(`market_stats:${market}`), 'market stats')
  return ticks(stats.market_stats.mark_price, decimals)
}

export const gtt = (price, overrides = {}) => ({
  marketIndex: BTC,
  clientOrderIndex: nextOrderIndex(),
  baseAmount: SIZE,
  price,
  isAsk: false,
  orderType: sdk.OrderType.LIMIT,
  timeInForce: sdk.TimeInForce.GOOD_TILL_TIME,
  orderExpiry: -1,
  ...overrides,
})

/** Live orders in BTC as REST has them. */
export async function activeOrders(token) {
  await sleep(READ_LAG_MS)
  return orders.getAccountActiveOrders(mine.accountIndex, BTC, token)
}

/** The account as REST has it. */
export async function readAccount() {
  await sleep(READ_LAG_MS)
  const { accounts: found } = await accounts.getAccount({
    by: 'index',
    value: String(mine.accountIndex),
  })
  return found[0]
}

/** Buys or sells at the market and waits for the end of the order; answers its client index. */
export async function marketOrder(overrides = {}) {
  const index = nextOrderIndex()
  const { isAsk = false } = overrides
  await client.createMarketOrder({
    marketIndex: BTC,
    clientOrderIndex: index,
    baseAmount: SIZE,
    avgExecutionPrice: Math.round((await mark()) * (isAsk ? 0.98 : 1.02)),
    isAsk,
    ...overrides,
  })
  return index
}
