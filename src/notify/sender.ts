import { closedFailure, type Failure, failure } from './channels/failure.ts'
import type { Envelope, Notifier, SendResult } from './notifier.ts'

/** All channels as whoever sends sees them: in this thread or in another one. */
export interface Sender {
  readonly channels: readonly string[]
  /** Never rejects, and ends by itself within two minutes. */
  send(channel: string, envelope: Envelope): Promise<SendResult>
  /** Drops what is under way: it fails with `retry: 'soon'`. */
  close(): Promise<void>
}

/** Sends in this thread: for a command that sends once and ends. */
export function createLocalSender(notifiers: readonly Notifier[]): Sender {
  const byChannel = new Map(notifiers.map((notifier) => [notifier.channel, notifier]))
  let isClosed = false
  return {
    channels: notifiers.map(({ channel }) => channel),
    async send(channel, envelope) {
      if (isClosed) return closedFailure()
      const notifier = byChannel.get(channel)
      if (notifier === undefined) return unknownChannelFailure(channel)
      try {
        return await notifier.send(envelope)
      } catch {
        // Notifiers do not reject; one that does all the same must not end whoever sends.
        return failure('send_failed', `channel "${channel}" failed unexpectedly`, { retry: 'soon' })
      }
    },
    close() {
      isClosed = true
      for (const notifier of notifiers) notifier.close()
      return Promise.resolve()
    },
  }
}

/** A message may wait in the journal for a channel that the configuration no longer has. */
export function unknownChannelFailure(channel: string): Failure {
  return failure('unknown_channel', `there is no channel "${channel}" any more`, { retry: 'never' })
}
