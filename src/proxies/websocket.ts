/**
 * WebSockets to the venue, with a deadline for the handshake and errors in our own words.
 * @module
 */
import type { Agent, IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import { HedgebotError } from '../errors.ts'
import type { Clock, VenueSocket, VenueSocketHandlers } from '../ports.ts'
import { type EgressName, networkError, venueConnectionError } from './connection-error.ts'
import { USER_AGENT } from './http.ts'
import { isFirewall, venueCodeIn } from './venue-refusal.ts'

/** Largest frame we take; a whole order book is about 0.3 MB. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024
/** RFC 6455 section 7.4.1: no close frame came. */
const ABNORMAL_CLOSURE = 1006
/** As much of a refused upgrade's body as we read. */
const MAX_REFUSAL_CHARS = 2_000

/** What a WebSocket needs. */
export interface WebSocketOptions {
  readonly way: EgressName
  readonly url: string
  readonly agent: Agent | undefined
  readonly clock: Clock
  /** Longest time until the socket is open. */
  readonly connectTimeoutMs: number
}

/** What is known of one socket's life. */
interface Life {
  failure: HedgebotError | undefined
  /** Before that nothing can be sent, so nothing can have been delivered. */
  wasOpen: boolean
  isEndedByUs: boolean
}

/** Opens one WebSocket; every failure arrives through `onClose`, exactly once. */
export function connectWebSocket(
  options: WebSocketOptions,
  handlers: VenueSocketHandlers,
): VenueSocket {
  const { agent, way } = options
  const socket = new WebSocket(options.url, {
    ...(agent === undefined ? {} : { agent }),
    headers: { 'User-Agent': USER_AGENT },
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    followRedirects: false,
  })
  const life: Life = { failure: undefined, wasOpen: false, isEndedByUs: false }
  const fail = (error: HedgebotError): void => {
    life.failure ??= error
  }
  const cancelTimer = options.clock.setTimer(options.connectTimeoutMs, () => {
    fail(notOpenInTime(options))
    socket.terminate()
  })
  socket.on('open', () => {
    cancelTimer()
    life.wasOpen = true
    handlers.onOpen()
  })
  socket.on('message', (data) => handlers.onMessage(textOf(data)))
  socket.on('pong', () => handlers.onPong())
  socket.on('error', (cause) => fail(translate(way, cause, life.wasOpen)))
  socket.on('unexpected-response', (_request, response) => {
    readRefusal(way, response, (error) => {
      fail(error)
      socket.terminate()
    })
  })
  socket.once('close', (code, reason) => {
    cancelTimer()
    if (code === ABNORMAL_CLOSURE && !life.isEndedByUs) fail(lostError(way, life.wasOpen))
    const close = { code, reason: reason.toString() }
    handlers.onClose(life.failure === undefined ? close : { ...close, error: life.failure })
  })
  return handleOf(socket, life)
}

function handleOf(socket: WebSocket, life: Life): VenueSocket {
  return {
    send: (text) => {
      if (socket.readyState !== WebSocket.OPEN) return false
      socket.send(text)
      return true
    },
    ping: () => {
      if (socket.readyState === WebSocket.OPEN) socket.ping()
    },
    close: () => {
      life.isEndedByUs = true
      socket.close()
    },
    terminate: () => {
      life.isEndedByUs = true
      socket.terminate()
    },
  }
}

function textOf(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString()
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data).toString()
}

function notOpenInTime({ way, connectTimeoutMs }: WebSocketOptions): HedgebotError {
  return networkError(way, `did not open a WebSocket in ${connectTimeoutMs} ms`, {
    code: 'connect_timeout',
    mayHaveBeenDelivered: false,
  })
}

function translate(way: EgressName, cause: unknown, wasOpen: boolean): HedgebotError {
  return cause instanceof HedgebotError ? cause : venueConnectionError(way, cause, wasOpen)
}

/** The connection ended without a word, which for a socket that was open is no error to ws. */
function lostError(way: EgressName, wasOpen: boolean): HedgebotError {
  return networkError(way, 'ended the connection without closing the WebSocket', {
    code: 'connection_lost',
    mayHaveBeenDelivered: wasOpen,
  })
}

/** The upgrade was answered with an ordinary HTTP response; its body may say why (PROTOCOL.md section 1: 20558). */
function readRefusal(
  way: EgressName,
  response: IncomingMessage,
  done: (error: HedgebotError) => void,
): void {
  let body = ''
  let isDone = false
  const finish = (): void => {
    if (isDone) return
    isDone = true
    const status = response.statusCode ?? 0
    const venueCode = venueCodeIn(body)
    const text = body.trim()
    // The dots say that it was cut: the log takes out what is left of a secret before them.
    const detail = text === '' ? '' : `: ${text.slice(0, 200)}${text.length > 200 ? '...' : ''}`
    done(
      new HedgebotError(
        'network',
        `the venue refused the WebSocket of egress "${way.egress}" with status ${status}${detail}`,
        {
          code: isFirewall(status, venueCode) ? 'websocket_blocked' : 'websocket_refused',
          mayHaveBeenDelivered: false,
          ...(venueCode === undefined ? {} : { venueCode }),
        },
      ),
    )
  }
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    body += chunk
    if (body.length > MAX_REFUSAL_CHARS) finish()
  })
  response.on('end', finish)
  response.on('error', finish)
  response.on('close', finish)
}
