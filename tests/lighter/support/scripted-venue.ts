/**
 * A venue that says what a test tells it to say: requests go to a handler, sockets are in the test's hands. Messages
 * travel one millisecond on the virtual clock.
 */
import { HedgebotError } from '../../../src/errors.ts'
import type {
  Clock,
  Transport,
  VenueRequest,
  VenueResponse,
  VenueSocketHandlers,
} from '../../../src/ports.ts'

export interface ScriptedSocket {
  readonly egress: string
  /** Frames that the client sent, parsed; raw text beside them. */
  readonly sent: Record<string, unknown>[]
  readonly sentText: string[]
  isOpen: boolean
  /** A half-open connection: nothing comes back any more, pings neither. */
  isSilent: boolean
  pingCount: number
  push(frame: unknown): void
  pushText(text: string): void
  drop(reason?: string): void
}

export type RequestHandler = (
  request: VenueRequest,
) => VenueResponse | HedgebotError | Promise<VenueResponse | HedgebotError>

export interface ScriptedVenue {
  readonly sockets: ScriptedSocket[]
  readonly requests: VenueRequest[]
  /** The newest socket. */
  last(): ScriptedSocket
  /** Answers to subscriptions by channel, e.g. `account_all_orders/8`; undefined: no answer. */
  answers: (channel: string, socket: ScriptedSocket) => unknown
  /** Called for every other frame of the client. */
  onFrame: (frame: Record<string, unknown>, socket: ScriptedSocket) => void
  onRequest: RequestHandler
  /** Connections fail while true. */
  isRefusing: boolean
  /** Why, where a transport would know. */
  refusal: HedgebotError | undefined
  /** Whether sockets greet. */
  isGreeting: boolean
  transport(egress?: string): Transport
}

export const NETWORK_LOST = new HedgebotError('network', 'scripted loss', {
  code: 'connection_lost',
  mayHaveBeenDelivered: true,
})
export const NOT_DELIVERED = new HedgebotError('proxy', 'scripted proxy failure', {
  code: 'proxy_refused',
  mayHaveBeenDelivered: false,
})

/** An answer with status 200 and a JSON body. */
export function ok(body: unknown, headers: Record<string, string> = {}): VenueResponse {
  return { status: 200, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }
}

/** A refusal in the venue's shape. */
export function refusal(code: number, message = 'no', status = 400): VenueResponse {
  return { status, headers: {}, body: JSON.stringify({ code, message }) }
}

export function createScriptedVenue(clock: Clock): ScriptedVenue {
  const venue: ScriptedVenue = {
    sockets: [],
    requests: [],
    last() {
      const socket = venue.sockets.at(-1)
      if (socket === undefined) throw new Error('no socket was opened')
      return socket
    },
    answers: () => undefined,
    onFrame: () => undefined,
    onRequest: ({ path }) => refusal(29404, `no script for ${path}`),
    isRefusing: false,
    refusal: undefined,
    isGreeting: true,
    transport: (egress = 'direct') => ({
      egress,
      async request(request) {
        venue.requests.push(request)
        await clock.sleep(1)
        const answer = await venue.onRequest(request)
        if (answer instanceof HedgebotError) throw answer
        await clock.sleep(1)
        return answer
      },
      connect: (handlers) => openSocket(venue, { clock, egress, handlers }),
      close: () => undefined,
    }),
  }
  return venue
}

function openSocket(
  venue: ScriptedVenue,
  parts: { readonly clock: Clock; readonly egress: string; readonly handlers: VenueSocketHandlers },
) {
  const { clock, egress, handlers } = parts
  let isClosed = false
  const close = (code: number, reason: string): void => {
    if (isClosed) return
    isClosed = true
    socket.isOpen = false
    const error = reason === 'refused' ? venue.refusal : undefined
    handlers.onClose(error === undefined ? { code, reason } : { code, reason, error })
  }
  const socket: ScriptedSocket = {
    egress,
    sent: [],
    sentText: [],
    isOpen: false,
    isSilent: false,
    pingCount: 0,
    push: (frame) => socket.pushText(JSON.stringify(frame)),
    pushText(text) {
      clock.setTimer(1, () => {
        if (!isClosed && !socket.isSilent) handlers.onMessage(text)
      })
    },
    drop: (reason = 'dropped') => close(1006, reason),
  }
  venue.sockets.push(socket)
  clock.setTimer(1, () => {
    if (venue.isRefusing) {
      close(1006, 'refused')
      return
    }
    socket.isOpen = true
    handlers.onOpen()
    if (venue.isGreeting) socket.push({ session_id: 's', type: 'connected' })
  })
  const receive = (text: string): void => {
    const frame = JSON.parse(text) as Record<string, unknown>
    socket.sent.push(frame)
    socket.sentText.push(text)
    if (frame['type'] !== 'subscribe') {
      venue.onFrame(frame, socket)
      return
    }
    const answer = venue.answers(String(frame['channel']), socket)
    if (answer !== undefined) socket.push(answer)
  }
  return {
    send(text: string) {
      if (!socket.isOpen) return false
      receive(text)
      return true
    },
    ping() {
      socket.pingCount++
      clock.setTimer(1, () => {
        if (!isClosed && !socket.isSilent) handlers.onPong()
      })
    },
    close: () => close(1000, 'closed'),
    terminate: () => close(1006, 'terminated'),
  }
}
