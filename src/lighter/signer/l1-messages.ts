/**
 * Texts that the Ethereum owner signs with personal_sign (CRYPTO.md section 8). Only text: no Ethereum key comes near.
 * @module
 */
import type {
  ApproveIntegratorBody,
  ChangePubKeyBody,
  TransferBody,
  TxEnvelope,
  TxSender,
  WideInt,
} from './transactions.ts'

/** A transaction that needs the owner's Ethereum signature. */
export type L1Transaction = (ChangePubKeyBody | TransferBody | ApproveIntegratorBody) &
  TxEnvelope &
  TxSender

/** The message for the owner to sign; lines are joined by line feeds, without one at the end. */
export function l1Message(chainId: number, tx: L1Transaction): string {
  return [...linesOf(chainId, tx), 'Only sign this message for a trusted client!'].join('\n')
}

function linesOf(chainId: number, tx: L1Transaction): string[] {
  switch (tx.kind) {
    case 'changePubKey':
      return [
        'Register Lighter Account',
        '',
        `pubkey: 0x${tx.pubKey}`,
        `nonce: ${hex16(tx.nonce)}`,
        `account index: ${hex16(tx.accountIndex)}`,
        `api key index: ${hex16(tx.apiKeyIndex)}`,
      ]
    case 'transfer':
      return [
        'Transfer',
        '',
        `nonce: ${hex16(tx.nonce)}`,
        `from: ${hex16(tx.accountIndex)} (route ${hex16(tx.fromRouteType)})`,
        `api key: ${hex16(tx.apiKeyIndex)}`,
        `to: ${hex16(tx.toAccountIndex)} (route ${hex16(tx.toRouteType)})`,
        `asset: ${hex16(tx.assetIndex)}`,
        `amount: ${hex16(tx.amount)}`,
        `fee: ${hex16(tx.usdcFee)}`,
        `chainId: ${hex16(chainId)}`,
        `memo: ${tx.memo}`,
      ]
    case 'approveIntegrator':
      return [
        'Approve Integrator',
        '',
        `nonce: ${hex16(tx.nonce)}`,
        `account index: ${hex16(tx.accountIndex)}`,
        `api key index: ${hex16(tx.apiKeyIndex)}`,
        `integrator account index: ${hex16(tx.integratorAccountIndex)}`,
        `max perps taker fee: ${hex16(tx.maxPerpsTakerFee)}`,
        `max perps maker fee: ${hex16(tx.maxPerpsMakerFee)}`,
        `max spot taker fee: ${hex16(tx.maxSpotTakerFee)}`,
        `max spot maker fee: ${hex16(tx.maxSpotMakerFee)}`,
        `approval expiry: ${hex16(tx.approvalExpiry)}`,
        `chainId: ${hex16(chainId)}`,
      ]
  }
}

/** Unsigned 64-bit two's complement, 16 lower-case digits. */
function hex16(value: WideInt): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0')}`
}
