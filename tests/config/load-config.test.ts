import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { renderConfigPoint } from '../../src/config/config-point.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import {
  accountEntry,
  loadText,
  pointsOf,
  randomKey,
  summarize,
  USER_SAMPLE,
  validConfig,
} from './config-fixture.ts'

function fillSample(): string {
  let count = 0
  return USER_SAMPLE.replace(/your_private_key_\d/g, randomKey)
    .replace(/account_index: 0/g, () => `account_index: ${(count += 1)}`)
    .replace(/api_key_index: 0/g, 'api_key_index: 4')
}

describe("the user's own sample", () => {
  it('is refused only for its placeholder keys, each with account, place and hint', async () => {
    const points = await pointsOf(USER_SAMPLE, { mode: 0o600 })
    expect(points.map(({ code, path, line, column }) => [code, path, line, column])).toEqual([
      ['placeholder_key', 'api_credentials[0].api_key', 35, 14],
      ['placeholder_key', 'api_credentials[1].api_key', 41, 14],
    ])
    expect(points[0]?.message).toContain('account_1')
    expect(points[1]?.message).toContain('account_2')
    expect(points[0]?.hint).toContain('Lighter web app')
  })

  it('loads with real keys and its own values, defaults filled in', async () => {
    const config = await loadText(fillSample())
    expect(config).toMatchObject({
      tradingPair: 'BTC',
      leverage: 10,
      positionSizeBase: '0.001',
      stopLossThresholdUsd: '100',
      network: 'mainnet',
      chainId: 304,
      restUrl: 'https://mainnet.zklighter.elliot.ai',
      wsUrl: 'wss://mainnet.zklighter.elliot.ai/stream',
      stateDir: '/home/trader/.local/state/hedgebot',
      warnings: [],
    })
    expect(
      config.accounts.map(({ name, egress, positionSizeBase }) => [name, egress, positionSizeBase]),
    ).toEqual([
      ['account_1', 'proxy_1', '0.001'],
      ['account_2', 'proxy_2', '0.001'],
    ])
    expect(config.proxyPool[1]).toMatchObject({
      port: 1081,
      protocol: 'http',
      username: 'proxy_user_2',
    })
    expect(config.proxyPool[1]?.password?.reveal()).toBe('proxy_password_2')
    expect(config.notification.email).toMatchObject({
      isEnabled: false,
      isSecure: false,
      recipients: ['recipient@gmail.com'],
    })
  })

  it('warns about key indexes of Lighter itself once the keys are real', async () => {
    const config = await loadText(fillSample().replace(/api_key_index: 4/g, 'api_key_index: 0'))
    expect(summarize(config.warnings)).toEqual([
      'reserved_key_index api_credentials[0].api_key_index',
      'reserved_key_index api_credentials[1].api_key_index',
    ])
  })
})

describe('defaults', () => {
  it('are those of the contract', async () => {
    const config = await loadText(validConfig())
    expect(config.riskPolicy).toEqual({
      onStop: 'hedge',
      hedgeStopUsd: undefined,
      totalStopUsd: undefined,
      takeProfitUsd: undefined,
      trailingUsd: undefined,
      maxHoldMs: undefined,
      hasExchangeStop: true,
      exchangeStopPct: '120',
      liquidationBufferPct: '1',
      maxSlippagePct: '0.5',
      closeStepsPct: ['0.5', '1.5', '4.5'],
      openTimeoutMs: 30_000,
      maxNakedMs: 3_000,
      nakedToleranceUsd: '0',
      orderExpiryMs: 15_000,
      leaseMs: 5_000,
      maxPositionSizeBase: undefined,
      maxPositionUsd: undefined,
      marginMode: 'keep',
      maxClockOffsetMs: 2_000,
      dailyStopLimit: undefined,
      attempts: 5,
      onFatal: 'protect',
    })
    expect(config.watch).toEqual({ refreshMs: 1_000, staleAfterMs: 5_000 })
    expect(config.proxies).toEqual({
      canFailover: true,
      connectTimeoutMs: 5_000,
      checkUrl: undefined,
      assign: 'block',
    })
    expect(config.hedge).toEqual({ pairing: 'config_order', groups: [], flipEachRound: false })
    expect(config.notification).toMatchObject({ reportEveryMs: 21_600_000, minLevel: 'warning' })
  })

  it('hold for sections whose every line is commented out', async () => {
    const config = await loadText(
      validConfig('risk:\nwatch:\nproxy_pool:\nnotification:\n  webhook:\n'),
    )
    expect(config.riskPolicy.attempts).toBe(5)
    expect(config.accounts.map(({ egress }) => egress)).toEqual(['direct', 'direct'])
  })
})

describe('numbers', () => {
  it('keep the digits of the file, with or without quotes', async () => {
    const text = validConfig(
      'risk: { max_position_usd: 12345678901234567.123456789012345678, max_position_size: "0.0010" }',
    )
    const { riskPolicy } = await loadText(text)
    expect(riskPolicy.maxPositionUsd).toBe('12345678901234567.123456789012345678')
    expect(riskPolicy.maxPositionSizeBase).toBe('0.0010')
  })

  it.each([
    '1e-3',
    '0,001',
    '-1',
    '0',
    '0x10',
    '.inf',
    '.nan',
    'abc',
    '1_000',
    '[1]',
    'true',
    '0.0000000000000000001',
  ])('refuses position_size: %s', async (written) => {
    const points = await pointsOf(
      validConfig().replace('position_size: 0.001', `position_size: ${written}`),
    )
    expect(summarize(points)).toEqual(['wrong_value position_size'])
    expect(points[0]).toMatchObject({ line: 3, column: 16 })
  })

  it.each(['0', '101', '10.5', '1e1', '"10"', '10x', '', '0x0a', '-5'])(
    'refuses leverage: %s',
    async (written) => {
      const points = await pointsOf(validConfig().replace('leverage: 10', `leverage: ${written}`))
      expect(summarize(points)).toEqual(['wrong_value leverage'])
    },
  )

  it('accepts leverage 1 and 100', async () => {
    for (const leverage of [1, 100]) {
      const config = await loadText(validConfig().replace('leverage: 10', `leverage: ${leverage}`))
      expect(config.leverage).toBe(leverage)
    }
  })
})

describe('errors', () => {
  it('come all at once, in file order, each as file:line:column path: message', async () => {
    const text = `trading_pair: BTC
leverag: 10
position_size: 0.001
stop_loss_threshold: many
risk:
  max_slipage_pct: 1
  on_stop: hegde
  max_hold: 6
api_credentials:
${accountEntry(1, { proxy: 'nowhere' })}${accountEntry(2, { network: 'mainet' })}`
    const points = await pointsOf(text)
    expect(summarize(points)).toEqual([
      'missing leverage',
      'unknown_key leverag',
      'wrong_value stop_loss_threshold',
      'unknown_key risk.max_slipage_pct',
      'wrong_value risk.on_stop',
      'wrong_value risk.max_hold',
      'unknown_proxy api_credentials[0].proxy',
      'wrong_value api_credentials[1].network',
    ])
    const hints = points.map(({ hint }) => hint)
    expect(hints).toContain('did you mean leverage?')
    expect(hints).toContain('did you mean max_slippage_pct?')
    expect(hints).toContain('did you mean hedge?')
    expect(hints).toContain('did you mean mainnet?')
    const lines = points.map((point) => renderConfigPoint({ ...point, file: 'config.yaml' }))
    expect(lines[4]).toBe(
      'config.yaml:7:12 risk.on_stop: found "hegde", expected one of hedge, all\n    hint: did you mean hedge?',
    )
  })

  it('are of kind config with exit code 2', async () => {
    await expect(loadText(validConfig('nonsense: 1'))).rejects.toMatchObject({
      kind: 'config',
      exit: 2,
      code: 'config_invalid',
    })
  })

  it('name the right section for a key at the wrong place', async () => {
    const points = await pointsOf(validConfig('max_hold: 6h'))
    expect(points[0]?.hint).toBe('did you mean risk.max_hold?')
  })

  it.each([
    ['proxy_pool: 3', 'wrong_value proxy_pool'],
    ['proxy_pool: { name: a }', 'wrong_value proxy_pool'],
    ['proxy_pool: [7]', 'wrong_value proxy_pool[0]'],
    ['risk: 3', 'wrong_value risk'],
    ['risk: [a]', 'wrong_value risk'],
    ['log: { keep_days: }', 'wrong_value log.keep_days'],
    ['hedge: { flip_each_round: yes }', 'wrong_value hedge.flip_each_round'],
    ['risk: { close_steps_pct: [] }', 'wrong_value risk.close_steps_pct'],
    ['risk: { close_steps_pct: [0.5, 0.5] }', 'wrong_order risk.close_steps_pct[1]'],
    ['risk: { close_steps_pct: [6] }', 'wrong_value risk.close_steps_pct[0]'],
    ['risk: { max_slippage_pct: 5.01 }', 'wrong_value risk.max_slippage_pct'],
    ['risk: { exchange_stop_pct: 99.9 }', 'wrong_value risk.exchange_stop_pct'],
    ['risk: { max_naked_ms: 40000 }', 'conflict risk.max_naked_ms'],
    ['risk: { max_position_size: 0.0009 }', 'above_limit position_size'],
    ['risk: { max_hold: 30s }', 'wrong_value risk.max_hold'],
    ['notification: { report_every: false }', 'wrong_value notification.report_every'],
    ['watch: { <<: 1 }', 'unknown_key watch.("<<")'],
  ])('refuses %s', async (extra, expected) => {
    const found = summarize(await pointsOf(validConfig(extra)))
    expect(found).toEqual([expected])
  })

  it('never show a secret that stands in the wrong place', async () => {
    const key = randomKey()
    const accounts =
      accountEntry(1, { account_index: `0x${key}`, api_key: `"${key.slice(1)}"` }) +
      accountEntry(2, { network: `"${key}"`, [`x${key}`]: '1', side: `"${key}"` })
    const points = await pointsOf(validConfig(`trading: ${key}`, accounts))
    expect(points.length).toBeGreaterThan(4)
    expect(points.map(renderConfigPoint).join('\n')).not.toContain(key.slice(2, 30))
  })
})

describe('the file itself', () => {
  it('may be missing, which says how to make one', async () => {
    const file = join(tmpdir(), 'hedgebot-no-such-folder', 'none.yaml')
    const error: unknown = await loadConfig({ file, env: {} }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ kind: 'config', code: 'config_not_found', exit: 2 })
    expect(inspect(error)).toContain('hedgebot init')
  })

  it('may be a folder, too large or not text', async () => {
    await expect(loadConfig({ file: tmpdir(), env: {} })).rejects.toMatchObject({
      code: 'config_unreadable',
    })
    await expect(loadText('#'.repeat(1_100_000))).rejects.toMatchObject({
      code: 'config_unreadable',
    })
    await expect(loadText(Uint8Array.of(0x61, 0xff, 0xfe))).rejects.toMatchObject({
      code: 'config_unreadable',
    })
  })

  it('may be empty: what is missing is named', async () => {
    expect(summarize(await pointsOf(''))).toEqual([
      'missing trading_pair',
      'missing leverage',
      'missing position_size',
      'missing stop_loss_threshold',
      'missing api_credentials',
    ])
  })

  it('takes a relative state_dir from beside the file, and XDG_STATE_HOME without one', async () => {
    const own = await loadText(validConfig('state_dir: ./state'))
    expect(own.stateDir).toBe(join(own.file, '..', 'state'))
    const xdg = await loadText(validConfig(), { env: { XDG_STATE_HOME: '/var/lib/x' } })
    expect(xdg.stateDir).toBe('/var/lib/x/hedgebot')
    const relative = await loadText(validConfig(), { env: { XDG_STATE_HOME: 'x' } })
    expect(relative.stateDir).toBe('/home/trader/.local/state/hedgebot')
  })
})
