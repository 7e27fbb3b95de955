/**
 * The interfaces between the parts: who needs something says so here, who can do it implements it, and only
 * `context.ts` knows both. Types only.
 * @module
 */
import type { Dec } from './hedge/decimal.ts'
import type { Intent } from './hedge/intent.ts'
import type { Known } from './hedge/known.ts'
import type { MarketInfo } from './hedge/market.ts'
import type { AccountView, MarketView, VenueFill, VenueOrder } from './hedge/venue-view.ts'
export type {
  EventLevel,
  HedgePatch,
  Journal,
  JournalEvent,
  JournalStage,
  LaneKey,
  LaneRecord,
  NewEvent,
  NewHedge,
  NewOrder,
  OrderPatch,
  Owner,
  RunRecord,
  SpendStore,
} from './journal-port.ts'
export type {
  LastRun,
  NewOutboxMessage,
  NotifyStore,
  OutboxCount,
  OutboxEnd,
  OutboxMessage,
  PnlSample,
} from './notify-port.ts'
export type {
  EgressEvent,
  EgressMonitor,
  EgressState,
  Transport,
  VenueRequest,
  VenueResponse,
  VenueSocket,
  VenueSocketHandlers,
  Way,
  Ways,
} from './transport-port.ts'

/** Wall and monotonic time, and waiting. Only `system/` reads the real ones. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  now(): number
  /** Never jumps; milliseconds from an arbitrary start. */
  monotonicMs(): number
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls back once after `ms`; the returned function cancels. */
  setTimer(ms: number, callback: () => void): () => void
}

/** Randomness as an argument, so that a seed repeats a run. */
export interface Rng {
  /** Uniform in [0, 1). */
  nextFloat(): number
  /** Uniform bytes; the real one is cryptographically secure. */
  nextBytes(length: number): Uint8Array
}

/** Structured fields of a log line. */
export type LogFields = Readonly<Record<string, unknown>>

/** Structured log. Implementations scrub secrets from fields and messages. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** Which account, key and way; names come from the configuration. */
export interface AccountRef {
  readonly name: string
  readonly accountIndex: number
  readonly apiKeyIndex: number
  readonly egress: string
}

/** The journal is bound to one venue and refuses another (DESIGN.md section 3). */
export interface VenueIdentity {
  readonly network: string
  readonly chainId: number
  readonly contractAddress: string
}

/** A signed transaction, checked against its intent and not yet sent. */
export interface SignedTransaction {
  readonly txType: number
  readonly txInfo: string
  /** 80 hex digits, equal to the venue's transaction id. */
  readonly txHash: string
  readonly nonce: number
  readonly expiresAtMs: number
}

/**
 * The answer to one send (DESIGN.md section 3, "Answers of the venue"). `accepted` is not a fill. `refused` and
 * `not_sent`: surely not executed, the nonce is free again. `nonce_used`: code 21104, the venue has executed some
 * transaction with this nonce. `in_doubt`: nobody knows.
 */
export type SendAnswer =
  | { readonly outcome: 'accepted'; readonly predictedExecutionMs: number | undefined }
  | { readonly outcome: 'nonce_used'; readonly message: string }
  | {
      readonly outcome: 'refused'
      readonly venueCode: number | undefined
      /** Stable name, e.g. `not_enough_margin`, `rate_limited`, `restricted_region`. */
      readonly code: string
      readonly message: string
      readonly hint: string | undefined
      /** True when trying again (soon or elsewhere) may work: limits, maintenance; false for margin, key, market. */
      readonly canHeal: boolean
      readonly isFatal: boolean
    }
  | { readonly outcome: 'not_sent'; readonly message: string }
  | { readonly outcome: 'in_doubt'; readonly message: string }

/** Closing may use the reserve of a bucket, opening and reading may not (rule 11). */
export type SpendPriority = 'open' | 'read' | 'close'

/** What the venue says about one of its transactions, looked up by hash. */
export interface TransactionFact {
  readonly txHash: string
  readonly status: 'failed' | 'pending' | 'executed'
  /** Text of the sequencer's error, undefined when none. */
  readonly error: string | undefined
}

/** One account's connection: streams in, transactions out, reads that cost one unit each. */
export interface AccountLink {
  readonly ref: AccountRef
  /** Over which egress it goes now; `ref.egress` is its own. */
  egress(): string
  /** Resolves when the socket is open and every stream delivered its snapshot; rejects after `timeoutMs`. */
  ready(timeoutMs: number, signal?: AbortSignal): Promise<void>
  view(): AccountView
  /** The newest state of an order of ours that the streams or a read delivered, live or ended. */
  order(clientOrderIndex: number): VenueOrder | undefined
  /** Fills of an order of ours, each trade once. */
  fills(clientOrderIndex: number): readonly VenueFill[]
  /** Every fill of this account in a market that streams and reads told, oldest first, each trade once. */
  marketFills(marketIndex: number): readonly VenueFill[]
  /**
   * Called after any change of the account's positions, orders, fills or liveness, and after every read. A frame that
   * tells balances alone does not call: they move with every mark; `view()` has them. Returns the unsubscriber.
   */
  onChange(listener: () => void): () => void
  /** When the venue last answered anything of this account (frame, pong or response), our wall clock. */
  lastAnswerAtMs(): number | undefined
  /** When the last frame of this account's streams arrived (no pong, no response), our wall clock. */
  lastDataAtMs(): number | undefined
  /**
   * Ends the present session and opens a new one: for streams that look silent or half-open. The account is not live
   * at once. Without a live session it does nothing, and soon after another end the usual pause comes first.
   */
  reconnect(reason: string): void
  /** Asks the socket for a sign of life (a ping; costs no unit); the answer moves `lastAnswerAtMs`. */
  probe(): void
  /**
   * Signs and checks the passport; pure computation.
   * @throws HedgebotError kind `signer`
   */
  sign(intent: Intent, nonce: number): SignedTransaction
  /**
   * The harmless transaction that takes a nonce (rule 1): leverage set to the value it has.
   * @throws HedgebotError kind `signer`
   */
  signDisplacing(market: MarketInfo, nonce: number): SignedTransaction
  /** Sends once. Never rejects. `via: 'rest'` avoids the socket (a resend over another way). */
  send(transaction: SignedTransaction, options: SendOptions): Promise<SendAnswer>
  /** One unit each; all reject with HedgebotError when the answer is not certain. */
  readNextNonce(priority: SpendPriority): Promise<number>
  readTransaction(txHash: string, priority: SpendPriority): Promise<TransactionFact | undefined>
  /** Reads positions and balances over REST and merges them into `view()`. */
  readAccount(priority: SpendPriority): Promise<AccountFacts>
  /** Reads live and recently ended orders of a market over REST and merges them. Two units. */
  readOrders(marketIndex: number, priority: SpendPriority): Promise<void>
  /**
   * Reads fills of a market over REST back to `sinceMs` (our wall clock) and merges them: `marketFills` and `fills`
   * show them. One unit a page of 100; rejects (code `too_many_fills`) when the pages do not reach back so far.
   */
  readFills(marketIndex: number, sinceMs: number, priority: SpendPriority): Promise<void>
  /** The public key registered at the venue for this key index, undefined when the slot is empty. One unit. */
  readRegisteredKey(priority: SpendPriority): Promise<string | undefined>
  readTier(priority: SpendPriority): Promise<AccountTier>
  readonly publicKeyHex: string
  /**
   * Units left for this priority in the owner's bucket, the one that no other way avoids: now, or at a later time if
   * nothing is spent until then.
   */
  unitsLeft(priority: SpendPriority, atMs?: number): number
  close(): void
}

/** How a transaction is sent. */
export interface SendOptions {
  readonly priority: SpendPriority
  readonly via: 'auto' | 'rest'
}

/** The tier of an account and what it pays. */
export interface AccountTier {
  readonly tier: string
  /** Plain fractions of notional. */
  readonly makerFeeFraction: Dec
  readonly takerFeeFraction: Dec
}

/** What `account` says beside positions. */
export interface AccountFacts {
  readonly accountIndex: number
  readonly l1Address: string
  readonly isActive: boolean
  /** 0 classic, 1 unified. */
  readonly tradingMode: number
  /** Armed dead-man switch, wall-clock ms; undefined when none. */
  readonly cancelAllAtMs: number | undefined
}

/** Live prices of one market over its own sockets. Every value is as old as the frame that told it. */
export interface MarketFeed {
  ready(timeoutMs: number, signal?: AbortSignal): Promise<void>
  view(): MarketView
  onTick(listener: () => void): () => void
  /** Asks for fresh snapshots on the live sockets: the cheaper first step when prices look old. */
  resubscribe(): void
  /** All sockets anew, by the rule of `AccountLink.reconnect`. */
  reconnect(reason: string): void
  /** Reads mark and index over REST and merges them, as old as the request. One unit. */
  readMark(priority: SpendPriority): Promise<void>
  close(): void
}

/** What one owner may still spend in this rolling minute. */
export interface RequestBudget {
  /** L1 address in lower case, `unknown` while it was not read. */
  readonly owner: string
  /** Units left for closing: the whole bucket. */
  readonly left: number
  readonly limit: number
  /** The venue has refused requests for their number: so long nothing but closing goes out; 0 as a rule. */
  readonly closedForMs: number
}

/** The venue as one run sees it. */
export interface Exchange {
  readonly network: string
  identity(): Promise<VenueIdentity>
  /** One unit; cached for the run. */
  markets(): Promise<readonly MarketInfo[]>
  feed(marketIndex: number): MarketFeed
  /** The link of an account, opened on first use and shared. */
  link(account: AccountRef): AccountLink
  /** Venue time minus our wall clock, from answers; unknown until the first answer. */
  clockOffsetMs(): Known<number>
  /** Units spent so far by this process, per account name, as counted before sending. */
  unitsSpent(): ReadonlyMap<string, number>
  /** One for each owner of a configured account, by the bucket that sends are counted in. */
  budgets(): readonly RequestBudget[]
  close(): void
}
