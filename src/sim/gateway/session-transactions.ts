/**
 * Transactions over a socket: `jsonapi/sendtx` and `jsonapi/sendtxbatch` (PROTOCOL.md section 8.4).
 * @module
 */
import { drawDelayMs, type FaultOccasion } from '../faults/fault-switch.ts'
import type { VerifiedToken } from './auth-gate.ts'
import type { GatewayParts } from './gateway-parts.ts'
import { jsonMemberText } from './json-member.ts'
import type { SessionLink } from './session-link.ts'
import { readBatch, type SentTransaction } from './transaction-desk.ts'
import { refusal, VenueRefusal } from './venue-refusal.ts'
import { toWireJson, type WireObject } from './wire-json.ts'

/** Transactions in one batch over a socket (PROTOCOL.md section 8.4). */
const MAX_BATCH = 15

/** A message that carries transactions. */
export interface TransactionMessage {
  readonly type: 'jsonapi/sendtx' | 'jsonapi/sendtxbatch'
  /** The message as it came, so that integers keep their digits. */
  readonly text: string
  /** `data`, parsed. */
  readonly data: Readonly<Record<string, unknown>>
  /** On the venue's clock. */
  readonly arrivedAtMs: number
}

export interface SessionTransactionsOptions {
  readonly parts: GatewayParts
  readonly link: SessionLink
  readonly ip: string
  /** The connection was opened with `readonly=true`. */
  readonly isReadOnly: boolean
  readonly accounts: Set<number>
  tokens(): readonly VerifiedToken[]
}

/** Handles one message and answers it, unless a fault takes the message or the answer. */
export async function serveTransactionMessage(
  options: SessionTransactionsOptions,
  message: TransactionMessage,
): Promise<void> {
  const { parts, link, ip } = options
  const occasion = { accounts: options.accounts, ip, endpoint: message.type }
  let { arrivedAtMs } = message
  noteSender(options, message.text)
  if (!parts.faults.isEmpty()) {
    const isGone = await sufferBefore(options, occasion, message)
    if (isGone || !link.isOpen()) return
    arrivedAtMs = parts.clock.now()
  }
  const answer = answerTo(options, { ...message, arrivedAtMs })
  if (!parts.faults.isEmpty() && (await sufferAfter(options, occasion, message))) return
  link.reply(answer)
}

function answerTo(options: SessionTransactionsOptions, message: TransactionMessage): string {
  const id = readId(message.data)
  try {
    return toWireJson(accept(options, message, id))
  } catch (error) {
    if (!(error instanceof VenueRefusal)) throw error
    return refusalFrame(error, id)
  }
}

function accept(
  { parts, ip, isReadOnly, tokens }: SessionTransactionsOptions,
  message: TransactionMessage,
  id: string | number | undefined,
): WireObject {
  if (isReadOnly) throw refusal(30006)
  const isBatch = message.type === 'jsonapi/sendtxbatch'
  const acceptances = parts.desk.send({
    ip,
    endpoint: isBatch ? 'sendTxBatch' : 'sendTx',
    items: isBatch ? readBatchData(message) : [readSingle(message)],
    maxItems: isBatch ? MAX_BATCH : 1,
    arrivedAtMs: message.arrivedAtMs,
    tokens: tokens(),
  })
  const hashes = acceptances.map(({ hash }) => hash)
  return {
    code: 200,
    id,
    predicted_execution_time_ms: Math.trunc(acceptances.at(-1)?.executeAtMs ?? 0),
    tx_hash: isBatch ? hashes : (hashes[0] ?? ''),
    type: message.type,
  }
}

function readSingle({ data, text }: TransactionMessage): SentTransaction {
  const txType = data['tx_type']
  const info = jsonMemberText(text, ['data', 'tx_info'])
  if (!Number.isSafeInteger(txType)) throw refusal(30007)
  // The socket wants an object where REST wants its text.
  if (info?.startsWith('{') !== true) throw refusal(30007)
  return { txType: Number(txType), info }
}

function readBatchData({ data }: TransactionMessage): readonly SentTransaction[] {
  const { tx_types: types, tx_infos: infos } = data
  if (typeof types !== 'string' || typeof infos !== 'string') throw refusal(30007)
  return readBatch(types, infos)
}

function readId(data: Readonly<Record<string, unknown>>): string | number | undefined {
  const id = data['id']
  // 1e400 is infinite, which no JSON can say again.
  return typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id)) ? id : undefined
}

function refusalFrame({ code, message }: VenueRefusal, id: string | number | undefined): string {
  return toWireJson({ error: { code, message }, id })
}

/** For faults and people that name an account: whoever sends over a socket belongs to it. */
function noteSender({ parts, accounts }: SessionTransactionsOptions, text: string): void {
  const sender = /AccountIndex\\?"\s*:\s*(\d+)/.exec(text)?.[1]
  const account = sender === undefined ? undefined : parts.core.account(Number(sender))
  if (account !== undefined) accounts.add(account.accountIndex)
}

/** True when the message is gone or has been answered. */
async function sufferBefore(
  { parts: { faults, clock, rng }, link }: SessionTransactionsOptions,
  occasion: FaultOccasion,
  message: TransactionMessage,
): Promise<boolean> {
  const refuse = (error: VenueRefusal) => link.reply(refusalFrame(error, readId(message.data)))
  if (faults.strike('lost-request', occasion)) return true
  if (faults.strike('unreachable', occasion) ?? faults.strike('cut-request', occasion)) {
    link.terminate()
    return true
  }
  const delay = faults.strike('delay', occasion)
  if (delay !== undefined) await clock.sleep(drawDelayMs(delay, rng))
  const http = faults.strike('http', occasion)
  if (http !== undefined) {
    refuse(refusal(http.answer === '429' ? 23000 : 29500))
    return true
  }
  if (faults.strike('restricted', occasion)) {
    refuse(refusal(20558))
    return true
  }
  return false
}

/** True when the answer is lost. */
async function sufferAfter(
  { parts: { faults, clock, rng }, link }: SessionTransactionsOptions,
  occasion: FaultOccasion,
  { data }: TransactionMessage,
): Promise<boolean> {
  if (faults.strike('lost-answer', occasion)) return true
  if (faults.strike('cut-answer', occasion)) {
    link.terminate()
    return true
  }
  if (faults.strike('http-after', occasion)) {
    link.reply(refusalFrame(refusal(29500), readId(data)))
    return true
  }
  const delay = faults.strike('delay-answer', occasion)
  if (delay !== undefined) await clock.sleep(drawDelayMs(delay, rng))
  return false
}
