/**
 * A socket that stays: it reconnects with growing pauses, and is replaced by a second one before its token ends, so
 * that streams have no gap (DESIGN.md section 5).
 * @module
 */
import type { Clock, Rng } from '../ports.ts'
import {
  type ManagedSession,
  type ManagedSessionOptions,
  isAwaiting,
  openManagedSession,
  subscribe,
} from './managed-session.ts'
import type { SessionEnd, SocketSession } from './socket-session.ts'

/** What a staying socket needs. */
export interface VenueSocketOptions extends ManagedSessionOptions {
  readonly rng: Rng
  /** A second socket takes over after this time. */
  readonly rotateEveryMs?: number
  /** Sessions are numbered from here, where several sockets share their answers. Default 0. */
  readonly firstSessionId?: number
  /** The socket became live, or is not live any more. */
  readonly onLiveChange: () => void
  readonly onSessionEnd: (sessionId: number) => void
}

/** A socket that is opened again whenever it ends. */
export interface StayingSocket {
  start(): void
  /** True while every channel of the current session has delivered its snapshot. */
  isLive(): boolean
  /** Why the last session ended, while there is no live one. */
  lastEnd(): SessionEnd | undefined
  /** The session that a transaction may go out on. */
  session(): SocketSession | undefined
  /** Asks for a channel's snapshot again, unless one is under way. */
  resubscribe(session: SocketSession, channel: string): void
  /** Ends the live session and opens another; nothing while none is live. */
  reconnect(reason: string): void
  /** Another session takes over if the live one's egress is to be left; one that waits for its next try waits no more. */
  move(mustLeave: (egress: string) => boolean): void
  close(): void
}

/** How long a replaced session may still deliver answers. */
export const DRAIN_MS = 3_000
const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 15_000
/** After a limit or a refusal of the region: trying often makes it worse. */
const REFUSED_PAUSE_MS = 30_000
/** A session that lived this long was a good one: pauses start small again. */
const GOOD_LIFE_MS = 10_000

interface Life {
  live: ManagedSession | undefined
  /** Connecting, or waiting for snapshots. */
  candidate: ManagedSession | undefined
  readonly draining: Set<ManagedSession>
  isStarted: boolean
  sessionCount: number
  failures: number
  lastEnd: SessionEnd | undefined
  liveSinceMs: number
  cancelConnect: () => void
  cancelRotation: () => void
}

/** Creates a socket that stays; nothing is opened before `start`. */
export function createVenueSocket(options: VenueSocketOptions): StayingSocket {
  const life = newLife()
  return {
    start() {
      if (life.isStarted) return
      life.isStarted = true
      connect(life, options)
    },
    isLive: () => life.live !== undefined,
    lastEnd: () => (life.live === undefined ? life.lastEnd : undefined),
    session: () => life.live?.session,
    resubscribe(session, channel) {
      const managed = [life.live, life.candidate].find((entry) => entry?.session === session)
      if (managed === undefined || isAwaiting(managed, channel)) return
      session.send(JSON.stringify({ type: 'unsubscribe', channel }))
      subscribe(managed, { channel }, options)
    },
    reconnect: (reason) => reconnect(life, options, reason),
    move(mustLeave) {
      if (life.live !== undefined && !mustLeave(life.live.session.egress())) return
      if (life.live === undefined) life.cancelConnect()
      connect(life, options)
    },
    close() {
      life.isStarted = false
      life.cancelConnect()
      life.cancelRotation()
      const all = [life.live, life.candidate, ...life.draining]
      for (const managed of all) managed?.session.end('closed by us')
    },
  }
}

function newLife(): Life {
  return {
    live: undefined,
    candidate: undefined,
    draining: new Set(),
    isStarted: false,
    sessionCount: 0,
    failures: 0,
    lastEnd: undefined,
    liveSinceMs: 0,
    cancelConnect: () => undefined,
    cancelRotation: () => undefined,
  }
}

function connect(life: Life, options: VenueSocketOptions): void {
  if (!life.isStarted || life.candidate !== undefined) return
  life.sessionCount++
  const id = (options.firstSessionId ?? 0) + life.sessionCount
  life.candidate = openManagedSession(options, id, {
    onLive: (managed) => becomeLive(life, managed, options),
    onEnd: (managed, end) => handleEnd(life, { managed, end }, options),
  })
}

/**
 * At once the first time. A session that ends again before it was a good one has the usual pause, so that who asks in
 * a loop does not defeat it.
 */
function reconnect(life: Life, options: VenueSocketOptions, reason: string): void {
  if (life.live === undefined) return
  life.live.session.blame()
  life.live.session.end(reason)
  if (life.failures > 1) return
  life.cancelConnect()
  connect(life, options)
}

function becomeLive(life: Life, managed: ManagedSession, options: VenueSocketOptions): void {
  const { clock, rotateEveryMs } = options
  const replaced = life.live
  life.live = managed
  if (life.candidate === managed) life.candidate = undefined
  life.liveSinceMs = clock.monotonicMs()
  if (replaced !== undefined) {
    life.draining.add(replaced)
    drain(replaced, clock)
  }
  life.cancelRotation()
  // An earlier session's end may have left one; a live session needs no other.
  life.cancelConnect()
  if (rotateEveryMs !== undefined) {
    life.cancelRotation = clock.setTimer(rotateEveryMs, () => connect(life, options))
  }
  options.onLiveChange()
}

function handleEnd(
  life: Life,
  ended: { readonly managed: ManagedSession; readonly end: SessionEnd },
  options: VenueSocketOptions,
): void {
  const { managed, end } = ended
  const { clock, logger, label } = options
  const wasLive = managed === life.live
  if (wasLive) life.live = undefined
  if (managed === life.candidate) life.candidate = undefined
  life.draining.delete(managed)
  options.onSessionEnd(managed.session.id)
  if (wasLive) options.onLiveChange()
  if (!life.isStarted || managed.isDraining) return
  const isGood = wasLive && clock.monotonicMs() - life.liveSinceMs >= GOOD_LIFE_MS
  life.lastEnd = end
  life.failures = isGood ? 0 : life.failures + 1
  logger.warn(`${label}: socket ended`, { reason: end.reason, wasLive, failures: life.failures })
  life.cancelConnect()
  const pause = pauseMs(life.failures, end, options.rng)
  life.cancelConnect = clock.setTimer(pause, () => connect(life, options))
}

function drain(managed: ManagedSession, clock: Clock): void {
  managed.isDraining = true
  managed.cancelTimer()
  managed.cancelTimer = clock.setTimer(DRAIN_MS, () => managed.session.end('replaced by a new one'))
}

function pauseMs(failures: number, end: SessionEnd, rng: Rng): number {
  const grown = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1))
  const base = end.error?.venueCode === undefined ? grown : Math.max(grown, REFUSED_PAUSE_MS)
  return Math.round(base * (0.5 + rng.nextFloat()))
}
