/**
 * One client on the socket: greeting, subscriptions, pings, transactions, the idle close
 * (PROTOCOL.md section 8.1).
 * @module
 */
import type { GatewayParts } from './gateway-parts.ts'
import type { Params } from './request-params.ts'
import { type GatewayResponse, refusalResponse, unavailableResponse } from './rest-service.ts'
import { type AnswersDue, createAnswersDue } from './session-answers.ts'
import { createSessionHand } from './session-hand.ts'
import { createSessionLink, type SessionLink, type SessionSocket } from './session-link.ts'
import { createSessionSubscriptions, type SessionSubscriptions } from './session-subscriptions.ts'
import { serveTransactionMessage, type SessionTransactionsOptions } from './session-transactions.ts'
import { refusal, VenueRefusal } from './venue-refusal.ts'
import { toWireJson } from './wire-json.ts'

/** A socket without any frame from the client for this long is closed. */
const IDLE_CLOSE_MS = 120_600
const IDLE_CLOSE_REASON = 'read tcp 10.0.0.1:443->10.0.0.2:50000: i/o timeout'

export interface SessionOptions extends SessionSocket {
  /** Address that the limits count on. */
  readonly remoteAddress: string
  /** `readonly=true` cannot send transactions; other options change nothing. */
  readonly query: Params
}

export interface GatewaySession {
  /** A text frame came in. */
  receive(text: string, arrivedAtMs?: number): void
  /** A socket-level ping came in; true when a pong should go back. */
  ping(): boolean
  /** A frame came in that says nothing but that the client lives, such as a socket-level pong. */
  heard(): void
  /** The connection is gone. */
  closed(): void
}

/** Opens a session, or refuses the upgrade with an HTTP answer. */
export function openSession(
  parts: GatewayParts,
  options: SessionOptions,
): GatewaySession | GatewayResponse {
  const { remoteAddress: ip } = options
  const occasion = { ip, endpoint: 'stream' }
  const isReadOnly = options.query['readonly'] === 'true'
  if (parts.faults.strike('maintenance', occasion)) return unavailableResponse()
  if (!isReadOnly && parts.faults.strike('restricted', occasion)) {
    return refusalResponse(refusal(20558))
  }
  const full = parts.sockets.open(ip)
  if (full !== undefined) return refusalResponse(full)
  return createSession(parts, options, isReadOnly)
}

function createSession(
  parts: GatewayParts,
  options: SessionOptions,
  isReadOnly: boolean,
): GatewaySession {
  const { remoteAddress: ip } = options
  const accounts = new Set<number>()
  const answers = createAnswersDue(parts.sockets, ip)
  const link = createSessionLink({ parts, socket: options, ip, accounts })
  const subscriptions = createSessionSubscriptions({ parts, link, accounts })
  const desk = { parts, link, ip, isReadOnly, accounts, tokens: () => subscriptions.tokens() }
  const sessionId = drawSessionId(parts)
  let isClosed = false
  const closed = () => {
    if (isClosed) return
    isClosed = true
    stopIdle.stop()
    unlist()
    subscriptions.close()
    link.closed()
    answers.close()
    parts.sockets.close(ip)
  }
  const hand = createSessionHand({ link, subscriptions, closed })
  const openedAtMs = parts.clock.now()
  const unlist = parts.sessions.add({ sessionId, ip, isReadOnly, openedAtMs, accounts, ...hand })
  const stopIdle = watchIdle(parts, () => hand.close(1000, IDLE_CLOSE_REASON))

  link.reply(toWireJson({ session_id: sessionId, type: 'connected' }))
  const heard = () => {
    if (!isClosed) stopIdle.heard()
    return !isClosed
  }
  return {
    receive(text, arrivedAtMs = parts.clock.now()) {
      if (!heard() || !link.isHearing()) return
      serveMessage({ link, subscriptions, desk, answers }, text, arrivedAtMs)
    },
    ping: () => heard() && link.isHearing(),
    heard: () => void heard(),
    closed,
  }
}

interface MessageContext {
  readonly link: SessionLink
  readonly subscriptions: SessionSubscriptions
  readonly desk: SessionTransactionsOptions
  readonly answers: AnswersDue
}

type Message = Readonly<Record<string, unknown>>

function serveMessage(context: MessageContext, text: string, arrivedAtMs: number): void {
  const { link, desk } = context
  const message = parseMessage(text)
  const type = message?.['type']
  if (message !== undefined && (type === 'jsonapi/sendtx' || type === 'jsonapi/sendtxbatch')) {
    const data = isRecord(message['data']) ? message['data'] : {}
    // Rejects only on a mistake of the simulator, which must not pass unseen.
    void serveTransactionMessage(desk, { type, text, data, arrivedAtMs })
    return
  }
  try {
    serveControlMessage(context, message)
  } catch (error) {
    if (!(error instanceof VenueRefusal)) throw error
    link.reply(toWireJson({ error: { code: error.code, message: error.message } }))
  }
}

function serveControlMessage(context: MessageContext, message: Message | undefined): void {
  const { link, desk, answers } = context
  const { sockets } = desk.parts
  const isFlooding = sockets.message(desk.ip)
  if (isFlooding !== undefined) throw isFlooding
  if (message === undefined) throw refusal(30000)
  const type = message['type']
  if (type === 'pong') return
  if (type === 'ping') {
    link.reply('{"type":"pong"}')
    return
  }
  if (type !== 'subscribe' && type !== 'unsubscribe') throw refusal(30001)
  const answered = answers.begin()
  try {
    serveSubscription(context, message, answered)
  } catch (error) {
    answered()
    throw error
  }
}

function serveSubscription(
  { subscriptions }: MessageContext,
  message: Message,
  onAnswered: () => void,
): void {
  const { type, channel, auth } = message
  if (typeof channel !== 'string') throw refusal(30005)
  if (type === 'unsubscribe') subscriptions.unsubscribe(channel, onAnswered)
  else subscriptions.subscribe(channel, typeof auth === 'string' ? auth : undefined, onAnswered)
}

function parseMessage(text: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(text)
    return isRecord(message) ? message : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function drawSessionId({ rng }: GatewayParts): string {
  const hex = Buffer.from(rng.nextBytes(16)).toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return [...parts, hex.slice(20)].join('-')
}

/** Calls back once when nothing has been heard for too long; one timer at a time. */
function watchIdle({ clock }: GatewayParts, onIdle: () => void): { heard(): void; stop(): void } {
  let lastMs = clock.monotonicMs()
  const check = () => {
    const leftMs = lastMs + IDLE_CLOSE_MS - clock.monotonicMs()
    if (leftMs <= 0) onIdle()
    else cancel = clock.setTimer(leftMs, check)
  }
  let cancel = clock.setTimer(IDLE_CLOSE_MS, check)
  return {
    heard() {
      lastMs = clock.monotonicMs()
    },
    stop: () => cancel(),
  }
}
