import { HedgebotError } from '../errors.ts'
import type { Intent } from '../hedge/intent.ts'
import type { SignedTransaction } from '../ports.ts'
import { buildTransaction, toSignRequest } from './build-transaction.ts'
import { checkMeaning } from './check-meaning.ts'
import { checkPassport } from './signer/passport.ts'
import type { Signer } from './signer/signer.ts'

/** What a transaction carries beside its intent. */
export interface IntentEnvelope {
  readonly nonce: number
  /** Deadline for the sequencer on the venue's clock, milliseconds since 1970. */
  readonly expiresAtMs: number
}

/**
 * Builds, signs and checks one transaction: what the bytes say is what the intent says, or nothing comes out.
 * @throws HedgebotError kind `signer`
 */
export function signIntent(
  signer: Signer,
  intent: Intent,
  envelope: IntentEnvelope,
): SignedTransaction {
  const { nonce, expiresAtMs } = envelope
  try {
    const built = buildTransaction(intent)
    checkMeaning(intent, built.body)
    const signed = signer.sign(toSignRequest(built, { nonce, expiredAt: expiresAtMs }))
    checkPassport(
      {
        ...built.body,
        nonce,
        expiredAt: expiresAtMs,
        attributes: built.attributes,
        accountIndex: signer.accountIndex,
        apiKeyIndex: signer.apiKeyIndex,
        chainId: signer.chainId,
      },
      signed,
    )
    return { ...signed, nonce, expiresAtMs }
  } catch (error) {
    throw asSignerError(error)
  }
}

/** The signer says `refused` for a field out of range; for us that is a transaction that cannot be signed. */
function asSignerError(error: unknown): unknown {
  if (!(error instanceof HedgebotError) || error.kind === 'signer' || error.kind === 'bug') {
    return error
  }
  return new HedgebotError('signer', error.message, { code: error.code, cause: error })
}
