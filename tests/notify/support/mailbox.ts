/** Channels of the virtual world: they take messages, refuse them, are slow or never answer. */
import type { Message } from '../../../src/notify/message.ts'
import type { Envelope, SendResult } from '../../../src/notify/notifier.ts'
import type { Sender } from '../../../src/notify/sender.ts'
import type { Clock } from '../../../src/ports.ts'

export type Mood = 'works' | 'down' | 'hangs' | 'slow' | 'login_wrong' | 'refuses'

export interface Mailbox extends Sender {
  /** What arrived, oldest first, with the channel and the time. */
  readonly arrived: readonly {
    readonly channel: string
    readonly id: string
    readonly message: Message
    readonly atMs: number
  }[]
  readonly attempts: readonly number[]
  setMood(mood: Mood, channel?: string): void
  titles(channel?: string): readonly string[]
  /** Of the kinds that are named. */
  of(...kinds: readonly Message['kind'][]): readonly Message[]
}

const SLOW_MS = 20_000
/** What a real channel takes at most. */
const HANG_MS = 60_000

export function createMailbox(clock: Clock, channels: readonly string[] = ['email']): Mailbox {
  const arrived: Mailbox['arrived'][number][] = []
  const attempts: number[] = []
  const moods = new Map<string, Mood>()
  const failed = (code: string, retry: 'soon' | 'later' | 'never'): SendResult => ({
    outcome: 'failed',
    code,
    message: `the server said ${code}`,
    hint: undefined,
    retry,
  })
  const answers: Record<Mood, (take: () => SendResult) => Promise<SendResult>> = {
    works: async (take) => take(),
    slow: async (take) => {
      await clock.sleep(SLOW_MS)
      return take()
    },
    hangs: async () => {
      await clock.sleep(HANG_MS)
      return failed('timeout', 'soon')
    },
    down: async () => failed('connection_refused', 'soon'),
    login_wrong: async () => failed('login_refused', 'later'),
    refuses: async () => failed('too_large', 'never'),
  }
  return {
    channels,
    arrived,
    attempts,
    send(channel, { id, message }: Envelope) {
      attempts.push(clock.monotonicMs())
      const take = (): SendResult => {
        arrived.push({ channel, id, message, atMs: clock.now() })
        return { outcome: 'sent' }
      }
      return answers[moods.get(channel) ?? 'works'](take)
    },
    setMood(mood, channel) {
      for (const one of channel === undefined ? channels : [channel]) moods.set(one, mood)
    },
    titles: (channel = channels[0]) =>
      arrived
        .filter((one) => one.channel === channel)
        .map(({ message }) => `${message.kind}: ${message.title}`),
    of: (...kinds) =>
      arrived
        .filter(({ channel, message }) => channel === channels[0] && kinds.includes(message.kind))
        .map(({ message }) => message),
    close: () => Promise.resolve(),
  }
}
