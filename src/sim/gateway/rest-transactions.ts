import { transactionJson } from './transaction-record.ts'
import { choiceParam, integerParam, requiredParam } from './request-params.ts'
import type { RestCall, RestRoutes } from './rest-route.ts'
import { readBatch, type SentTransaction } from './transaction-desk.ts'
import type { Acceptance } from './transaction-pipeline.ts'
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
}

function send(
  { parts, ip, arrivedAtMs, token }: RestCall,
  endpoint: 'sendTx' | 'sendTxBatch',
  items: readonly SentTransaction[],
): readonly Acceptance[] {
  const tokens = token === undefined ? [] : [token]
  return parts.desk.send({ ip, endpoint, items, maxItems: MAX_BATCH, arrivedAtMs, tokens })
}

function accepted(
  { parts }: RestCall,
  last: Acceptance | undefined,
  hash: string | readonly string[],
): WireObject {
  return {
    message: '{"ratelimit": "didn\'t use volume quota"}',
    tx_hash: hash,
    predicted_execution_time_ms: Math.trunc(last?.executeAtMs ?? parts.clock.now()),
    volume_quota_remaining: 0,
  }
}
