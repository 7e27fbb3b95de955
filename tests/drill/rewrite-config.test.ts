import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { loadRehearsal } from '../../src/config/load-rehearsal.ts'
import { configText } from '../../src/drill/config-text.ts'
import { remarksOn, channelsOf } from '../../src/drill/config-remarks.ts'
import { setUpDrill } from '../../src/drill/drill-setup.ts'
import { collateralUsd, lossUsd, risenPrice } from '../../src/drill/price-plan.ts'
import { rewriteConfig } from '../../src/drill/rewrite-config.ts'
import type { DrillPlaces } from '../../src/drill/rewrite-config.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import { MARKET_SPECS } from '../../src/sim/core/market-list.ts'
import { pairConfig, sampleConfig } from './sample-config.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hedgebot-rewrite-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function load(text: string) {
  const file = join(folder, 'config.yaml')
  await writeFile(file, text, { mode: 0o600 })
  return loadRehearsal(file)
}

const KEY = 'ab'.repeat(40)
const places = (names: readonly string[], over: Partial<DrillPlaces> = {}): DrillPlaces => ({
  accounts: names.map((name, at) => ({
    name,
    apiKey: KEY,
    accountIndex: 10 + at,
    apiKeyIndex: 5,
    l1Address: `0x${'1'.repeat(40)}`,
    egress: 'direct',
  })),
  proxies: [],
  simUrl: 'http://127.0.0.1:1',
  mail: { host: '127.0.0.1', port: 2 },
  stateDir: 'state',
  isChosen: false,
  ...over,
})

async function rewritten(text: string, at: DrillPlaces) {
  const { root } = await load(text)
  const file = join(folder, 'rewritten.yaml')
  await writeFile(file, configText(rewriteConfig(root, at)), { mode: 0o600 })
  return loadConfig({ file, env: {} })
}

describe('a configuration without its secrets', () => {
  it('loads: the sample with placeholders, and references that lead nowhere', async () => {
    expect((await load(sampleConfig(4))).config.accounts).toHaveLength(4)
    expect((await load(pairConfig())).config.network).toBe('mainnet')
  })

  it('is refused for what is wrong in it, with its place', async () => {
    const wrong = pairConfig('risk: { exchange_stopp: true }')
    await expect(load(wrong)).rejects.toMatchObject({ kind: 'config', exit: 2 })
    await expect(load(wrong)).rejects.toThrow(/config\.yaml:\d+:\d+ risk\.exchange_stopp/)
  })

  it('still finds two entries for one account', async () => {
    const twice = pairConfig().replace('account_index: 101', 'account_index: 100')
    await expect(load(twice)).rejects.toThrow(/duplicate|has the account_index/)
  })
})

describe('the rewritten configuration', () => {
  it('leads to this machine only, and keeps what decides', async () => {
    const text = pairConfig('risk: { max_naked_ms: 1234, exchange_stop: false }')
    const config = await rewritten(text, places(['long_one', 'short_one']))
    expect(config).toMatchObject({
      network: 'sim',
      chainId: 300,
      restUrl: 'http://127.0.0.1:1',
      stateDir: join(folder, 'state'),
      positionSizeBase: '0.01',
      stopLossThresholdUsd: '10',
      leverage: 10,
    })
    expect(config.riskPolicy).toMatchObject({ maxNakedMs: 1234, hasExchangeStop: false })
    expect(config.accounts.map(({ accountIndex, egress }) => [accountIndex, egress])).toEqual([
      [10, 'direct'],
      [11, 'direct'],
    ])
    const { email, telegram, webhooks } = config.notification
    expect(email).toMatchObject({ isEnabled: true, smtpServer: '127.0.0.1', smtpPort: 2 })
    expect([email?.username, email?.password, telegram, webhooks]).toEqual([
      undefined,
      undefined,
      undefined,
      [],
    ])
  })

  it('holds nothing of what was secret', async () => {
    const secret = '0123456789abcdef'.repeat(5)
    const text = pairConfig().replace('env:NO_SUCH_KEY_0', secret)
    const { root } = await load(text)
    expect(configText(root)).toContain(secret)
    expect(configText(rewriteConfig(root, places(['long_one', 'short_one'])))).not.toContain(secret)
  })

  it('drops accounts that take no part, from groups too', async () => {
    const groups =
      'hedge: { pairing: groups, groups: [{ name: one, long: [account_1], short: [account_2] }, { name: two, long: [account_3], short: [account_4] }] }'
    const text = `${sampleConfig(4)}${groups}\n`
    const at = places(['account_3', 'account_4'])
    const config = await rewritten(text, at)
    expect(config.hedge.groups.map(({ name }) => name)).toEqual(['two'])
    const chosen = await rewritten(text, { ...at, isChosen: true })
    expect(chosen.hedge).toMatchObject({ pairing: 'config_order', groups: [] })
  })
})

describe('a drill is set up', () => {
  it('with eight accounts of a large configuration, and says so', async () => {
    const setup = setUpDrill(await load(sampleConfig(24)), undefined, MARKET_SPECS)
    expect(setup.accounts).toHaveLength(8)
    expect(setup.leftOut).toBe(16)
    expect(remarksOn(setup)[0]).toContain('16 of the accounts took no part')
    expect(new Set(setup.accounts.map(({ owner }) => owner)).size).toBe(2)
  })

  it('with the accounts that are asked for', async () => {
    const setup = setUpDrill(await load(sampleConfig(4)), ['account_2', 'account_3'], MARKET_SPECS)
    expect(setup.hedges).toEqual([
      { name: 'account_2+account_3', accounts: ['account_2', 'account_3'] },
    ])
  })

  it('not on a market that the simulator does not have, nor with one account', async () => {
    const other = await load(pairConfig().replace('BTC', 'DOGE'))
    expect(() => setUpDrill(other, undefined, MARKET_SPECS)).toThrow(/no market "DOGE"/)
    const one = await load(sampleConfig(1))
    expect(() => setUpDrill(one, undefined, MARKET_SPECS)).toThrow(/nothing to drill/)
  })

  it('with words about a stop that is far away, and about who is told', async () => {
    const sample = setUpDrill(await load(sampleConfig(2)), undefined, MARKET_SPECS)
    expect(remarksOn(sample).join()).toMatch(/a move of 100 %.*no way of notification is on/)
    const { config } = await load(pairConfig())
    expect(channelsOf(config)).toEqual(['mail', 'telegram'])
  })
})

describe('prices and money', () => {
  it('put a short exactly at its loss', () => {
    const short = { base: new Dec('-0.01'), entryUsd: new Dec(100_000) }
    const price = risenPrice(short, new Dec(10))
    expect(price.toNumber()).toBe(101_000)
    expect(lossUsd(short, price).toNumber()).toBe(10)
    expect(lossUsd({ ...short, base: new Dec('0.01') }, price).toNumber()).toBe(-10)
  })

  it('give every account enough for its size', () => {
    const account = { markUsd: new Dec(100_000), leverage: 10, stopLossUsd: new Dec(10) }
    expect(collateralUsd({ ...account, base: new Dec('0.01') }).toNumber()).toBe(180)
    expect(collateralUsd({ ...account, base: new Dec('0.0001') }).toNumber()).toBe(100)
  })
})
