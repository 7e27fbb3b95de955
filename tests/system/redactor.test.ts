import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor } from '../../src/system/redactor.ts'

describe('the redactor', () => {
  it('removes a secret as it is, in JSON, in JSON inside JSON and in a URL, whatever characters it has', () => {
    // Letters around the symbols keep the forms apart from the mask and the frame of the test.
    const secrets = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `k3y${text}k3y`)
    fc.assert(
      fc.property(secrets, (secret) => {
        const redactor = createRedactor()
        redactor.registerSecret(secret)
        const inJson = JSON.stringify(secret).slice(1, -1)
        const forms = [
          secret,
          inJson,
          JSON.stringify(inJson).slice(1, -1),
          encodeURIComponent(secret),
        ]
        for (const form of forms) expect(redactor.scrub(`<${form}>`)).toBe('<***>')
      }),
    )
  })

  it('knows hex keys with and without 0x and in both cases', () => {
    const redactor = createRedactor()
    const key = '0xAb' + 'c1'.repeat(39)
    redactor.registerSecret(key)
    for (const form of [key, key.slice(2), key.toLowerCase(), key.slice(2).toUpperCase()]) {
      expect(redactor.scrub(`key=${form};`)).toMatch(/^key=(0x)?\*\*\*;$/)
    }
  })

  it('replaces the longer of two overlapping secrets as a whole', () => {
    const redactor = createRedactor()
    redactor.registerSecret('abcd')
    redactor.registerSecret('abcdefgh')
    expect(redactor.scrub('x abcdefgh y abcd')).toBe('x *** y ***')
  })

  it('hides logins in addresses and authorization values without knowing them', () => {
    const redactor = createRedactor()
    const scrub = (text: string): string => redactor.scrub(text)
    expect(scrub('via http://user:p%40ss@10.0.0.1:8080/x')).toBe('via http://***@10.0.0.1:8080/x')
    expect(scrub('Proxy-Authorization: Basic dXNlcjpwYXNz')).toBe('Proxy-Authorization: Basic ***')
    expect(scrub('mail a@b.c at https://example.com/@me')).toBe(
      'mail a@b.c at https://example.com/@me',
    )
  })

  it('finds what it knows in base64 at each place, alone and with a user name, in hex, HTML and the wrong character set', () => {
    const secret = `p@ss:w/${randomBytes(6).toString('hex')} ö%"'<`
    const redactor = createRedactor()
    redactor.registerSecret(secret)
    redactor.registerSecret(`user:${secret}`)
    const base64 = (text: string): string => Buffer.from(text).toString('base64')
    for (const before of ['', 'x', 'xy', 'xyz']) {
      const shown = redactor.scrub(`[${base64(`${before}${secret}`)}]`)
      expect(shown).toMatch(/^\[[\w+/=]{0,5}\*\*\*[\w+/=]{0,3}\]$/)
    }
    const forms = [
      base64(`user:${secret}`),
      Buffer.from(secret).toString('base64url'),
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret).toString('latin1'),
      secret.replaceAll('"', '&quot;').replaceAll("'", '&#39;').replaceAll('<', '&lt;'),
      secret.toUpperCase(),
      encodeURIComponent(secret).toLowerCase(),
      new URLSearchParams({ '': secret }).toString().slice(1),
      JSON.stringify(secret)
        .slice(1, -1)
        .replace('ö', String.raw`\u00f6`)
        .replace('/', String.raw`\/`),
    ]
    expect(forms.filter((form) => redactor.scrub(`[${form}]`) !== '[***]')).toEqual([])
  })

  it('knows a key by its bytes as well', () => {
    const redactor = createRedactor()
    const key = randomBytes(40)
    redactor.registerSecret(key.toString('hex'))
    expect(redactor.scrub(key.toString('base64'))).toBe('***')
  })

  it('finds what was cut off, and what was broken into lines', () => {
    const redactor = createRedactor()
    redactor.registerSecret('a long secret of several words')
    const scrub = (text: string): string => redactor.scrub(text)
    expect(scrub('it said: a long secret of sev...')).toBe('it said: ***...')
    expect(scrub('it said: a long secret of sev…')).toBe('it said: ***…')
    expect(scrub('it said: a lo...')).toBe('it said: a lo...')
    expect(scrub('it said: a long\n    secret of several words, twice')).toBe('it said: ***, twice')
    expect(scrub('it said: a long secret of sev\n    eral words')).toBe('it said: ***')
  })

  it.each([
    ['1790000000:281474976710654:5:§', '1790000000:281474976710654:5:***', 160],
    ['auth=1790000000%3A3%3A5%3A§&x=1', 'auth=***&x=1', 160],
    ['"1790000000%3A3%3A5%3A§"', '"1790000000%3A3%3A5%3A***"', 160],
    ['Authorization: 1790000000:3:5:§ GET', 'Authorization: ***', 160],
    ['{"authorization":"§","accept":"*"}', '{"authorization":"***","accept":"*"}', 40],
    ['proxy-authorization: Digest username="u", response="§"', 'proxy-authorization: ***"', 32],
    ['{"m":"cookie: a=§; b=\\"c\\"","n":1}', '{"m":"cookie: ***","n":1}', 30],
    ['{"set-cookie":"a=§; Path=/","n":"x"}', '{"set-cookie":"***","n":"x"}', 30],
    ['Bearer §.', 'Bearer ***', 40],
    ['GET /x?token=§&a=1 or ?api_key=§#top', 'GET /x?token=***&a=1 or ?api_key=***#top', 20],
    [String.raw`{\"password\":\"§\",\"a\":1}`, String.raw`{\"password\":\"***\",\"a\":1}`, 20],
    ['"tx_info": "§"', '"tx_info": "***"', 20],
    ['/bot123456789:§/sendMessage', '/bot123456789:***/sendMessage', 35],
    ['https://hooks.slack.com/services/T0/§', 'https://hooks.slack.com/services/***', 24],
    ['https://discord.com/api/webhooks/1/§', 'https://discord.com/api/webhooks/***', 60],
    ['535 AUTH PLAIN §=', '535 AUTH PLAIN ***', 30],
    ['Set-Cookie: a=§; Path=/', 'Set-Cookie: ***', 30],
  ])('hides %s by its shape', (text, shown, length) => {
    const drawn = randomBytes(length).toString('hex').slice(0, length)
    expect(createRedactor().scrub(text.replaceAll('§', drawn))).toBe(shown)
  })

  it('hides PEM keys, whole and cut off, on lines and inside JSON', () => {
    const body = randomBytes(48).toString('base64')
    const kind = 'PRIVATE KEY'
    const whole = `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----`
    const { scrub } = createRedactor()
    expect(scrub(`a ${whole} b`)).toBe('a *** b')
    expect(scrub(JSON.stringify({ key: whole, a: 1 }))).toBe('{"key":"***","a":1}')
    expect(scrub(`a -----BEGIN EC ${kind}-----\n${body.slice(0, 20)}`)).toBe('a ***')
  })

  it.each([
    'h1 account_1+account_2: opening: all legs are ready',
    'found "env:HEDGEBOT_KEY", {"api_key":"env:KEY_1","password":"file:secrets/p"}',
    '2026-12-01T14:21:05.282Z 127.0.0.1:8080 fe80::1:2:3 a=1&b=2 signature_count=3 mail a@b.example',
    'wants a user name and a password (407): check username and password',
  ])('leaves %s as it is', (text) => {
    expect(createRedactor().scrub(text)).toBe(text)
  })

  it('goes through a megabyte of anything in one pass', () => {
    const redactor = createRedactor()
    redactor.registerSecret('a long secret of several words')
    for (const piece of ['://a', 'auth=', '"token":"', '1234567:', '-----BEGIN PRIVATE KEY-----']) {
      expect(redactor.scrub(piece.repeat(1_000_000 / piece.length)).length).toBeGreaterThan(0)
    }
  })

  it('leaves transaction hashes and short words alone', () => {
    const redactor = createRedactor()
    redactor.registerSecret('abc')
    const line = `{"hash":"${'0f'.repeat(40)}","name":"abc"}`
    expect(redactor.scrub(line)).toBe(line)
  })

  it('scrubs 20,000 lines with 60 secrets within two seconds', () => {
    const redactor = createRedactor()
    for (let index = 0; index < 60; index += 1)
      redactor.registerSecret(`${index}`.padStart(80, 'a1'))
    const line = `{"level":"info","msg":"order sent","account":"account_1","hash":"${'0f'.repeat(40)}"}`
    const start = performance.now()
    for (let count = 0; count < 20_000; count += 1) redactor.scrub(line)
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})
