import type { Clock } from '../../ports.ts'
import { connectionFailure, type Receiver } from './connection-failure.ts'
import { closedFailure, type Failure, failure, rendered } from './failure.ts'
import { fieldsAt, pauseMs, readBody, retryAfterMs, retryOfStatus } from './http-answer.ts'
import type { Notifier, PostAnswer, PostJson, SendResult } from '../notifier.ts'
import { quoteAnswer } from './quote-answer.ts'
import { renderTelegramHtml } from '../render/render-telegram-html.ts'

/** One chat of one bot. */
export interface TelegramNotifierOptions {
  readonly botToken: string
  /** The number of a chat, or `@channel`. */
  readonly chatId: string
  readonly via?: string | undefined
  readonly post: PostJson
  readonly clock: Clock
  /** Whole request; default 20 s. */
  readonly timeoutMs?: number
  /** Default Telegram's own. */
  readonly baseUrl?: string | undefined
}

const BASE_URL = 'https://api.telegram.org'
const TIMEOUT_MS = 20_000

const RECEIVER: Receiver = {
  prefix: 'telegram',
  name: 'Telegram',
  addressHint: 'Check the network; some networks block Telegram: then set a proxy.',
}

/** Creates the channel to a Telegram chat (Bot API, `sendMessage`). */
export function createTelegramNotifier(options: TelegramNotifierOptions): Notifier {
  const { botToken, chatId, post, via, timeoutMs = TIMEOUT_MS } = options
  const life = new AbortController()
  const base = (options.baseUrl ?? BASE_URL).replace(/\/+$/, '')
  // A colon belongs to every token and stays as it is.
  const url = `${base}/bot${encodeURIComponent(botToken).replaceAll('%3A', ':')}/sendMessage`
  return {
    channel: 'telegram',
    async send({ message }) {
      if (life.signal.aborted) return closedFailure()
      const text = rendered(() => renderTelegramHtml(message))
      if (!('content' in text)) return text
      const body = JSON.stringify({
        chat_id: chatId,
        text: text.content,
        parse_mode: 'HTML',
        link_preview_options: { is_disabled: true },
      })
      try {
        const answer = await post({ url, body, timeoutMs, via, signal: life.signal })
        return readAnswer(answer, options)
      } catch (error) {
        return connectionFailure(error, RECEIVER)
      }
    },
    close: () => life.abort(),
  }
}

/** `{ ok: true }`, or `{ ok: false, error_code, description, parameters }`. */
function readAnswer(answer: PostAnswer, options: TelegramNotifierOptions): SendResult {
  const body = readBody(answer)
  const isGood = answer.status >= 200 && answer.status < 300
  if (isGood && body['ok'] === true) return { outcome: 'sent' }
  if (body['ok'] !== false) return foreignAnswer(answer)
  const code = typeof body['error_code'] === 'number' ? body['error_code'] : answer.status
  const description = typeof body['description'] === 'string' ? body['description'] : ''
  const parameters = fieldsAt(body, 'parameters')
  const quote = quoteAnswer(description, [options.botToken])
  const said = quote === undefined ? ` (${code})` : `: ${quote}`
  if (code === 429) {
    const pause = pauseMs(parameters['retry_after']) ?? retryAfterMs(answer, options.clock.now())
    const told = { retry: 'soon', retryAfterMs: pause } as const
    return failure('telegram_rate_limited', `Telegram wants a pause${said}`, told)
  }
  return refusal(code, { said, description, movedTo: parameters['migrate_to_chat_id'] })
}

/** No answer of the Bot API: something else answered in its place. */
function foreignAnswer({ status }: PostAnswer): Failure {
  const what = `Telegram answered with status ${status} and nothing that we understand`
  return failure('telegram_unexpected', what, {
    retry: status >= 500 || status === 429 ? 'soon' : 'later',
    hint: 'Something between us and Telegram may answer in its place.',
  })
}

const CHECK_CHAT =
  'Check chat_id: write to the bot once, or make it a member of the group or channel.'

function refusal(
  code: number,
  told: { readonly said: string; readonly description: string; readonly movedTo: unknown },
): Failure {
  const { said, description, movedTo } = told
  if (code === 401 || code === 404) {
    return failure('telegram_token', `Telegram does not know this bot token${said}`, {
      retry: 'later',
      hint: 'Check bot_token; @BotFather shows it and makes a new one.',
    })
  }
  if (code === 403) {
    return failure(
      'telegram_forbidden',
      `Telegram does not let the bot write to this chat${said}`,
      {
        retry: 'later',
        hint: 'Unblock the bot, or make it a member of the group or channel that may write there.',
      },
    )
  }
  if (typeof movedTo === 'number') {
    return failure('telegram_chat_moved', 'this Telegram group has another number now', {
      retry: 'later',
      hint: `Set chat_id: "${movedTo}".`,
    })
  }
  if (code === 400 && /chat|user not found|peer|rights|member/i.test(description)) {
    return failure('telegram_chat', `Telegram cannot write to this chat${said}`, {
      retry: 'later',
      hint: CHECK_CHAT,
    })
  }
  return failure('telegram_refused', `Telegram did not take the message${said}`, {
    retry: retryOfStatus(code),
  })
}
