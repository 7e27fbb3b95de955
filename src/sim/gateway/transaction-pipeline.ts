/**
 * The way of a transaction through the venue: the API server's checks, the queue with its delay, the sequencer
 * (PROTOCOL.md sections 2.1, 6 and 11). A refusal keeps the nonce; what was accepted uses it, except when its
 * deadline passes in the queue.
 * @module
 */
import type { Clock } from '../../ports.ts'
import { NO_PUBLIC_KEY, registeredKeyOf } from '../core/account-book.ts'
import type { SimCore, TransactionResult, VenueError } from '../core/core-model.ts'
import type { FaultSwitch } from '../faults/fault-switch.ts'
import { createExecutionQueue } from './execution-queue.ts'
import type { MakerOnlyKeys } from './maker-only-keys.ts'
import type { NonceLedger } from './nonce-ledger.ts'
import type { ReceivedTransaction } from './received-transaction.ts'
import { delayOf } from './speed-bump.ts'
import { proveTransaction, type Proof } from './transaction-proof.ts'
import { errorText, eventInfoOf, TX_STATUS, type TransactionRecord } from './transaction-record.ts'
import type { TransactionStore } from './transaction-store.ts'
import { messageOfCode, refusal, VenueRefusal } from './venue-refusal.ts'
import { toWireJson } from './wire-json.ts'

/** Transactions in front of the sequencer before the venue says 21506; its own number is not published. */
const MAX_QUEUED = 10_000

/** The acceptance of a transaction. */
export interface Acceptance {
  readonly hash: string
  /** On the venue's clock. */
  readonly executeAtMs: number
}

export interface TransactionPipelineOptions {
  readonly core: SimCore
  /** The venue's clock. */
  readonly clock: Clock
  readonly chainId: number
  readonly nonces: NonceLedger
  readonly store: TransactionStore
  readonly faults: FaultSwitch
  readonly noDelay: boolean
  readonly makerOnly: MakerOnlyKeys
  /** Default 10,000. */
  readonly maxQueued?: number
  /** The sequencer refused what had been accepted, by a fault; the order shows up cancelled. */
  onForcedRefusal(received: ReceivedTransaction, record: TransactionRecord, error: VenueError): void
  /** A record got its final state without the core. */
  onSettled(record: TransactionRecord): void
}

export interface TransactionPipeline {
  /**
   * Accepts one or several transactions of one key, all or none; they are executed in order.
   * @param arrivedAtMs when the request reached the venue, on its clock
   * @throws VenueRefusal with the code of the first one that is not accepted
   */
  submit(batch: readonly ReceivedTransaction[], arrivedAtMs: number): readonly Acceptance[]
  /** What still waits for the sequencer is never executed. */
  close(): void
}

interface Queued {
  readonly received: ReceivedTransaction
  readonly record: TransactionRecord
  readonly executeAtMs: number
  /** What the slot's key was when the signature was checked. */
  readonly publicKeyHex: string
}

/** Creates the pipeline; nothing is queued. */
export function createTransactionPipeline(
  options: TransactionPipelineOptions,
): TransactionPipeline {
  const { core, clock, nonces, store, noDelay } = options
  const queue = createExecutionQueue<Queued>(clock, (item) => execute(options, item))
  /** When the last transaction of a key is due, monotonic: a key's transactions keep their order. */
  const lastDueMs = new Map<string, number>()

  const enqueue = (received: ReceivedTransaction, proof: Proof, arrivedAtMs: number) => {
    const { tx, account } = received
    const { hash, publicKeyHex } = proof
    const key = `${tx.accountIndex}/${tx.apiKeyIndex}`
    // The bump counts from arrival, also when the checks took their time.
    const lateMs = clock.now() - arrivedAtMs
    const delayMs = noDelay ? 0 : delayOf(tx, account.tier, core)
    const nowMs = clock.monotonicMs()
    const dueMs = Math.max(nowMs - lateMs + delayMs, lastDueMs.get(key) ?? 0)
    lastDueMs.set(key, dueMs)
    const executeAtMs = arrivedAtMs + (dueMs - (nowMs - lateMs))
    const record = pendingRecord(received, hash, { arrivedAtMs, acceptedMonotonicMs: nowMs })
    store.add(record)
    nonces.accept(tx)
    queue.add(dueMs, { received, record, executeAtMs, publicKeyHex })
    return { hash, executeAtMs }
  }

  const { maxQueued = MAX_QUEUED } = options
  return {
    close: () => queue.close(),
    submit(batch, arrivedAtMs) {
      if (queue.size() + batch.length > maxQueued) throw refusal(21506)
      assertOneSequence(batch, nonces)
      const proven = batch.map((received) => ({ received, proof: admit(options, received) }))
      return proven.map(({ received, proof }) => enqueue(received, proof, arrivedAtMs))
    },
  }
}

function assertOneSequence(batch: readonly ReceivedTransaction[], nonces: NonceLedger): void {
  const first = batch[0]?.tx
  if (first === undefined) throw refusal(20001)
  let expected = first.nonce
  for (const { tx, account } of batch) {
    if (tx.accountIndex !== first.accountIndex || tx.apiKeyIndex !== first.apiKeyIndex) {
      throw refusal(21121)
    }
    if (tx.apiKeyIndex < 0 || tx.apiKeyIndex > 254) throw refusal(21110)
    // A key change brings its own key, so the slot may be empty (PROTOCOL.md section 12.1).
    const isSigned = registeredKeyOf(account, tx.apiKeyIndex) !== undefined
    if (!isSigned && tx.kind !== 'changePubKey') throw refusal(21109)
    if (tx.nonce !== expected) throw refusal(21105)
    expected += 1n
  }
  if (!nonces.isNext(first)) throw refusal(21104)
}

/** The checks of one transaction after its nonce. */
function admit(options: TransactionPipelineOptions, received: ReceivedTransaction): Proof {
  const { core, clock, faults, makerOnly } = options
  const { tx } = received
  const nowMs = clock.now()
  if (tx.expiredAt <= nowMs) throw refusal(21501)
  const proof = proveTransaction(options, received)
  makerOnly.assertAllowed(tx)
  const forced = faults.strike('reject', { accounts: new Set([tx.accountIndex]) })
  if (forced !== undefined) throw new VenueRefusal(forced.code, messageOfCode(forced.code))
  const error = core.admit(tx, Math.trunc(nowMs))
  if (error !== undefined) throw new VenueRefusal(error.code, error.message)
  return proof
}

function pendingRecord(
  { tx, txType, info, account }: ReceivedTransaction,
  hash: string,
  times: { readonly arrivedAtMs: number; readonly acceptedMonotonicMs: number },
): TransactionRecord {
  return {
    hash,
    txType,
    info,
    accountIndex: tx.accountIndex,
    apiKeyIndex: tx.apiKeyIndex,
    l1Address: account.l1Address,
    nonce: tx.nonce,
    expireAtMs: tx.expiredAt,
    queuedAtMs: times.arrivedAtMs,
    acceptedMonotonicMs: times.acceptedMonotonicMs,
    settledMonotonicMs: Number.POSITIVE_INFINITY,
    status: TX_STATUS.pending,
    eventInfo: '',
    blockHeight: 0,
    sequenceIndex: 0,
    executedAtMs: 0,
    transactionTimeUs: 0n,
  }
}

/**
 * What the sequencer does when a transaction's time has come. One that was signed with a key which its slot no longer
 * has cannot be proven any more: it is dropped, and like one that expired in the queue it does not use its nonce
 * (PROTOCOL.md is silent).
 */
function execute(options: TransactionPipelineOptions, item: Queued): void {
  const { core, clock, nonces, faults, store } = options
  const { received, record, executeAtMs } = item
  const { tx, account } = received
  record.settledMonotonicMs = clock.monotonicMs()
  if (tx.expiredAt < clock.now()) {
    settleUnexecuted(options, item, { code: 21501, message: 'transaction expired' })
    return
  }
  const keyNow = registeredKeyOf(account, tx.apiKeyIndex) ?? NO_PUBLIC_KEY
  if (keyNow !== item.publicKeyHex && tx.kind !== 'changePubKey') {
    settleUnexecuted(options, item, { code: 21120, message: 'invalid signature' })
    return
  }
  if (!nonces.sequence(tx)) {
    settleUnexecuted(options, item, { code: 21104, message: 'invalid nonce' })
    return
  }
  const forced = faults.strike('sequencer-refusal', { accounts: new Set([tx.accountIndex]) })
  if (forced !== undefined) {
    const error = { code: forced.code, message: messageOfCode(forced.code) }
    settle(record, { status: TX_STATUS.executed, error, executedAtMs: executeAtMs })
    Object.assign(record, placeOf(core.passOver(Math.trunc(executeAtMs))))
    store.sequenced(record.hash, record.sequenceIndex)
    options.onForcedRefusal(received, record, error)
    return
  }
  const result = core.execute(tx, { hash: record.hash, nowMs: Math.trunc(executeAtMs) })
  settleWith(record, result)
  store.sequenced(record.hash, result.sequenceIndex)
  if (tx.kind === 'changePubKey' && result.status === 'ok') nonces.noteKeyChange(tx, keyNow)
}

type Place = Pick<TransactionResult, 'sequenceIndex' | 'height' | 'transactionTimeUs'>

function placeOf({ sequenceIndex, height, transactionTimeUs }: Place) {
  return { sequenceIndex, blockHeight: height, transactionTimeUs }
}

function settleUnexecuted(
  options: TransactionPipelineOptions,
  { received, record, executeAtMs }: Queued,
  error: VenueError,
): void {
  options.nonces.drop(received.tx)
  settle(record, { status: TX_STATUS.failed, error, executedAtMs: executeAtMs })
  options.onSettled(record)
}

function settle(
  record: TransactionRecord,
  outcome: {
    readonly status: number
    readonly error: VenueError
    readonly executedAtMs: number
  },
): void {
  record.status = outcome.status
  record.eventInfo = toWireJson({ ae: errorText(outcome.error) })
  record.executedAtMs = outcome.executedAtMs
  record.transactionTimeUs = BigInt(Math.trunc(outcome.executedAtMs * 1_000))
}

function settleWith(record: TransactionRecord, result: TransactionResult): void {
  record.status = TX_STATUS.executed
  record.eventInfo = eventInfoOf(result)
  record.executedAtMs = result.executedMs
  Object.assign(record, placeOf(result))
}
