/**
 * The side of `ports.ts` that leads to the venue, which exports everything here: requests, sockets, and the ways over
 * which they go. Types only.
 * @module
 */
import type { EventLevel } from './journal-port.ts'

/** One HTTP request to the venue. `path` starts with `/`; query and form values are already text. */
export interface VenueRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: Readonly<Record<string, string>>
  /** Sent as it is, as `application/json`; not together with `form`. */
  readonly json?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Longest time until it can leave, where that is to be shorter than usual. */
  readonly connectTimeoutMs?: number
  readonly signal?: AbortSignal
}

/** What came back, whatever its status. The body is raw text: it may be HTML. */
export interface VenueResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a socket tells its owner. */
export interface VenueSocketHandlers {
  onOpen(): void
  onMessage(text: string): void
  /** Called on an answer to our socket-level ping. */
  onPong(): void
  /** Called exactly once, also when the connection never opened. `error` says why it was not a clean close. */
  onClose(close: { readonly code: number; readonly reason: string; readonly error?: Error }): void
}

/** One open (or opening) socket to the venue. */
export interface VenueSocket {
  /** Over which egress it goes, or tries to; where it is not told it is the transport's. */
  readonly egress?: string
  /** Returns false when the socket is not open: then surely nothing was sent. */
  send(text: string): boolean
  ping(): void
  close(): void
  /** Drops the connection without a handshake. */
  terminate(): void
  /** Its owner sees no life on it: the egress may be at fault. */
  blame?(): void
}

/**
 * The way to one venue through one egress. Requests reject only with `HedgebotError` of kind `network` or `proxy`,
 * whose `mayHaveBeenDelivered` says whether the venue may have seen the request.
 */
export interface Transport {
  /** `direct`, or the proxy's name. */
  readonly egress: string
  request(request: VenueRequest): Promise<VenueResponse>
  connect(handlers: VenueSocketHandlers): VenueSocket
  close(): void
}

/**
 * The way of one account or feed: a transport whose `egress` may change. Requests and connections that its egress keeps
 * from the venue go over another one by themselves; sockets that are open stay until their owner opens new ones.
 */
export interface Way extends Transport {
  /** Called when sockets may have to move (`mustLeave`). Returns the unsubscriber. */
  onMove(listener: () => void): () => void
  /** True for an egress that does not work, and for a foreign one once its own does again. A mere doubt moves no socket. */
  mustLeave(egress: string): boolean
}

/** Where ways come from. */
export interface Ways {
  /** `avoid`: not this egress while there is another one. `account`: whose way it is, for what is told. */
  way(options: {
    readonly home: string
    readonly account?: string
    readonly avoid?: () => string | undefined
  }): Way
  /** The others that a way from this home may take, the next one first. */
  spare(home: string): readonly string[]
}

/** How one egress is. */
export interface EgressState {
  readonly name: string
  readonly condition: 'healthy' | 'degraded' | 'down' | 'restricted'
  /** What is wrong, snake_case; undefined while healthy. */
  readonly reason: string | undefined
  /** Since when, monotonic milliseconds. */
  readonly sinceMs: number
  /** How long a connection takes, a moving average; undefined before the first. */
  readonly connectMs: number | undefined
  /** Accounts that use it now. */
  readonly accounts: number
}

/** Something about an egress that the owner should hear of. */
export interface EgressEvent {
  readonly level: EventLevel
  /** snake_case: `egress_down`, `account_moved`, ... */
  readonly kind: string
  readonly message: string
  readonly egress: string
  readonly account?: string
}

/** The pool of egresses as it is. */
export interface EgressMonitor {
  states(): readonly EgressState[]
  /** Returns the unsubscriber. */
  onEvent(listener: (event: EgressEvent) => void): () => void
}
