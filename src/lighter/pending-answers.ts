import type { Clock, SendAnswer } from '../ports.ts'
import { classifyFrame, inDoubt } from './classify-answer.ts'
import type { VenueFrame } from './socket-session.ts'

/** Sends over a socket that wait for their answer. */
export interface PendingAnswers {
  /** Resolves with the answer, or in doubt after the time limit or when the session ends. */
  wait(entry: {
    readonly id: string
    readonly txHash: string
    readonly sessionId: number
    readonly timeoutMs: number
  }): Promise<SendAnswer>
  /** Gives a frame to the send that it answers; false when it is no answer to a send. */
  settle(frame: VenueFrame, sessionId: number): boolean
  /** The session is gone: its sends are in doubt. */
  endSession(sessionId: number, reason: string): void
}

interface Pending {
  readonly id: string
  readonly txHash: string
  readonly sessionId: number
  resolve(answer: SendAnswer): void
}

/** Creates the list. */
export function createPendingAnswers(clock: Clock): PendingAnswers {
  const waiting = new Set<Pending>()
  return {
    wait: ({ id, txHash, sessionId, timeoutMs }) =>
      new Promise((resolve) => {
        const entry: Pending = {
          id,
          txHash,
          sessionId,
          resolve(answer) {
            cancelTimer()
            waiting.delete(entry)
            resolve(answer)
          },
        }
        const cancelTimer = clock.setTimer(timeoutMs, () => {
          entry.resolve(inDoubt(`no answer within ${timeoutMs} ms`))
        })
        waiting.add(entry)
      }),
    settle(frame, sessionId) {
      if (!isSendAnswer(frame)) return false
      const candidates = [...waiting].filter((entry) => entry.sessionId === sessionId)
      const match = matchOf(frame, candidates)
      if (match !== undefined) {
        match.resolve(classifyFrame(frame, match.txHash))
      } else if (!hasName(frame)) {
        // An answer to one of several: which one is not known, so all of them are in doubt at once.
        for (const entry of candidates) entry.resolve(inDoubt('an answer without an id came'))
      }
      return true
    },
    endSession(sessionId, reason) {
      for (const entry of waiting) {
        if (entry.sessionId === sessionId) entry.resolve(inDoubt(`the socket ended: ${reason}`))
      }
    },
  }
}

/** Two forms were seen: with a `jsonapi` type, and without any type but with our id (PROTOCOL.md section 8.4). */
function isSendAnswer(frame: VenueFrame): boolean {
  const type = frame['type']
  if (typeof type === 'string' && type.startsWith('jsonapi/')) return true
  // Should a stream's frames ever carry an id, they are news all the same, and none may be lost.
  if (typeof type === 'string' && /^(subscribed|update)\//.test(type)) return false
  return frame['id'] !== undefined && frame['id'] !== null
}

function hasName(frame: VenueFrame): boolean {
  return nameOf(frame['id']) !== undefined || nameOf(frame['tx_hash']) !== undefined
}

function matchOf(frame: VenueFrame, candidates: readonly Pending[]): Pending | undefined {
  const id = nameOf(frame['id'])
  if (id !== undefined) return candidates.find((entry) => entry.id === id)
  const txHash = nameOf(frame['tx_hash'])
  if (txHash !== undefined) return candidates.find((entry) => entry.txHash === txHash)
  return candidates.length === 1 ? candidates[0] : undefined
}

function nameOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined
}
