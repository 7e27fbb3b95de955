import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Notifier, SendResult } from '../../../src/notify/notifier.ts'
import {
  createTelegramNotifier,
  type TelegramNotifierOptions,
} from '../../../src/notify/channels/telegram-notifier.ts'
import { createPostJson } from '../../../src/proxies/post-json.ts'
import { until } from '../../proxies/observe.ts'
import { freePort } from '../../proxies/support.ts'
import {
  closes,
  closesInTheMiddle,
  hangs,
  type HttpReceiver,
  say,
  startReceiver,
} from './http-receiver.ts'
import { CLOCK, envelope, printed } from './smtp-servers.ts'

const TOKEN = '123456789:AAE-secret_token%text'

let receiver: HttpReceiver
beforeEach(async () => {
  receiver = await startReceiver(say(200, { ok: true, result: { message_id: 5 } }))
})
afterEach(() => receiver.close())

function notifier(options: Partial<TelegramNotifierOptions> = {}): Notifier {
  return createTelegramNotifier({
    botToken: TOKEN,
    chatId: '-100123',
    post: createPostJson({ clock: CLOCK, proxies: new Map() }),
    clock: CLOCK,
    timeoutMs: 2_000,
    baseUrl: receiver.url,
    ...options,
  })
}

async function resultOf(answer: HttpReceiver['answer'], timeoutMs = 2_000): Promise<SendResult> {
  receiver.answer = answer
  const result = await notifier({ timeoutMs }).send(envelope())
  const text = printed(result)
  for (const secret of [TOKEN, 'secret_token', '/bot', receiver.url]) {
    expect(text).not.toContain(secret)
  }
  return result
}

describe('Telegram', () => {
  it('gets the message for the chat, as its Bot API has it', async () => {
    expect(await notifier().send(envelope({ title: 'a < b & c' }))).toEqual({ outcome: 'sent' })
    const [post] = receiver.received
    expect(post).toMatchObject({
      method: 'POST',
      url: '/bot123456789:AAE-secret_token%25text/sendMessage',
    })
    expect(post?.headers['content-type']).toBe('application/json')
    const body = JSON.parse(post?.body ?? '') as { text: string }
    expect(body).toMatchObject({
      chat_id: '-100123',
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
    })
    expect(body.text).toContain('a &lt; b &amp; c')
  })

  it.each([
    [401, 'Unauthorized', 'telegram_token', 'later', 'bot_token'],
    [404, 'Not Found', 'telegram_token', 'later', 'bot_token'],
    [400, 'Bad Request: chat not found', 'telegram_chat', 'later', 'chat_id'],
    [
      400,
      'Bad Request: not enough rights to send text messages to the chat',
      'telegram_chat',
      'later',
      'chat_id',
    ],
    [403, 'Forbidden: bot was blocked by the user', 'telegram_forbidden', 'later', 'Unblock'],
    [400, "Bad Request: can't parse entities", 'telegram_refused', 'never', undefined],
    [400, 'Bad Request: message is too long', 'telegram_refused', 'never', undefined],
    [413, 'Request Entity Too Large', 'telegram_refused', 'never', undefined],
    [500, 'Internal Server Error', 'telegram_refused', 'soon', undefined],
    [502, 'Bad Gateway', 'telegram_refused', 'soon', undefined],
  ])('that says %i "%s" is %s, %s', async (status, description, code, retry, hint) => {
    const result = await resultOf(say(status, { ok: false, error_code: status, description }))
    expect(result).toMatchObject({ outcome: 'failed', code, retry })
    if (result.outcome !== 'failed') return
    expect(result.message).toContain(description)
    if (hint === undefined) expect(result.hint).toBeUndefined()
    else expect(result.hint).toContain(hint)
  })

  it('is given the pause that it asks for', async () => {
    const body = { ok: false, error_code: 429, description: 'Too Many Requests: retry after 7' }
    expect(await resultOf(say(429, { ...body, parameters: { retry_after: 7 } }))).toMatchObject({
      code: 'telegram_rate_limited',
      retry: 'soon',
      retryAfterMs: 7_000,
    })
    expect(await resultOf(say(429, body, { 'Retry-After': '3' }))).toMatchObject({
      retryAfterMs: 3_000,
    })
    const forever = { ...body, parameters: { retry_after: 1e12 } }
    expect(await resultOf(say(429, forever))).toMatchObject({ retryAfterMs: 86_400_000 })
    const nonsense = { ...body, parameters: { retry_after: 'soon' } }
    expect(await resultOf(say(429, nonsense))).not.toHaveProperty('retryAfterMs')
  })

  it('tells where a group has moved to', async () => {
    const body = {
      ok: false,
      error_code: 400,
      description: 'Bad Request: group chat was upgraded to a supergroup chat',
      parameters: { migrate_to_chat_id: -1001234 },
    }
    expect(await resultOf(say(400, body))).toMatchObject({
      code: 'telegram_chat_moved',
      retry: 'later',
      hint: 'Set chat_id: "-1001234".',
    })
  })

  it.each([
    [
      'a page',
      say(200, '<html><body>Sign in</body></html>', { 'Content-Type': 'text/html' }),
      'later',
    ],
    ['a page with an error', say(502, '<html>Bad gateway</html>'), 'soon'],
    ['nothing', say(200, ''), 'later'],
    ['another JSON', say(200, '[1]'), 'later'],
    ['ok in a refusal', say(403, { ok: true }), 'later'],
    ['a redirect', say(302, '', { Location: 'http://127.0.0.1:1/' }), 'later'],
  ])('that is not itself, but %s, is told without what was said', async (_what, answer, retry) => {
    const result = await resultOf(answer)
    expect(result).toMatchObject({ code: 'telegram_unexpected', retry })
    expect(printed(result)).not.toMatch(/html|Sign in|Location/i)
    expect(receiver.received).toHaveLength(1)
  })

  it('that sends the token back does not have it shown', async () => {
    const description = `Not Found: /bot${TOKEN}/sendMessage`
    expect(await resultOf(say(404, { ok: false, error_code: 404, description }))).toMatchObject({
      code: 'telegram_token',
      message: 'Telegram does not know this bot token (404)',
    })
  })

  it.each([
    ['hangs', hangs, 'telegram_timeout'],
    ['closes the connection', closes, 'telegram_connection_lost'],
    ['closes it in the middle of the answer', closesInTheMiddle, 'telegram_connection_lost'],
  ])('that %s costs an attempt', async (_how, answer, code) => {
    expect(await resultOf(answer, 200)).toMatchObject({ code, retry: 'soon' })
    await until(() => receiver.openCount() === 0)
  })

  it('that is not there costs an attempt', async () => {
    const baseUrl = `http://127.0.0.1:${await freePort()}`
    const result = await notifier({ baseUrl }).send(envelope())
    expect(result).toMatchObject({ code: 'telegram_connection_refused', retry: 'soon' })
    expect(printed(result)).not.toContain('secret_token')
  })

  it('is left when the channel is closed', async () => {
    receiver.answer = hangs
    const telegram = notifier()
    const sending = telegram.send(envelope())
    await until(() => receiver.received.length === 1)
    telegram.close()
    expect(await sending).toMatchObject({ code: 'telegram_aborted', retry: 'soon' })
    await until(() => receiver.openCount() === 0)
    expect(await telegram.send(envelope())).toMatchObject({ code: 'channel_closed' })
  })
})
