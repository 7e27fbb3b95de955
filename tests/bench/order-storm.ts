/**
 * Many small traders on real sockets: each sends what it has signed before, a few messages ahead of the answers, while
 * it follows its own account and the book.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { WebSocket } from 'ws'
import { parse } from 'yaml'
import { CHAIN_ID } from '../../src/lighter/signer/transactions.ts'
import type { SignRequest } from '../../src/lighter/signer/transactions.ts'
import { createSigner, type Signer } from '../../src/lighter/signer/signer.ts'

const BTC_INDEX = 1
/** Messages that wait for their answer, per socket; the venue takes 50. */
const IN_FLIGHT = 8
const TOKEN_SECONDS = 3_600

/** What the exchange's configuration file says of a trader. */
interface Credential {
  readonly api_key: string
  readonly account_index: number
  readonly api_key_index: number
}

interface TraderConfig {
  readonly exchange: { readonly sim_url: string }
  readonly api_credentials: readonly Credential[]
}

/** One trader with everything signed. */
export interface StormTrader {
  readonly accountIndex: number
  readonly socket: WebSocket
  readonly messages: readonly string[]
}

/** What came of a storm. */
export interface StormResult {
  readonly sent: number
  readonly wallMs: number
  /** Refusals, as the exchange wrote them. */
  readonly refusals: readonly string[]
  /** Frames that the sockets got beside the answers. */
  readonly updates: number
}

/** Connects every account of the configuration file and signs `ordersEach` transactions for it. */
export async function prepareStorm(
  configFile: string,
  ordersEach: number,
): Promise<readonly StormTrader[]> {
  const config = parse(await readFile(configFile, 'utf8')) as TraderConfig
  const wsUrl = `${config.exchange.sim_url.replace('http', 'ws')}/stream`
  return Promise.all(
    config.api_credentials.map(async (credential) => {
      const signer = createSigner({
        privateKeyHex: credential.api_key,
        chainId: CHAIN_ID.testnet,
        accountIndex: credential.account_index,
        apiKeyIndex: credential.api_key_index,
        rng: { nextBytes: (length) => randomBytes(length), nextFloat: () => 0 },
      })
      const socket = await follow(wsUrl, signer)
      return {
        accountIndex: credential.account_index,
        socket,
        messages: Array.from({ length: ordersEach }, (_, at) => messageOf(signer, at)),
      }
    }),
  )
}

/** Sends everything and waits for every answer. */
export async function runStorm(traders: readonly StormTrader[]): Promise<StormResult> {
  const startMs = performance.now()
  const results = await Promise.all(traders.map(sendAll))
  return {
    sent: results.reduce((sum, { sent }) => sum + sent, 0),
    wallMs: performance.now() - startMs,
    refusals: results.flatMap(({ refusals }) => refusals),
    updates: results.reduce((sum, { updates }) => sum + updates, 0),
  }
}

/** Hangs up. */
export function endStorm(traders: readonly StormTrader[]): void {
  for (const { socket } of traders) socket.terminate()
}

async function follow(wsUrl: string, { accountIndex, ...signer }: Signer): Promise<WebSocket> {
  // As the program's own sockets: compressing for twenty listeners costs more than the exchange itself.
  const socket = new WebSocket(wsUrl, { perMessageDeflate: false })
  await once(socket, 'open')
  const auth = signer.authToken(Math.floor(Date.now() / 1_000) + TOKEN_SECONDS)
  const channels = [
    `order_book/${BTC_INDEX}`,
    `trade/${BTC_INDEX}`,
    `account_all_orders/${accountIndex}`,
    `account_all_trades/${accountIndex}`,
    `account_all_positions/${accountIndex}`,
    `user_stats/${accountIndex}`,
  ]
  for (const channel of channels) {
    const subscribed = once(socket, 'message')
    socket.send(JSON.stringify({ type: 'subscribe', channel, auth }))
    await subscribed
  }
  return socket
}

/** In turns: buy at market, rest a bid, sell at market, cancel an older bid. After every fourth all is flat. */
function messageOf(signer: Signer, at: number): string {
  const request = requestOf(at)
  const { txType, txInfo } = signer.sign({
    ...request,
    nonce: at,
    expiredAt: Date.now() + 600_000,
  } as SignRequest)
  return `{"type":"jsonapi/sendtx","data":{"id":"${at}","tx_type":${txType},"tx_info":${txInfo}}}`
}

function requestOf(at: number): object {
  // A bid may be cancelled once it rests, which is when its answer and those after it have come.
  const oldBid = at - IN_FLIGHT - 2
  if (at % 4 === 3 && oldBid > 0) {
    return { kind: 'cancelOrder', marketIndex: BTC_INDEX, index: oldBid + 1 }
  }
  const common = {
    kind: 'createOrder',
    marketIndex: BTC_INDEX,
    clientOrderIndex: at + 1,
    reduceOnly: 0,
    triggerPrice: 0,
  }
  if (at % 2 === 1) {
    const orderExpiry = Date.now() + 3_600_000
    const bid = { baseAmount: 100, isAsk: 0, price: 970_000, type: 0, timeInForce: 1, orderExpiry }
    return { ...common, ...bid }
  }
  const isAsk = at % 4 === 2 ? 1 : 0
  const price = isAsk === 1 ? 960_000 : 1_040_000
  return { ...common, baseAmount: 20, isAsk, price, type: 1, timeInForce: 0, orderExpiry: 0 }
}

function sendAll({ socket, messages }: StormTrader): Promise<{
  readonly sent: number
  readonly refusals: readonly string[]
  readonly updates: number
}> {
  const refusals: string[] = []
  let [sent, answered, updates] = [0, 0, 0]
  return new Promise((resolve, reject) => {
    const sendNext = () => {
      const message = messages[sent]
      if (message === undefined) return
      sent += 1
      socket.send(message)
    }
    socket.on('close', () => reject(new Error('the exchange hung up')))
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8')
      // Only answers to a send carry an id.
      if (!text.includes('"id":"')) {
        updates += 1
        return
      }
      if (text.includes('"error"')) refusals.push(text)
      answered += 1
      if (answered === messages.length) resolve({ sent, refusals, updates })
      else sendNext()
    })
    for (let at = 0; at < IN_FLIGHT; at += 1) sendNext()
  })
}
