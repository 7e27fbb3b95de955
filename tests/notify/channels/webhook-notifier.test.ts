import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SendResult } from '../../../src/notify/notifier.ts'
import {
  createWebhookNotifier,
  type WebhookFormat,
  type WebhookNotifierOptions,
} from '../../../src/notify/channels/webhook-notifier.ts'
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

const PATH = '/services/T0AB/B1CD/tok%20en-Secret?key=wxyz-1'

let receiver: HttpReceiver
beforeEach(async () => {
  receiver = await startReceiver(say(200, 'ok'))
})
afterEach(() => receiver.close())

function notifier(format: WebhookFormat, options: Partial<WebhookNotifierOptions> = {}) {
  return createWebhookNotifier({
    name: 'desk',
    url: `${receiver.url}${PATH}`,
    format,
    post: createPostJson({ clock: CLOCK, proxies: new Map() }),
    clock: CLOCK,
    timeoutMs: 2_000,
    ...options,
  })
}

async function resultOf(
  format: WebhookFormat,
  answer: HttpReceiver['answer'],
  options: Partial<WebhookNotifierOptions> = {},
): Promise<SendResult> {
  receiver.answer = answer
  const result = await notifier(format, options).send(envelope())
  const text = printed(result)
  for (const secret of ['T0AB', 'B1CD', 'en-Secret', 'wxyz', '127.0.0.1']) {
    expect(text).not.toContain(secret)
  }
  return result
}

describe('a webhook', () => {
  it('of one’s own gets the message as JSON with its id', async () => {
    const desk = notifier('json')
    expect(desk.channel).toBe('desk')
    expect(await desk.send(envelope())).toEqual({ outcome: 'sent' })
    const [post] = receiver.received
    expect(post).toMatchObject({ method: 'POST', url: PATH })
    expect(post?.headers['content-type']).toBe('application/json')
    expect(JSON.parse(post?.body ?? '')).toMatchObject({
      schema: 'hedgebot/notification/1',
      id: 'run7.12',
      kind: 'stop',
    })
  })

  it.each([
    ['slack', 'text'],
    ['discord', 'allowed_mentions'],
  ] as const)('of %s gets a body as it wants it', async (format, field) => {
    expect(await notifier(format).send(envelope())).toEqual({ outcome: 'sent' })
    const body = JSON.parse(receiver.received[0]?.body ?? '') as Record<string, unknown>
    expect(printed(body)).toContain('h3 closed')
    expect(Object.keys(body)).toContain(field)
  })

  it.each([
    ['json', 201, ''],
    ['json', 200, '<html>thanks</html>'],
    ['discord', 204, ''],
    ['slack', 200, 'ok'],
  ] as const)('of %s has taken it with %i %j', async (format, status, body) => {
    expect(await resultOf(format, say(status, body))).toEqual({ outcome: 'sent' })
  })

  it.each([
    ['slack', 400, 'invalid_payload', 'webhook_refused', 'never'],
    ['slack', 403, 'action_prohibited', 'webhook_gone', 'later'],
    ['slack', 404, 'no_team', 'webhook_gone', 'later'],
    ['slack', 410, 'channel_is_archived', 'webhook_gone', 'later'],
    ['slack', 500, 'rollup_error', 'webhook_server_error', 'soon'],
    ['discord', 400, '{"message":"Cannot send an empty message"}', 'webhook_refused', 'never'],
    ['discord', 401, '{"message":"Invalid Webhook Token"}', 'webhook_gone', 'later'],
    ['discord', 404, '{"message":"Unknown Webhook"}', 'webhook_gone', 'later'],
    ['json', 405, 'no', 'webhook_gone', 'later'],
    ['json', 413, 'no', 'webhook_refused', 'never'],
    ['json', 408, 'no', 'webhook_server_error', 'soon'],
    ['json', 503, 'no', 'webhook_server_error', 'soon'],
  ] as const)('of %s that says %i %s is %s, %s', async (format, status, body, code, retry) => {
    const result = await resultOf(format, say(status, body))
    expect(result).toMatchObject({ outcome: 'failed', code, retry })
    if (result.outcome === 'failed') expect(result.message).toContain(`answered ${status}: ${body}`)
  })

  it.each(['slack', 'discord'] as const)(
    'of %s does not take a page for its answer',
    async (format) => {
      const page = say(200, '<html>Sign in to the network</html>', { 'Content-Type': 'text/html' })
      const result = await resultOf(format, page)
      expect(result).toMatchObject({ code: 'webhook_unexpected', retry: 'later' })
      expect(printed(result)).not.toContain('Sign in')
    },
  )

  it('does not have a page shown', async () => {
    const result = await resultOf('json', say(500, '<html><h1>Internal error</h1></html>'))
    expect(result).toMatchObject({ message: 'webhook "desk" answered 500' })
  })

  it.each([
    ['the path', PATH],
    ['a part of it, decoded', 'the webhook "tok en-Secret" is not registered'],
    ['its key', 'wxyz-1'],
  ])('does not have shown what it sends back: %s', async (_what, body) => {
    expect(await resultOf('json', say(404, body))).toMatchObject({
      message: 'webhook "desk" answered 404',
    })
  })

  it('is given the pause that it asks for', async () => {
    const limited = { code: 'webhook_rate_limited', retry: 'soon' }
    expect(await resultOf('slack', say(429, 'slow down', { 'Retry-After': '30' }))).toMatchObject({
      ...limited,
      retryAfterMs: 30_000,
    })
    const told = { message: 'You are being rate limited.', retry_after: 0.65, global: false }
    expect(await resultOf('discord', say(429, told, { 'Retry-After': '1' }))).toMatchObject({
      ...limited,
      retryAfterMs: 650,
    })
    const nowMs = Date.UTC(2026, 10, 30, 12)
    const clock = { ...CLOCK, now: () => nowMs }
    const date = say(429, '', { 'Retry-After': 'Mon, 30 Nov 2026 12:00:42 GMT' })
    expect(await resultOf('json', date, { clock })).toMatchObject({
      ...limited,
      retryAfterMs: 42_000,
    })
    const past = say(429, '', { 'Retry-After': 'Mon, 30 Nov 2026 11:00:00 GMT' })
    for (const answer of [say(429), say(429, '', { 'Retry-After': 'soon' }), past]) {
      const result = await resultOf('json', answer, { clock })
      expect(result).toMatchObject(limited)
      expect(result).not.toHaveProperty('retryAfterMs')
    }
  })

  it('that redirects is not followed', async () => {
    const other = await startReceiver()
    const result = await resultOf('json', say(307, '', { Location: `${other.url}/x` }))
    expect(result).toMatchObject({ code: 'webhook_redirected', retry: 'later' })
    expect(other.received).toEqual([])
    await other.close()
  })

  it.each([
    ['hangs', hangs, 'webhook_timeout'],
    ['closes the connection', closes, 'webhook_connection_lost'],
    ['closes it in the middle of the answer', closesInTheMiddle, 'webhook_connection_lost'],
  ])('that %s costs an attempt', async (_how, answer, code) => {
    expect(await resultOf('json', answer, { timeoutMs: 200 })).toMatchObject({
      code,
      retry: 'soon',
    })
    await until(() => receiver.openCount() === 0)
  })

  it('that is not there costs an attempt', async () => {
    const url = `http://127.0.0.1:${await freePort()}${PATH}`
    expect(await notifier('json', { url }).send(envelope())).toMatchObject({
      code: 'webhook_connection_refused',
      retry: 'soon',
      message: 'webhook "desk" refused the connection',
    })
  })

  it('without an address is told without what is there instead', async () => {
    const url = 'ftp://secret-token.example.com/x'
    const result = await notifier('json', { url }).send(envelope())
    expect(result).toMatchObject({ code: 'webhook_bad_address', retry: 'later' })
    expect(printed(result)).not.toContain('secret-token')
  })

  it('is left when the channel is closed', async () => {
    receiver.answer = hangs
    const desk = notifier('json')
    const sending = desk.send(envelope())
    await until(() => receiver.received.length === 1)
    desk.close()
    expect(await sending).toMatchObject({ code: 'webhook_aborted', retry: 'soon' })
    expect(await desk.send(envelope())).toMatchObject({ code: 'channel_closed' })
  })
})
