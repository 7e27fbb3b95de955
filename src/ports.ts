/**
 * The interfaces between the parts: who needs something says so here, who can do it implements it, and only
 * `context.ts` knows both. Types only.
 * @module
 */
import type { Dec } from './hedge/decimal.ts'
import type { Intent } from './hedge/intent.ts'
import type { Known } from './hedge/known.ts'
import type { Hedge, LedgerFill, LedgerOrder } from './hedge/ledger.ts'
import type { MarketInfo } from './hedge/market.ts'
import type { AccountView, MarketView, VenueFill, VenueOrder } from './hedge/venue-view.ts'

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

export type LogFields = Readonly<Record<string, unknown>>

/** Structured log. Implementations scrub secrets from fields and messages. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** One HTTP request to the venue. `path` starts with `/`; query and form values are already text. */
export interface VenueRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** What came back, whatever its status. The body is raw text: it may be HTML. */
export interface VenueResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface VenueSocketHandlers {
  onOpen(): void
  onMessage(text: string): void
  /** Called on an answer to our socket-level ping. */
  onPong(): void
  /** Called exactly once, also when the connection never opened. `error` says why it was not a clean close. */
  onClose(close: { readonly code: number; readonly reason: string; readonly error?: Error }): void
}

export interface VenueSocket {
  /** Returns false when the socket is not open: then surely nothing was sent. */
  send(text: string): boolean
  ping(): void
  close(): void
  /** Drops the connection without a handshake. */
  terminate(): void
}

/**
 * The way to one venue through one egress. Requests reject only with `HedgebotError` of kind `network` or `proxy`,
 * whose `mayHaveBeenDelivered` says whether the venue may have seen the request.
 */
export interface Transport {
  /** `direct`, or the proxy's name. */
  readonly egress: string
  request(request: VenueRequest): Promise<VenueResponse>
  connect(handlers: VenueSocketHandlers): VenueSocket
  close(): void
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
  /** Resolves when the socket is open and every stream delivered its snapshot; rejects after `timeoutMs`. */
  ready(timeoutMs: number, signal?: AbortSignal): Promise<void>
  view(): AccountView
  /** The newest state of an order of ours that the streams or a read delivered, live or ended. */
  order(clientOrderIndex: number): VenueOrder | undefined
  /** Fills of an order of ours, each trade once. */
  fills(clientOrderIndex: number): readonly VenueFill[]
  /** Called after any change of the account's view, orders or fills. Returns the unsubscriber. */
  onChange(listener: () => void): () => void
  /** When the venue last answered anything of this account (frame, pong or response), our wall clock. */
  lastAnswerAtMs(): number | undefined
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
  /** The public key registered at the venue for this key index, undefined when the slot is empty. One unit. */
  readRegisteredKey(priority: SpendPriority): Promise<string | undefined>
  readTier(priority: SpendPriority): Promise<AccountTier>
  readonly publicKeyHex: string
  /** Units left for this priority right now in the fullest bucket that this account's requests count in. */
  unitsLeft(priority: SpendPriority): number
  close(): void
}

export interface SendOptions {
  readonly priority: SpendPriority
  readonly via: 'auto' | 'rest'
}

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

/** Live prices of one market over its own sockets. */
export interface MarketFeed {
  ready(timeoutMs: number, signal?: AbortSignal): Promise<void>
  view(): MarketView
  onTick(listener: () => void): () => void
  close(): void
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
  close(): void
}

/** Requests counted across processes (DESIGN.md section 5); a bucket is an owner address or an egress. */
export interface SpendStore {
  record(entry: { readonly bucket: string; readonly units: number; readonly atMs: number }): void
  spentSince(bucket: string, sinceMs: number): number
}

/** Who asks: one running process. */
export interface Owner {
  readonly ownerId: string
  readonly pid: number
  readonly command: string
}

export interface RunRecord {
  readonly runId: string
  readonly runKey: string | undefined
  readonly command: string
  readonly startedAtMs: number
  readonly endedAtMs: number | undefined
  readonly exit: number | undefined
  /** The JSON document that the run printed. */
  readonly result: string | undefined
}

export interface LaneKey {
  readonly accountIndex: number
  readonly apiKeyIndex: number
}

/** At most one unanswered transaction per (account, API key) across all processes. */
export interface LaneRecord extends LaneKey {
  /** The next nonce to use; undefined until it was read from the venue. */
  readonly nextNonce: number | undefined
  readonly state: 'free' | 'held'
  readonly ownerId: string | undefined
  readonly epoch: number | undefined
  /** The order row whose transaction holds the lane. */
  readonly orderId: number | undefined
}

export type NewHedge = Omit<
  Hedge,
  'hedgeId' | 'ownerId' | 'epoch' | 'leaseUntilMs' | 'createdAtMs' | 'closedAtMs' | 'openedAtMs'
>
export type HedgePatch = Partial<
  Pick<
    Hedge,
    | 'state'
    | 'target'
    | 'cause'
    | 'legs'
    | 'attemptsUsed'
    | 'nakedSinceMs'
    | 'openedAtMs'
    | 'closedAtMs'
    | 'openDeadlineMs'
  >
>
export type NewOrder = Omit<
  LedgerOrder,
  | 'orderId'
  | 'state'
  | 'sends'
  | 'filledBase'
  | 'averagePrice'
  | 'outcome'
  | 'preparedAtMs'
  | 'answeredAtMs'
  | 'settledAtMs'
>
export type OrderPatch = Partial<
  Pick<
    LedgerOrder,
    'state' | 'sends' | 'filledBase' | 'averagePrice' | 'outcome' | 'answeredAtMs' | 'settledAtMs'
  >
>

export type EventLevel = 'info' | 'warning' | 'alert'

export interface JournalEvent {
  readonly eventId: number
  readonly atMs: number
  readonly level: EventLevel
  /** snake_case, e.g. `hedge_open`, `order_in_doubt`. */
  readonly kind: string
  readonly message: string
  readonly runId: string | undefined
  readonly hedgeId: string | undefined
  readonly account: string | undefined
}

export type NewEvent = Omit<JournalEvent, 'eventId' | 'atMs'>

/**
 * The memory that outlives a process. Synchronous; every call is one transaction unless it runs inside
 * `transaction`. All methods throw HedgebotError kind `journal` when the file cannot be written, kind `busy` when
 * another owner holds what is asked for.
 */
export interface Journal extends SpendStore {
  /** 12 bits that mark the client order indices of this journal. */
  readonly instance: number
  /** Binds an empty journal; @throws HedgebotError kind `config`, code `journal_of_other_venue`. */
  bindVenue(identity: VenueIdentity): void
  /** `full` makes the commit survive power loss (before an opening); `normal` survives a crash of the process. */
  transaction<T>(durability: 'full' | 'normal', work: () => T): T

  /** Starts a run; with a run key that exists already returns that run and `isExisting`. */
  beginRun(run: { readonly command: string; readonly runKey?: string }): {
    readonly run: RunRecord
    readonly isExisting: boolean
  }
  endRun(runId: string, end: { readonly exit: number; readonly result: string }): void

  pausedSince(): number | undefined
  setPaused(isPaused: boolean): void

  /** Creates hedges owned by us; @throws `busy` (code `account_in_live_hedge`) and creates none. */
  createHedges(hedges: readonly NewHedge[]): readonly Hedge[]
  hedge(hedgeId: string): Hedge | undefined
  /** Not yet closed or aborted, oldest first. */
  liveHedges(): readonly Hedge[]
  /** Newest first. */
  recentHedges(limit: number): readonly Hedge[]
  hedgesOfRun(runId: string): readonly Hedge[]
  /** Changes a hedge of ours; @throws `busy` (code `lease_lost`) when owner or epoch changed. */
  updateHedge(hedge: Pick<Hedge, 'hedgeId' | 'epoch'>, patch: HedgePatch): Hedge
  /** Sets target flat whoever owns the hedge; the owner sees it. No effect when closed. */
  requestFlat(hedgeId: string, cause: string): void
  /** Becomes the owner when there is none, its lease ran out or its process is gone; undefined while it lives. */
  claimHedge(hedgeId: string): Hedge | undefined
  /** True while a process holds the hedge (its kernel lock is checked). */
  isOwnerAlive(ownerId: string): boolean
  renewLeases(): void
  releaseHedges(): void

  lane(key: LaneKey): LaneRecord | undefined
  /** Sets the next nonce after a read of the venue; @throws `busy` while held by another live owner. */
  setNextNonce(key: LaneKey, nextNonce: number): void
  /**
   * Takes the lane and allots its nonce; call inside `transaction`, sign, then `recordOrder`.
   * @throws HedgebotError kind `busy` (code `lane_held`) or `unknown_state` (code `nonce_unknown`)
   */
  takeLane(key: LaneKey): number
  /** Records the order that holds the lane; call in the same transaction as `takeLane`. */
  recordOrder(order: NewOrder): LedgerOrder
  /**
   * Puts another transaction with the same nonce in the place of the one that holds the lane (displacing or a close
   * that takes the unanswered nonce). Both rows stay; the old one is still `in_doubt` until settled.
   */
  recordReplacement(heldOrderId: number, order: NewOrder): LedgerOrder
  /** Frees the lane: `used` moves the nonce on, `unused` gives it back. */
  freeLane(key: LaneKey, nonce: 'used' | 'unused'): void
  /** Takes over a lane whose owner is gone, so that its unanswered transaction can be settled. */
  adoptLane(key: LaneKey): LaneRecord | undefined
  updateOrder(orderId: number, patch: OrderPatch): LedgerOrder
  order(orderId: number): LedgerOrder | undefined
  ordersOfHedge(hedgeId: string): readonly LedgerOrder[]
  ordersOfRun(runId: string): readonly LedgerOrder[]
  /** Prepared, in doubt or accepted, of any hedge. */
  unsettledOrders(): readonly LedgerOrder[]
  findOrderByClientIndex(accountIndex: number, clientOrderIndex: number): LedgerOrder | undefined
  /** Unique across processes of this journal: tag, instance, counter (48 bits). */
  nextClientOrderIndex(): number

  /** Inserts fills that are not there yet. */
  recordFills(fills: readonly LedgerFill[]): void
  fillsOfHedge(hedgeId: string): readonly LedgerFill[]

  addEvent(event: NewEvent): void
  events(filter: { readonly hedgeId?: string; readonly limit: number }): readonly JournalEvent[]

  accountFacts(accountIndex: number): { readonly l1Address: string } | undefined
  saveAccountFacts(accountIndex: number, facts: { readonly l1Address: string }): void

  close(): void
}
