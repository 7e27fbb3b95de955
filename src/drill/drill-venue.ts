/**
 * The exchange of a drill: the user's accounts with keys of their own, behind the user's proxies.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Dec } from '../hedge/decimal.ts'
import { initialMarginFractionOf } from '../hedge/market.ts'
import type { Clock, Rng } from '../ports.ts'
import { startSimServer } from '../sim/server/sim-server.ts'
import type { ConnectProxy } from '../sim/stage/connect-proxy.ts'
import { startConnectProxy } from '../sim/stage/connect-proxy.ts'
import type { MailSink } from '../sim/stage/mail-sink.ts'
import { startMailSink } from '../sim/stage/mail-sink.ts'
import { createStageCast } from '../sim/stage/stage-accounts.ts'
import type { Stage, StageAccount } from '../sim/stage/stage.ts'
import { createStage } from '../sim/stage/stage.ts'
import { configText } from './config-text.ts'
import type { DrillSetup } from './drill-setup.ts'
import { rewriteConfig } from './rewrite-config.ts'

/** What closes, in the order in which it was opened. */
export type Closers = (() => Promise<void> | void)[]

/** An exchange, its proxies and its mail server, running. */
export interface DrillVenue {
  /** Its accounts are the drill's, under the user's names. */
  readonly stage: Stage
  /** By name. */
  readonly proxies: ReadonlyMap<string, ConnectProxy>
  readonly sink: MailSink
  readonly configFile: string
}

export interface DrillVenueOptions {
  readonly setup: DrillSetup
  readonly folder: string
  readonly clock: Clock
  readonly rng: Rng
  readonly closers: Closers
}

/** Marks move this often: a stop is met and not jumped over. */
const TICK_MS = 100
/** Proxies leave from 127.0.0.11, 127.0.0.12 and so on. */
const FIRST_ADDRESS = 11
const LAST_ADDRESS = 250
/** A fresh account owns this much before its real deposit. */
const FIRST_USD = '1'
const MICROS = 1_000_000

/** Starts everything and writes the configuration, readable by its owner only. */
export async function startVenue(options: DrillVenueOptions): Promise<DrillVenue> {
  const { setup, folder, clock, rng, closers } = options
  const empty = createStage({
    clock,
    rng,
    accounts: 1,
    owners: 1,
    noiseBps: 0,
    tickIntervalMs: TICK_MS,
    markets: [setup.market],
  })
  closers.push(() => empty.close())
  const stage = { ...empty, ...castOf(empty, options) }
  const server = await startSimServer({ gateway: stage.gateway })
  closers.push(() => server.close())
  const proxies = await startProxies(options)
  const sink = await startMailSink({ clock })
  closers.push(() => sink.close())
  const configFile = join(folder, 'config.yaml')
  const tree = rewriteConfig(setup.root, {
    accounts: stage.accounts.map((account, at) => ({
      name: account.name,
      apiKey: account.revealPrivateKey(),
      accountIndex: account.accountIndex,
      apiKeyIndex: account.apiKeyIndex,
      l1Address: account.l1Address,
      egress: setup.accounts[at]?.egress ?? 'direct',
    })),
    proxies: [...proxies].map(([name, { login, proxy }]) => ({
      name,
      host: proxy.host,
      port: proxy.port,
      ...login,
    })),
    simUrl: server.url,
    mail: sink,
    stateDir: 'state',
    isChosen: setup.isChosen,
  })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(configFile, `${configText(tree)}\n`, { mode: 0o600, flag: 'wx' })
  return {
    stage,
    proxies: new Map([...proxies].map(([name, { proxy }]) => [name, proxy])),
    sink,
    configFile,
  }
}

async function startProxies({ setup, rng, closers }: DrillVenueOptions) {
  const started = await Promise.all(
    setup.config.proxyPool.map(async ({ name, username }, at) => {
      const password = Buffer.from(rng.nextBytes(9)).toString('hex')
      const login = username === undefined ? {} : { username: 'drill', password }
      const last = FIRST_ADDRESS + (at % (LAST_ADDRESS - FIRST_ADDRESS))
      const proxy = await startConnectProxy({ localAddress: `127.0.0.${last}`, ...login })
      closers.push(() => proxy.close())
      return [name, { proxy, login }] as const
    }),
  )
  return new Map(started)
}

/** The user's accounts, owner by owner, in the order of the configuration. */
function castOf(stage: Stage, { setup, clock, rng }: DrillVenueOptions) {
  const nowMs = Math.trunc(clock.now())
  const casts = groupByOwner(setup).map((members) => ({
    members,
    ...createStageCast({
      core: stage.core,
      rng,
      nowMs,
      accountCount: members.length,
      ownerCount: 1,
      tier: 'standard',
      collateralMicros: BigInt(Number(FIRST_USD) * MICROS),
    }),
  }))
  const byName = new Map<string, StageAccount>()
  for (const { members, accounts } of casts) {
    for (const [at, { name, collateralUsd }] of members.entries()) {
      const account = accounts[at]
      if (account === undefined) continue
      byName.set(name, { ...account, name })
      const micros = collateralUsd.minus(FIRST_USD).times(MICROS).toFixed(0)
      stage.core.deposit(account.accountIndex, BigInt(micros), nowMs)
    }
  }
  const accounts = setup.accounts.flatMap(({ name }) => byName.get(name) ?? [])
  for (const account of accounts) setLeverage(stage, setup, account)
  return { accounts, owners: casts.flatMap(({ owners }) => owners) }
}

function groupByOwner({ accounts }: DrillSetup) {
  const numbers = [...new Set(accounts.map(({ owner }) => owner))]
  return numbers.map((owner) => accounts.filter((account) => account.owner === owner))
}

/** As after an earlier round: then the first order of an account is the one that opens. */
function setLeverage({ core, gateway }: Stage, setup: DrillSetup, account: StageAccount): void {
  core.execute(
    {
      kind: 'updateLeverage',
      accountIndex: account.accountIndex,
      apiKeyIndex: account.apiKeyIndex,
      marketIndex: setup.market.marketIndex,
      initialMarginFraction: initialMarginFractionOf(new Dec(setup.config.leverage)),
      marginMode: setup.config.riskPolicy.marginMode === 'isolated' ? 1 : 0,
      nonce: 0n,
      expiredAt: 0,
    },
    { hash: '', nowMs: Math.trunc(gateway.clock.now()) },
  )
}
