import { HedgebotError } from '../../errors.ts'
import type { DecodedTransaction } from '../../lighter/signer/transactions.ts'
import { decodeTxInfo } from '../../lighter/signer/tx-info.ts'
import type { SimAccount, SimCore } from '../core/core-model.ts'
import { refusal } from './venue-refusal.ts'

/** A transaction as it came in: read, but not judged yet. */
export interface ReceivedTransaction {
  readonly txType: number
  /** The text as it was sent. */
  readonly info: string
  readonly tx: DecodedTransaction
  readonly signature: Uint8Array
  /** The owner's Ethereum signature; undefined or empty when none came. */
  readonly l1Sig?: string | undefined
  readonly account: SimAccount
}

/**
 * Reads a transaction and finds its account.
 * @throws VenueRefusal 21505 for a type that is not known, 21501 for a text that cannot be read, 21100 for an unknown account
 */
export function readTransaction(core: SimCore, txType: number, info: string): ReceivedTransaction {
  const { tx, signature, l1Sig } = decode(txType, info)
  const account = core.account(tx.accountIndex)
  if (account === undefined) throw refusal(21100)
  return { txType, info, tx, signature, l1Sig, account }
}

function decode(txType: number, info: string) {
  try {
    return decodeTxInfo(txType, info)
  } catch (error) {
    if (!(error instanceof HedgebotError)) throw error
    throw refusal(error.code === 'tx_type_unknown' ? 21505 : 21501)
  }
}
