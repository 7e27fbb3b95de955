import type { Clock } from '../../ports.ts'
import { connectionFailure } from './connection-failure.ts'
import { closedFailure, type Failure, failure, rendered } from './failure.ts'
import { pauseMs, readBody, retryAfterMs, retryOfStatus } from './http-answer.ts'
import type { Envelope, Notifier, PostAnswer, PostJson, SendResult } from '../notifier.ts'
import { quoteAnswer } from './quote-answer.ts'
import { renderDiscord } from '../render/render-discord.ts'
import { renderJson } from '../render/render-json.ts'
import { renderSlack } from '../render/render-slack.ts'

/** What the receiver understands. */
export type WebhookFormat = 'json' | 'slack' | 'discord'

/** One webhook. */
export interface WebhookNotifierOptions {
  /** The channel. */
  readonly name: string
  /** Secret as a whole: it usually contains a token. */
  readonly url: string
  readonly format: WebhookFormat
  readonly via?: string | undefined
  readonly post: PostJson
  readonly clock: Clock
  /** Whole request; default 20 s. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 20_000

const RENDER: Readonly<Record<WebhookFormat, (envelope: Envelope) => object>> = {
  json: renderJson,
  slack: ({ message }) => renderSlack(message),
  discord: ({ message }) => renderDiscord(message),
}

/** Creates the channel to a webhook: one's own (`json`), Slack's or Discord's. */
export function createWebhookNotifier(options: WebhookNotifierOptions): Notifier {
  const { name, url, format, post, via, timeoutMs = TIMEOUT_MS } = options
  const life = new AbortController()
  const receiver = {
    prefix: 'webhook',
    name: `webhook "${name}"`,
    addressHint: 'Check its url under notification.webhook.',
  }
  return {
    channel: name,
    async send(envelope) {
      if (life.signal.aborted) return closedFailure()
      const body = rendered(() => JSON.stringify(RENDER[format](envelope)))
      if (!('content' in body)) return body
      try {
        const signal = life.signal
        return readAnswer(await post({ url, body: body.content, timeoutMs, via, signal }), options)
      } catch (error) {
        return connectionFailure(error, receiver)
      }
    },
    close: () => life.abort(),
  }
}

function readAnswer(answer: PostAnswer, options: WebhookNotifierOptions): SendResult {
  const { status } = answer
  if (status < 200 || status > 299) return refusal(answer, options)
  // Slack says `ok` and Discord nothing or JSON: a page is of somebody in between, and the message is not there.
  if (options.format === 'json' || !isPage(answer)) return { outcome: 'sent' }
  return failure('webhook_unexpected', `webhook "${options.name}" answered with a page`, {
    retry: 'later',
    hint: 'Something in between may answer in its place, or its url is another one.',
  })
}

function refusal(answer: PostAnswer, options: WebhookNotifierOptions): Failure {
  const { status } = answer
  const who = `webhook "${options.name}"`
  const quote = quoteAnswer(answer.body, secretsOf(options.url))
  const said = quote === undefined ? '' : `: ${quote}`
  if (status === 429) {
    const told = { retry: 'soon', retryAfterMs: pauseOf(answer, options) } as const
    return failure('webhook_rate_limited', `${who} wants a pause${said}`, told)
  }
  if (status < 400) {
    return failure('webhook_redirected', `${who} sends us to another address (${status})`, {
      retry: 'later',
      hint: 'Redirects are not followed: set its url to the final address.',
    })
  }
  const retry = retryOfStatus(status)
  const [code, hint] = REFUSALS[retry]
  return failure(code, `${who} answered ${status}${said}`, { retry, hint })
}

const REFUSALS: Readonly<Record<Failure['retry'], readonly [code: string, hint?: string]>> = {
  soon: ['webhook_server_error'],
  later: ['webhook_gone', 'Check its url; the receiver may have removed or closed it.'],
  never: ['webhook_refused'],
}

/** Discord says it more precisely in the body. */
function pauseOf(answer: PostAnswer, options: WebhookNotifierOptions): number | undefined {
  const own = options.format === 'discord' ? pauseMs(readBody(answer)['retry_after']) : undefined
  return own ?? retryAfterMs(answer, options.clock.now())
}

function isPage({ headers, body }: PostAnswer): boolean {
  return headers['content-type']?.includes('html') === true || /^\s*</.test(body)
}

/** Some receivers send the address back, whole or in parts. */
function secretsOf(url: string): readonly string[] {
  const { pathname, search, password } = URL.canParse(url) ? new URL(url) : NO_URL
  const parts = `${pathname}${search}`.split(/[/?&=]/)
  return [...parts, ...parts.map(safelyDecoded), password].filter((part) => part.length >= 4)
}

const NO_URL = { pathname: '', search: '', password: '' } as const

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
