/**
 * The same SDK on rarer ground: what a worst price, a passed trigger, a tied pair of stops, a dead-man's switch and
 * isolated margin do on the exchange (PROTOCOL.md sections 5.5, 5.6 and 11.2).
 * @module
 */
import {
  activeOrders,
  BTC,
  client,
  ETH,
  follow,
  gtt,
  isFlat,
  mark,
  marketOrder,
  mine,
  READ_LAG_MS,
  nextOrderIndex,
  orderSeen,
  positionSeen,
  readAccount,
  SIZE,
  sdk,
  socket,
  statusBecomes,
  transactions,
} from './reservoir0x-trader.mjs'
import { claim, finish, refusal, same, sleep, step, until } from './scenario.mjs'

const TX_GROUPED = 28
const TX_MARGIN = 29
const DAY_MS = 86_400_000
const STOP = {
  isAsk: true,
  baseAmount: 0,
  reduceOnly: true,
  timeInForce: sdk.TimeInForce.IMMEDIATE_OR_CANCEL,
}
const isOver = (index) => orderSeen(index)?.status.startsWith('canceled') && orderSeen(index).status
const send = async (type, { txInfo, txHash, error }) => {
  same(error, undefined, 'error of the signer')
  same((await transactions.sendTx(type, txInfo)).tx_hash, txHash, "hash against the signer's own")
}
const nextNonce = async () => (await client.getNextNonce()).nonce

await client.initialize()
await client.ensureWasmClient()
const token = await client.createAuthTokenWithExpiry(3600)
await follow(token)

await step('accepted is not filled: a worst price out of reach ends the order', async () => {
  const price = Math.round((await mark()) * 0.99)
  const index = await marketOrder({ avgExecutionPrice: price })
  const status = await until(() => isOver(index), 'the end of the order')
  claim(isFlat(positionSeen()), 'a position')
  same(orderSeen(index).filled_base_amount, '0.00000', 'filled')
  return { detail: status }
})

await step(
  'a stop whose trigger has passed fires at once and takes the whole position',
  async () => {
    await statusBecomes(await marketOrder(), 'filled')
    const now = await mark()
    const params = gtt(Math.round(now * 0.99), {
      ...STOP,
      orderType: sdk.OrderType.STOP_LOSS,
      triggerPrice: Math.round(now * 1.02),
    })
    same((await client.createOrder(params))[2], null, 'error')
    await statusBecomes(params.clientOrderIndex, 'filled')
    await until(() => isFlat(positionSeen()), 'no position')
    const { type, trigger_status: trigger } = orderSeen(params.clientOrderIndex)
    return { detail: `${type}, ${trigger}` }
  },
)

await step('a pair of tied stops waits, and dies with the position', async () => {
  await statusBecomes(await marketOrder(), 'filled')
  const now = await mark()
  const common = {
    MarketIndex: BTC,
    ClientOrderIndex: 0,
    BaseAmount: 0,
    IsAsk: 1,
    TimeInForce: 0,
    ReduceOnly: 1,
    OrderExpiry: Date.now() + DAY_MS,
  }
  const leg = (Type, part) => ({
    ...common,
    Type,
    TriggerPrice: Math.round(now * part),
    Price: Math.round(now * part * 0.97),
  })
  const nonce = await nextNonce()
  const pair = [leg(2, 0.9), leg(4, 1.1)]
  const signed = globalThis.SignCreateGroupedOrders(
    2,
    pair,
    nonce,
    mine.apiKeyIndex,
    mine.accountIndex,
  )
  await send(TX_GROUPED, signed)
  const active = await until(async () => {
    const found = await activeOrders(token)
    return found.length === 2 && found
  }, 'two stops')
  same(active.map((one) => one.type).sort(), ['stop-loss', 'take-profit'], 'kinds')
  same(active[0].to_cancel_order_id_0, active[1].order_id, 'the one that the other cancels')
  await statusBecomes(await marketOrder({ isAsk: true, reduceOnly: true }), 'filled')
  await until(() => isFlat(positionSeen()), 'no position')
  same(await activeOrders(token), [], 'stops left')
})

await step("a dead-man's switch is armed and disarmed", async () => {
  const due = Date.now() + 600_000
  same((await client.cancelAllOrders(1, due))[2], null, 'error')
  await until(async () => {
    return (await readAccount()).cancel_all_time === due
  }, 'cancel_all_time')
  same((await client.cancelAllOrders(2, 0))[2], null, 'error')
  await until(async () => {
    return (await readAccount()).cancel_all_time === 0
  }, 'no cancel_all_time')
})

await step(
  'TWAP, which the simulator has not, is refused in words and the nonce kept',
  async () => {
    const read = async () =>
      (await transactions.getNextNonce(mine.accountIndex, mine.apiKeyIndex)).nonce
    await sleep(READ_LAG_MS)
    const nonce = await read()
    const words = [10 * SIZE, (await mark()) + 500, 0, sdk.OrderType.TWAP, 1, 0, 0]
    const signed = globalThis.SignCreateOrder(
      BTC,
      nextOrderIndex(),
      ...words,
      Date.now() + 600_000,
      nonce,
      mine.apiKeyIndex,
      mine.accountIndex,
    )
    const error = await refusal(() => send(sdk.TransactionType.CREATE_ORDER, signed))
    claim(error.status === 400 && error.code > 0, `status ${error.status}, code ${error.code}`)
    same(await read(), nonce, 'nonce afterwards')
    return { detail: `${error.code} ${error.message}` }
  },
)

await step('isolated margin: set, opened, topped up, given back', async () => {
  same((await client.updateLeverage(ETH, 1, 5))[2], null, 'error')
  const price = Math.round((await mark(ETH, 2)) * 1.02)
  await client.createMarketOrder({
    marketIndex: ETH,
    clientOrderIndex: nextOrderIndex(),
    baseAmount: 500,
    avgExecutionPrice: price,
    isAsk: false,
  })
  const opened = await until(() => !isFlat(positionSeen(ETH)) && positionSeen(ETH), 'a position')
  same([opened.margin_mode, opened.initial_margin_fraction], [1, '20.00'], 'margin')
  const before = Number(opened.allocated_margin)
  claim(before > 0, 'no allocated margin')
  const nonce = await nextNonce()
  const signed = globalThis.SignUpdateMargin(
    ETH,
    5_000_000,
    1,
    nonce,
    mine.apiKeyIndex,
    mine.accountIndex,
  )
  await send(TX_MARGIN, signed)
  await until(() => Number(positionSeen(ETH).allocated_margin) === before + 5, 'five more')
  await client.createMarketOrder({
    marketIndex: ETH,
    clientOrderIndex: nextOrderIndex(),
    baseAmount: 500,
    avgExecutionPrice: Math.round(price * 0.96),
    isAsk: true,
    reduceOnly: true,
  })
  await until(() => isFlat(positionSeen(ETH)), 'no position')
  same(Number(positionSeen(ETH).allocated_margin), 0, 'allocated margin afterwards')
})

socket.disconnect()
finish()
