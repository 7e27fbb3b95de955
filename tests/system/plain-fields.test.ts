import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { plainFields } from '../../src/system/plain-fields.ts'
import { isSecretName } from '../../src/system/secret-names.ts'

describe('secret names', () => {
  it.each([
    'password',
    'Password',
    'smtp_password',
    'passwordHash',
    'pwd',
    'passphrase',
    'secrets',
    'apiKey',
    'api_key',
    'API-KEY',
    'x-api-key',
    'apikey',
    'privateKey',
    'private_keys',
    'token',
    'authToken',
    'bot_token',
    'tokens',
    'auth',
    'Authorization',
    'Proxy-Authorization',

    'cookie',
    'Set-Cookie',
    'clientSecret',
    'signature',
    'sig',
    'txInfo',
    'tx_info',
    'webhookUrl',
  ])('%s is one', (name) => {
    expect(isSecretName(name)).toBe(true)
  })

  it.each([
    'apiKeyIndex',
    'publicKey',
    'tokenLifeMs',
    'author',
    'authority',
    'key',
    'pass_count',
    'account',
    'txHash',
    'signedBase',
    'cookies_seen',
    'status',
    'class',
    'hedgeId',
    'url',
  ])('%s is none', (name) => {
    expect(isSecretName(name)).toBe(false)
  })
})

describe('fields of the log', () => {
  it('are plain data as they are', () => {
    const fields = {
      text: 'a',
      number: 1.5,
      isSo: true,
      none: null,
      list: [1, ['b']],
      deep: { a: 1 },
    }
    expect(plainFields(fields)).toEqual(fields)
    expect(plainFields({ big: 5n, nan: NaN, not: undefined })).toEqual({ big: '5', nan: 'NaN' })
  })

  it('are masked under secret names, whatever they hold and however deep', () => {
    const key = { toString: () => 'secret' }
    expect(
      plainFields({ password: key, a: { headers: [{ Authorization: ['x'] }] }, apiKeyIndex: 5 }),
    ).toEqual({ password: '***', a: { headers: [{ Authorization: '***' }] }, apiKeyIndex: 5 })
  })

  it('name foreign objects and look into none of them', () => {
    const server = createServer()
    class Agent {
      readonly login = 'secret'
      toJSON(): string {
        return this.login
      }
    }
    const fields = {
      server,
      agent: new Agent(),
      bytes: Buffer.from('secret'),
      map: new Map([['a', 'secret']]),

      at: new Date(0),
      run: () => 'secret',
      symbol: Symbol('secret'),
      plain: { toJSON: () => 'secret' },
    }
    expect(plainFields(fields)).toEqual({
      server: '[Server]',
      agent: '[Agent]',
      bytes: '[Buffer]',
      map: '[Map]',
      at: '[Date]',
      run: '[function]',
      symbol: '[symbol]',
      plain: { toJSON: '[function]' },
    })
  })

  it('have the known parts of an error and its causes', () => {
    const cause = Object.assign(new Error('inner'), {
      code: 'ECONNRESET',
      request: { a: 'secret' },
    })
    const { error } = plainFields({ error: new TypeError('outer', { cause }) })
    expect(error).toMatchObject({
      name: 'TypeError',
      message: 'outer',
      stack: expect.stringContaining('outer') as string,
      cause: { name: 'Error', code: 'ECONNRESET', message: 'inner' },
    })
    expect(JSON.stringify(error)).not.toContain('secret')
  })

  it('call no getter, and survive what throws at every touch', () => {
    let calls = 0
    const tricky = {
      get value() {
        calls += 1
        return 'secret'
      },
    }
    const proxy: object = new Proxy(
      {},
      {
        getPrototypeOf() {
          throw new Error('no')
        },
      },
    )
    expect(plainFields({ tricky, proxy })).toEqual({
      tricky: { value: '[getter]' },
      proxy: '[unreadable]',
    })
    expect(calls).toBe(0)
  })

  it('end somewhere: circles, depth, lists, names and texts', () => {
    const circle: Record<string, unknown> = {}
    circle['again'] = circle
    expect(JSON.stringify(plainFields({ circle })).length).toBeLessThan(200)
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`n${at}`, at]))
    expect(Object.keys(plainFields(wide))).toHaveLength(51)
    expect(plainFields({ list: Array.from({ length: 60 }, () => 0) })['list']).toContain(
      '… 10 more',
    )
    const text = 'x'.repeat(100_000)
    const many = Array.from({ length: 50 }, () => Array.from({ length: 50 }, () => ({ text })))
    expect(JSON.stringify(plainFields({ many })).length).toBeLessThan(60_000)
  })
})
