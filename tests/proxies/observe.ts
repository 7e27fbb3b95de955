/** What a transport does, caught and made readable. */
import { inspect } from 'node:util'
import { HedgebotError } from '../../src/errors.ts'
import type { VenueSocketHandlers } from '../../src/ports.ts'

export async function failureOf(work: Promise<unknown>): Promise<HedgebotError> {
  try {
    await work
  } catch (error) {
    if (error instanceof HedgebotError) return error
    throw error
  }
  throw new Error('it did not fail')
}

/** Everything that a log or a crash could print of an error. */
export function shown(error: unknown): string {
  const stack = error instanceof Error ? `${error.stack} ${error.message}` : ''
  return `${inspect(error, { depth: 20, showHidden: true })} ${stack} ${JSON.stringify(error)}`
}

export interface SeenSocket {
  readonly handlers: VenueSocketHandlers
  readonly messages: string[]
  readonly opened: Promise<void>
  readonly closed: Promise<{ code: number; error?: Error }>
  closeCount: number
  pongCount: number
}

/** Node 20 has no Promise.withResolvers. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

export function watchSocket(): SeenSocket {
  const opened = deferred<void>()
  const closed = deferred<{ code: number; error?: Error }>()
  const seen: SeenSocket = {
    messages: [],
    opened: opened.promise,
    closed: closed.promise,
    closeCount: 0,
    pongCount: 0,
    handlers: {
      onOpen: opened.resolve,
      onMessage: (text) => seen.messages.push(text),
      onPong: () => {
        seen.pongCount++
      },
      onClose: (close) => {
        seen.closeCount++
        closed.resolve(close)
      },
    },
  }
  return seen
}

export async function until(condition: () => boolean, limitMs = 5_000): Promise<void> {
  const startMs = performance.now()
  while (!condition()) {
    if (performance.now() - startMs > limitMs) throw new Error('it never happened')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
