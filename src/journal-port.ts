/**
 * The journal's side of `ports.ts`, which exports everything here: what outlives a process, and who may write it.
 * Types only.
 * @module
 */
import type { Hedge, LedgerFill, LedgerOrder } from './hedge/ledger.ts'
import type { NotifyStore } from './notify-port.ts'
import type { VenueIdentity } from './ports.ts'

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

/** One run of a command that may send orders. */
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

/** One account and API key: the two that share a nonce counter. */
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

/** A hedge before it has an id and an owner. */
export type NewHedge = Omit<
  Hedge,
  'hedgeId' | 'ownerId' | 'epoch' | 'leaseUntilMs' | 'createdAtMs' | 'closedAtMs' | 'openedAtMs'
>
/** What may change about a hedge. */
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
/** A transaction that is signed and about to be recorded. */
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
/** What becomes known about a transaction. */
export type OrderPatch = Partial<
  Pick<
    LedgerOrder,
    'state' | 'sends' | 'filledBase' | 'averagePrice' | 'outcome' | 'answeredAtMs' | 'settledAtMs'
  >
>

/** How much an event matters to the owner. */
export type EventLevel = 'info' | 'warning' | 'alert'

/** One line of the story that `explain` tells; never changed once written. */
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

/** An event before it has a number and a time. */
export type NewEvent = Omit<JournalEvent, 'eventId' | 'atMs'>

/**
 * The memory that outlives a process. Synchronous; every call is one transaction unless it runs inside
 * `transaction`. All methods throw HedgebotError kind `journal` when the file cannot be written, kind `busy` when
 * another owner holds what is asked for.
 */
export interface Journal extends SpendStore, NotifyStore {
  /** 12 bits that mark the client order indices of this journal. */
  readonly instance: number
  /** Who we are among the owners of hedges and lanes. */
  readonly ownerId: string
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
  /** Gives up these hedges, or all of ours. */
  releaseHedges(hedgeIds?: readonly string[]): void

  /**
   * Becomes the one process that watches these accounts, until it ends.
   * @throws `busy` (code `watch_running`) while another living one watches any of them
   */
  claimWatch(accountIndexes: readonly number[]): void
  /** The living process, other than ours, that watches any account; undefined when there is none. */
  watchOwner(): Owner | undefined
  /** True when another process has changed anything since this was last asked. Costs microseconds. */
  hasChangedElsewhere(): boolean

  /** What the stop rules remember (`stopMemoryToJson`); undefined when nothing was ever written. */
  stopMemory(): string | undefined
  saveStopMemory(text: string): void

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

  /** Inserts fills that are not there yet; returns those. */
  recordFills(fills: readonly LedgerFill[]): readonly LedgerFill[]
  fillsOfHedge(hedgeId: string): readonly LedgerFill[]

  addEvent(event: NewEvent): void
  events(filter: { readonly hedgeId?: string; readonly limit: number }): readonly JournalEvent[]

  accountFacts(accountIndex: number): { readonly l1Address: string } | undefined
  saveAccountFacts(accountIndex: number, facts: { readonly l1Address: string }): void

  /** A place to try things out, empty; to be closed before the journal. */
  openStage(): JournalStage

  close(): void
}

/**
 * A journal in memory, for work that is to be done and leave no trace: nobody else sees it, and it keeps nobody waiting.
 */
export interface JournalStage {
  /** Works as the real one does, in the name of the same owner. */
  readonly journal: Journal
  /** Makes it what the real one knows of this hedge now, with its orders, fills and lanes, and nothing else. */
  load(hedgeId: string): void
  close(): void
}
