import type { SocketLimiter } from './socket-limiter.ts'

/** Messages of one socket that wait for their answer (PROTOCOL.md section 8.5, in-flight messages). */
export interface AnswersDue {
  /**
   * A message waits for its answer; the returned function says that it got it.
   * @throws VenueRefusal 30010
   */
  begin(): () => void
  /** The socket is gone, and with it everything that waited: it must not count against its address for ever. */
  close(): void
}

/** Creates the list of a socket that waits for nothing. */
export function createAnswersDue(sockets: SocketLimiter, ip: string): AnswersDue {
  const due = new Set<() => void>()
  return {
    begin() {
      const busy = sockets.begin(ip)
      if (busy !== undefined) throw busy
      const answered = () => {
        if (due.delete(answered)) sockets.answered(ip)
      }
      due.add(answered)
      return answered
    },
    close() {
      for (const answered of due) answered()
    },
  }
}
