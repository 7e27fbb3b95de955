/**
 * Who is connected: every open session with its address, accounts and channels, and a hand on each, so that a control
 * surface can look at them, cut them and disturb what they are told. The venue has no such thing (PROTOCOL.md section
 * 8 is silent): it is the simulator's own.
 * @module
 */
import type { LineCondition } from './session-link.ts'

/** One subscription of a session as it is seen from outside. */
export interface SubscriptionView {
  /** `account_orders:1:5` (PROTOCOL.md section 8.1). */
  readonly key: string
  /** Whether frames still come; false after it was silenced. */
  readonly isFed: boolean
}

/**
 * What may befall one subscription. `silence`: no frame any more, while the venue believes it subscribed (a new
 * subscribe gets 30003). `forget`: gone without a word (a new subscribe works). `refuse`: ended with an error frame.
 * `drop` and `duplicate`: the next frames are lost, or come twice.
 */
export type SubscriptionBlow =
  | { readonly kind: 'silence' }
  | { readonly kind: 'forget' }
  | { readonly kind: 'refuse'; readonly code: number; readonly message: string }
  | { readonly kind: 'drop' | 'duplicate'; readonly times: number }

/** An open session and what can be done to it. */
export interface LiveSession {
  /** `session_id` of the greeting (PROTOCOL.md section 8.1). */
  readonly sessionId: string
  readonly ip: string
  /** Opened with `readonly=true` (PROTOCOL.md section 1). */
  readonly isReadOnly: boolean
  /** On the venue's clock, milliseconds since 1970. */
  readonly openedAtMs: number
  /** Accounts that it listens to or sent transactions for. */
  readonly accounts: ReadonlySet<number>
  condition(): LineCondition
  subscriptions(): readonly SubscriptionView[]
  /** Closes with a handshake. */
  close(code: number, reason: string): void
  /** Breaks the connection without a word. */
  drop(): void
  /** `silent`: streams stop, answers go on. `half-open`: looks alive and says nothing more. */
  deafen(how: 'silent' | 'half-open'): void
  /** Sends `{"type":"ping"}`; the docs allow pings both ways (PROTOCOL.md section 8.1). */
  ping(): void
  /** False when it has no such subscription. */
  strike(key: string, blow: SubscriptionBlow): boolean
}

/** A session with the number that people call it by. */
export interface ListedSession {
  /** From 1, in the order of their opening; never given twice. */
  readonly id: number
  readonly session: LiveSession
}

/** All open sessions of a gateway. */
export interface SessionRegistry {
  /** The returned function takes it off the list. */
  add(session: LiveSession): () => void
  /** Oldest first. */
  list(): readonly ListedSession[]
}

/** Creates an empty list. */
export function createSessionRegistry(): SessionRegistry {
  const open = new Map<number, LiveSession>()
  let nextId = 1
  return {
    add(session) {
      const id = nextId++
      open.set(id, session)
      return () => void open.delete(id)
    },
    list: () => Array.from(open, ([id, session]) => ({ id, session })),
  }
}
