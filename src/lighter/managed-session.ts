/**
 * One session that subscribes to its channels and knows when every snapshot has come (PROTOCOL.md section 8).
 * @module
 */
import { messageOf } from '../errors.ts'
import type { Clock, Logger, Transport } from '../ports.ts'
import { venueErrorRule } from './error-codes.ts'
import {
  openSocketSession,
  type SessionEnd,
  type SocketSession,
  type VenueFrame,
} from './socket-session.ts'
import type { GateTicket, SubscribeGate } from './subscribe-gate.ts'

/** One subscription: `order_book/1`, with a token where the channel is private. */
export interface ChannelRequest {
  readonly channel: string
  readonly auth?: string
}

/** What a session needs to subscribe. */
export interface ManagedSessionOptions {
  readonly transport: Transport
  /** Of an egress: what the venue lets through is counted for each. */
  readonly gateOf: (egress: string) => SubscribeGate
  readonly clock: Clock
  readonly logger: Logger
  /** For the log. */
  readonly label: string
  /** Asked at every connection, so that tokens are fresh. */
  readonly channels: () => readonly ChannelRequest[]
  /** Every frame but greeting, ping and pong; an error that it throws ends the session. */
  readonly onFrame: (frame: VenueFrame, session: SocketSession) => void
  readonly onAlive: () => void
  /** The venue did not accept a token. */
  readonly onAuthRefused: () => void
}

/** How long a snapshot may take after the subscription was sent. */
export const SNAPSHOT_TIMEOUT_MS = 15_000

/** One session with what it still waits for. */
export interface ManagedSession {
  readonly session: SocketSession
  readonly awaiting: Map<string, GateTicket>
  isSubscribed: boolean
  isDraining: boolean
  cancelTimer: () => void
}

/** Who is told when a session becomes live and when it ends. */
export interface ManagedEvents {
  readonly onLive: (managed: ManagedSession) => void
  readonly onEnd: (managed: ManagedSession, end: SessionEnd) => void
}

/** Opens a session; it subscribes as soon as the venue greets. */
export function openManagedSession(
  options: ManagedSessionOptions,
  id: number,
  events: ManagedEvents,
): ManagedSession {
  const { clock, transport } = options
  const session = openSocketSession({
    id,
    transport,
    clock,
    handlers: {
      onGreeted: () => {
        const requests = options.channels()
        for (const request of requests) subscribe(managed, request, options)
        if (requests.length === 0) becomeSubscribed(managed, events)
      },
      onFrame: (frame) => {
        try {
          handleFrame(managed, frame, { options, events })
        } catch (error) {
          session.end(messageOf(error))
        }
      },
      onAlive: options.onAlive,
      onEnd: (end) => {
        managed.cancelTimer()
        for (const ticket of managed.awaiting.values()) ticket.leave()
        events.onEnd(managed, end)
      },
    },
  })
  const managed: ManagedSession = {
    session,
    awaiting: new Map(),
    isSubscribed: false,
    isDraining: false,
    cancelTimer: () => undefined,
  }
  return managed
}

/** Asks for a channel, when the egress has room. */
export function subscribe(
  managed: ManagedSession,
  request: ChannelRequest,
  options: ManagedSessionOptions,
): void {
  const { session, awaiting } = managed
  const kind = kindOf(request.channel)
  awaiting.get(kind)?.leave()
  const ticket = options.gateOf(session.egress()).enter(() => {
    session.send(JSON.stringify({ type: 'subscribe', ...request }))
    managed.cancelTimer()
    managed.cancelTimer = options.clock.setTimer(SNAPSHOT_TIMEOUT_MS, () => {
      if (awaiting.size > 0) session.end(`no snapshot of ${[...awaiting.keys()].join(', ')}`)
    })
  })
  awaiting.set(kind, ticket)
}

/** True while the snapshot of a channel is under way. */
export function isAwaiting(managed: ManagedSession, channel: string): boolean {
  return managed.awaiting.has(kindOf(channel))
}

function handleFrame(
  managed: ManagedSession,
  frame: VenueFrame,
  context: { readonly options: ManagedSessionOptions; readonly events: ManagedEvents },
): void {
  const { options, events } = context
  const code = streamErrorCode(frame)
  if (code !== undefined) {
    handleError(managed, code, options)
    return
  }
  options.onFrame(frame, managed.session)
  const kind = snapshotKind(frame)
  if (kind === undefined) return
  managed.awaiting.get(kind)?.leave()
  managed.awaiting.delete(kind)
  if (managed.awaiting.size === 0 && !managed.isSubscribed) becomeSubscribed(managed, events)
}

/** A socket without channels only sends: it is live when it was greeted. */
function becomeSubscribed(managed: ManagedSession, events: ManagedEvents): void {
  managed.isSubscribed = true
  managed.cancelTimer()
  events.onLive(managed)
}

/** Already subscribed is what we wanted. Anything else while a snapshot is missing means that it will not come. */
function handleError(managed: ManagedSession, code: number, options: ManagedSessionOptions): void {
  const name = venueErrorRule(code).code
  if (name === 'already_subscribed') return
  if (name === 'auth_token_refused' || name === 'invalid_parameter') options.onAuthRefused()
  if (managed.awaiting.size > 0) managed.session.end(`the venue refused a subscription: ${name}`)
  else options.logger.warn(`${options.label}: error frame`, { code, name })
}

/** Errors of subscriptions have neither `id` nor a `jsonapi` type (PROTOCOL.md section 8.1). */
function streamErrorCode(frame: VenueFrame): number | undefined {
  const { type, error } = frame as { readonly type?: unknown; readonly error?: unknown }
  if (frame['id'] !== undefined || (typeof type === 'string' && type.startsWith('jsonapi/'))) {
    return undefined
  }
  const holder: unknown = type === 'error' ? frame : error
  if (typeof holder !== 'object' || holder === null) return undefined
  return 'code' in holder && typeof holder.code === 'number' ? holder.code : 0
}

function snapshotKind(frame: VenueFrame): string | undefined {
  const type = frame['type']
  if (typeof type !== 'string' || !type.startsWith('subscribed/')) return undefined
  return type.slice('subscribed/'.length)
}

function kindOf(channel: string): string {
  return channel.split('/', 1)[0] ?? channel
}
