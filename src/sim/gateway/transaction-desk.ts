/**
 * Takes transactions from REST and sockets alike: reads them, counts them, hands them to the pipeline
 * (PROTOCOL.md sections 2.1 and 8.4).
 * @module
 */
import type { SimCore } from '../core/core-model.ts'
import type { VerifiedToken } from './auth-gate.ts'
import { readTransaction, type ReceivedTransaction } from './received-transaction.ts'
import type { RequestLimiter } from './request-limiter.ts'
import type { Acceptance, TransactionPipeline } from './transaction-pipeline.ts'
import { refusal } from './venue-refusal.ts'
import type { QuotaNote, VolumeQuota } from './volume-quota.ts'

/** A transaction as it was sent. */
export interface SentTransaction {
  readonly txType: number
  readonly info: string
}

export interface Sending {
  readonly ip: string
  readonly endpoint: 'sendTx' | 'sendTxBatch'
  readonly items: readonly SentTransaction[]
  readonly maxItems: number
  /** On the venue's clock. */
  readonly arrivedAtMs: number
  /** Tokens that the sender has shown; one of the same owner makes the send an authenticated one. */
  readonly tokens: readonly VerifiedToken[]
}

/** An acceptance, and what the answer to the whole send says of the volume quota. */
export interface SentAcceptance extends Acceptance {
  readonly quota: QuotaNote
}

export interface TransactionDesk {
  /**
   * Accepts the transactions, all or none.
   * @throws VenueRefusal
   */
  send(sending: Sending): readonly SentAcceptance[]
}

/** Creates the desk. */
export function createTransactionDesk(options: {
  readonly core: SimCore
  readonly requests: RequestLimiter
  readonly pipeline: TransactionPipeline
  readonly quota: VolumeQuota
}): TransactionDesk {
  const { core, requests, pipeline, quota } = options
  return {
    send(sending) {
      const batch = read(options, sending)
      const account = batch[0]?.account
      const owner = account?.l1Address
      const isOwners = (token: VerifiedToken) =>
        core.account(token.accountIndex)?.l1Address === owner
      const refused = requests.admit({
        ip: sending.ip,
        endpoint: sending.endpoint,
        owner: account,
        accountIndex: account?.accountIndex,
        isAuthenticated: sending.tokens.some(isOwners),
        txTypes: batch.map(({ txType }) => txType),
      })
      if (refused !== undefined) throw refused
      if (account === undefined) return []
      const isBatch = sending.endpoint === 'sendTxBatch'
      const kinds = batch.map(({ tx }) => tx.kind)
      const charge = quota.plan({ account, kinds, isBatch })
      const acceptances = pipeline.submit(batch, sending.arrivedAtMs)
      const note = charge.commit()
      return acceptances.map((acceptance) => ({ ...acceptance, quota: note }))
    },
  }
}

/** What cannot be read speaks for nobody: it counts on the address alone. */
function read(
  { core, requests }: { readonly core: SimCore; readonly requests: RequestLimiter },
  { items, maxItems, ip, endpoint }: Sending,
): readonly ReceivedTransaction[] {
  try {
    if (items.length === 0) throw refusal(20001)
    if (items.length > maxItems) throw refusal(21514)
    return items.map(({ txType, info }) => readTransaction(core, txType, info))
  } catch (error) {
    throw requests.admit({ ip, endpoint, isAuthenticated: false }) ?? error
  }
}

/**
 * Reads the two texts of a batch: a JSON list of types and a JSON list of tx_info texts.
 * @throws VenueRefusal 20001 or 21513
 */
export function readBatch(typesText: string, infosText: string): readonly SentTransaction[] {
  const types = readList(typesText)
  const infos = readList(infosText)
  if (types.length !== infos.length) throw refusal(21513)
  return types.map((txType, at) => {
    const info = infos[at]
    if (!Number.isSafeInteger(txType) || typeof info !== 'string') throw refusal(20001)
    return { txType: Number(txType), info }
  })
}

function readList(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list)) return list
  } catch {
    // Falls through to the same refusal.
  }
  throw refusal(20001)
}
