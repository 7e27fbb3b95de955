import type { SessionLink } from './session-link.ts'
import type { LiveSession } from './session-registry.ts'
import type { SessionSubscriptions } from './session-subscriptions.ts'

/** What a control surface may do to a session, beside the facts about it. */
export type SessionHand = Omit<
  LiveSession,
  'sessionId' | 'ip' | 'isReadOnly' | 'openedAtMs' | 'accounts'
>

export interface SessionHandOptions {
  readonly link: SessionLink
  readonly subscriptions: SessionSubscriptions
  /** The session is over. */
  closed(): void
}

/** Creates the hand on a session. */
export function createSessionHand({
  link,
  subscriptions,
  closed,
}: SessionHandOptions): SessionHand {
  return {
    condition: () => link.condition(),
    subscriptions: () => subscriptions.list(),
    close(code, reason) {
      link.close(code, reason)
      closed()
    },
    drop() {
      link.terminate()
      closed()
    },
    deafen: (how) => link.deafen(how),
    ping: () => link.reply('{"type":"ping"}'),
    strike: (key, blow) => subscriptions.strike(key, blow),
  }
}
