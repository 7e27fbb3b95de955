/**
 * Good answers and frames, as the simulator really gives them: a hedge is opened and closed, and every read that there is
 * is made while it is open.
 * @module
 */
import type {
  AccountLink,
  Transport,
  VenueRequest,
  VenueSocketHandlers,
} from '../../../src/ports.ts'
import type { Bot } from '../../episodes/world.ts'
import { closeAll, createWorld, openAll } from '../../episodes/world.ts'

/** One answer over REST. */
export interface RestSample {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly status: number
  readonly body: string
}

/** What was heard, and of whom. */
export interface Samples {
  readonly accountIndex: number
  readonly otherAccountIndex: number
  readonly apiKeyIndex: number
  readonly marketIndex: number
  readonly answers: readonly RestSample[]
  /** Of the account's own socket and the market's, in order. */
  readonly frames: readonly string[]
  /** A transaction of the account that the venue knows. */
  readonly txHash: string
}

const BTC = 1
const SEED = 20_261_101

let recorded: Promise<Samples> | undefined

/** Records once in a process. */
export function recordedSamples(): Promise<Samples> {
  recorded ??= record()
  return recorded
}

async function record(): Promise<Samples> {
  const world = createWorld({ seed: SEED })
  const answers: RestSample[] = []
  const frames: string[] = []
  const listen = {
    clock: world.clock,
    wrap: recordingWrap({ answers, frames }),
    suspend() {},
    resume() {},
  }
  try {
    const bot = world.startBot({ suspension: listen })
    const [first, second] = world.accounts
    if (first === undefined || second === undefined) throw new Error('two accounts are needed')
    await world.clock.runUntil(openAll(world, bot), 60_000)
    const order = bot.journal
      .ordersOfHedge('h1')
      .find((one) => one.accountIndex === first.accountIndex)
    const txHash = order?.txHash ?? ''
    await world.clock.runUntil(
      readAll(bot, { accounts: [first.accountIndex, second.accountIndex], txHash }),
      120_000,
    )
    bot.close()
    const closer = world.startBot({ command: 'close', suspension: listen })
    await world.clock.runUntil(closeAll(closer), 60_000)
    return {
      accountIndex: first.accountIndex,
      otherAccountIndex: second.accountIndex,
      apiKeyIndex: first.apiKeyIndex,
      marketIndex: BTC,
      answers,
      frames: [...new Set(frames)],
      txHash,
    }
  } finally {
    world.close()
  }
}

/** Every read of every account that is there. */
async function readAll(
  bot: Bot,
  own: { readonly accounts: readonly number[]; readonly txHash: string },
): Promise<void> {
  for (const accountIndex of own.accounts) {
    const link: AccountLink = bot.engine.link(accountIndex)
    await link.readNextNonce('close')
    await link.readAccount('close')
    await link.readOrders(BTC, 'close')
    await link.readFills(BTC, 0, 'close')
    await link.readRegisteredKey('close')
    await link.readTier('close')
  }
  const [first = 0] = own.accounts
  await bot.engine.link(first).readTransaction(own.txHash, 'close')
  await bot.exchange.identity()
  await bot.exchange.feed(BTC).readMark('close')
}

function recordingWrap({ answers, frames }: { answers: RestSample[]; frames: string[] }) {
  return <T extends Transport>(transport: T): T => ({
    ...transport,
    async request(request: VenueRequest) {
      const response = await transport.request(request)
      const { path, query = {} } = request
      answers.push({ path, query, status: response.status, body: response.body })
      return response
    },
    connect: (handlers: VenueSocketHandlers) =>
      transport.connect({
        ...handlers,
        onMessage(text) {
          frames.push(text)
          handlers.onMessage(text)
        },
      }),
  })
}
