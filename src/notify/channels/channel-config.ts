/**
 * Channels as plain data with their secrets in clear: made for the thread that sends, and never printed.
 * @module
 */
import type { WebhookFormat } from './webhook-notifier.ts'

/** One channel; survives a structured clone. */
export type ChannelConfig = EmailChannel | TelegramChannel | WebhookChannel

/** Mail by SMTP. */
export interface EmailChannel {
  readonly kind: 'email'
  readonly smtpServer: string
  readonly smtpPort: number
  readonly isSecure: boolean
  readonly sender: string
  readonly recipients: readonly string[]
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** Default true: a mail in clear is refused. */
  readonly requireTls?: boolean
  /** Name of the proxy; direct without one. */
  readonly via?: string | undefined
}

/** A chat by a Telegram bot. */
export interface TelegramChannel {
  readonly kind: 'telegram'
  readonly botToken: string
  readonly chatId: string
  readonly via?: string | undefined
  /** Default Telegram's own. */
  readonly baseUrl?: string | undefined
}

/** A POST to an address. */
export interface WebhookChannel {
  readonly kind: 'webhook'
  readonly name: string
  readonly url: string
  readonly format: WebhookFormat
  readonly via?: string | undefined
}

/**
 * The names of channels, in their order: `email`, `telegram`, or the webhook's own, with a number behind it where another
 * channel has that name already.
 */
export function channelNames(channels: readonly ChannelConfig[]): readonly string[] {
  const taken = new Set<string>()
  return channels.map((channel) => {
    const wanted = channel.kind === 'webhook' ? channel.name : channel.kind
    let name = wanted
    for (let number = 2; taken.has(name); number++) name = `${wanted}_${number}`
    taken.add(name)
    return name
  })
}
