import type { Socket } from 'node:net'
import {
  type Counterpart,
  StepFailure,
  closedFailure,
  lateFailure,
  systemFailure,
} from './step-failure.ts'
import { type Patience, waitWithin } from './wait-within.ts'

/** What a parser found at the start of the bytes, and how many of them it took. */
export interface Parsed<T> {
  readonly value: T
  readonly length: number
}

/** Undefined: more bytes are needed. May throw a StepFailure. */
export type Parse<T> = (received: Buffer) => Parsed<T> | undefined

/** Whom bytes are expected from, and what it did not do when they do not come (`did not answer CONNECT`). */
export interface Expected extends Counterpart {
  readonly omission: string
}

/** More than this before anything makes sense is no answer. */
const MAX_BYTES = 65_536

/** Reads until the parser is content; what came after that goes back into the socket. */
export function readFrom<T>(
  socket: Socket,
  parse: Parse<T>,
  { expected, patience }: { readonly expected: Expected; readonly patience: Patience },
): Promise<T> {
  const late = (): Error => lateFailure(expected, expected.omission, patience.timeoutMs)
  return waitWithin<T>(patience, late, ({ resolve, reject }) => {
    let received = Buffer.alloc(0)
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk])
      try {
        const parsed = parse(received)
        if (parsed !== undefined) {
          giveBack(received.subarray(parsed.length))
          resolve(parsed.value)
        } else if (received.length > MAX_BYTES) reject(tooMuch(expected))
      } catch (cause) {
        reject(systemFailure(cause, expected))
      }
    }
    const giveBack = (rest: Buffer): void => {
      socket.off('data', onData)
      socket.pause()
      if (rest.length > 0) socket.unshift(rest)
    }
    const onEnd = (): void => reject(closedFailure(expected))
    const onError = (cause: Error): void => reject(systemFailure(cause, expected))
    // It may have died while nobody listened.
    if (socket.errored) onError(socket.errored)
    else if (socket.destroyed) onEnd()
    socket.on('error', onError).on('end', onEnd).on('close', onEnd).on('data', onData)
    // An earlier read paused it.
    socket.resume()
    return () => {
      socket.off('error', onError).off('end', onEnd).off('close', onEnd).off('data', onData)
      socket.pause()
    }
  })
}

function tooMuch({ who, isBehindTunnel }: Counterpart): StepFailure {
  const reason = isBehindTunnel ? 'foreign' : 'unreadable'
  return new StepFailure({ reason, text: `${who} answered something else`, isBehindTunnel })
}
