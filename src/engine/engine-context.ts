/**
 * What the loop and its users work with: the ports, the owner's policy, and the short memory of this process.
 * @module
 */
import type { LedgerOrder } from '../hedge/ledger.ts'
import type { MarketInfo } from '../hedge/market.ts'
import type { RiskPolicy } from '../hedge/policy.ts'
import { HedgebotError } from '../errors.ts'
import type {
  AccountLink,
  AccountRef,
  Clock,
  EventLevel,
  Exchange,
  Journal,
  Logger,
  MarketFeed,
} from '../ports.ts'
import type { BookClaim, HeldBack } from './closing-book.ts'
import type { AfterCommit } from './commit-then-send.ts'
import { say } from './commit-then-send.ts'
import type { Pulse } from './pulse.ts'
import type { StopsMemory } from './resting-stops.ts'
import { retryRead } from './retry-read.ts'
import { logNote } from './trade-log.ts'
import type { Waker } from './waker.ts'
import { createWaker } from './waker.ts'

/** What the person sees while it works. */
export interface Progress {
  readonly message: string
  readonly hedgeId?: string | undefined
  readonly level: EventLevel
  /** Of an entry in the journal: its kind, snake_case, and whom it is about. */
  readonly kind?: string | undefined
  readonly account?: string | undefined
}

/** What is noted: for the journal, the log and the person. */
export interface NotedEvent {
  readonly level: EventLevel
  readonly kind: string
  readonly message: string
  readonly hedgeId?: string | undefined
  readonly account?: string | undefined
}

export interface EngineOptions {
  readonly exchange: Exchange
  readonly journal: Journal
  readonly clock: Clock
  readonly logger: Logger
  readonly policy: RiskPolicy
  readonly accounts: readonly AccountRef[]
  readonly runId: string
  readonly onProgress?: (progress: Progress) => void
  /** Hears of what the journal could not take. */
  readonly onUnrecorded?: (event: NotedEvent) => void
  /** Aborted by Ctrl-C, SIGTERM or `--timeout`: openings stop, what is lopsided is brought back. */
  readonly signal?: AbortSignal
}

/** Why an adding order did not fill, remembered while this process lives. */
export interface Refusal {
  readonly code: string
  readonly canHeal: boolean
}

/** What need not outlive the process: what is on its way, and when we last asked. */
export interface EngineMemory {
  readonly inFlight: Set<number>
  readonly lastSentAtMs: Map<number, number>
  readonly orderReads: Map<number, { count: number; lastAtMs: number }>
  readonly accountReadAtMs: Map<number, number>
  /** Since when position rows lack a known fill, by account and market. */
  readonly unsettledSinceMs: Map<string, number>
  /** Reads of an account in a row that did not yet make its position known. */
  readonly accountReads: Map<number, number>
  /** Orders whose nonce is used without proof by which: no stream told, so they are read at once. */
  readonly readsDue: Set<number>
  /** Hedges that cannot be opened, and why: nothing that trying again would mend. */
  readonly blocked: Map<string, Refusal>
  readonly refusals: Map<number, Refusal>
  /** Reads under way, so that none runs twice at once. */
  readonly busyReads: Set<string>
  /** Positions whose zero was confirmed by a read, by account and market. */
  readonly confirmedFlat: Set<string>
  /** Closings that a thin book holds back, by hedge. */
  readonly heldBack: Map<string, HeldBack>
  /** Closing orders that the levels of the book may not show yet. */
  readonly bookClaims: BookClaim[]
  /** Grows with every fill that this process records, by hedge. */
  readonly fillRevisions: Map<string, number>
  /** Hedges that an opening, a closing or a recovery of this process drives: a watch beside it leaves them alone. */
  readonly driven: Set<string>
  /** Where a long-lived process notices that it stood still. */
  pulse: Pulse | undefined
  /** What waits for the commit of the turn that runs; undefined between turns. */
  afterCommit: AfterCommit | undefined
  /** What is said at the end of work that is made of several turns; undefined between such works. */
  heldWords: (() => void)[] | undefined
  /** Stops on the exchange, by open hedge. */
  readonly stops: Map<string, StopsMemory>
  /** The venue's index of the order that a cancellation names, by the cancellation. */
  readonly cancelTargets: Map<number, string>
}

export interface Engine extends Required<
  Omit<EngineOptions, 'onProgress' | 'onUnrecorded' | 'signal' | 'accounts'>
> {
  readonly memory: EngineMemory
  readonly waker: Waker
  readonly signal: AbortSignal | undefined
  accountByIndex(accountIndex: number): AccountRef | undefined
  accounts(): readonly AccountRef[]
  /** @throws HedgebotError kind `config` when the account left the configuration. */
  link(accountIndex: number): AccountLink
  market(marketIndex: number): MarketInfo
  feed(marketIndex: number): MarketFeed
  loadMarkets(): Promise<readonly MarketInfo[]>
  /** What `loadMarkets` has loaded. */
  knownMarkets(): readonly MarketInfo[]
  /** When a transaction is dead for the venue, on our clock: \`ExpiredAt\` is on the venue's. */
  expiryMs(order: Pick<LedgerOrder, 'expiresAtMs'>): number
  /** How far the venue's clock is ahead of ours as far as it is known, milliseconds; 0 while it is not. */
  venueAheadMs(): number
  /** How long ago the person or the time limit interrupted, whatever the wall clock says; undefined while not. */
  abortedForMs(): number | undefined
  /** Ends openings for the rest of this run (fatal failure, foreign nonce). */
  stopOpening(cause: string): void
  isOpeningStopped(): boolean
  openingStoppedBy(): string | undefined
  report(progress: Progress): void
  /** One entry in the journal, and a line for the person when it matters. */
  note(event: NotedEvent): void
  /** The journal could not take it. */
  unrecorded(event: NotedEvent): void
}

/** Builds the engine over its ports; opens nothing. */
export function createEngine(options: EngineOptions): Engine {
  const { exchange, journal, clock, logger, policy, runId, signal } = options
  const waker = createWaker(clock)
  const refs = new Map(options.accounts.map((ref) => [ref.accountIndex, ref]))
  let markets: ReadonlyMap<number, MarketInfo> = new Map()
  let stoppedBy: string | undefined
  const report = (progress: Progress) => options.onProgress?.(progress)
  const abortedForMs = watchAbort(signal, clock, waker)
  const engine: Engine = {
    exchange,
    journal,
    clock,
    logger,
    policy,
    runId,
    signal,
    waker,
    memory: createMemory(),
    accountByIndex: (accountIndex) => refs.get(accountIndex),
    accounts: () => options.accounts,
    link: (accountIndex) => exchange.link(requireAccount(refs, accountIndex)),
    market: (marketIndex) => requireMarket(markets, marketIndex),
    feed: (marketIndex) => exchange.feed(marketIndex),
    knownMarkets: () => [...markets.values()],
    async loadMarkets() {
      const list = await retryRead(engine, () => exchange.markets())
      markets = new Map(list.map((market) => [market.marketIndex, market]))
      return list
    },
    expiryMs: (order) => order.expiresAtMs - venueAheadMs(exchange),
    venueAheadMs: () => venueAheadMs(exchange),
    abortedForMs,
    stopOpening(cause) {
      stoppedBy ??= cause
      waker.wake()
    },
    isOpeningStopped: () =>
      stoppedBy !== undefined || signal?.aborted === true || journal.pausedSince() !== undefined,
    openingStoppedBy: () => stoppedBy,
    report,
    note: (event) => note(engine, event),
    unrecorded: (event) => options.onUnrecorded?.(event),
  }
  return engine
}

function venueAheadMs(exchange: Exchange): number {
  const offset = exchange.clockOffsetMs()
  return offset.isKnown ? offset.value : 0
}

/** The journal has it with everything else of the turn; the person and the log hear of it when that is committed. */
function note(engine: Engine, event: NotedEvent): void {
  const { level, kind, message, hedgeId, account } = event
  engine.journal.addEvent({ level, kind, message, runId: engine.runId, hedgeId, account })
  say(engine, () => {
    // The person first: what was said already, `--verbose` does not say again.
    engine.report({ message, hedgeId, level, kind, account })
    logNote(engine, event)
  })
}

/** Remembers when the signal was given, and wakes the loops. */
function watchAbort(
  signal: AbortSignal | undefined,
  clock: Clock,
  waker: Waker,
): () => number | undefined {
  let atMs = signal?.aborted === true ? clock.monotonicMs() : undefined
  const onAbort = () => {
    atMs = clock.monotonicMs()
    waker.wake()
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  return () => (atMs === undefined ? undefined : clock.monotonicMs() - atMs)
}

/** Nothing remembered yet. */
export function createMemory(): EngineMemory {
  return {
    inFlight: new Set(),
    lastSentAtMs: new Map(),
    orderReads: new Map(),
    accountReadAtMs: new Map(),
    unsettledSinceMs: new Map(),
    accountReads: new Map(),
    readsDue: new Set(),
    blocked: new Map(),
    refusals: new Map(),
    busyReads: new Set(),
    confirmedFlat: new Set(),
    heldBack: new Map(),
    bookClaims: [],
    fillRevisions: new Map(),
    driven: new Set(),
    pulse: undefined,
    afterCommit: undefined,
    heldWords: undefined,
    stops: new Map(),
    cancelTargets: new Map(),
  }
}

function requireAccount(refs: ReadonlyMap<number, AccountRef>, accountIndex: number): AccountRef {
  const ref = refs.get(accountIndex)
  if (ref !== undefined) return ref
  throw new HedgebotError('config', `account ${accountIndex} is not in the configuration`, {
    code: 'account_without_key',
    hint: 'an open hedge needs the keys of all its accounts: put the entry back into api_credentials',
  })
}

function requireMarket(markets: ReadonlyMap<number, MarketInfo>, marketIndex: number): MarketInfo {
  const market = markets.get(marketIndex)
  if (market !== undefined) return market
  throw new HedgebotError('unknown_state', `the venue does not list market ${marketIndex}`, {
    code: 'market_unknown',
  })
}
