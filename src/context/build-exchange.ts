/**
 * The exchange and the ways to it, from the configuration.
 * @module
 */
import type { LoadedConfig } from '../config/loaded-config.ts'
import type { AccountStream } from '../lighter/account-sockets.ts'
import type { Clock, Exchange, Journal, Logger, Rng, Transport } from '../ports.ts'
import type { EgressPool } from '../proxies/egress-pool.ts'
import { accountRef } from './domain-of-config.ts'

/** What both are built from. */
export interface ExchangeParts {
  readonly config: LoadedConfig
  readonly command: string
  readonly clock: Clock
  readonly rng: Rng
  readonly closers: (() => void)[]
}

/**
 * The venue takes 200 messages a minute of one address, and every stream of every account is one: a command listens
 * only to what it shows. What trades hears orders, fills and positions.
 */
const STREAMS_OF: Readonly<Record<string, readonly AccountStream[]>> = {
  accounts: [],
  check: ['orders'],
  orders: ['orders'],
  status: ['orders', 'positions'],
  watch: ['orders', 'trades', 'positions', 'stats'],
}

/** What may have to close a leg while a proxy is dying. */
const SENDING: ReadonlySet<string> = new Set(['open', 'close', 'watch', 'demo'])

/** Builds the exchange over the pool, and binds the journal to the venue. */
export async function buildExchange(
  parts: ExchangeParts,
  built: { readonly logger: Logger; readonly journal: Journal; readonly pool: EgressPool },
): Promise<Exchange> {
  const { config, clock, rng, closers } = parts
  const { logger, journal, pool } = built
  const { createLighterExchange } = await import('../lighter/create-exchange.ts')
  const exchange = createLighterExchange({
    network: config.network,
    chainId: config.chainId,
    ways: pool,
    hasStandby: config.proxies.canFailover && SENDING.has(parts.command),
    clock,
    rng,
    logger,
    spend: journal,
    streams: STREAMS_OF[parts.command] ?? ['orders', 'trades', 'positions'],
    limits: config.exchange.limits,
    orderExpiryMs: config.riskPolicy.orderExpiryMs,
    accounts: config.accounts.map((account) => ({
      ref: accountRef(account),
      privateKey: account.apiKey,
      ...(account.l1Address === undefined ? {} : { l1Address: account.l1Address }),
    })),
    knownFacts: (accountIndex) => journal.accountFacts(accountIndex),
  })
  closers.push(() => exchange.close())
  journal.bindVenue(await exchange.identity())
  return exchange
}

/** Every proxy of the pool, whether an account uses it or not: it may have to carry one. */
export async function buildEgressPool(parts: ExchangeParts, logger: Logger): Promise<EgressPool> {
  const { config, clock, closers } = parts
  const { createEgressPool } = await import('../proxies/egress-pool.ts')
  const pool = createEgressPool({
    transports: await buildTransports(config, clock),
    pool: config.proxyPool.map(({ name }) => name),
    hasFailover: config.proxies.canFailover,
    clock,
    logger,
  })
  closers.push(() => pool.close())
  return pool
}

async function buildTransports(
  config: LoadedConfig,
  clock: Clock,
): Promise<ReadonlyMap<string, Transport>> {
  const { createHttpTransport } = await import('../proxies/create-http-transport.ts')
  const used = config.accounts.map((account) => account.egress)
  const names = new Set([...config.proxyPool.map(({ name }) => name), ...used])
  return new Map(
    [...names].map((egress) => {
      const proxy = config.proxyPool.find((candidate) => candidate.name === egress)
      const transport = createHttpTransport({
        egress,
        restUrl: config.restUrl,
        wsUrl: config.wsUrl,
        clock,
        connectTimeoutMs: config.proxies.connectTimeoutMs,
        ...(proxy === undefined ? {} : { proxy }),
      })
      return [egress, transport]
    }),
  )
}
