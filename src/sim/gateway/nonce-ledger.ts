/**
 * Nonces of every key slot: what the API server accepts, what the sequencer executes, what `nextNonce` and `apikeys`
 * show (PROTOCOL.md section 6). The counter belongs to the slot: it outlives the keys that come and go there.
 * @module
 */
import type { DecodedTransaction, TxSender } from '../../lighter/signer/transactions.ts'
import type { Clock } from '../../ports.ts'
import { NO_PUBLIC_KEY } from '../core/account-book.ts'
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
  history: NonceAt[]
}

interface NonceAt {
  readonly atMs: number
  readonly nonce: bigint
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
  /** Whether a transaction of the account is accepted and not executed yet. */
  isQueued(accountIndex: number): boolean
  /** What `nextNonce` and `apikeys` answer, which lags; undefined for a slot that was never used. */
  shown(accountIndex: number, apiKeyIndex: number): bigint | undefined
  /** A transaction has put another key into the slot; `before` is what was there, 80 hex digits. */
  noteKeyChange(sender: TxSender, before: string): void
  /** The public key that `apikeys` shows, 80 hex digits: the new one only after the lag (PROTOCOL.md 6, 12.1). */
  shownKey(accountIndex: number, apiKeyIndex: number): string
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
    state.accepted = nonce
    remember(state, { atMs: clock.monotonicMs(), nonce }, lagMs)
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
    isQueued: (accountIndex) =>
      slotsOf(core, accountIndex).some((slot) => stateOf(accountIndex, slot).waiting > 0),
    shown(accountIndex, apiKeyIndex) {
      if (!slotsOf(core, accountIndex).includes(apiKeyIndex)) return undefined
      const seenAtMs = clock.monotonicMs() - lagMs
      const { history, accepted } = stateOf(accountIndex, apiKeyIndex)
      return history.findLast((entry) => entry.atMs <= seenAtMs)?.nonce ?? accepted
    },
    ...shownKeys({ core, clock, lagMs }),
  }
}

/** Adds what is shown from now on, and forgets what is never shown again. */
function remember({ history }: KeyState, entry: NonceAt, lagMs: number): void {
  history.push(entry)
  const firstNeeded = history.findLastIndex(({ atMs }) => atMs <= entry.atMs - lagMs)
  if (firstNeeded > 0) history.splice(0, firstNeeded)
}

function slotsOf(core: SimCore, accountIndex: number): readonly number[] {
  return [...(core.account(accountIndex)?.apiKeys.keys() ?? [])]
}

/** What `apikeys` shows of keys: a replaced one until the lag has passed. */
function shownKeys({
  core,
  clock,
  lagMs,
}: NonceLedgerOptions): Pick<NonceLedger, 'noteKeyChange' | 'shownKey'> {
  const replaced = new Map<string, { readonly publicKeyHex: string; readonly untilMs: number }>()
  const stillShown = (name: string): string | undefined => {
    const shown = replaced.get(name)
    return shown !== undefined && shown.untilMs > clock.monotonicMs()
      ? shown.publicKeyHex
      : undefined
  }
  return {
    noteKeyChange({ accountIndex, apiKeyIndex }, before) {
      const name = `${accountIndex}/${apiKeyIndex}`
      // What was not shown yet when the next change came is never shown.
      const publicKeyHex = stillShown(name) ?? before
      replaced.set(name, { publicKeyHex, untilMs: clock.monotonicMs() + lagMs })
    },
    shownKey(accountIndex, apiKeyIndex) {
      const key = core.account(accountIndex)?.apiKeys.get(apiKeyIndex)?.publicKeyHex
      return stillShown(`${accountIndex}/${apiKeyIndex}`) ?? key ?? NO_PUBLIC_KEY
    },
  }
}

function follows(tx: SentBy, next: bigint): boolean {
  if (tx.nonce === next) return true
  return tx.attributes?.skipNonce === 1 && tx.nonce > next && tx.nonce < MAX_SKIP_NONCE
}
