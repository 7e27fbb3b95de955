import { connect, type Socket } from 'node:net'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { MailNotifierOptions } from '../../../src/notify/channels/mail-notifier.ts'
import type { Notifier, SendResult } from '../../../src/notify/notifier.ts'
import { createOpenSocket } from '../../../src/proxies/open-socket.ts'
import {
  type MailSink,
  type MailSinkOptions,
  startMailSink,
} from '../../../src/sim/stage/mail-sink.ts'
import { type ReadMail, readMail } from '../../../src/sim/stage/read-mail.ts'
import { makeCertificate } from '../../proxies/certificate.ts'
import { hang, startMisbehavingProxy } from '../../proxies/misbehaving-proxy.ts'
import { until } from '../../proxies/observe.ts'
import { startProxyChain } from '../../proxies/real-proxy.ts'
import { newSeen, socksServer } from '../../proxies/socks-server.ts'
import { freePort } from '../../proxies/support.ts'
import {
  CLOCK,
  envelope,
  farNotifier,
  FIRST,
  mailNotifier,
  makeExpiredCertificate,
  mapTo,
  printed,
  SECOND,
  startRaw,
  startScripted,
  startSmtp,
  type TestServer,
} from './smtp-servers.ts'

const certificate = makeCertificate()
const TRUSTED = { trustedCa: certificate.cert }
/** The certificate is for `localhost`; under that name the server is one of this machine, so that TLS is a choice there. */
const LOCAL_NAME = { smtpServer: 'localhost' }
const login = { username: 'us er', password: 'p@ss:w/ö %"\'#' }

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

function closing<T extends { close(): unknown }>(thing: T): T {
  closers.push(() => thing.close())
  return thing
}

async function startSink(options: Partial<MailSinkOptions> = {}): Promise<MailSink> {
  return closing(await startMailSink({ clock: CLOCK, ...options }))
}

/** With the short limits of these tests. */
function notifier(port: number, options: Partial<MailNotifierOptions> = {}): Notifier {
  return closing(mailNotifier(port, options))
}

function farAway(port: number, options: Partial<MailNotifierOptions> = {}): Notifier {
  return closing(farNotifier(port, options))
}

async function sendTo(
  port: number,
  options: Partial<MailNotifierOptions> = {},
): Promise<SendResult> {
  return notifier(port, options).send(envelope())
}

async function onlyMail(sink: MailSink): Promise<ReadMail> {
  expect(sink.mails()).toHaveLength(1)
  return readMail(sink.mails()[0]?.raw ?? Buffer.of())
}

function textOf(result: SendResult): string {
  return result.outcome === 'sent' ? (result.note ?? '') : `${result.message} ${result.hint}`
}

function error(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}

describe('a mail', () => {
  it('arrives with both parts, its subject and what mail programs go by', async () => {
    const sink = await startSink()
    expect(await sendTo(sink.port, { recipients: [FIRST, `Second <${SECOND}>`] })).toEqual({
      outcome: 'sent',
    })
    const mail = await onlyMail(sink)
    expect(sink.mails()[0]).toMatchObject({ from: 'bot@example.com', to: [FIRST, SECOND] })
    expect(mail).toMatchObject({
      subject: '[hedgebot testnet] STOP: h3 closed at -104.20 USD',
      from: 'bot@example.com',
      to: [FIRST, SECOND],
    })
    expect(mail.text).toContain('The long leg lost more than allowed.')
    expect(mail.html).toContain('The long leg lost more than allowed.')
    expect(mail.html).toContain('<html')
    expect(mail.headers).toMatchObject({
      'message-id': '<run7.12@example.com>',
      'auto-submitted': 'auto-generated',
      'x-auto-response-suppress': 'All',
      'x-hedgebot-kind': 'stop',
      'x-hedgebot-level': 'critical',
      'x-hedgebot-network': 'testnet',
      importance: 'High',
      'x-priority': '1 (Highest)',
    })
    expect(mail.headers['content-type']).toContain('multipart/alternative')
    expect(Date.parse(mail.headers['date'] ?? '')).toBe(Date.UTC(2026, 10, 30, 14, 3, 22))
    expect(mail.headers).not.toHaveProperty('x-mailer')
    expect(mail.headers).not.toHaveProperty('references')
  })

  it('belongs to its conversation, which is another one on another network', async () => {
    const sink = await startSink()
    const { send } = notifier(sink.port)
    for (const network of ['testnet', 'testnet', 'mainnet']) {
      await send(envelope({ thread: 'proxy p1 is down', network, severity: 'info' }, network))
    }
    const heads = await Promise.all(
      sink.mails().map(async ({ raw }) => (await readMail(raw)).headers),
    )
    const threads = heads.map((head) => head['references'])
    expect(threads[0]).toMatch(/^<thread\.[0-9a-f]{32}@example\.com>$/)
    expect(heads.map((head) => head['in-reply-to'])).toEqual(threads)
    expect(threads[1]).toBe(threads[0])
    expect(threads[2]).not.toBe(threads[0])
    expect(heads[0]).not.toHaveProperty('importance')
  })

  it('has the same Message-ID at every attempt, whatever its id is made of', async () => {
    const sink = await startSink()
    const { send } = notifier(sink.port)
    const id = 'a b\r\n<c>@d'
    await send(envelope({}, id))
    await send(envelope({ title: 'later' }, id))
    const ids = await Promise.all(
      sink.mails().map(async ({ raw }) => (await readMail(raw)).headers['message-id']),
    )
    expect(ids[0]).toMatch(/^<[0-9a-f]{32}@example\.com>$/)
    expect(ids[1]).toBe(ids[0])
  })

  it('keeps a subject that is not ASCII', async () => {
    const sink = await startSink()
    await notifier(sink.port).send(envelope({ title: 'höher als 100 € 📈 — ещё' }))
    expect((await onlyMail(sink)).subject).toBe('[hedgebot testnet] STOP: höher als 100 € 📈 — ещё')
  })

  it('gets no header or command from its title, network, thread or id', async () => {
    const sink = await startSink()
    const evil = 'x\r\nBcc: evil@example.net\r\n\r\n<script>\r\n.\r\nMAIL FROM:<evil@example.net>'
    const message = { title: evil, network: evil, thread: evil, blocks: [] }
    await notifier(sink.port).send(envelope(message, evil))
    const mail = await onlyMail(sink)
    expect(sink.mails()[0]?.to).toEqual([FIRST])
    expect(Object.keys(mail.headers)).not.toContain('bcc')
    const head = sink.mails()[0]?.raw.toString().split('\r\n\r\n')[0] ?? ''
    expect(head).not.toMatch(/^(bcc|MAIL FROM|<script)/im)
    // Subject, addresses and all that: no header that is not always there.
    expect(Object.keys(mail.headers)).toHaveLength(17)
  })

  it('reads no file and no address that its blocks name', async () => {
    const sink = await startSink()
    const text = 'file:///etc/hostname <img src="file:///etc/hostname"> data:text/html,x'
    await notifier(sink.port).send(envelope({ blocks: [{ kind: 'text', text }] }))
    const mail = await onlyMail(sink)
    expect(mail.text).toContain('file:///etc/hostname')
    expect(mail.html).not.toContain('<img src="file')
  })

  it('that cannot be written is refused for good and does not stop the next', async () => {
    const sink = await startSink()
    const { send } = notifier(sink.port)
    const broken = envelope({ blocks: [null] as never })
    expect(await send(broken)).toMatchObject({ code: 'not_rendered', retry: 'never' })
    expect(await send(envelope())).toEqual({ outcome: 'sent' })
  })
})

describe('a connection', () => {
  it('is shared by mails that come together, and ends when the channel is closed', async () => {
    const server = closing(await startSmtp({}))
    const mail = notifier(server.port)
    const results = await Promise.all(['1', '2', '3'].map((id) => mail.send(envelope({}, id))))
    expect(results).toEqual([{ outcome: 'sent' }, { outcome: 'sent' }, { outcome: 'sent' }])
    expect(server.connectCount()).toBe(1)
    expect(server.openCount()).toBe(1)
    mail.close()
    await until(() => server.openCount() === 0)
    expect(await mail.send(envelope())).toMatchObject({ code: 'channel_closed', retry: 'soon' })
    expect(server.connectCount()).toBe(1)
  })

  it('ends with the channel in the middle of a mail, and of one that waits', async () => {
    const server = closing(await startScripted((line) => (line === '.' ? null : undefined)))
    const mail = notifier(server.port)
    const sending = [mail.send(envelope()), mail.send(envelope())]
    await until(() => server.openCount() === 1)
    mail.close()
    const closed = { outcome: 'failed', code: 'channel_closed' }
    expect(await Promise.all(sending)).toMatchObject([closed, closed])
    await until(() => server.openCount() === 0)
  })

  it('that the server has left is not used for the next mail', async () => {
    const sockets: Socket[] = []
    const server = closing(
      await startScripted((_line, socket) => {
        if (!sockets.includes(socket)) sockets.push(socket)
        return undefined
      }),
    )
    const mail = notifier(server.port)
    expect(await mail.send(envelope())).toEqual({ outcome: 'sent' })
    sockets[0]?.end('421 4.4.2 too long idle\r\n')
    await until(() => server.openCount() === 0)
    expect(await mail.send(envelope())).toEqual({ outcome: 'sent' })
    expect(server.connectCount()).toBe(2)
  })

  it('does not stay after a refusal', async () => {
    const server = closing(
      await startSmtp({ onRcptTo: (_to, _session, done) => done(error(550, 'unknown')) }),
    )
    const mail = notifier(server.port)
    expect(await mail.send(envelope())).toMatchObject({ outcome: 'failed' })
    await until(() => server.openCount() === 0)
    expect(await mail.send(envelope())).toMatchObject({ outcome: 'failed' })
    expect(server.connectCount()).toBe(2)
  })
})

describe('TLS', () => {
  it('from the first byte carries a mail and a login', async () => {
    const sink = await startSink({ certificate, isSecure: true, login })
    const result = await sendTo(sink.port, { ...LOCAL_NAME, ...TRUSTED, ...login, isSecure: true })
    expect(result).toEqual({ outcome: 'sent' })
    expect(sink.mails()).toHaveLength(1)
  })

  it('by STARTTLS carries a mail and a login', async () => {
    const sink = await startSink({ certificate, login })
    const result = await sendTo(sink.port, { ...LOCAL_NAME, ...TRUSTED, ...login })
    expect(result).toEqual({ outcome: 'sent' })
    expect(sink.mails()).toHaveLength(1)
  })

  it.each([true, false])(
    'is not begun with a certificate that signed itself, secure: %s',
    async (isSecure) => {
      const sink = await startSink({ certificate, isSecure })
      const result = await sendTo(sink.port, { ...LOCAL_NAME, isSecure, ...login })
      expect(result).toMatchObject({ code: 'mail_certificate_self_signed', retry: 'later' })
      expect(textOf(result)).toContain('NODE_EXTRA_CA_CERTS')
      expect(sink.mails()).toEqual([])
    },
  )

  it.each([true, false])(
    'is not begun with an expired certificate, secure: %s',
    async (isSecure) => {
      const expired = makeExpiredCertificate()
      const sink = await startSink({ certificate: expired, isSecure })
      const result = await sendTo(sink.port, { ...LOCAL_NAME, isSecure, trustedCa: expired.cert })
      expect(result).toMatchObject({ code: 'mail_certificate_expired', retry: 'later' })
      expect(textOf(result)).toContain('has expired')
    },
  )

  it.each([true, false])(
    "is not begun with another machine's certificate, secure: %s",
    async (isSecure) => {
      const sink = await startSink({ certificate, isSecure })
      const result = await farAway(sink.port, { isSecure, ...TRUSTED }).send(envelope())
      expect(result).toMatchObject({ code: 'mail_certificate_name', retry: 'later' })
      expect(textOf(result)).toContain('not for mail.example.com but for localhost, 127.0.0.1')
    },
  )

  it('from the first byte on a port that has none is explained', async () => {
    const sink = await startSink()
    const result = await sendTo(sink.port, { isSecure: true })
    expect(result).toMatchObject({ code: 'mail_tls_mode', retry: 'later' })
    expect(textOf(result)).toContain('secure: false')
  })

  it('that the port wants from the first byte is suggested where it waits in silence', async () => {
    const sink = await startSink({ certificate, isSecure: true })
    const limits = { greetingMs: 150 }
    const result = await farAway(sink.port, { smtpPort: 465, limits }).send(envelope())
    expect(result).toMatchObject({ code: 'mail_no_greeting', retry: 'soon' })
    expect(textOf(result)).toContain('secure: true')
  })

  it.each([
    ['with a login', login, {}],
    ['without a login', {}, {}],
    ['with a login, whatever is not required', login, { requireTls: false }],
  ])('is a must far away: nothing is sent without, %s', async (_how, account, more) => {
    const heard: string[] = []
    const server = closing(
      await startScripted((line) => {
        heard.push(line)
        return line === 'STARTTLS' ? '502 5.5.1 not implemented' : undefined
      }),
    )
    const result = await farAway(server.port, { ...account, ...more }).send(envelope())
    expect(result).toMatchObject({ code: 'mail_no_tls', retry: 'later' })
    expect(heard).toEqual(['EHLO [127.0.0.1]', 'STARTTLS'])
    await until(() => server.openCount() === 0)
  })

  it('is a must behind a proxy too, where 127.0.0.1 is another machine', async () => {
    const heard: string[] = []
    const server = closing(
      await startScripted((line) => {
        heard.push(line)
        return line === 'STARTTLS' ? '454 4.7.0 not now' : undefined
      }),
    )
    const openSocket = mapTo(server.port)
    const result = await sendTo(server.port, { ...login, via: 'p1', openSocket })
    expect(result).toMatchObject({ code: 'mail_no_tls', retry: 'soon' })
    expect(heard).toEqual(['EHLO [127.0.0.1]', 'STARTTLS'])
  })

  it('is a must for a server that knows no EHLO', async () => {
    const server = closing(
      await startScripted((line) => (line.startsWith('EHLO') ? '502 what?' : undefined)),
    )
    const result = await farAway(server.port).send(envelope())
    expect(result).toMatchObject({ code: 'mail_no_tls', retry: 'later' })
  })

  it('may be left out where it is not required, far away and without a login', async () => {
    const sink = await startSink()
    const result = await farAway(sink.port, { requireTls: false }).send(envelope())
    expect(result).toEqual({ outcome: 'sent' })
  })

  it('is not begun in what a stranger put behind the answer to STARTTLS', async () => {
    const server = closing(
      await startScripted((line) =>
        line === 'STARTTLS' ? '220 go\r\n250-test\r\n250 AUTH PLAIN' : undefined,
      ),
    )
    const result = await farAway(server.port, {
      ...login,
      limits: { greetingMs: 200 },
    }).send(envelope())
    expect(result).toMatchObject({ code: 'mail_tls_timeout', retry: 'soon' })
  })

  it('that is closed in the handshake is told', async () => {
    const server = closing(await startRaw((socket) => socket.once('data', () => socket.end())))
    const result = await sendTo(server.port, { isSecure: true })
    expect(result).toMatchObject({ code: 'mail_tls_closed', retry: 'soon' })
    expect(textOf(result)).toContain('secure: false')
  })
})

describe('a login', () => {
  it.each([
    ['with STARTTLS', { certificate }],
    ['without TLS on this machine', {}],
  ])('that is wrong is told without the password, %s', async (_how, options) => {
    const sink = await startSink({ login: { ...login, password: 'another' }, ...options })
    const result = await sendTo(sink.port, { ...LOCAL_NAME, ...TRUSTED, ...login })
    expect(result).toMatchObject({ code: 'mail_login_refused', retry: 'later' })
    expect(textOf(result)).toContain('Authentication credentials invalid')
    expectNoPassword(result)
  })

  it.each([
    ['the command', (line: string) => `535 5.7.8 what is ${line}`],
    ['the command in small letters', (line: string) => `535 5.7.8 ${line.toLowerCase()}`],
    ['the password', () => `535 ${login.password} is wrong`],
    ['a piece of the password', () => `535 not ${login.password.slice(2, 9)}`],
    ['the password in base64', () => `535 ${Buffer.from(login.password).toString('base64')}`],
    [
      'the password, percent-encoded, over two lines',
      () =>
        `535-${encodeURIComponent(login.password).slice(0, 8)}\r\n535 ${encodeURIComponent(login.password).slice(8)}`,
    ],
  ])('stays secret when the server sends back %s', async (_what, say) => {
    const server = closing(
      await startScripted((line) => (line.startsWith('AUTH') ? say(line) : undefined)),
    )
    const result = await sendTo(server.port, login)
    expect(result).toMatchObject({ code: 'mail_login_refused', retry: 'later' })
    expectNoPassword(result)
  })

  it('stays secret when the server sends it back where it is not asked for it', async () => {
    let auth = ''
    const server = closing(
      await startScripted((line) => {
        if (line.startsWith('AUTH')) auth = line
        if (line.startsWith('RCPT')) return `550 no, ${auth}`
        return undefined
      }),
    )
    const result = await sendTo(server.port, login)
    expect(auth).toContain('AUTH PLAIN ')
    expect(result).toMatchObject({ code: 'mail_recipients_refused' })
    expectNoPassword(result)
  })

  it.each([
    [
      '534-5.7.9 Application-specific password required.\r\n534 5.7.9 see support',
      'mail_app_password',
      'later',
    ],
    ['535 5.7.8 Username and Password not accepted', 'mail_login_refused', 'later'],
    ['454 4.7.0 Temporary authentication failure', 'mail_login_busy', 'soon'],
    ['421 4.7.0 Try again later', 'mail_busy', 'soon'],
    ['504 5.5.4 unrecognized authentication type', 'mail_login_method', 'later'],
    ['hello', 'mail_login_refused', 'later'],
  ])('that is answered "%s" is %s', async (answer, code, retry) => {
    const server = closing(
      await startScripted((line) => (line.startsWith('AUTH') ? answer : undefined)),
    )
    const result = await sendTo(server.port, { username: 'a', password: 'secret words' })
    expect(result).toMatchObject({ code, retry })
  })

  it('that is missing is asked for', async () => {
    const sink = await startSink({ login })
    const result = await sendTo(sink.port)
    expect(result).toMatchObject({ code: 'mail_login_required', retry: 'later' })
    expect(textOf(result)).toContain('username and password')
  })

  it('without a name or without a password does not crash', async () => {
    const sink = await startSink({ login })
    const results = [
      await sendTo(sink.port, { password: 'x' }),
      await sendTo(sink.port, { username: 'x' }),
    ]
    for (const result of results)
      expect(result).toMatchObject({ outcome: 'failed', retry: 'later' })
  })
})

function expectNoPassword(result: SendResult): void {
  const { username, password } = login
  const text = printed(result)
  const base64 = (value: string): string => Buffer.from(value).toString('base64')
  for (const form of [
    password,
    password.slice(2, 9),
    base64(password),
    base64(`\0${username}\0${password}`),
    base64(`\0${username}\0${password}`).toLowerCase(),
    encodeURIComponent(password).slice(8),
  ]) {
    expect(text).not.toContain(form)
  }
}

describe('recipients', () => {
  function refusing(refusals: Readonly<Record<string, Error>>): SMTPServerOptions {
    return {
      onRcptTo: ({ address }, _session, done) => done(refusals[address] ?? null),
      onData: (stream, _session, done) => {
        stream.on('data', () => undefined).on('end', () => done(null))
      },
    }
  }

  it.each([true, false])(
    'that are not taken do not keep the mail from the others, pipelining hidden: %s',
    async (hidePIPELINING) => {
      const server = closing(
        await startSmtp({
          ...refusing({ [FIRST]: error(550, '5.1.1 no such user') }),
          hidePIPELINING,
        }),
      )
      const result = await sendTo(server.port, { recipients: [FIRST, SECOND] })
      expect(result).toMatchObject({ outcome: 'sent' })
      expect(textOf(result)).toBe(
        `mail server 127.0.0.1:${server.port} did not take it for ${FIRST} (550 5.1.1 no such user)`,
      )
    },
  )

  it.each([true, false])(
    'that are all refused end it for good, pipelining hidden: %s',
    async (hidePIPELINING) => {
      const no = error(550, '5.1.1 no such user')
      const server = closing(
        await startSmtp({ ...refusing({ [FIRST]: no, [SECOND]: no }), hidePIPELINING }),
      )
      const result = await sendTo(server.port, { recipients: [FIRST, SECOND] })
      expect(result).toMatchObject({ code: 'mail_recipients_refused', retry: 'never' })
      expect(textOf(result)).toContain('5.1.1 no such user')
    },
  )

  it('of which one may be taken later are tried again', async () => {
    const server = closing(
      await startSmtp(
        refusing({ [FIRST]: error(451, '4.7.1 greylisted'), [SECOND]: error(550, '5.1.1 no') }),
      ),
    )
    const result = await sendTo(server.port, { recipients: [FIRST, SECOND] })
    expect(result).toMatchObject({ code: 'mail_deferred', retry: 'soon' })
    expect(textOf(result)).toContain('4.7.1 greylisted')
  })

  it('that are not of this server want a login, which is no fault of the mail', async () => {
    const server = closing(
      await startSmtp(refusing({ [FIRST]: error(554, '5.7.1 Relay access denied') })),
    )
    expect(await sendTo(server.port)).toMatchObject({ code: 'mail_login_required', retry: 'later' })
  })
})

describe('a server that does not take the mail', () => {
  it.each([
    ['MAIL FROM', '550 5.7.1 sender not yours', 'mail_sender_refused', 'later'],
    ['MAIL FROM', '451 4.3.0 later', 'mail_deferred', 'soon'],
    ['MAIL FROM', '552 5.3.4 too large', 'mail_too_large', 'never'],
    ['MAIL FROM', '530 5.7.0 Authentication Required', 'mail_login_required', 'later'],
    ['RCPT TO', '450 4.2.0 greylisted', 'mail_deferred', 'soon'],
    ['RCPT TO', '452 4.2.2 mailbox full', 'mail_deferred', 'soon'],
    ['RCPT TO', '421 4.7.0 too many', 'mail_busy', 'soon'],
    ['DATA', '554 5.5.1 no', 'mail_refused', 'never'],
    ['DATA', '451 4.3.0 later', 'mail_deferred', 'soon'],
    ['.', '554 5.7.1 spam', 'mail_refused', 'never'],
    ['.', '552 5.3.4 message too large', 'mail_too_large', 'never'],
    ['.', '552 5.2.2 mailbox full', 'mail_refused', 'never'],
    ['.', '421 4.3.2 shutting down', 'mail_busy', 'soon'],
    ['.', '451 4.7.0 later', 'mail_deferred', 'soon'],
    ['.', 'what?', 'mail_deferred', 'soon'],
    ['EHLO', '421 4.3.2 no', 'mail_busy', 'soon'],
    ['EHLO', '550 5.7.1 go away', 'mail_client_refused', 'later'],
  ])('says to %s "%s": %s, %s', async (command, answer, code, retry) => {
    const server = closing(
      await startScripted((line) => {
        const isIt = command === '.' ? line === '.' : line.startsWith(command)
        return isIt || (command === 'EHLO' && line.startsWith('HELO')) ? answer : undefined
      }),
    )
    expect(await sendTo(server.port)).toMatchObject({ outcome: 'failed', code, retry })
    await until(() => server.openCount() === 0)
  })

  it.each([
    ['421 4.3.2 busy', 'mail_busy', 'soon'],
    ['450 later', 'mail_busy', 'soon'],
    ['554 5.7.1 your address is blocked', 'mail_client_refused', 'later'],
    ['SSH-2.0-OpenSSH_9.9', 'mail_not_smtp', 'later'],
    ['HTTP/1.1 400 Bad Request', 'mail_not_smtp', 'later'],
    ['\u0000\u0001\u001b[2J\u0007', 'mail_not_smtp', 'later'],
  ])('greets with %j: %s, %s', async (greeting, code, retry) => {
    const server = closing(await startScripted(() => undefined, greeting))
    const result = await sendTo(server.port)
    expect(result).toMatchObject({ outcome: 'failed', code, retry })
    // eslint-disable-next-line no-control-regex -- that is what must not be there
    expect(textOf(result)).not.toMatch(/[\u0000-\u001f\u007f]/)
  })

  it('announces a smaller size than the mail has', async () => {
    const sink = await startSink({ maxMailBytes: 500 })
    expect(await sendTo(sink.port)).toMatchObject({ code: 'mail_too_large', retry: 'never' })
  })

  it('talks much: at most 160 characters of it are shown, on one line', async () => {
    const answer = `550-${'a lot of words '.repeat(40)}\r\n550-\u001b[31mred\u202e\r\n550 end`
    const server = closing(
      await startScripted((line) => (line.startsWith('RCPT') ? answer : undefined)),
    )
    const text = textOf(await sendTo(server.port))
    expect(text).toContain('a lot of words')
    expect(text.length).toBeLessThan(350)
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })
})

describe('a server that vanishes', () => {
  it.each([
    ['before its greeting', async () => startRaw((socket) => socket.destroy())],
    ['in the middle of its greeting', async () => startRaw((socket) => socket.end('220-he'))],
    [
      'at MAIL FROM',
      async () =>
        startScripted((line, socket) => {
          if (line.startsWith('MAIL')) socket.destroy()
          return undefined
        }),
    ],
    [
      'in the middle of the mail',
      async () =>
        startScripted((line, socket) => {
          if (line === 'DATA') socket.once('data', () => socket.resetAndDestroy())
          return undefined
        }),
    ],
  ])('%s costs an attempt', async (_when, start) => {
    const server = closing(await start())
    const result = await sendTo(server.port)
    expect(result).toMatchObject({ code: 'mail_connection_lost', retry: 'soon' })
    expect(server.connectCount()).toBe(1)
  })

  it('after the mail and before its answer gets it again, under the same Message-ID', async () => {
    const ids: string[] = []
    let answers = 0
    const server = closing(
      await startRaw((socket) => {
        let all = ''
        socket.write('220 test\r\n')
        socket.on('data', (chunk: Buffer) => {
          all += chunk.toString()
          if (all.endsWith('\r\n.\r\n')) {
            ids.push(/^message-id: (.*)$/im.exec(all)?.[1]?.trim() ?? '')
            if (++answers === 1) socket.destroy()
            else socket.write('250 taken\r\n')
          } else if (/^DATA\r\n$/m.test(chunk.toString())) socket.write('354 go\r\n')
          else if (!/^DATA\r\n/m.test(all)) socket.write('250 fine\r\n')
        })
      }),
    )
    const mail = notifier(server.port)
    expect(await mail.send(envelope())).toMatchObject({
      code: 'mail_connection_lost',
      retry: 'soon',
    })
    expect(await mail.send(envelope())).toEqual({ outcome: 'sent' })
    expect(ids).toEqual(['<run7.12@example.com>', '<run7.12@example.com>'])
  })
})

describe('a server that hangs', () => {
  it('only for a moment before it greets is waited for', async () => {
    const sink = await startSink()
    const server = closing(
      await startRaw((socket) => {
        const upstream = connect(sink.port, sink.host)
        socket.on('close', () => upstream.destroy())
        setTimeout(() => upstream.pipe(socket), 300)
        socket.pipe(upstream)
      }),
    )
    expect(await sendTo(server.port, { limits: { greetingMs: 2_000 } })).toEqual({
      outcome: 'sent',
    })
  })

  it.each([
    ['without a greeting', { greetingMs: 100 }, 'mail_no_greeting'],
    ['without a greeting, longer than all', { sendMs: 100 }, 'mail_timeout'],
  ])('%s is given up', async (_how, limits, code) => {
    const server = closing(await startRaw((socket) => socket.resume()))
    expect(await sendTo(server.port, { limits })).toMatchObject({ code, retry: 'soon' })
    await until(() => server.openCount() === 0)
  })

  it.each(['EHLO', 'MAIL', 'RCPT', 'DATA', '.'])('at %s is given up', async (command) => {
    const server = closing(
      await startScripted((line) =>
        (command === '.' ? line === '.' : line.startsWith(command)) ? null : undefined,
      ),
    )
    const result = await sendTo(server.port, { limits: { socketMs: 150 } })
    expect(result).toMatchObject({ code: 'mail_timeout', retry: 'soon' })
    await until(() => server.openCount() === 0)
  })

  it('by a byte at a time is given up as a whole', async () => {
    const server = closing(
      await startRaw((socket) => {
        const timer = setInterval(() => socket.write('2'), 10)
        socket.on('close', () => clearInterval(timer)).resume()
      }),
    )
    const result = await sendTo(server.port, { limits: { sendMs: 250 } })
    expect(result).toMatchObject({ code: 'mail_timeout', retry: 'soon' })
    await until(() => server.openCount() === 0)
  })

  it('in the TLS handshake is given up', async () => {
    const server = closing(await startRaw((socket) => socket.resume()))
    const result = await sendTo(server.port, { isSecure: true, limits: { greetingMs: 100 } })
    expect(result).toMatchObject({ code: 'mail_tls_timeout', retry: 'soon' })
    await until(() => server.openCount() === 0)
  })

  it('for one mail does not keep the next from a server that is well again', async () => {
    let isHanging = true
    const server = closing(
      await startScripted((line) => (line === '.' && isHanging ? null : undefined)),
    )
    const mail = notifier(server.port, { limits: { sendMs: 200 } })
    expect(await mail.send(envelope())).toMatchObject({ code: 'mail_timeout' })
    isHanging = false
    expect(await mail.send(envelope())).toEqual({ outcome: 'sent' })
  })

  it('lets mails that wait for it end in their own time', async () => {
    const server = closing(await startScripted((line) => (line === '.' ? null : undefined)))
    const mail = notifier(server.port, { limits: { sendMs: 200 } })
    const results = await Promise.all(['1', '2', '3'].map((id) => mail.send(envelope({}, id))))
    for (const result of results) expect(result).toMatchObject({ code: 'mail_timeout' })
  })
})

describe('a server without end', () => {
  it.each([
    ['in one line', Buffer.alloc(65_536, 'x')],
    ['in lines of a greeting', Buffer.from('220-welcome\r\n'.repeat(5_000))],
    ['in lines of nothing', Buffer.from('\r\n'.repeat(20_000))],
  ])('%s is left', async (_how, chunk) => {
    const server = closing(
      await startRaw((socket) => {
        const more = (): void => {
          while (socket.writable && socket.write(chunk));
        }
        socket.on('drain', more)
        more()
      }),
    )
    const result = await sendTo(server.port, { limits: { greetingMs: 1_000 } })
    expect(result).toMatchObject({ code: 'mail_not_smtp' })
    await until(() => server.openCount() === 0)
  })
})

describe('a way to the server', () => {
  it('that nobody listens at is told', async () => {
    const result = await sendTo(await freePort())
    expect(result).toMatchObject({ code: 'mail_connection_refused', retry: 'soon' })
    expect(textOf(result)).toContain('smtp_port')
  })

  it('whose name does not resolve is told', async () => {
    const result = await sendTo(25, { smtpServer: 'no-such-host.invalid' })
    expect(result).toMatchObject({ code: 'mail_unresolved', retry: 'soon' })
  })

  describe('through a proxy', () => {
    const name = 'p1'
    const proxyLogin = { username: 'proxy user', password: 'pr@xy:p/ö' }
    let server: TestServer
    let heard: string[] = []
    beforeEach(async () => {
      heard = []
      server = closing(
        await startScripted((line) => {
          heard.push(line)
          return undefined
        }),
      )
    })

    /** Far away, without TLS so that what was said can be seen. */
    async function sendThrough(
      proxy: { readonly host: string; readonly port: number; readonly protocol: 'http' | 'socks5' },
      more: { readonly password?: string; readonly limits?: MailNotifierOptions['limits'] } = {},
    ): Promise<SendResult> {
      const password = { reveal: () => more.password ?? proxyLogin.password }
      const proxies = new Map([[name, { ...proxy, username: proxyLogin.username, password }]])
      return sendTo(server.port, {
        via: name,
        openSocket: createOpenSocket({ clock: CLOCK, proxies }),
        requireTls: false,
        ...(more.limits ? { limits: more.limits } : {}),
      })
    }

    it('with a login by CONNECT brings the mail', async () => {
      const proxy = closing(await startProxyChain({ localAddress: '127.0.0.1', login: proxyLogin }))
      const { host, port } = proxy
      expect(await sendThrough({ host, port, protocol: 'http' })).toEqual({ outcome: 'sent' })
      expect(heard).toContain('DATA')
      expect(proxy.connectCount()).toBe(1)
    })

    it('with a login by SOCKS 5 brings the mail', async () => {
      const seen = newSeen()
      const proxy = closing(await startMisbehavingProxy(socksServer({ login: proxyLogin }, seen)))
      const { host, port } = proxy
      expect(await sendThrough({ host, port, protocol: 'socks5' })).toEqual({ outcome: 'sent' })
      expect(heard).toContain('DATA')
      expect(seen.logins).toEqual([proxyLogin])
    })

    it('that wants another login is told without it', async () => {
      const { host, port } = closing(
        await startProxyChain({ localAddress: '127.0.0.1', login: proxyLogin }),
      )
      const result = await sendThrough({ host, port, protocol: 'http' }, { password: 'wr@ng:one' })
      expect(result).toMatchObject({ code: 'proxy_auth', retry: 'later' })
      expect(printed(result)).not.toContain('wr@ng')
      expect(heard).toEqual([])
    })

    it('that lets no mail through is told', async () => {
      const { host, port } = closing(
        await startProxyChain({ localAddress: '127.0.0.1', login: proxyLogin, onlyPort: 443 }),
      )
      const result = await sendThrough({ host, port, protocol: 'http' })
      expect(result).toMatchObject({ code: 'proxy_denied', retry: 'later' })
      expect(textOf(result)).toContain('no mail')
    })

    it('that hangs is given up', async () => {
      const proxy = closing(await startMisbehavingProxy(hang))
      const { host, port } = proxy
      const limits = { connectionMs: 100 }
      const result = await sendThrough({ host, port, protocol: 'http' }, { limits })
      expect(result).toMatchObject({ code: 'proxy_timeout', retry: 'soon' })
      await until(() => proxy.openCount() === 0)
    })

    it('that hangs is left when the channel is closed', async () => {
      const proxy = closing(await startMisbehavingProxy(hang))
      const { host, port } = proxy
      const proxies = new Map([[name, { host, port, protocol: 'http' as const }]])
      const openSocket = createOpenSocket({ clock: CLOCK, proxies })
      const mail = notifier(server.port, { via: name, openSocket })
      const sending = mail.send(envelope())
      await until(() => proxy.openCount() === 1)
      mail.close()
      expect(await sending).toMatchObject({ code: 'channel_closed' })
      await until(() => proxy.openCount() === 0)
    })

    it('that does not exist never leads to the server directly', async () => {
      const openSocket = createOpenSocket({ clock: CLOCK, proxies: new Map() })
      const result = await sendTo(server.port, { via: 'gone', openSocket })
      expect(result).toMatchObject({ code: 'unknown_proxy', retry: 'later' })
      expect(server.connectCount()).toBe(0)
    })
  })
})

describe('whatever happens', () => {
  it('nothing is printed and nothing rejects unheard', async () => {
    const unheard: unknown[] = []
    const onUnheard = (reason: unknown): void => void unheard.push(reason)
    process.on('unhandledRejection', onUnheard)
    const printing = [
      vi.spyOn(console, 'log'),
      vi.spyOn(console, 'warn'),
      vi.spyOn(console, 'error'),
    ]
    const openSocket = (): Promise<Socket> => Promise.reject(new Error('not ours'))
    const throwing = (): Promise<Socket> => {
      throw new Error('at once')
    }
    expect(await sendTo(1, { openSocket })).toMatchObject({ code: 'mail_failed', retry: 'soon' })
    const limits = { sendMs: 300 }
    expect(await sendTo(1, { openSocket: throwing, limits })).toMatchObject({ retry: 'soon' })
    expect(await sendTo(await freePort())).toMatchObject({ outcome: 'failed' })
    await new Promise((resolve) => setTimeout(resolve, 200))
    process.off('unhandledRejection', onUnheard)
    expect(unheard).toEqual([])
    for (const print of printing) {
      expect(print).not.toHaveBeenCalled()
      print.mockRestore()
    }
  })
})
