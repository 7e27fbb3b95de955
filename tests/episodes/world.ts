/**
 * A whole world from one seed: the simulated exchange, several machines' worth of hedgebot processes (production
 * engine, lanes, client and journal) over the memory transport, all on one virtual clock.
 */
import { setMaxListeners } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../src/engine/engine-context.ts'
import { createEngine } from '../../src/engine/engine-context.ts'
import type { OpeningAccount, OpeningRequest } from '../../src/engine/prepare-opening.ts'
import { prepareOpening } from '../../src/engine/prepare-opening.ts'
import { openHedges } from '../../src/engine/open-hedges.ts'
import type { CloseOptions } from '../../src/engine/close-hedges.ts'
import { closeHedges } from '../../src/engine/close-hedges.ts'
import { connectAccounts, connectMarket } from '../../src/engine/connect-accounts.ts'
import { recoverHedges, unfinishedHedges } from '../../src/engine/recover-hedges.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import type { Hedge } from '../../src/hedge/ledger.ts'
import type { RiskPolicy } from '../../src/hedge/policy.ts'
import { createJournal } from '../../src/journal/create-journal.ts'
import { createLighterExchange } from '../../src/lighter/create-exchange.ts'
import { noteEgresses } from '../../src/engine/note-egresses.ts'
import { assignEgress } from '../../src/config/assign-egress.ts'
import type {
  Clock,
  EgressMonitor,
  Exchange,
  Journal,
  Logger,
  NewEvent,
  Rng,
  Transport,
} from '../../src/ports.ts'
import { createEgressPool } from '../../src/proxies/egress-pool.ts'
import type { MemoryProxyState } from '../../src/sim/faults/memory-proxy.ts'
import { createMemoryProxyState, throughMemoryProxy } from '../../src/sim/faults/memory-proxy.ts'
import type { FaultPlan } from '../../src/sim/faults/fault-plan.ts'
import type { MemoryTransport } from '../../src/sim/gateway/memory-transport.ts'
import { createMemoryTransport } from '../../src/sim/gateway/memory-transport.ts'
import { createSeededRng } from '../../src/sim/market/seeded-rng.ts'
import type { Stage, StageOptions } from '../../src/sim/stage/stage.ts'
import { createStage } from '../../src/sim/stage/stage.ts'
import type { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { createVirtualClock } from '../../src/sim/virtual-clock.ts'
import { POLICY } from '../hedge/facts-arbitrary.ts'
import type { Suspension } from '../engine/watch/support/suspension.ts'
import { createMortalJournal } from './crash.ts'

export interface WorldOptions {
  readonly seed: number
  readonly accounts?: number
  readonly owners?: number
  readonly faults?: FaultPlan
  readonly policy?: Partial<RiskPolicy>
  readonly stage?: Partial<StageOptions>
  readonly sizeBase?: string
  /** Of single accounts, in their order, instead. */
  readonly sizes?: readonly string[]
  readonly pairing?: OpeningRequest['pairing']
  /** Proxies that the accounts are spread over, each leaving from an address of its own; default 0: direct. */
  readonly proxies?: number
  /** False pins the accounts to their proxies. */
  readonly hasFailover?: boolean
}

/** One hedgebot process: dies without a trace when `kill` is called. */
export interface Bot {
  readonly engine: Engine
  readonly journal: Journal
  readonly exchange: Exchange
  readonly egresses: EgressMonitor
  /** Of all its ways at once. */
  readonly transport: Pick<MemoryTransport, 'cutSockets' | 'setDown'>
  readonly abort: AbortController
  /** Paths of its requests over REST, in order. */
  readonly requests: readonly string[]
  /** What it logged as a warning or an error. */
  readonly complaints: string[]
  /** Kills the process right after its n-th commit from now. */
  dieAfter(commits: number): void
  /** Kills the process now. */
  kill(): void
  isDead(): boolean
  close(): void
}

export interface World {
  readonly clock: VirtualClock
  readonly stage: Stage
  readonly accounts: readonly OpeningAccount[]
  readonly policy: RiskPolicy
  readonly journalFile: string
  /** By name (`proxy_1`); how they are is the same for all processes. */
  readonly proxies: ReadonlyMap<string, MemoryProxyState>
  /**
   * Starts a process. `policy`: what it has otherwise in its configuration; processes share one journal, `journal` names
   * the file of another one, empty when it is new.
   */
  startBot(options?: {
    readonly command?: string
    readonly policy?: Partial<RiskPolicy>
    readonly suspension?: Suspension
    readonly journal?: string
    readonly hears?: BotEars
  }): Bot
  request(change?: Partial<OpeningRequest>): OpeningRequest
  close(): void
}

/** What somebody hears of a process who must not be noticed by it. */
export interface BotEars {
  /** A transaction leaves for the venue, as the bytes that were signed. */
  readonly onSend?: (txInfo: string) => void
  /** An event was noted, before it is committed. */
  readonly onEvent?: (event: NewEvent) => void
}

/** Builds the world; nothing runs until somebody waits on its clock. */
export function createWorld(options: WorldOptions): World {
  const clock = createVirtualClock()
  const rng = createSeededRng(options.seed)
  const stage = createStage({
    clock,
    rng,
    seed: options.seed,
    accounts: options.accounts ?? 2,
    owners: options.owners ?? 1,
    ...(options.faults === undefined ? {} : { faults: options.faults }),
    ...options.stage,
  })
  const folder = mkdtempSync(join(tmpdir(), 'hedgebot-episode-'))
  const policy = { ...POLICY, ...options.policy }
  const accounts = stage.accounts.map((account, at): OpeningAccount => ({
    name: account.name,
    accountIndex: account.accountIndex,
    apiKeyIndex: account.apiKeyIndex,
    side: undefined,
    positionSizeBase: new Dec(options.sizes?.[at] ?? options.sizeBase ?? '0.01'),
    isEnabled: true,
    path: `api_credentials[${at}]`,
    l1Address: account.l1Address,
  }))
  const bots: Bot[] = []
  const proxies = new Map<string, MemoryProxyState>()
  for (let at = 1; at <= (options.proxies ?? 0); at += 1)
    proxies.set(`proxy_${at}`, createMemoryProxyState())
  let started = 0
  return {
    clock,
    stage,
    accounts,
    policy,
    proxies,
    journalFile: join(folder, 'journal.db'),
    startBot(choice = {}) {
      const { command = 'open', policy: change = {}, suspension, journal = 'journal' } = choice
      started += 1
      const number = started
      const file = join(folder, `${journal}.db`)
      const own = { ...policy, ...change }
      const bot = startBot({
        clock,
        rng,
        stage,
        policy: own,
        file,
        command,
        number,
        suspension,
        hears: choice.hears ?? {},
        proxies,
        hasFailover: options.hasFailover ?? true,
      })
      bots.push(bot)
      return bot
    },
    request: (change = {}) => ({
      tradingPair: 'BTC',
      leverage: new Dec(10),
      accounts,
      pairing: options.pairing ?? { kind: 'config_order' },
      selection: { kind: 'all' },
      isFlipped: false,
      isFlippedEachRound: false,
      sizeOverrideBase: undefined,
      connectTimeoutMs: 15_000,
      ...change,
    }),
    close() {
      for (const bot of bots) {
        bot.kill()
        bot.close()
      }
      stage.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface BotOptions {
  readonly clock: Clock
  readonly suspension: Suspension | undefined
  readonly hears: BotEars
  readonly rng: Rng
  readonly stage: Stage
  readonly policy: RiskPolicy
  readonly file: string
  readonly command: string
  readonly number: number
  readonly proxies: ReadonlyMap<string, MemoryProxyState>
  readonly hasFailover: boolean
}

function startBot(options: BotOptions): Bot {
  const { rng, stage, policy, command, number, suspension } = options
  // The wire goes on while the process stands still.
  const clock = suspension?.clock ?? options.clock
  const complaints: string[] = []
  const logger = createListLogger(complaints)
  const requests: string[] = []
  const names = [...options.proxies.keys()]
  const wires = (names.length === 0 ? ['direct'] : names).map((egress, at) =>
    openWire(options, {
      egress,
      remoteAddress: `127.0.0.${names.length === 0 ? 1 : 11 + at}`,
      requests,
    }),
  )
  const pool = createEgressPool({
    transports: new Map(wires.map(({ transport }) => [transport.egress, transport])),
    pool: names,
    hasFailover: options.hasFailover,
    clock,
    logger,
  })
  const egresses = assignEgress({
    chosen: stage.accounts.map(() => undefined),
    pool: names,
    // Partners are neighbours: like this the legs of a hedge leave by different ways.
    assign: 'round_robin',
  })
  const file = createJournal({
    file: options.file,
    clock,
    rng,
    owner: { ownerId: `bot-${number}`, pid: number, command },
    leaseMs: policy.leaseMs,
  })
  const { onEvent } = options.hears
  const mortal = createMortalJournal(listening(file, onEvent), () => bot.close())
  const { journal } = mortal
  const refs = stage.accounts.map(({ name, accountIndex, apiKeyIndex }, at) => ({
    name,
    accountIndex,
    apiKeyIndex,
    egress: egresses[at] ?? 'direct',
  }))
  let isClosed = false
  const isGone = () => isClosed || mortal.isDead()
  const exchange = createLighterExchange({
    network: 'sim',
    chainId: 300,
    ways: pool,
    hasStandby: options.hasFailover,
    clock,
    rng,
    logger,
    // The sockets of a process that ended close late, but nobody is left to count.
    spend: {
      record: (entry) => (isGone() ? undefined : journal.record(entry)),
      spentSince: (bucket, sinceMs) => (isGone() ? 0 : journal.spentSince(bucket, sinceMs)),
    },
    orderExpiryMs: policy.orderExpiryMs,
    accounts: stage.accounts.map((account, at) => ({
      ref: refs[at] ?? { name: '', accountIndex: 0, apiKeyIndex: 0, egress: '' },
      privateKey: { reveal: () => account.revealPrivateKey() },
      l1Address: account.l1Address,
    })),
  })
  const abort = new AbortController()
  setMaxListeners(0, abort.signal)
  const engine = createEngine({
    exchange,
    journal,
    clock,
    logger,
    policy,
    accounts: refs,
    runId: journal.beginRun({ command }).run.runId,
    signal: abort.signal,
    onProgress: ({ level, message }) => {
      if (level !== 'info') complaints.push(message)
    },
  })
  noteEgresses(engine, pool)
  const transport = {
    cutSockets: () => wires.forEach(({ inner }) => inner.cutSockets()),
    setDown: (isDown: boolean) => wires.forEach(({ inner }) => inner.setDown(isDown)),
  }
  const bot: Bot = {
    engine,
    journal,
    exchange,
    egresses: pool,
    transport,
    abort,
    requests,
    complaints,
    dieAfter: mortal.dieAfter,
    kill: mortal.kill,
    isDead: mortal.isDead,
    close() {
      if (isClosed) return
      isClosed = true
      transport.setDown(true)
      exchange.close()
      pool.close()
      file.close()
    },
  }
  return bot
}

/** One way out of a process: the wire, and a proxy in front of it where there is one. */
function openWire(
  { clock, rng, stage, suspension, proxies, hears }: BotOptions,
  way: { readonly egress: string; readonly remoteAddress: string; readonly requests: string[] },
): { readonly transport: Transport; readonly inner: MemoryTransport } {
  const { egress, remoteAddress, requests } = way
  const inner = createMemoryTransport({ gateway: stage.gateway, clock, rng, egress, remoteAddress })
  const wire = suspension?.wrap(inner) ?? inner
  const counted: Transport = {
    ...wire,
    request(request) {
      requests.push(request.path)
      const txInfo = request.form?.['tx_info']
      if (txInfo !== undefined) hears.onSend?.(txInfo)
      return wire.request(request)
    },
    connect(handlers) {
      const socket = wire.connect(handlers)
      return {
        ...socket,
        send(text) {
          const txInfo = SENT.exec(text)?.[1]
          if (txInfo !== undefined) hears.onSend?.(txInfo)
          return socket.send(text)
        },
      }
    },
  }
  const state = proxies.get(egress)
  if (state === undefined) return { transport: counted, inner }
  return {
    transport: throughMemoryProxy(counted, { clock, state, connectTimeoutMs: 5_000 }),
    inner,
  }
}

const SENT = /^\{"type":"jsonapi\/sendtx",.*?"tx_info":(.*)\}\}$/s

/** The journal, with somebody who hears what is noted. */
function listening(journal: Journal, onEvent: BotEars['onEvent']): Journal {
  if (onEvent === undefined) return journal
  return {
    ...journal,
    addEvent(event) {
      onEvent(event)
      journal.addEvent(event)
    },
  }
}

function createListLogger(complaints: string[]): Logger {
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (message, fields) => complaints.push(`${message} ${JSON.stringify(fields ?? {})}`),
    error: (message, fields) => complaints.push(`${message} ${JSON.stringify(fields ?? {})}`),
  }
}

/** What `hedgebot open --all` does, without the terminal. */
export async function openAll(
  world: World,
  bot: Bot,
  change: Partial<OpeningRequest> = {},
): Promise<readonly Hedge[]> {
  await bot.engine.loadMarkets()
  const indexes = new Set(world.accounts.map((account) => account.accountIndex))
  await recoverHedges(bot.engine, unfinishedHedges(bot.engine, indexes), 15_000)
  const prepared = await prepareOpening(bot.engine, world.request(change))
  const errors = prepared.points.filter((point) => point.level === 'error')
  if (errors.length > 0) throw new Error(errors.map((point) => point.message).join('\n'))
  return openHedges(bot.engine, prepared.hedges, prepared.waitsMs)
}

/** What `hedgebot close --all` does, without the terminal. */
export async function closeAll(
  bot: Bot,
  {
    giveUpAfterMs = 120_000,
    ...options
  }: Pick<CloseOptions, 'mayHoldBack'> & { readonly giveUpAfterMs?: number } = {},
): Promise<readonly Hedge[]> {
  const { engine, journal } = bot
  await engine.loadMarkets()
  const live = journal.liveHedges()
  await connectAccounts(
    engine,
    live.flatMap((hedge) => hedge.legs.map((leg) => leg.accountIndex)),
    15_000,
  )
  await Promise.all(
    [...new Set(live.map((hedge) => hedge.marketIndex))].map((market) =>
      connectMarket(engine, market, 15_000),
    ),
  )
  return closeHedges(engine, live, {
    ...options,
    cause: 'user',
    giveUpAtMs: engine.clock.now() + giveUpAfterMs,
  })
}
