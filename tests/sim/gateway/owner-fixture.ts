import { assert } from '../../../src/errors.ts'
import { type L1Transaction, l1Message } from '../../../src/lighter/signer/l1-messages.ts'
import { signL1Message } from '../../../src/lighter/signer/l1-signature.ts'
import { generateKeyPair } from '../../../src/lighter/signer/keys.ts'
import { signApproveIntegrator, signWithdraw } from '../../../src/lighter/signer/privileged.ts'
import { createSigner } from '../../../src/lighter/signer/signer.ts'
import { fillL1Signature } from '../../../src/lighter/signer/tx-info.ts'
import {
  type SignedTransaction,
  type TxBody,
  type TxEnvelope,
  TX_SPECS,
} from '../../../src/lighter/signer/transactions.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import type { Answer, Fixture, Json } from './stage-fixture.ts'

const CHAIN_ID = 300

/** A key of a slot, wherever it comes from. */
export interface SlotKey {
  readonly accountIndex: number
  readonly apiKeyIndex: number
  readonly privateKeyHex: string
}

/** A body with its nonce; the deadline is a minute away unless it is given. */
export type Draft = TxBody & Partial<TxEnvelope> & { readonly nonce: number | bigint }

/** The stage's own key of an account. */
export function stageKey(f: Fixture, at = 0): SlotKey {
  const account = f.stage.accounts[at]
  assert(account !== undefined, 'the stage has this account')
  const { accountIndex, apiKeyIndex } = account
  return { accountIndex, apiKeyIndex, privateKeyHex: account.revealPrivateKey() }
}

/** A fresh key for a slot of an account of the stage. */
export function newKey(f: Fixture, at: number, apiKeyIndex: number, seed = 11) {
  const pair = generateKeyPair(createSeededRng(seed))
  return { accountIndex: stageKey(f, at).accountIndex, apiKeyIndex, ...pair }
}

/** The Ethereum key of an owner of the stage. */
export function ownerKey(f: Fixture, at = 0): string {
  const owner = f.stage.owners[at]
  assert(owner !== undefined, 'the stage has this owner')
  return owner.revealEthereumKey()
}

/** Signs any kind with a key, and with the owner's Ethereum key when one is given. */
export function signWith(
  f: Fixture,
  key: SlotKey,
  draft: Draft,
  ethereumKey?: string,
): SignedTransaction {
  const options = { ...key, chainId: CHAIN_ID, rng: createSeededRng(5) }
  const request = { expiredAt: Math.floor(f.stage.gateway.clock.now()) + 60_000, ...draft }
  const signed =
    request.kind === 'withdraw'
      ? signWithdraw(options, request)
      : request.kind === 'approveIntegrator'
        ? signApproveIntegrator(options, request)
        : createSigner(options).sign(request)
  if (ethereumKey === undefined || TX_SPECS[draft.kind].l1Sig === 'none') return signed
  const { accountIndex, apiKeyIndex } = key
  const tx = { ...request, accountIndex, apiKeyIndex } as L1Transaction
  const l1Signature = signL1Message(l1Message(CHAIN_ID, tx), ethereumKey)
  return { ...signed, txInfo: fillL1Signature(signed.txInfo, l1Signature) }
}

/** How a transaction can be sent. */
export type Way = 'urlencoded' | 'multipart' | 'batch' | 'socket' | 'socket batch'

export const WAYS: readonly Way[] = ['urlencoded', 'multipart', 'batch', 'socket', 'socket batch']

/** Sends a signed transaction and hands back the answer's JSON. */
export async function sendBy(f: Fixture, way: Way, signed: SignedTransaction): Promise<Json> {
  const { txType, txInfo } = signed
  const single = { tx_type: String(txType), tx_info: txInfo }
  const batch = { tx_types: `[${txType}]`, tx_infos: JSON.stringify([txInfo]) }
  if (way === 'urlencoded') return (await f.post('/api/v1/sendTx', single)).json
  if (way === 'batch') return (await f.post('/api/v1/sendTxBatch', batch)).json
  if (way === 'multipart') return (await postMultipart(f, single)).json
  const socket = f.open()
  socket.say(
    way === 'socket'
      ? `{"type":"jsonapi/sendtx","data":{"id":"a","tx_type":${txType},"tx_info":${txInfo}}}`
      : { type: 'jsonapi/sendtxbatch', data: { id: 'a', ...batch } },
  )
  await f.clock.advance(0)
  return socket.frames.at(-1) ?? {}
}

async function postMultipart(f: Fixture, fields: Record<string, string>): Promise<Answer> {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--XX\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const outcome = await f.stage.gateway.request({
    remoteAddress: '127.0.0.1',
    method: 'POST',
    path: '/api/v1/sendTx',
    query: {},
    headers: { 'content-type': 'multipart/form-data; boundary=XX' },
    body: `${parts.join('')}--XX--\r\n`,
  })
  assert(!('lost' in outcome), 'an answer')
  return { status: outcome.status, body: outcome.body, json: JSON.parse(outcome.body) as Json }
}
