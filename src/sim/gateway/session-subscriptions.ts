/**
 * What one socket has subscribed to (PROTOCOL.md sections 7, 8.1 and 8.5). A subscription to an account that came with
 * a token ends with it, unless the simulator is told otherwise: the real exchange does not document it.
 * @module
 */
import { REVOKED, type VerifiedToken } from './auth-gate.ts'
import { type Channel, readChannel } from './channel.ts'
import { copiesOf, type Disturbance, disturb } from './frame-disturbance.ts'
import type { GatewayParts } from './gateway-parts.ts'
import type { SessionLink } from './session-link.ts'
import type { SubscriptionBlow, SubscriptionView } from './session-registry.ts'
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
  list(): readonly SubscriptionView[]
  /** Lets a blow fall on a subscription; false when there is none with this key. */
  strike(key: string, blow: SubscriptionBlow): boolean
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
  const active = createActiveSubscriptions(link)
  const shown = createShownTokens(parts)

  return {
    subscribe(channelText, auth, onAnswered) {
      const channel = readChannel(parts.core, channelText)
      // Every subscribe to account_all sends a new snapshot (PROTOCOL.md section 8.1).
      const isAgain = active.has(channel.key)
      if (isAgain && channel.name !== 'account_all') throw refusal(30003, `: ${channel.key}`)
      const token = tokenFor(parts, channel, auth)
      if (auth !== undefined && token !== undefined) shown.add(auth, token)
      const isLimited = !isAgain && !parts.requests.isUnlimited
      if (isLimited) assertRoom(active.count(), accounts, channel)
      if (channel.accountIndex !== undefined) accounts.add(channel.accountIndex)
      active.end(channel.key)
      const { disturbance, end: stopFeed } = startFeed(options, channel, onAnswered)
      // What belongs to nobody goes on.
      const ending = channel.accountIndex === undefined ? undefined : token
      const stopWatch = endOfToken(parts, ending, (why) => {
        if (auth !== undefined) shown.forget(auth)
        active.refuse(channel.key, refusal(20013, `${why}: ${channel.key}`))
      })
      active.add(channel.key, { disturbance, end: () => (stopFeed(), stopWatch()) })
    },
    unsubscribe(channelText, onAnswered) {
      const channel = readChannel(parts.core, channelText)
      if (!active.has(channel.key)) throw refusal(30002, `: ${channel.key}`)
      active.end(channel.key)
      const frame = toWireJson({ type: 'unsubscribed', channel: channel.label })
      link.pushStream(channel.label, frame, onAnswered)
    },
    tokens: () => shown.list(),
    list: () => active.list(),
    strike: (key, blow) => active.strike(key, blow),
    close: () => active.close(),
  }
}

interface ShownTokens {
  add(text: string, token: VerifiedToken): void
  forget(text: string): void
  /** Those that still hold. */
  list(): readonly VerifiedToken[]
}

function createShownTokens({ clock }: GatewayParts): ShownTokens {
  const shown = new Map<string, VerifiedToken>()
  const forgetExpired = () => {
    const nowMs = clock.now()
    for (const [text, { deadlineMs }] of shown) if (deadlineMs <= nowMs) shown.delete(text)
  }
  return {
    add(text, token) {
      forgetExpired()
      shown.set(text, token)
    },
    forget: (text) => void shown.delete(text),
    list() {
      forgetExpired()
      return [...shown.values()]
    },
  }
}

interface ActiveSubscriptions extends Pick<SessionSubscriptions, 'list' | 'strike' | 'close'> {
  add(key: string, subscription: Subscription): void
  has(key: string): boolean
  count(): number
  end(key: string): void
  /** Ends it with an error frame. */
  refuse(key: string, error: { readonly code: number; readonly message: string }): void
}

function createActiveSubscriptions(link: SessionLink): ActiveSubscriptions {
  /** By channel key. */
  const active = new Map<string, Subscription>()
  const end = (key: string) => {
    active.get(key)?.end()
    active.delete(key)
  }
  const refuse: ActiveSubscriptions['refuse'] = (key, { code, message }) => {
    end(key)
    link.reply(toWireJson({ error: { code, message } }))
  }
  return {
    add: (key, subscription) => void active.set(key, subscription),
    has: (key) => active.has(key),
    count: () => active.size,
    end,
    refuse,
    list: () => Array.from(active, ([key, sub]) => ({ key, isFed: !sub.disturbance.isMute })),
    strike(key, blow) {
      const struck = active.get(key)
      if (struck === undefined) return false
      if (blow.kind === 'forget') end(key)
      else if (blow.kind === 'refuse') refuse(key, blow)
      else disturb(struck.disturbance, blow)
      return true
    },
    close() {
      for (const key of active.keys()) end(key)
    },
  }
}

interface Subscription {
  readonly disturbance: Disturbance
  end(): void
}

/** Sends the snapshot and every update in the channel's lane. */
function startFeed(
  { parts, link }: SessionSubscriptionsOptions,
  channel: Channel,
  onAnswered: () => void,
): Subscription {
  let answered: (() => void) | undefined = onAnswered
  const disturbance: Disturbance = { isMute: false, dropping: 0, doubling: 0 }
  const end = parts.hub.subscribe(channel, (frame) => {
    const copies = copiesOf(disturbance)
    if (copies === 0) return
    link.pushStream(channel.label, frame, answered)
    answered = undefined
    if (copies === 2) link.pushStream(channel.label, frame)
  })
  return { disturbance, end }
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

/** Calls back when the token is revoked, or at its deadline on the venue's clock; the returned function cancels. */
function endOfToken(
  { clock, gate, subscriptionsOutliveTokens }: GatewayParts,
  token: VerifiedToken | undefined,
  onEnd: (why: string) => void,
): () => void {
  if (token === undefined) return () => undefined
  const stopWatch = gate.watchRevocation(token, () => onEnd(REVOKED))
  if (subscriptionsOutliveTokens) return stopWatch
  const leftMs = token.deadlineMs - clock.now()
  const stopTimer = clock.setTimer(leftMs, () => onEnd('invalid deadline'))
  return () => {
    stopWatch()
    stopTimer()
  }
}
