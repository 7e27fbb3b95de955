import { assert, HedgebotError } from '../errors.ts'
import type { MarketInfo } from '../hedge/market.ts'
import type {
  AccountLink,
  AccountRef,
  Clock,
  Logger,
  Rng,
  SignedTransaction,
  Transport,
} from '../ports.ts'
import { tenThousandths } from './account-convert.ts'
import { createAccountReads } from './account-reads.ts'
import { type AccountStore, createAccountStore } from './account-store.ts'
import { type AuthTokens, createAuthTokens, TOKEN_RENEWAL_MS } from './auth-tokens.ts'
import type { Budget } from './budget.ts'
import type { ClockOffset } from './clock-offset.ts'
import { createRestClient } from './rest-client.ts'
import { createTransactionSender, type TransactionSender } from './send-transaction.ts'
import type { Signer } from './signer/signer.ts'
import { signIntent } from './sign-intent.ts'
import { sampleFrameStamp } from './frame-stamp.ts'
import type { SubscribeGate } from './subscribe-gate.ts'
import { createVenueSocket, type StayingSocket } from './venue-socket.ts'
import { waitUntil } from './wait-until.ts'

/** What a link needs. */
export interface AccountLinkOptions {
  readonly ref: AccountRef
  readonly signer: Signer
  readonly transport: Transport
  readonly gate: SubscribeGate
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

/** What a link can listen to; every stream costs one of the address's messages (PROTOCOL.md section 8.5). */
export type AccountStream = 'orders' | 'trades' | 'positions' | 'stats'

const STREAM_CHANNELS: Readonly<Record<AccountStream, string>> = {
  orders: 'account_all_orders',
  trades: 'account_all_trades',
  positions: 'account_all_positions',
  stats: 'user_stats',
}

/**
 * Creates the link of one account. Its socket opens with the first `ready` or `onChange`; reads and sends over REST
 * work without it.
 */
export function createAccountLink(options: AccountLinkOptions): AccountLink {
  const { ref, signer, budget, clock, clockOffset, transport } = options
  const tokens = createAuthTokens({ clock, clockOffset, sign: (at) => signer.authToken(at) })
  const isLive = (): boolean => socket.isLive()
  const store = createAccountStore({ ...ref, clock, clockOffset, isLive })
  const account = { name: ref.name, tokens }
  const onAnswer = (): void => store.noteAnswer(false)
  const rest = createRestClient({ transport, clock, clockOffset, budget, account, onAnswer })
  const session = () => socket.session()
  const sender = createTransactionSender({ ...options, tokens, rest, session })
  const socket: StayingSocket = createAccountSocket(options, { store, tokens, sender })
  const expiresAtMs = (): number => Math.round(clockOffset.venueNowMs()) + options.orderExpiryMs
  return {
    ref,
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
    unitsLeft: (priority) => budget.unitsLeft(ref.name, priority),
    close: socket.close,
  }
}

function createAccountSocket(
  options: AccountLinkOptions,
  parts: {
    readonly store: AccountStore
    readonly tokens: AuthTokens
    readonly sender: TransactionSender
  },
): StayingSocket {
  const { ref, clockOffset } = options
  const { store, tokens, sender } = parts
  const { accountIndex } = ref
  return createVenueSocket({
    ...options,
    label: `account "${ref.name}"`,
    channels: () => {
      const auth = tokens.current()
      return options.streams.map((stream) => {
        const channel = `${STREAM_CHANNELS[stream]}/${accountIndex}`
        return stream === 'stats' ? { channel } : { channel, auth }
      })
    },
    rotateEveryMs: TOKEN_RENEWAL_MS,
    onFrame: (frame, session) => {
      sampleFrameStamp(frame, clockOffset)
      if (!sender.pending.settle(frame, session.id)) store.applyFrame(frame)
    },
    onAlive: () => store.noteAnswer(true),
    onLiveChange: store.changed,
    onSessionEnd: (sessionId) => sender.pending.endSession(sessionId, 'connection lost'),
    onAuthRefused: tokens.discard,
  })
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
  if (rows === undefined) {
    throw new HedgebotError('unknown_state', 'the present leverage is not known yet', {
      code: 'leverage_unknown',
    })
  }
  const row = rows.get(market.marketIndex)?.row
  const fraction = row?.initialMarginFraction ?? market.defaultInitialMarginFraction
  const initialMarginFraction = tenThousandths(fraction)
  assert(initialMarginFraction > 0, 'the present margin fraction is positive')
  const marginMode = row?.marginMode ?? (market.isIsolatedOnly ? 'isolated' : 'cross')
  const intent = { kind: 'leverage', market, initialMarginFraction, marginMode } as const
  return signIntent(signer, intent, { nonce, expiresAtMs })
}
