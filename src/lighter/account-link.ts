import { HedgebotError } from '../errors.ts'
import type { MarketInfo } from '../hedge/market.ts'
import type {
  AccountLink,
  AccountRef,
  Clock,
  Logger,
  Rng,
  SignedTransaction,
  Way,
} from '../ports.ts'
import { tenThousandths } from './account-convert.ts'
import { createAccountReads } from './account-reads.ts'
import { type AccountStream, createAccountSockets } from './account-sockets.ts'
import { type AccountStore, createAccountStore } from './account-store.ts'
import { createAuthTokens } from './auth-tokens.ts'
import type { Budget } from './budget.ts'
import type { ClockOffset } from './clock-offset.ts'
import { createRestClient } from './rest-client.ts'
import { createTransactionSender } from './send-transaction.ts'
import type { Signer } from './signer/signer.ts'
import { signIntent } from './sign-intent.ts'
import type { SubscribeGate } from './subscribe-gate.ts'
import { waitUntil } from './wait-until.ts'

/** What a link needs. */
export interface AccountLinkOptions {
  readonly ref: AccountRef
  readonly signer: Signer
  readonly way: Way
  /** Another way, behind which a second socket is kept ready to send; undefined: none is. */
  readonly standbyWay: Way | undefined
  readonly gateOf: (egress: string) => SubscribeGate
  readonly budget: Budget
  readonly clock: Clock
  readonly clockOffset: ClockOffset
  readonly rng: Rng
  readonly logger: Logger
  readonly orderExpiryMs: number
  readonly answerTimeoutMs: number
  /** The same for what closes or protects. */
  readonly closingAnswerTimeoutMs: number
  readonly restTimeoutMs: number
  readonly streams: readonly AccountStream[]
}

/**
 * Creates the link of one account. Its socket opens with the first `ready` or `onChange`; reads and sends over REST
 * work without it.
 */
export function createAccountLink(options: AccountLinkOptions): AccountLink {
  const { ref, signer, budget, clock, clockOffset, way } = options
  const tokens = createAuthTokens({ clock, clockOffset, sign: (at) => signer.authToken(at) })
  const isLive = (): boolean => sockets.main.isLive()
  const store = createAccountStore({ ...ref, clock, clockOffset, isLive })
  const account = { name: ref.name, tokens }
  const onAnswer = (): void => store.noteAnswer(false)
  const rest = createRestClient({ transport: way, clock, clockOffset, budget, account, onAnswer })
  const session = () => sockets.sendingSession()
  const sender = createTransactionSender({ ...options, tokens, rest, session })
  const sockets = createAccountSockets(options, { store, tokens, sender })
  const { main: socket } = sockets
  const expiresAtMs = (): number => Math.round(clockOffset.venueNowMs()) + options.orderExpiryMs
  return {
    ref,
    egress: () => way.egress,
    publicKeyHex: signer.publicKeyHex,
    ready(timeoutMs, signal) {
      socket.start()
      const goal = {
        clock,
        isReached: isLive,
        onChange: store.onChange,
        obstacle: socket.lastEnd,
      }
      return waitUntil(goal, { timeoutMs, what: `the streams of account "${ref.name}"`, signal })
    },
    view: store.view,
    order: store.order,
    fills: store.fills,
    marketFills: store.marketFills,
    onChange(listener) {
      socket.start()
      return store.onChange(listener)
    },
    lastAnswerAtMs: store.lastAnswerAtMs,
    lastDataAtMs: store.lastDataAtMs,
    reconnect: socket.reconnect,
    probe: () => socket.session()?.ping(),
    sign: (intent, nonce) => signIntent(signer, intent, { nonce, expiresAtMs: expiresAtMs() }),
    signDisplacing: (market, nonce) =>
      signDisplacing(store, signer, { market, nonce, expiresAtMs: expiresAtMs() }),
    send: sender.send,
    ...createAccountReads({ ref, rest, store, clock, clockOffset, budget }),
    unitsLeft: (priority, atMs) => budget.unitsLeft(ref.name, priority, atMs),
    close: sockets.close,
  }
}

/**
 * Leverage set to the value it has: of the position row, or the market's default when the account never touched it.
 * @throws HedgebotError kind `unknown_state` while the present value is not known
 */
function signDisplacing(
  store: AccountStore,
  signer: Signer,
  wanted: { readonly market: MarketInfo; readonly nonce: number; readonly expiresAtMs: number },
): SignedTransaction {
  const { market, nonce, expiresAtMs } = wanted
  const { rows } = store.state()
  const row = rows?.get(market.marketIndex)?.row
  const fraction = row?.initialMarginFraction ?? market.defaultInitialMarginFraction
  // What the venue tells may be no fraction at all; a leverage is never made up.
  if (rows === undefined || !fraction.gt(0) || fraction.gt(1)) {
    throw new HedgebotError('unknown_state', 'the present leverage is not known yet', {
      code: 'leverage_unknown',
    })
  }
  const initialMarginFraction = tenThousandths(fraction)
  const marginMode = row?.marginMode ?? (market.isIsolatedOnly ? 'isolated' : 'cross')
  const intent = { kind: 'leverage', market, initialMarginFraction, marginMode } as const
  return signIntent(signer, intent, { nonce, expiresAtMs })
}
