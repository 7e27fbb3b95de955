import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createFixture, type Json, marketOrder, restingOrder } from './stage-fixture.ts'
import { exampleProblems, schemaProblems, type Schemas } from './wire-shape.ts'

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`./schemas/${name}.json`, import.meta.url), 'utf8'))

const schemas = read('rest-account') as Schemas
const examples = (read('examples-account') as { rest: Json }).rest

/** null or a list of texts, and isolated risk where there is none (PROTOCOL.md section 3). */
const DESCRIBED = /can_rfq_market_ids: null$|\.next_cursor: extra$/

const answers: Record<string, Json> = {}

beforeAll(async () => {
  const f = createFixture({
    tier: 'premium',
    collateralUsd: '400',
    noLimits: true,
    tickIntervalMs: 60_000,
  })
  const index = f.account.accountIndex
  const account = { account_index: String(index) }
  const nowMs = () => Math.trunc(f.clock.now())
  const token = () => f.token()
  await f.send(marketOrder(0, 5_000, { clientOrderIndex: 9 }))
  await f.send(restingOrder(7, nowMs() + 3_600_000))
  await f.clock.advance(2 * 3_600_000)
  const base = { accountIndex: index, apiKeyIndex: 5, nonce: 0n, expiredAt: 0, assetIndex: 3 }
  const toAccountIndex = f.stage.accounts[1]?.accountIndex ?? -1
  const money = { amount: 1_000_000n, usdcFee: 0n, fromRouteType: 0, toRouteType: 0 }
  const at = () => ({ hash: 'ab'.repeat(40), nowMs: nowMs() })
  const transfer = { ...base, ...money, toAccountIndex, memo: '0'.repeat(64) }
  f.stage.core.execute({ ...transfer, kind: 'transfer' }, at())
  const withdrawal = { ...base, routeType: 0, amount: 1_000_000n }
  f.stage.core.execute({ ...withdrawal, kind: 'withdraw' }, at())
  f.stage.core.drain(index, 350_000_000n, nowMs())
  await f.clock.advance(1_000)
  const limited = { ...account, limit: '5' }
  const value = String(index)
  const range = { start_timestamp: '1000000000', end_timestamp: '5000000000' }
  const from = String(Math.floor(nowMs() / 1_000) - 7_200)
  const until = String(Math.floor(nowMs() / 1_000) + 60)
  const pnl = { start_timestamp: from, end_timestamp: until, count_back: '9', resolution: '1m' }
  const gets: Record<string, [string, Record<string, string>]> = {
    accountMetadata: ['accountMetadata', { by: 'index', value }],
    txs: ['txs', { limit: '5' }],
    accountTxs: ['accountTxs', { by: 'account_index', value, limit: '5' }],
    accountOrders: ['accountOrders', { ...account, client_order_indexes: '7,9' }],
    positionFunding: ['positionFunding', { ...limited, ...range }],
    liquidations: ['liquidations', limited],
    pnl: ['pnl', { by: 'index', value, ...pnl }],
    transferFeeInfo: ['transferFeeInfo', account],
    depositHistory: ['deposit/history', { ...account, l1_address: f.account.l1Address }],
    withdrawHistory: ['withdraw/history', account],
    transferHistory: ['transfer/history', account],
  }
  for (const [name, [path, query]] of Object.entries(gets)) {
    answers[name] = (await f.get(`/api/v1/${path}`, query, { token: token() })).json
  }
  const posts: Record<string, [string, Record<string, string>]> = {
    tokensCreate: [
      'tokens/create',
      {
        ...account,
        name: 'a',
        expiry: String(Math.floor(nowMs() / 1_000) + 200_000),
        sub_account_access: 'true',
      },
    ],
    tokensRevoke: ['tokens/revoke', { ...account, token_id: '1' }],
    notificationAck: ['notification/ack', { ...account, ack_all: 'true' }],
  }
  for (const [name, [path, form]] of Object.entries(posts)) {
    answers[name] = (await f.post(`/api/v1/${path}`, form, { token: token() })).json
  }
  answers['tokens'] = (await f.get('/api/v1/tokens', account, { token: token() })).json
  f.stage.close()
})

describe('account data', () => {
  it.each([
    ['accountMetadata', 'AccountMetadatas', 'account_metadatas'],
    ['txs', 'Txs', 'txs'],
    ['accountTxs', 'Txs', 'txs'],
    ['accountOrders', 'Orders', 'orders'],
    ['positionFunding', 'PositionFundings', 'position_fundings'],
    ['liquidations', 'LiquidationInfos', 'liquidations'],
    ['pnl', 'AccountPnL', 'pnl'],
    ['transferFeeInfo', 'TransferFeeInfo', undefined],
    ['depositHistory', 'DepositHistory', 'deposits'],
    ['withdrawHistory', 'WithdrawHistory', 'withdraws'],
    ['transferHistory', 'TransferHistory', 'transfers'],
    ['tokensCreate', 'RespPostApiToken', undefined],
    ['tokensRevoke', 'RespRevokeApiToken', undefined],
    ['tokens', 'RespGetApiTokens', 'api_tokens'],
    ['notificationAck', 'ResultCode', undefined],
  ])('%s follows the official schema %s, with rows', (name, schema, list) => {
    const answer = answers[name]
    expect(answer).toMatchObject({ code: 200 })
    const problems = schemaProblems(schemas, schema, answer)
    expect(problems.filter((problem) => !DESCRIBED.test(problem))).toEqual([])
    if (list !== undefined) expect(answer?.[list]).not.toEqual([])
  })

  it.each(Object.keys(examples))('%s has the keys, order and types of the example', (name) => {
    const problems = exampleProblems(examples[name], answers[name], name)
    expect(problems.filter((problem) => !DESCRIBED.test(problem))).toEqual([])
  })
})
