/**
 * Nonces of every key: what the API server accepts, what the sequencer executes, what `nextNonce` shows
 * (PROTOCOL.md section 6).
 * @module
 */
import type { DecodedTransaction } from '../../lighter/signer/transactions.ts'
import type { Clock } from '../../ports.ts'
import type { SimCore } from '../core/core-model.ts'

/** Skip-nonce jumps must stay below this. */
const MAX_SKIP_NONCE = 2n ** 47n - 1n

interface KeyState {
  /** Next nonce that the API server takes. */
  accepted: bigint
  /** Next nonce that the sequencer takes. */
  sequenced: bigint
  waiting: number
  /** Values of `accepted` over time, oldest first. */
  history: { readonly atMs: number; readonly nonce: bigint }[]
}

type SentBy = Pick<DecodedTransaction, 'accountIndex' | 'apiKeyIndex' | 'nonce' | 'attributes'>

export interface NonceLedger {
  /** The rule: last used plus one, or any higher one with the skip attribute. */
  isNext(tx: SentBy): boolean
  /** The API server has taken it. */
  accept(tx: SentBy): void
  /** The sequencer meets it; false when its nonce does not follow there. Otherwise the nonce is used up. */
  sequence(tx: SentBy): boolean
  /** The sequencer drops it unexecuted: its nonce stays free once nothing else waits. */
  drop(tx: SentBy): void
  /** What `nextNonce` and `apikeys` answer, which lags; undefined for a key that is not registered. */
  shown(accountIndex: number, apiKeyIndex: number): bigint | undefined
}

export interface NonceLedgerOptions {
  readonly core: SimCore
  readonly clock: Clock
  /** How old the shown value is. */
  readonly lagMs: number
}

/** Creates a ledger that starts at the nonces stored in the core. */
export function createNonceLedger({ core, clock, lagMs }: NonceLedgerOptions): NonceLedger {
  const keys = new Map<string, KeyState>()
  const stateOf = (accountIndex: number, apiKeyIndex: number): KeyState => {
    const name = `${accountIndex}/${apiKeyIndex}`
    const found = keys.get(name)
    if (found !== undefined) return found
    const nonce = core.account(accountIndex)?.apiKeys.get(apiKeyIndex)?.nonce ?? 0n
    const history = [{ atMs: Number.NEGATIVE_INFINITY, nonce }]
    const created: KeyState = { accepted: nonce, sequenced: nonce, waiting: 0, history }
    keys.set(name, created)
    return created
  }
  const stateFor = (tx: SentBy) => stateOf(tx.accountIndex, tx.apiKeyIndex)
  const setAccepted = (tx: SentBy, state: KeyState, nonce: bigint) => {
    const nowMs = clock.monotonicMs()
    state.accepted = nonce
    state.history.push({ atMs: nowMs, nonce })
    const firstNeeded = state.history.findLastIndex((entry) => entry.atMs <= nowMs - lagMs)
    if (firstNeeded > 0) state.history.splice(0, firstNeeded)
    core.setNonce(tx.accountIndex, tx.apiKeyIndex, nonce)
  }

  return {
    isNext: (tx) => follows(tx, stateFor(tx).accepted),
    accept(tx) {
      const state = stateFor(tx)
      state.waiting += 1
      setAccepted(tx, state, tx.nonce + 1n)
    },
    sequence(tx) {
      const state = stateFor(tx)
      if (!follows(tx, state.sequenced)) return false
      state.waiting -= 1
      state.sequenced = tx.nonce + 1n
      return true
    },
    drop(tx) {
      const state = stateFor(tx)
      state.waiting -= 1
      if (state.waiting === 0) setAccepted(tx, state, state.sequenced)
    },
    shown(accountIndex, apiKeyIndex) {
      if (core.account(accountIndex)?.apiKeys.get(apiKeyIndex) === undefined) return undefined
      const seenAtMs = clock.monotonicMs() - lagMs
      const { history, accepted } = stateOf(accountIndex, apiKeyIndex)
      return history.findLast((entry) => entry.atMs <= seenAtMs)?.nonce ?? accepted
    },
  }
}

function follows(tx: SentBy, next: bigint): boolean {
  if (tx.nonce === next) return true
  return tx.attributes?.skipNonce === 1 && tx.nonce > next && tx.nonce < MAX_SKIP_NONCE
}
