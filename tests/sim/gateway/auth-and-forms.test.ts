import { describe, expect, it } from 'vitest'
import { gatherParams, integerParam, readParams } from '../../../src/sim/gateway/request-params.ts'
import { splitUrl } from '../../../src/sim/server/sim-server.ts'
import {
  createFixture,
  type Fixture,
  type Json,
  marketOrder,
  restingOrder,
} from './stage-fixture.ts'

const LIMITS = '/api/v1/accountLimits'

function queryOf(f: Fixture, at = 0): Record<string, string> {
  return { account_index: String(f.stage.accounts[at]?.accountIndex) }
}

describe('auth tokens', () => {
  it('are taken from the header, the query and a form', async () => {
    const f = createFixture()
    const token = f.token()
    expect((await f.get(LIMITS, queryOf(f), { token })).status).toBe(200)
    expect((await f.get(LIMITS, { ...queryOf(f), auth: token })).status).toBe(200)
    const signed = f.sign(marketOrder(0, 10))
    const form = { tx_type: '14', tx_info: signed.txInfo, auth: token }
    expect((await f.post('/api/v1/sendTx', form)).status).toBe(200)
  })

  it('are asked for in the venue’s words', async () => {
    const f = createFixture()
    const answer = await f.get(LIMITS, queryOf(f))
    expect(answer.status).toBe(400)
    expect(answer.body).toBe(
      '{"code":20001,"message":"invalid param : auth query param and Authorization header are empty"}',
    )
  })

  it('expire, cannot reach further than 8 hours, and must be genuine', async () => {
    const f = createFixture()
    const short = f.token(0, 60)
    const tooLong = f.token(0, 9 * 3_600)
    const forged = `${short.slice(0, -2)}00`
    const ask = async (token: string) => (await f.get(LIMITS, queryOf(f), { token })).json
    expect(await ask(short)).toMatchObject({ code: 200 })
    expect(await ask(tooLong)).toMatchObject({
      code: 20013,
      message: 'invalid auth: invalid deadline',
    })
    expect(await ask(forged)).toMatchObject({ code: 20013 })
    expect(await ask('garbage')).toMatchObject({ code: 20013 })
    await f.clock.advance(60_000)
    expect(await ask(short)).toMatchObject({
      code: 20013,
      message: 'invalid auth: invalid deadline',
    })
  })

  it('open their own account and, as the master’s, those of the same owner; no other', async () => {
    const f = createFixture()
    const [master, sub, stranger] = f.stage.accounts
    expect(master?.l1Address).toBe(sub?.l1Address)
    expect(master?.l1Address).not.toBe(stranger?.l1Address)
    const ask = async (token: string, at: number) =>
      (await f.get(LIMITS, queryOf(f, at), { token })).json['code']
    expect(await ask(f.token(0), 1)).toBe(200)
    expect(await ask(f.token(1), 0)).toBe(20013)
    expect(await ask(f.token(0), 2)).toBe(20013)
  })

  it('guard own trades and orders while public reads stay open', async () => {
    const f = createFixture()
    const trades = { sort_by: 'timestamp', limit: '10' }
    expect((await f.get('/api/v1/trades', { ...trades, market_id: '1' })).status).toBe(200)
    expect((await f.get('/api/v1/trades', { ...trades, ...queryOf(f) })).json['code']).toBe(20001)
    expect((await f.get('/api/v1/accountActiveOrders', queryOf(f))).json['code']).toBe(20001)
    const account = { by: 'index', value: String(f.account.accountIndex) }
    expect((await f.get('/api/v1/account', account)).status).toBe(200)
  })
})

describe('forms', () => {
  it('may be multipart', async () => {
    const f = createFixture()
    const signed = f.sign(marketOrder(0, 10))
    const boundary = '----x42'
    const part = (name: string, value: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const outcome = await f.stage.gateway.request({
      remoteAddress: '127.0.0.1',
      method: 'POST',
      path: '/api/v1/sendTx',
      query: {},
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: `${part('tx_type', '14')}${part('tx_info', signed.txInfo)}--${boundary}--\r\n`,
    })
    expect(outcome).toMatchObject({ status: 200 })
    expect(outcome).toHaveProperty('body', expect.stringContaining(signed.txHash))
  })
})

describe('repeated names', () => {
  it('are a list, in the query and in forms, and refused where one value is wanted', () => {
    const gather = (text: string) => gatherParams(new URLSearchParams(text))
    expect(gather('types=14&limit=5&types=15')).toEqual({ types: '14,15', limit: '5' })
    expect(Object.keys(gather('__proto__=1&__proto__=2&constructor=3'))).toEqual([
      '__proto__',
      'constructor',
    ])
    expect(splitUrl('/api/v1/accountTxs?types=14&types=15').query).toEqual({ types: '14,15' })
    const form = 'application/x-www-form-urlencoded'
    expect(readParams({}, form, 'types=14&types=15')).toEqual({ types: '14,15' })
    const part = (text: string) =>
      `--X\r\nContent-Disposition: form-data; name="types"\r\n\r\n${text}\r\n`
    const multipart = readParams(
      {},
      'multipart/form-data; boundary=X',
      `${part('14')}${part('15')}--X--`,
    )
    expect(multipart).toEqual({ types: '14,15' })
    expect(() => integerParam(gather('limit=5&limit=6'), 'limit')).toThrow('invalid param ')
  })

  it('choose transactions of several types', async () => {
    const f = createFixture({ noLimits: true })
    await f.send(restingOrder(7, f.clock.now() + 3_600_000))
    await f.clock.advance(1_000)
    await f.send({ kind: 'cancelOrder', marketIndex: 1, index: 7 })
    const leverage = {
      kind: 'updateLeverage',
      marketIndex: 1,
      initialMarginFraction: 1_000,
    } as const
    await f.send({ ...leverage, marginMode: 0 })
    await f.clock.advance(1_000)
    const own = { by: 'account_index', value: String(f.account.accountIndex), limit: '9' }
    const typesOf = async (query: string) => {
      const params = { ...own, ...splitUrl(`/?${query}`).query }
      const { json } = await f.get('/api/v1/accountTxs', params, { token: f.token() })
      return (json['txs'] as Json[]).map(({ type }) => type)
    }
    expect(await typesOf('types=14&types=15')).toEqual([15, 14])
    expect(await typesOf('types=20')).toEqual([20])
  })
})

describe('unknown paths', () => {
  it('answer 403 with a page, and so does a wrong method', async () => {
    const f = createFixture()
    for (const path of ['/api/v1/status', '/nothing', '/api/v1/sendTx']) {
      const answer = await f.get(path)
      expect(answer.status).toBe(403)
      expect(answer.body).toMatch(/^<!DOCTYPE html>/)
    }
    expect((await f.get('/api/v1/constructor')).status).toBe(403)
    expect((await f.get('constructor')).status).toBe(403)
  })
})
