import { transactionJson, type TransactionRecord } from './transaction-record.ts'
import { choiceParam, integerParam, requiredParam } from './request-params.ts'
import type { RestCall, RestRoutes } from './rest-route.ts'
import { readBatch, type SentAcceptance, type SentTransaction } from './transaction-desk.ts'
import { refusal } from './venue-refusal.ts'
import type { WireObject } from './wire-json.ts'

/** Transactions in one batch over REST (PROTOCOL.md section 2.1). */
const MAX_BATCH = 50

/** Sending transactions and asking for them (PROTOCOL.md section 2.1). */
export const TRANSACTION_ROUTES: RestRoutes = {
  '/api/v1/sendTx': {
    method: 'POST',
    isSend: true,
    handle(call) {
      const txType = integerParam(call.params, 'tx_type', { max: 255 })
      const info = requiredParam(call.params, 'tx_info')
      const [acceptance] = send(call, 'sendTx', [{ txType, info }])
      return accepted(call, acceptance, acceptance?.hash ?? '')
    },
  },
  '/api/v1/sendTxBatch': {
    method: 'POST',
    isSend: true,
    handle(call) {
      const { params } = call
      const items = readBatch(requiredParam(params, 'tx_types'), requiredParam(params, 'tx_infos'))
      const acceptances = send(call, 'sendTxBatch', items)
      return accepted(
        call,
        acceptances.at(-1),
        acceptances.map(({ hash }) => hash),
      )
    },
  },
  '/api/v1/tx': {
    method: 'GET',
    handle({ parts: { store }, params }) {
      const by = choiceParam(params, 'by', ['hash', 'sequence_index'])
      const record =
        by === 'hash'
          ? store.shownByHash(requiredParam(params, 'value').toLowerCase())
          : store.shownBySequence(integerParam(params, 'value'))
      if (record === undefined) throw refusal(21500)
      return { ...transactionJson(record), committed_at: 0, verified_at: 0 }
    },
  },
  '/api/v1/txs': {
    method: 'GET',
    handle: (call) => ({ txs: transactions(call, () => true) }),
  },
  '/api/v1/accountTxs': {
    method: 'GET',
    auth: 'always',
    accountParam: 'value',
    handle(call) {
      const { params } = call
      choiceParam(params, 'by', ['account_index'])
      const accountIndex = integerParam(params, 'value')
      const types = readTypes(params['types'])
      const isWanted = (record: TransactionRecord) =>
        record.accountIndex === accountIndex && (types.size === 0 || types.has(record.txType))
      return { txs: transactions(call, isWanted) }
    },
  },
  // Nothing comes from Ethereum here, so no hash of it leads to a transaction.
  '/api/v1/txFromL1TxHash': {
    method: 'GET',
    handle({ params }) {
      requiredParam(params, 'hash')
      throw refusal(21500)
    },
  },
}

/**
 * Handled transactions, newest first. `index` is not described (PROTOCOL.md section 2): here it is a sequence index, and
 * the rows are those before it, so that the last row's leads to the next page. What waits for the sequencer has none
 * yet and is found by its hash only.
 */
function transactions(
  { parts: { store }, params }: RestCall,
  isWanted: (record: TransactionRecord) => boolean,
): readonly WireObject[] {
  const limit = integerParam(params, 'limit', { min: 1, max: 100 })
  const below = integerParam(params, 'index', { fallback: Number.MAX_SAFE_INTEGER })
  return store.shownBelow(below, limit, isWanted).map(transactionJson)
}

/** Transaction types as `14,15`, with or without brackets; empty for all. */
function readTypes(text = ''): ReadonlySet<number> {
  const names = text.replace(/^\[(.*)\]$/, '$1')
  if (names === '') return new Set()
  if (!/^\d{1,3}(,\d{1,3})*$/.test(names)) throw refusal(20001)
  return new Set(names.split(',').map(Number))
}

function send(
  { parts, ip, arrivedAtMs, token }: RestCall,
  endpoint: 'sendTx' | 'sendTxBatch',
  items: readonly SentTransaction[],
): readonly SentAcceptance[] {
  const tokens = token === undefined ? [] : [token]
  return parts.desk.send({ ip, endpoint, items, maxItems: MAX_BATCH, arrivedAtMs, tokens })
}

function accepted(
  { parts }: RestCall,
  last: SentAcceptance | undefined,
  hash: string | readonly string[],
): WireObject {
  return {
    message: last?.quota.message,
    tx_hash: hash,
    predicted_execution_time_ms: Math.trunc(last?.executeAtMs ?? parts.clock.now()),
    volume_quota_remaining: last?.quota.remaining ?? 0n,
  }
}
