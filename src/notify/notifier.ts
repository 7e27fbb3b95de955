/**
 * What every channel is behind. Adding one is a file that makes a `Notifier`, and a line in `create-notifiers.ts`.
 * Types only.
 * @module
 */
import type { Socket } from 'node:net'
import type { Message } from './message.ts'

/** A message on its way. */
export interface Envelope {
  /** Unique, and the same at every attempt: a receiver that got it twice can tell. */
  readonly id: string
  readonly message: Message
}

/**
 * How a delivery ended. `soon`: the usual back-off. `later`: nothing will change by itself (a wrong password), and
 * trying often may get the login locked. `never`: this message will not be taken, others may.
 */
export type SendResult =
  | {
      readonly outcome: 'sent'
      /** What went wrong all the same, for one of several recipients; one sentence without secrets. */
      readonly note?: string
    }
  | {
      readonly outcome: 'failed'
      /** snake_case, stable. */
      readonly code: string
      /** One sentence without secrets. */
      readonly message: string
      /** What a person can do about it. */
      readonly hint: string | undefined
      readonly retry: 'soon' | 'later' | 'never'
      /** The receiver asked for this pause, milliseconds. */
      readonly retryAfterMs?: number
    }

/** One channel: the mail account, a Telegram chat, a webhook. */
export interface Notifier {
  /** `email`, `telegram`, or the webhook's name. */
  readonly channel: string
  /** Never rejects, and ends by itself within its time limit whatever the other side does. */
  send(envelope: Envelope): Promise<SendResult>
  /** Drops what is under way. */
  close(): void
}

/** What came back to a POST. */
export interface PostAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * One POST of a JSON text, given whole to the one HTTP file. Rejects with HedgebotError whose `code` says why; its
 * message may contain the path and must not be shown, since tokens are in paths.
 */
export type PostJson = (post: {
  readonly url: string
  readonly body: string
  readonly timeoutMs: number
  /** Name of the proxy it goes through; direct without one. */
  readonly via?: string | undefined
  /** Drops it. */
  readonly signal?: AbortSignal
}) => Promise<PostAnswer>

/**
 * A TCP connection, from which nobody has read yet: direct, or through the proxy `via`, which resolves the name then.
 * Rejects with HedgebotError; no socket is left then.
 */
export type OpenSocket = (to: {
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
  readonly via?: string | undefined
  /** Drops the attempt. */
  readonly signal?: AbortSignal
}) => Promise<Socket>
