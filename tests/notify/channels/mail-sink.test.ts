import { createTransport } from 'nodemailer'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type MailSink,
  type MailSinkOptions,
  type SinkMail,
  startMailSink,
} from '../../../src/sim/stage/mail-sink.ts'
import { readMail } from '../../../src/sim/stage/read-mail.ts'
import { makeCertificate } from '../../proxies/certificate.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const certificate = makeCertificate()
const login = { username: 'owner', password: 'p@ss:w/ö %"' }

async function startSink(options: Partial<MailSinkOptions> = {}): Promise<MailSink> {
  const sink = await startMailSink({ clock: { now: () => 1_234 }, ...options })
  closers.push(() => sink.close())
  return sink
}

/** Sends by nodemailer, without any of ours. */
async function send(
  sink: MailSink,
  options: { readonly secure?: boolean; readonly pass?: string; readonly text?: string } = {},
): Promise<unknown> {
  const { secure = false, pass, text = 'a text' } = options
  const transport = createTransport({
    host: sink.host,
    port: sink.port,
    secure,
    tls: { ca: certificate.cert },
    ...(pass === undefined ? {} : { auth: { user: login.username, pass } }),
  })
  return transport.sendMail({
    from: 'Ä <a@example.com>',
    to: ['b@example.com', 'c@example.com'],
    subject: 'größer',
    text,
    html: '<p>a page</p>',
  })
}

describe('the mail sink', () => {
  it('keeps a mail with its envelope, which can be read in both parts', async () => {
    const seen: SinkMail[] = []
    const sink = await startSink({ onMail: (mail) => seen.push(mail) })
    await send(sink)
    const [mail] = sink.mails()
    expect(mail).toMatchObject({
      from: 'a@example.com',
      to: ['b@example.com', 'c@example.com'],
      receivedAtMs: 1_234,
    })
    expect(seen).toEqual(sink.mails())
    const read = await readMail(mail?.raw ?? Buffer.of())
    expect(read).toMatchObject({
      subject: 'größer',
      from: 'a@example.com',
      to: ['b@example.com', 'c@example.com'],
      text: 'a text\n',
      html: '<p>a page</p>\n',
    })
    expect(read.headers['content-type']).toContain('multipart/alternative')
  })

  it('keeps the last mails only', async () => {
    const sink = await startSink({ maxMails: 2 })
    for (const text of ['one', 'two', 'three']) await send(sink, { text })
    const texts = await Promise.all(sink.mails().map(async ({ raw }) => (await readMail(raw)).text))
    expect(texts).toEqual(['two\n', 'three\n'])
  })

  it('refuses a mail that is too large, whether or not its size was announced', async () => {
    const sink = await startSink({ maxMailBytes: 10_000 })
    await expect(send(sink, { text: 'long '.repeat(20_000) })).rejects.toMatchObject({
      code: expect.stringMatching(/^E(MESSAGE|ENVELOPE)$/) as string,
    })
    await send(sink)
    expect(sink.mails()).toHaveLength(1)
  })

  it('offers STARTTLS with a certificate, and TLS from the first byte where that is wanted', async () => {
    const starting = await startSink({ certificate })
    await send(starting)
    expect(starting.mails()[0]?.raw.toString()).not.toBe('')
    const secure = await startSink({ certificate, isSecure: true })
    await send(secure, { secure: true })
    expect(secure.mails()).toHaveLength(1)
  })

  it.each([
    ['without TLS', {}],
    ['with STARTTLS', { certificate }],
  ])('takes nothing without the login, %s', async (_how, options) => {
    const sink = await startSink({ login, ...options })
    await expect(send(sink)).rejects.toMatchObject({ responseCode: 530 })
    await expect(send(sink, { pass: 'wrong' })).rejects.toMatchObject({ code: 'EAUTH' })
    await send(sink, { pass: login.password })
    expect(sink.mails()).toHaveLength(1)
  })

  it('closes at once with a connection that says nothing', async () => {
    const sink = await startSink()
    const { connect } = await import('node:net')
    const socket = connect(sink.port, sink.host)
    socket.on('error', () => undefined)
    await new Promise((resolve) => socket.once('data', resolve))
    const isClosed = new Promise((resolve) => socket.once('close', resolve))
    await sink.close()
    await isClosed
    await expect(send(sink)).rejects.toMatchObject({ code: 'ESOCKET' })
  })

  it('survives a listener that throws', async () => {
    const sink = await startSink({
      onMail: () => {
        throw new Error('no')
      },
    })
    await expect(send(sink)).rejects.toMatchObject({ responseCode: 450 })
    expect(sink.mails()).toHaveLength(1)
  })
})
