/**
 * Proof of life of one socket: a ping every 15 s, and an end when nothing answers it. A half-open connection is
 * silent, and the venue closes a socket that says nothing for two minutes (PROTOCOL.md section 8.1).
 * @module
 */
import type { Clock } from '../ports.ts'

/** What a heartbeat needs. */
export interface HeartbeatOptions {
  readonly clock: Clock
  readonly ping: () => void
  /** Told of every proof of life. */
  readonly onAlive: () => void
  readonly onDeath: (reason: string) => void
}

/** Watches over one connection. */
export interface Heartbeat {
  /** The venue greeted: pings start. */
  start(): void
  /** Pings now. */
  ask(): void
  /** A frame or a pong came. */
  alive(): void
  stop(): void
}

/** Between two pings (DESIGN.md section 5). */
export const PING_INTERVAL_MS = 15_000

/** How long a ping may go unanswered. */
export const PONG_TIMEOUT_MS = 5_000
/** From the start of the connection to the greeting. */
const GREETING_TIMEOUT_MS = 15_000

/** Creates the heartbeat of a connection that starts now. */
export function createHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { clock, ping, onAlive, onDeath } = options
  let cancelPong: (() => void) | undefined
  const ask = (): void => {
    ping()
    // The first unanswered ping counts, however many follow it.
    cancelPong ??= clock.setTimer(PONG_TIMEOUT_MS, () => onDeath('no pong: the socket is dead'))
  }
  const beat = (): void => {
    cancelBeat = clock.setTimer(PING_INTERVAL_MS, () => {
      ask()
      beat()
    })
  }
  let cancelBeat = clock.setTimer(GREETING_TIMEOUT_MS, () => onDeath('the venue did not greet'))
  const forgetPing = (): void => {
    cancelPong?.()
    cancelPong = undefined
  }
  return {
    start() {
      cancelBeat()
      beat()
    },
    ask,
    alive() {
      forgetPing()
      onAlive()
    },
    stop() {
      cancelBeat()
      forgetPing()
    },
  }
}
