import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { type SendingOptions, startSendingThread } from '../../../src/context/start-sending.ts'
import { type ChannelConfig, channelNames } from '../../../src/notify/channels/channel-config.ts'
import { createNotifiers } from '../../../src/notify/channels/create-notifiers.ts'
import type { Notifier } from '../../../src/notify/notifier.ts'
import { createLocalSender, type Sender } from '../../../src/notify/sender.ts'
import { createPostJson } from '../../../src/proxies/post-json.ts'
import { startMailSink } from '../../../src/sim/stage/mail-sink.ts'
import { readMail } from '../../../src/sim/stage/read-mail.ts'
import { startMisbehavingProxy } from '../../proxies/misbehaving-proxy.ts'
import { until } from '../../proxies/observe.ts'
import { newSeen, socksServer } from '../../proxies/socks-server.ts'
import { loadedWith, readSources } from '../../source-files.ts'
import { hangs, say, startReceiver } from './http-receiver.ts'
import { CLOCK, envelope, FIRST, openDirectly, SENDER } from './smtp-servers.ts'

const login = { username: 'us er', password: 'p@ss:w/ö %"' }
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

function closing<T extends { close(): unknown }>(thing: T): T {
  closers.push(() => thing.close())
  return thing
}

function thread(options: Partial<SendingOptions> = {}): Sender {
  return closing(startSendingThread({ channels: [], proxies: [], clock: CLOCK, ...options }))
}

function webhook(url: string, name = 'desk'): ChannelConfig {
  return { kind: 'webhook', name, url, format: 'json' }
}

/** A thread whose file is this text. */
function workerOf(code: string): URL {
  const text = `import { parentPort, workerData } from 'node:worker_threads'\n${code}`
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`)
}

const DESK: readonly ChannelConfig[] = [webhook('http://127.0.0.1:1/')]

/** A clock that stands, with timers that go off when they are told to. */
function standingClock() {
  const timers = new Set<{ readonly ms: number; readonly callback: () => void }>()
  const state = { nowMs: 5_000, timers }
  const clock = {
    ...CLOCK,
    monotonicMs: () => state.nowMs,
    setTimer(ms: number, callback: () => void) {
      const timer = { ms, callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
  }
  return { state, clock }
}

describe('the sending thread', () => {
  it('sends by every channel, through a proxy too', async () => {
    const sink = closing(await startMailSink({ clock: CLOCK, login }))
    const receiver = closing(await startReceiver())
    const seen = newSeen()
    const proxy = closing(await startMisbehavingProxy(socksServer({ login }, seen)))
    const sender = thread({
      channels: [
        {
          kind: 'email',
          smtpServer: sink.host,
          smtpPort: sink.port,
          isSecure: false,
          sender: SENDER,
          recipients: [FIRST],
          ...login,
        },
        { kind: 'telegram', botToken: '1:a', chatId: '5', baseUrl: receiver.url, via: 'p1' },
        webhook(`${receiver.url}/hook`),
      ],
      proxies: [{ name: 'p1', host: proxy.host, port: proxy.port, protocol: 'socks5', ...login }],
    })
    expect(sender.channels).toEqual(['email', 'telegram', 'desk'])
    const results = await Promise.all(
      sender.channels.map((channel) => sender.send(channel, envelope())),
    )
    expect(results).toEqual([{ outcome: 'sent' }, { outcome: 'sent' }, { outcome: 'sent' }])
    const mail = await readMail(sink.mails()[0]?.raw ?? Buffer.of())
    expect(mail.headers['message-id']).toBe('<run7.12@example.com>')
    expect(receiver.received.map(({ url }) => url).toSorted()).toEqual([
      '/bot1:a/sendMessage',
      '/hook',
    ])
    expect(seen.logins).toEqual([login])
  })

  it('tells how a message failed as it is told in one thread', async () => {
    const receiver = closing(await startReceiver(say(429, '', { 'Retry-After': '4' })))
    const result = await thread({ channels: [webhook(receiver.url)] }).send('desk', envelope())
    expect(result).toMatchObject({ code: 'webhook_rate_limited', retryAfterMs: 4_000 })
  })

  it('drops what is under way when it is closed, and takes nothing afterwards', async () => {
    const receiver = closing(await startReceiver(hangs))
    const sender = thread({ channels: [webhook(receiver.url)] })
    const sending = sender.send('desk', envelope())
    await until(() => receiver.received.length === 1, 20_000)
    await sender.close()
    expect(await sending).toMatchObject({ code: 'channel_closed', retry: 'soon' })
    await until(() => receiver.openCount() === 0)
    expect(await sender.send('desk', envelope())).toMatchObject({ code: 'channel_closed' })
  })

  it('is not even started for a channel that there is not', async () => {
    const workerFile = new URL('file:///no/such/file.js')
    const result = await thread({ channels: DESK, workerFile }).send('gone', envelope())
    expect(result).toMatchObject({ code: 'unknown_channel', retry: 'never' })
  })

  it.each([
    ['ends by itself', `parentPort.once('message', () => process.exit(0))`],
    ['throws', `parentPort.once('message', () => { throw new Error('p@ss') })`],
    ['rejects', `parentPort.once('message', async () => { throw new Error('p@ss') })`],
    ['does not even start', `throw new Error('p@ss')`],
    ['is no program', `this is none`],
  ])('that %s fails its messages and is started again after a while', async (_how, code) => {
    const { state, clock } = standingClock()
    const sender = thread({ channels: DESK, clock, workerFile: workerOf(code) })
    const lost = { outcome: 'failed', code: 'sending_thread_lost', retry: 'soon' }
    const both = [sender.send('desk', envelope()), sender.send('desk', envelope())]
    expect(await Promise.all(both)).toMatchObject([lost, lost])
    expect(JSON.stringify(await Promise.all(both))).not.toContain('p@ss')
    expect(state.timers.size).toBe(0)
    state.nowMs += 9_000
    expect(await sender.send('desk', envelope())).toMatchObject({ ...lost, retryAfterMs: 1_000 })
    state.nowMs += 1_000
    const again = await sender.send('desk', envelope())
    expect(again).toMatchObject(lost)
    expect(again).not.toHaveProperty('retryAfterMs')
  })

  it('that comes back sends again', async () => {
    const { state, clock } = standingClock()
    const code = `parentPort.on('message', ({ job, channel }) => {
      if (channel === 'bad') process.exit(1)
      parentPort.postMessage({ job, result: { outcome: 'sent' } })
    })`
    const channels = [...DESK, webhook('http://127.0.0.1:1/', 'bad')]
    const sender = thread({ channels, clock, workerFile: workerOf(code) })
    expect(await sender.send('desk', envelope())).toEqual({ outcome: 'sent' })
    expect(await sender.send('bad', envelope())).toMatchObject({ code: 'sending_thread_lost' })
    state.nowMs += 10_000
    expect(await sender.send('desk', envelope())).toEqual({ outcome: 'sent' })
  })

  it.each([
    ['does not answer', `parentPort.on('message', () => undefined)`],
    ['is busy for ever', `parentPort.on('message', () => { for (;;); })`],
  ])('that %s is given up after two minutes, and another one is started', async (_how, code) => {
    const { state, clock } = standingClock()
    const sender = thread({ channels: DESK, clock, workerFile: workerOf(code) })
    const sending = sender.send('desk', envelope())
    const [timer] = state.timers
    expect(timer?.ms).toBe(120_000)
    timer?.callback()
    expect(await sending).toMatchObject({ code: 'sending_thread_hangs', retry: 'soon' })
    expect(state.timers.size).toBe(0)
    state.nowMs += 120_000
    const next = sender.send('desk', envelope())
    expect(state.timers.size).toBe(1)
    await sender.close()
    expect(await next).toMatchObject({ code: 'channel_closed' })
  })

  it('knows its channels and proxies from its start and nothing of the environment or the arguments', async () => {
    const code = `parentPort.on('message', ({ job }) => {
      parentPort.postMessage({ job, result: { outcome: 'sent', note: JSON.stringify([workerData, process.execArgv]) } })
    })`
    const sender = thread({ channels: DESK, workerFile: workerOf(code) })
    expect(await sender.send('desk', envelope())).toEqual({
      outcome: 'sent',
      note: JSON.stringify([{ channels: DESK, proxies: [] }, []]),
    })
  })

  it('keeps no process alive, and works from source', async () => {
    const receiver = closing(await startReceiver())
    const script = fileURLToPath(new URL('sending-child.ts', import.meta.url))
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', script, receiver.url],
      { timeout: 25_000 },
    )
    expect(JSON.parse(stdout)).toEqual({ outcome: 'sent' })
    expect(stderr).toBe('')
    expect(receiver.received).toHaveLength(1)
  })

  it('leaves no package and no renderer to the thread that trades', () => {
    const loaded = [...loadedWith('src/context/start-sending.ts', readSources())]
    expect(loaded.filter((target) => !/^(node:|src\/)/.test(target))).toEqual([])
    expect(loaded.filter((target) => /render|mail-|smtp/.test(target))).toEqual([])
  })
})

describe('a sender in this thread', () => {
  function local(notifiers: readonly Partial<Notifier>[]): Sender {
    return createLocalSender(
      notifiers.map((notifier, at) => ({
        channel: `c${at}`,
        send: () => Promise.resolve({ outcome: 'sent' }),
        close: () => undefined,
        ...notifier,
      })),
    )
  }

  it('gives a message to its channel and never rejects', async () => {
    const rejecting = { send: () => Promise.reject(new Error('p@ss')) }
    const throwing = {
      send: () => {
        throw new Error('p@ss')
      },
    }
    const sender = local([{}, rejecting, throwing])
    expect(sender.channels).toEqual(['c0', 'c1', 'c2'])
    expect(await sender.send('c0', envelope())).toEqual({ outcome: 'sent' })
    for (const channel of ['c1', 'c2']) {
      const result = await sender.send(channel, envelope())
      expect(result).toMatchObject({ code: 'send_failed', retry: 'soon' })
      expect(JSON.stringify(result)).not.toContain('p@ss')
    }
    expect(await sender.send('c3', envelope())).toMatchObject({ code: 'unknown_channel' })
  })

  it('closes its channels', async () => {
    let closed = 0
    const close = (): void => void closed++
    const sender = local([{ close }, { close }])
    await sender.close()
    expect(closed).toBe(2)
    expect(await sender.send('c0', envelope())).toMatchObject({ code: 'channel_closed' })
  })
})

describe('channels', () => {
  it('have names of their own, whatever webhooks are called', () => {
    const email: ChannelConfig = {
      kind: 'email',
      smtpServer: 'a',
      smtpPort: 25,
      isSecure: false,
      sender: SENDER,
      recipients: [FIRST],
    }
    const channels = [webhook('x', 'email'), email, webhook('y', 'email'), webhook('z', 'desk')]
    expect(channelNames(channels)).toEqual(['email', 'email_2', 'email_3', 'desk'])
    const post = createPostJson({ clock: CLOCK, proxies: new Map() })
    const notifiers = createNotifiers(channels, { clock: CLOCK, post, openSocket: openDirectly })
    expect(notifiers.map(({ channel }) => channel)).toEqual(channelNames(channels))
  })

  it('survive a structured clone', () => {
    expect(structuredClone(DESK)).toEqual(DESK)
  })
})
