import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../../src/errors.ts'
import { formsOfLogin, quoteAnswer } from '../../../src/notify/channels/quote-answer.ts'
import type { SmtpServer } from '../../../src/notify/channels/smtp-error.ts'
import { smtpFailure } from '../../../src/notify/channels/smtp-failure.ts'
import { printed } from './smtp-servers.ts'

const SERVER: SmtpServer = {
  host: 'smtp.example.com',
  port: 587,
  isSecure: false,
  hasLogin: true,
  secrets: formsOfLogin('owner', 'correct horse battery'),
}

/** An error as nodemailer makes it. */
function mailError(fields: Readonly<Record<string, unknown>>, message = 'Message'): Error {
  return Object.assign(new Error(message), fields)
}

describe('a failure', () => {
  it.each([
    [{ code: 'ESOCKET', originalCode: 'ECONNREFUSED' }, 'mail_connection_refused', 'soon'],
    [{ code: 'ESOCKET', originalCode: 'ECONNRESET' }, 'mail_connection_lost', 'soon'],
    [{ code: 'ESOCKET', originalCode: 'EHOSTUNREACH' }, 'mail_unreachable', 'soon'],
    [{ code: 'EDNS', originalCode: 'ENOTFOUND' }, 'mail_unresolved', 'soon'],
    [{ code: 'EDNS' }, 'mail_unresolved', 'soon'],
    [{ code: 'ECONNECTION' }, 'mail_connection_lost', 'soon'],
    [{ code: 'ETIMEDOUT', timeoutType: 'CONNECT_TIMEOUT' }, 'mail_connect_timeout', 'soon'],
    [{ code: 'ETIMEDOUT', timeoutType: 'GREETING_TIMEOUT' }, 'mail_no_greeting', 'soon'],
    [{ code: 'ETIMEDOUT', timeoutType: 'UPGRADE_TIMEOUT' }, 'mail_tls_timeout', 'soon'],
    [{ code: 'ETIMEDOUT', timeoutType: 'SOCKET_TIMEOUT' }, 'mail_timeout', 'soon'],
    [{ code: 'ETIMEDOUT' }, 'mail_timeout', 'soon'],
    [
      { code: 'ESOCKET', originalCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      'mail_certificate_self_signed',
      'later',
    ],
    [
      { code: 'ESOCKET', originalCode: 'SELF_SIGNED_CERT_IN_CHAIN' },
      'mail_certificate_self_signed',
      'later',
    ],
    [{ code: 'ESOCKET', originalCode: 'CERT_HAS_EXPIRED' }, 'mail_certificate_expired', 'later'],
    [{ code: 'ESOCKET', originalCode: 'CERT_NOT_YET_VALID' }, 'mail_certificate_expired', 'later'],
    [
      { code: 'ESOCKET', originalCode: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      'mail_certificate_untrusted',
      'later',
    ],
    [
      { code: 'ESOCKET', originalCode: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' },
      'mail_certificate_untrusted',
      'later',
    ],
    [
      { code: 'ESOCKET', originalCode: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      'mail_certificate_name',
      'later',
    ],
    [{ code: 'ESOCKET', originalCode: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'mail_tls_mode', 'later'],
    [{ code: 'ESOCKET', originalCode: 'ERR_SSL_PACKET_LENGTH_TOO_LONG' }, 'mail_tls_mode', 'later'],
    [
      { code: 'ESOCKET', originalCode: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' },
      'mail_tls',
      'later',
    ],
    [{ code: 'ESOCKET', originalCode: 'ERR_SSL_UNSUPPORTED_PROTOCOL' }, 'mail_tls', 'later'],
    [{ code: 'ESOCKET', originalCode: 'EPROTO' }, 'mail_tls', 'later'],
    [{ code: 'ETLS', command: 'STARTTLS', response: '502 no' }, 'mail_no_tls', 'later'],
    [{ code: 'ETLS', command: 'STARTTLS', response: '454 later' }, 'mail_no_tls', 'soon'],
    [{ code: 'ETLS', command: 'CONN' }, 'mail_tls_closed', 'soon'],
    [{ code: 'EAUTH', response: '535 no', responseCode: 535 }, 'mail_login_refused', 'later'],
    [{ code: 'EAUTH', response: '534 no' }, 'mail_app_password', 'later'],
    [{ code: 'EAUTH', response: '454 no' }, 'mail_login_busy', 'soon'],
    [{ code: 'EAUTH' }, 'mail_login_refused', 'later'],
    [{ code: 'EENVELOPE', command: 'API' }, 'mail_bad_address', 'later'],
    [
      { code: 'EENVELOPE', command: 'RCPT TO', response: '550 no' },
      'mail_recipients_refused',
      'never',
    ],
    [{ code: 'EENVELOPE', command: 'RCPT TO', response: '452 no' }, 'mail_deferred', 'soon'],
    [{ code: 'EENVELOPE', command: 'DATA', response: '421 no' }, 'mail_busy', 'soon'],
    [{ code: 'EMESSAGE', command: 'DATA', response: '552 no' }, 'mail_too_large', 'never'],
    [{ code: 'EMESSAGE', command: 'DATA', response: '554-5.2.3 no' }, 'mail_too_large', 'never'],
    [{ code: 'EMESSAGE', command: 'DATA', response: '550 no' }, 'mail_refused', 'never'],
    [{ code: 'EPROTOCOL', command: 'CONN', response: '250 what' }, 'mail_protocol', 'soon'],
    [{ code: 'ESOCKET', originalCode: 'not a name', response: 5 }, 'mail_connection_lost', 'soon'],
    [{ code: 'ESTREAM' }, 'mail_failed', 'soon'],
    [{ code: 'secret words' }, 'mail_failed', 'soon'],
  ])('by %j is %s, %s', (fields, code, retry) => {
    const result = smtpFailure(mailError(fields), SERVER)
    expect(result).toMatchObject({ outcome: 'failed', code, retry })
    expect(result.message).toContain(
      code === 'mail_bad_address' ? 'address' : 'smtp.example.com:587',
    )
  })

  it.each([undefined, null, 'text', 5, {}, Object.create(null), [new Error('x')]])(
    'by anything (%j) is one',
    (error: unknown) => {
      expect(smtpFailure(error, SERVER)).toMatchObject({ code: 'mail_failed', retry: 'soon' })
    },
  )

  it('names the hosts that a certificate is for', () => {
    const fields = { code: 'ESOCKET', originalCode: 'ERR_TLS_CERT_ALTNAME_INVALID' }
    const names = 'DNS:a.example.net, DNS:*.b.example.net, IP Address:192.0.2.1, DNS:c.example'
    const told = smtpFailure(mailError({ ...fields, cert: { subjectaltname: names } }), SERVER)
    expect(told.message).toContain('but for a.example.net, *.b.example.net, 192.0.2.1, ...')
    const common = { subject: { CN: 'old.example.net' } }
    expect(smtpFailure(mailError({ ...fields, cert: common }), SERVER).message).toContain(
      'but for old.example.net',
    )
    const evil = { subjectaltname: 'DNS:x\r\ny', subject: { CN: '\u001b[31m' } }
    expect(smtpFailure(mailError({ ...fields, cert: evil }), SERVER).message).toContain(
      'other names',
    )
  })

  it.each([
    ['smtp.gmail.com', '535 5.7.8 not accepted', 'app password'],
    ['smtp.mail.yahoo.com', '535 no', 'app password'],
    ['smtp.office365.com', '535 5.7.139 no', 'SMTP AUTH'],
    ['smtp.example.com', '535 no', 'Check username and password'],
    ['notgmail.com', '535 no', 'Check username and password'],
  ])('of the login at %s gets a hint for it', (host, response, hint) => {
    const error = mailError({ code: 'EAUTH', response })
    expect(smtpFailure(error, { ...SERVER, host }).hint).toContain(hint)
  })

  it('of a port is told by the mode: both have their hint', () => {
    const wrong = mailError({ code: 'ESOCKET', originalCode: 'ERR_SSL_WRONG_VERSION_NUMBER' })
    expect(smtpFailure(wrong, { ...SERVER, isSecure: true }).hint).toContain('secure: false')
    const silent = mailError({ code: 'ETIMEDOUT', timeoutType: 'GREETING_TIMEOUT' })
    expect(smtpFailure(silent, { ...SERVER, port: 465 }).hint).toContain('secure: true')
    expect(smtpFailure(silent, { ...SERVER, isSecure: true }).hint).toBeUndefined()
  })

  it('of a proxy says what the proxy said, and hints at what proxies do to mail', () => {
    const error = new HedgebotError('proxy', 'proxy "p1" (a:1) answered CONNECT with status 403', {
      code: 'proxy_denied',
      hint: 'about the venue',
    })
    expect(smtpFailure(error, SERVER)).toMatchObject({
      code: 'proxy_denied',
      message: 'proxy "p1" (a:1) answered CONNECT with status 403',
      hint: expect.stringContaining('no mail') as string,
      retry: 'later',
    })
  })

  it('has brackets around an IPv6 address', () => {
    const error = mailError({ code: 'ECONNECTION' })
    expect(smtpFailure(error, { ...SERVER, host: '::1' }).message).toContain('[::1]:587')
  })

  it('shows nothing of the error but what is meant to be shown', () => {
    const secret = 'correct horse battery'
    const error = mailError(
      {
        code: 'EAUTH',
        response: `535 ${secret}`,
        command: `AUTH PLAIN ${Buffer.from(`\0owner\0${secret}`).toString('base64')}`,
        options: { auth: { pass: secret } },
      },
      `Invalid login: 535 ${secret}`,
    )
    const text = printed(smtpFailure(error, SERVER))
    expect(text).not.toContain('horse')
    expect(text).not.toContain('AUTH PLAIN')
  })
})

describe('a quote', () => {
  const secrets = formsOfLogin('owner', 'correct horse battery')

  it.each([
    ['550-5.1.1 first\r\n550 5.1.1 second', '550-5.1.1 first 550 5.1.1 second'],
    ['\u001b[31mred\u001b[0m \u202etext\u0007', '[31mred[0m text'],
    ['  \r\n ', undefined],
    ['<!doctype html><p>x', undefined],
    ['what <b>is</b> this', undefined],
    ['a < b and c > d', 'a < b and c > d'],
    ['<html', '<html'],
    ['550 5.1.1 <a@example.org>: unknown', '550 5.1.1 <a@example.org>: unknown'],
    ['<br/>text<p class="x">', undefined],
    ['it is CORRECT HORSE battery', undefined],
    ['a correct answer', undefined],
    ['c o r r e c t horse', undefined],
    ['nothing of it', 'nothing of it'],
  ])('of %j is %j', (text, quote) => {
    expect(quoteAnswer(text, secrets)).toBe(quote)
  })

  it('has at most 160 characters', () => {
    expect(Array.from(quoteAnswer('ab📈 '.repeat(100), []) ?? '')).toHaveLength(160)
  })

  it('is not there for a short password that is in the text', () => {
    expect(quoteAnswer('user abc unknown', formsOfLogin(undefined, 'abc'))).toBeUndefined()
    expect(quoteAnswer('user unknown', formsOfLogin(undefined, ''))).toBe('user unknown')
  })
})
