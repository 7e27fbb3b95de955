/**
 * What one socket has subscribed to (PROTOCOL.md sections 7, 8.1 and 8.5). A subscription that needed a token ends
 * with it, unless the simulator is told otherwise: the real exchange does not document it.
 * @module
 */
import type { VerifiedToken } from './auth-gate.ts'
import { type Channel, readChannel } from './channel.ts'
import type { GatewayParts } from './gateway-parts.ts'
import type { SessionLink } from './session-link.ts'
import { SOCKET_LIMITS } from './socket-limiter.ts'
import { refusal } from './venue-refusal.ts'
import { toWireJson } from './wire-json.ts'

export interface SessionSubscriptions {
  /**
   * Answers with a snapshot and goes on with updates.
   * @throws VenueRefusal
   */
  subscribe(channelText: string, auth: string | undefined, onAnswered: () => void): void
  /**
   * Ends a subscription and says so.
   * @throws VenueRefusal 30002 or 30005
   */
  unsubscribe(channelText: string, onAnswered: () => void): void
  /** Tokens shown so far that still hold. */
  tokens(): readonly VerifiedToken[]
  close(): void
}

export interface SessionSubscriptionsOptions {
  readonly parts: GatewayParts
  readonly link: SessionLink
  /** Grows with the accounts that the socket has to do with. */
  readonly accounts: Set<number>
}

/** Creates the subscriptions of a socket: none. */
export function createSessionSubscriptions(
  options: SessionSubscriptionsOptions,
): SessionSubscriptions {
  const { parts, link, accounts } = options
  /** What ends each subscription, by channel key. */
  const active = new Map<string, () => void>()
  const shown = new Map<string, VerifiedToken>()

  const end = (key: string) => {
    active.get(key)?.()
    active.delete(key)
  }
  return {
    subscribe(channelText, auth, onAnswered) {
      const channel = readChannel(parts.core, channelText)
      // Every subscribe to account_all sends a new snapshot (PROTOCOL.md section 8.1).
      if (channel.name === 'account_all') end(channel.key)
      if (active.has(channel.key)) throw refusal(30003, `: ${channel.key}`)
      const token = tokenFor(parts, channel, auth)
      if (auth !== undefined && token !== undefined) shown.set(auth, token)
      assertRoom(active.size, accounts, channel)
      if (channel.accountIndex !== undefined) accounts.add(channel.accountIndex)
      const stopFeed = startFeed(options, channel, onAnswered)
      const stopTimer = endOfToken(parts, token, () => {
        end(channel.key)
        const { code, message } = refusal(20013, `invalid deadline: ${channel.key}`)
        link.reply(toWireJson({ error: { code, message } }))
      })
      active.set(channel.key, () => {
        stopFeed()
        stopTimer()
      })
    },
    unsubscribe(channelText, onAnswered) {
      const channel = readChannel(parts.core, channelText)
      if (!active.has(channel.key)) throw refusal(30002, `: ${channel.key}`)
      end(channel.key)
      const frame = toWireJson({ type: 'unsubscribed', channel: channel.label })
      link.pushStream(channel.label, frame, onAnswered)
    },
    tokens() {
      const nowMs = parts.clock.now()
      return [...shown.values()].filter((token) => token.deadlineMs > nowMs)
    },
    close() {
      for (const key of active.keys()) end(key)
    },
  }
}

/** Sends the snapshot and every update in the channel's lane. */
function startFeed(
  { parts, link }: SessionSubscriptionsOptions,
  channel: Channel,
  onAnswered: () => void,
): () => void {
  let answered: (() => void) | undefined = onAnswered
  return parts.hub.subscribe(channel, (frame) => {
    link.pushStream(channel.label, frame, answered)
    answered = undefined
  })
}

function tokenFor(
  { gate }: GatewayParts,
  channel: Channel,
  auth: string | undefined,
): VerifiedToken | undefined {
  if (auth === undefined || auth === '') {
    if (!channel.isPrivate) return undefined
    throw refusal(20001, `: auth field is required: ${channel.key}`)
  }
  const token = gate.verify(auth, channel.key)
  if (channel.isPrivate && !gate.mayRead(token, channel.accountIndex ?? -1)) {
    throw refusal(20013, `account mismatch: ${channel.key}`)
  }
  return token
}

function assertRoom(count: number, accounts: ReadonlySet<number>, channel: Channel): void {
  if (count >= SOCKET_LIMITS.subscriptionsPerConnection) throw refusal(23001)
  const { accountIndex } = channel
  if (accountIndex === undefined || accounts.has(accountIndex)) return
  if (accounts.size >= SOCKET_LIMITS.accountsPerConnection) throw refusal(23002)
}

/** Calls back at the token's deadline on the venue's clock; the returned function cancels. */
function endOfToken(
  { clock, subscriptionsOutliveTokens }: GatewayParts,
  token: VerifiedToken | undefined,
  onEnd: () => void,
): () => void {
  if (token === undefined || subscriptionsOutliveTokens) return () => undefined
  return clock.setTimer(token.deadlineMs - clock.now(), onEnd)
}
