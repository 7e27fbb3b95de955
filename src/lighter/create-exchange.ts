import { HedgebotError, hasCode } from '../errors.ts'
import type {
  AccountLink,
  AccountRef,
  Clock,
  Exchange,
  Logger,
  MarketFeed,
  Rng,
  SpendStore,
  Transport,
  VenueIdentity,
  Ways,
} from '../ports.ts'
import { createAccountLink } from './account-link.ts'
import type { AccountStream } from './account-sockets.ts'
import { createAuthTokens } from './auth-tokens.ts'
import { type Budget, createBudget } from './budget.ts'
import { type ClockOffset, createClockOffset } from './clock-offset.ts'
import { feedWays, firstEgress, standbyWay } from './exchange-ways.ts'
import { createMarketFeed } from './market-feed.ts'
import { readMarkets } from './read-markets.ts'
import type { RequestLimits } from './request-limits.ts'
import { createRestClient, type RestAccount, type RestClient } from './rest-client.ts'
import { createSigner, type Signer } from './signer/signer.ts'
import { createSubscribeGate, type SubscribeGate } from './subscribe-gate.ts'
import { infoAnswerSchema } from './venue-schemas.ts'

/** One account as configured; the key is revealed when its link is first used. */
export interface LighterAccount {
  readonly ref: AccountRef
  readonly privateKey: { reveal(): string }
  readonly l1Address?: string
}

/** What one run of the program gives to the exchange. */
export interface LighterExchangeOptions {
  /** Name of the network, as in the configuration. */
  readonly network: string
  /** What signatures are bound to: 304 mainnet, 300 testnet and simulator (CRYPTO.md section 6). */
  readonly chainId: number
  /** Where accounts and feeds get their ways. */
  readonly ways: Ways
  /** True keeps a second socket of every account ready behind another egress, where there is one. Default false. */
  readonly hasStandby?: boolean
  readonly clock: Clock
  readonly rng: Rng
  readonly logger: Logger
  readonly spend: SpendStore
  readonly accounts: readonly LighterAccount[]
  /** What the venue takes in a minute; default as documented. */
  readonly limits?: RequestLimits
  /** How long a transaction stays valid at the venue. */
  readonly orderExpiryMs: number
  /** What the journal remembers of an account. */
  readonly knownFacts?: (accountIndex: number) => { readonly l1Address: string } | undefined
  /** How long an answer to a send over the socket is waited for; then it is in doubt. Default 1000. */
  readonly answerTimeoutMs?: number
  /** The same for what closes or protects. Default 600. */
  readonly closingAnswerTimeoutMs?: number
  /** The same over REST, connection included. Default 5000. */
  readonly restTimeoutMs?: number
  /** What the links listen to; default all four. */
  readonly streams?: readonly AccountStream[]
}

const ALL_STREAMS: readonly AccountStream[] = ['orders', 'trades', 'positions', 'stats']

const ANSWER_TIMEOUT_MS = 1_000
const CLOSING_ANSWER_TIMEOUT_MS = 600
const REST_TIMEOUT_MS = 5_000

/**
 * Creates the Lighter exchange of one run. Links, feeds and signers are made on first use and shared; `close` ends
 * the sockets, the transports stay the caller's.
 */
export function createLighterExchange(options: LighterExchangeOptions): Exchange {
  const { clock, network, chainId } = options
  const clockOffset = createClockOffset(clock)
  const budget = createBudget({ ...options, accounts: options.accounts.map(withOwner(options)) })
  const room = createRoom(options, clockOffset, budget)
  const links = new Map<string, AccountLink>()
  const feeds = new Map<number, MarketFeed>()
  return {
    network,
    identity: once(() => readIdentity(marketRest(options, room), network, chainId)),
    markets: once(() => readMarkets(marketRest(options, room), options.logger)),
    feed: (marketIndex) =>
      shared(feeds, marketIndex, () =>
        openFeed(options, room, { marketIndex, onClose: () => feeds.delete(marketIndex) }),
      ),
    link: (ref) => shared(links, ref.name, () => openLink(options, room, ref)),
    clockOffsetMs: clockOffset.current,
    unitsSpent: budget.unitsSpent,
    budgets: budget.budgets,
    close() {
      for (const link of links.values()) link.close()
      for (const feed of feeds.values()) feed.close()
    },
  }
}

/** What all parts of one exchange share. */
interface Room {
  readonly clockOffset: ClockOffset
  readonly budget: Budget
  readonly gateOf: (egress: string) => SubscribeGate
  readonly ways: Ways
}

function createRoom(
  options: LighterExchangeOptions,
  clockOffset: ClockOffset,
  budget: Budget,
): Room {
  const gates = new Map<string, SubscribeGate>()
  const { clock, spend, ways } = options
  const gateOf = (egress: string) =>
    shared(gates, egress, () => createSubscribeGate(clock, { spend, egress }))
  return { clockOffset, budget, gateOf, ways }
}

/**
 * Reads that belong to no account: without a token while the egress has room, else with the first account's, where
 * only its owner counts. Nothing can be closed without the list of markets, so they may use the reserve.
 */
function marketRest(
  options: LighterExchangeOptions,
  room: Room,
  transport: Transport = room.ways.way({ home: firstEgress(options) }),
): RestClient {
  const create = (account: RestAccount | undefined) =>
    createRestClient({
      ...room,
      transport,
      clock: options.clock,
      account,
      onAnswer: () => undefined,
    })
  const plain = create(undefined)
  return {
    ...plain,
    read: (read) =>
      plain.read(read).catch((error: unknown) => {
        const [first] = options.accounts
        if (first === undefined || !isLocalLimit(error)) throw error
        const signer = signerOf(options, first)
        const tokens = createAuthTokens({
          clock: options.clock,
          clockOffset: room.clockOffset,
          sign: (at) => signer.authToken(at),
        })
        return create({ name: first.ref.name, tokens }).read(read)
      }),
  }
}

function isLocalLimit(error: unknown): boolean {
  return hasCode(error, 'local_rate_limit')
}

function signerOf(options: LighterExchangeOptions, { ref, privateKey }: LighterAccount): Signer {
  return createSigner({
    privateKeyHex: privateKey.reveal(),
    chainId: options.chainId,
    accountIndex: ref.accountIndex,
    apiKeyIndex: ref.apiKeyIndex,
    rng: options.rng,
  })
}

function openFeed(
  options: LighterExchangeOptions,
  room: Room,
  feed: { readonly marketIndex: number; readonly onClose: () => void },
): MarketFeed {
  const ways = feedWays(options, room.ways, feed.marketIndex)
  return createMarketFeed({
    ...options,
    ...feed,
    clockOffset: room.clockOffset,
    gateOf: room.gateOf,
    ways,
    rests: ways.map((way) => marketRest(options, room, way)),
  })
}

function openLink(options: LighterExchangeOptions, room: Room, wanted: AccountRef): AccountLink {
  const account = accountOf(options, wanted)
  const { ref } = account
  const way = room.ways.way({ home: ref.egress, account: ref.name })
  return createAccountLink({
    ...options,
    ...room,
    ref,
    way,
    standbyWay: standbyWay(options, room.ways, { ref, way }),
    signer: signerOf(options, account),
    answerTimeoutMs: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
    closingAnswerTimeoutMs: options.closingAnswerTimeoutMs ?? CLOSING_ANSWER_TIMEOUT_MS,
    restTimeoutMs: options.restTimeoutMs ?? REST_TIMEOUT_MS,
    streams: options.streams ?? ALL_STREAMS,
  })
}

async function readIdentity(
  rest: RestClient,
  network: string,
  chainId: number,
): Promise<VenueIdentity> {
  const info = await rest.read({ path: '/info', schema: infoAnswerSchema, priority: 'close' })
  return { network, chainId, contractAddress: info.contract_address }
}

function withOwner(options: LighterExchangeOptions) {
  return ({ ref, l1Address }: LighterAccount) => ({
    ref,
    l1Address: l1Address ?? options.knownFacts?.(ref.accountIndex)?.l1Address,
  })
}

function accountOf(options: LighterExchangeOptions, ref: AccountRef): LighterAccount {
  const found = options.accounts.find(
    (account) =>
      account.ref.name === ref.name &&
      account.ref.accountIndex === ref.accountIndex &&
      account.ref.apiKeyIndex === ref.apiKeyIndex,
  )
  if (found !== undefined) return found
  throw new HedgebotError('config', `account "${ref.name}" (${ref.accountIndex}) has no key here`, {
    code: 'account_unknown',
    hint: 'Add it to api_credentials, with account_index, api_key_index and private_key.',
  })
}

function shared<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const existing = map.get(key)
  if (existing !== undefined) return existing
  const created = create()
  map.set(key, created)
  return created
}

/** One answer for all callers; a failure is not kept. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= work().catch((error: unknown) => {
      running = undefined
      throw error
    })
    return running
  }
}
