/**
 * The sockets of one account: one with its streams, over which it sends too, and one behind another egress that stands by.
 * @module
 */
import type { AccountRef, Clock, Logger, Rng, Way } from '../ports.ts'
import type { AccountStore } from './account-store.ts'
import { type AuthTokens, TOKEN_RENEWAL_MS } from './auth-tokens.ts'
import type { ClockOffset } from './clock-offset.ts'
import { sampleFrameStamp } from './frame-stamp.ts'
import type { TransactionSender } from './send-transaction.ts'
import type { SocketSession } from './socket-session.ts'
import type { SubscribeGate } from './subscribe-gate.ts'
import { createVenueSocket, type StayingSocket } from './venue-socket.ts'

/** What the sockets need. */
export interface AccountSocketOptions {
  readonly ref: AccountRef
  readonly way: Way
  /** Undefined: nothing stands by. */
  readonly standbyWay: Way | undefined
  readonly gateOf: (egress: string) => SubscribeGate
  readonly clock: Clock
  readonly clockOffset: ClockOffset
  readonly rng: Rng
  readonly logger: Logger
  readonly streams: readonly AccountStream[]
}

/** Whom the sockets serve. */
export interface AccountSocketParts {
  readonly store: AccountStore
  readonly tokens: AuthTokens
  readonly sender: TransactionSender
}

/** The sockets of one account. */
export interface AccountSockets {
  readonly main: StayingSocket
  /** The one that a transaction goes out on now; undefined when none is open. */
  sendingSession(): SocketSession | undefined
  close(): void
}

/** What a link can listen to; every stream costs one of the address's messages (PROTOCOL.md section 8.5). */
export type AccountStream = 'orders' | 'trades' | 'positions' | 'stats'

const STREAM_CHANNELS: Readonly<Record<AccountStream, string>> = {
  orders: 'account_all_orders',
  trades: 'account_all_trades',
  positions: 'account_all_positions',
  stats: 'user_stats',
}

/** Creates both; the main one opens when it is started, the other one when that is live. */
export function createAccountSockets(
  options: AccountSocketOptions,
  parts: AccountSocketParts,
): AccountSockets {
  const { way, standbyWay } = options
  const standby = createStandbySocket(options, parts.sender)
  const main: StayingSocket = createMainSocket(options, {
    ...parts,
    onLiveChange() {
      parts.store.changed()
      if (main.isLive()) standby?.start()
    },
  })
  const stopMoving = [
    way.onMove(() => main.move(way.mustLeave)),
    standbyWay?.onMove(() => standby?.move(standbyWay.mustLeave)),
  ]
  return {
    main,
    sendingSession: () => main.session() ?? standby?.session(),
    close() {
      for (const stop of stopMoving) stop?.()
      main.close()
      standby?.close()
      way.close()
      standbyWay?.close()
    },
  }
}

function createMainSocket(
  options: AccountSocketOptions,
  parts: AccountSocketParts & { readonly onLiveChange: () => void },
): StayingSocket {
  const { ref, clockOffset, way } = options
  const { store, tokens, sender, onLiveChange } = parts
  const { accountIndex } = ref
  return createVenueSocket({
    ...options,
    transport: way,
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
    onLiveChange,
    onSessionEnd: (sessionId) => sender.pending.endSession(sessionId, 'connection lost'),
    onAuthRefused: tokens.discard,
  })
}

/** Session numbers of the socket that stands by: its answers are told apart from those of the other. */
const STANDBY_SESSIONS = 1_000_000

/**
 * A socket that listens to nothing and is ready to send, behind another egress: when a proxy dies with a leg to be
 * closed, no connection has to be made first.
 */
function createStandbySocket(
  options: AccountSocketOptions,
  sender: TransactionSender,
): StayingSocket | undefined {
  const { ref, standbyWay } = options
  if (standbyWay === undefined) return undefined
  return createVenueSocket({
    ...options,
    transport: standbyWay,
    label: `account "${ref.name}", standing by`,
    channels: () => [],
    firstSessionId: STANDBY_SESSIONS,
    onFrame: (frame, session) => {
      sender.pending.settle(frame, session.id)
    },
    onAlive: () => undefined,
    onLiveChange: () => undefined,
    onSessionEnd: (sessionId) => sender.pending.endSession(sessionId, 'connection lost'),
    onAuthRefused: () => undefined,
  })
}
