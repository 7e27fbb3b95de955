import { describe, expect, it } from 'vitest'
import {
  accountEntry,
  loadText,
  pointsOf,
  randomKey,
  summarize,
  validConfig,
} from './config-fixture.ts'

const POOL = 'proxy_pool: [{ name: p1, host: a, port: 1 }, { name: p2, host: b, port: 2 }]\n'

describe('keys', () => {
  it('of a wrong length say what was found and expected, and do not show themselves', async () => {
    const key = randomKey()
    const points = await pointsOf(
      validConfig('', accountEntry(1, { api_key: `"0x${key.slice(1)}"` }) + accountEntry(2)),
    )
    expect(summarize(points)).toEqual(['bad_key_length api_credentials[0].api_key'])
    expect(points[0]?.message).toContain('found a key of 79 hex digits, expected 80')
    expect(points[0]?.message).not.toContain(key.slice(1, 20))
  })

  it('are taken letter by letter without quotes, where YAML would see a number', async () => {
    const digits = '1234567890'.repeat(8)
    const accounts =
      accountEntry(1, { api_key: `0x${digits}` }) + accountEntry(2, { api_key: digits })
    const config = await loadText(validConfig('', accounts))
    expect(config.accounts.map(({ apiKey }) => apiKey.reveal())).toEqual([`0x${digits}`, digits])
    expect(summarize(config.warnings)).toEqual(['same_key api_credentials[1].api_key'])
  })

  it('that are placeholders of a disabled account are only a warning', async () => {
    const accounts =
      accountEntry(1) + accountEntry(2, { api_key: 'your_private_key_2', enabled: 'false' })
    const config = await loadText(validConfig('', accounts))
    expect(summarize(config.warnings)).toEqual(['placeholder_key api_credentials[1].api_key'])
    expect(config.accounts.map(({ name }) => name)).toEqual(['account_1'])
    expect(config.disabledAccounts.map(({ name }) => name)).toEqual(['account_2'])
  })
})

describe('accounts', () => {
  it('have names of their own', async () => {
    const accounts = accountEntry(1) + accountEntry(2, { account_name: 'account_1' })
    expect(summarize(await pointsOf(validConfig('', accounts)))).toEqual([
      'duplicate_name api_credentials[1].account_name',
    ])
  })

  it('are there once for each account index and key index, however the numbers are written', async () => {
    const accounts = accountEntry(1) + accountEntry(2, { account_index: '01001' })
    expect(summarize(await pointsOf(validConfig('', accounts)))).toEqual([
      'duplicate_account api_credentials[1].account_index',
    ])
  })

  it('with one account index and two keys are a warning', async () => {
    const accounts =
      accountEntry(1) + accountEntry(2, { account_index: '1001', api_key_index: '5' })
    const config = await loadText(validConfig('', accounts))
    expect(summarize(config.warnings)).toEqual(['same_account api_credentials[1].account_index'])
  })

  it('are all on one network', async () => {
    const accounts = accountEntry(1) + accountEntry(2, { network: 'mainnet' })
    expect(summarize(await pointsOf(validConfig('', accounts)))).toEqual([
      'mixed_networks api_credentials[1].network',
    ])
  })

  it('have a side each or none', async () => {
    const mixed = accountEntry(1, { side: 'long' }) + accountEntry(2)
    expect(summarize(await pointsOf(validConfig('', mixed)))).toEqual([
      'side_missing api_credentials[1]',
    ])
    const both = accountEntry(1, { side: 'long' }) + accountEntry(2, { side: 'short' })
    const config = await loadText(validConfig('', both + accountEntry(3, { enabled: 'false' })))
    expect(config.accounts.map(({ side }) => side)).toEqual(['long', 'short'])
  })

  it('may not all be disabled', async () => {
    const points = await pointsOf(validConfig('', accountEntry(1, { enabled: 'false' })))
    expect(summarize(points)).toEqual(['no_account api_credentials'])
  })

  it('may have their own size and owner', async () => {
    const l1 = `0x${'aB'.repeat(20)}`
    const accounts = accountEntry(1, { position_size: '0.0020', l1_address: l1 }) + accountEntry(2)
    const config = await loadText(validConfig('', accounts))
    expect(config.accounts[0]).toMatchObject({ positionSizeBase: '0.0020', l1Address: l1 })
  })
})

describe('proxies', () => {
  it('that are not in the pool are refused with a suggestion', async () => {
    const points = await pointsOf(validConfig(POOL, accountEntry(1, { proxy: 'p3' })))
    expect(summarize(points)).toEqual(['unknown_proxy api_credentials[0].proxy'])
    expect(points[0]?.message).toContain('allowed: p1, p2, direct')
    expect(points[0]?.hint).toBe('did you mean p1?')
  })

  it('are given to accounts without one, in blocks or in turn; direct stays direct', async () => {
    const accounts = [1, 2, 3].map((number) => accountEntry(number)).join('')
    const own = accountEntry(4, { proxy: 'direct' }) + accountEntry(5, { proxy: 'p1' })
    const egresses = async (extra: string): Promise<string[]> =>
      (await loadText(validConfig(extra, accounts + own))).accounts.map(({ egress }) => egress)
    expect(await egresses(POOL)).toEqual(['p1', 'p1', 'p2', 'direct', 'p1'])
    expect(await egresses(`${POOL}proxies: { assign: round_robin }`)).toEqual([
      'p1',
      'p2',
      'p1',
      'direct',
      'p1',
    ])
  })

  it('do not move for others when an account is disabled', async () => {
    const egresses = async (enabled: string): Promise<(string | undefined)[]> => {
      const accounts =
        accountEntry(1, { enabled }) + [2, 3, 4].map((number) => accountEntry(number)).join('')
      const config = await loadText(validConfig(POOL, accounts))
      return ['account_2', 'account_3', 'account_4'].map(
        (name) => config.accounts.find((account) => account.name === name)?.egress,
      )
    }
    expect(await egresses('false')).toEqual(await egresses('true'))
  })

  it.each([
    ['[{ name: direct, host: a, port: 1 }]', 'reserved_name proxy_pool[0].name'],
    [
      '[{ name: a, host: a, port: 1 }, { name: a, host: b, port: 1 }]',
      'duplicate_name proxy_pool[1].name',
    ],
    ['[{ name: a, host: a, port: 1, password: x }]', 'username_missing proxy_pool[0]'],
    ['[{ name: a, host: a, port: 1, username: "u:p" }]', 'wrong_value proxy_pool[0].username'],
    ['[{ name: a, host: "http://a", port: 1 }]', 'wrong_value proxy_pool[0].host'],
    ['[{ name: a, host: "a:80", port: 1 }]', 'wrong_value proxy_pool[0].host'],
    ['[{ name: a, host: a, port: 65536 }]', 'wrong_value proxy_pool[0].port'],
    ['[{ name: a, host: a }]', 'missing proxy_pool[0].port'],
    ['[{ name: a, host: a, port: 1, protocol: socks4 }]', 'wrong_value proxy_pool[0].protocol'],
  ])('of the form %s are refused', async (pool, expected) => {
    expect(summarize(await pointsOf(validConfig(`proxy_pool: ${pool}`)))).toEqual([expected])
  })
})

describe('a login with a colon', () => {
  it('is taken by SOCKS 5', async () => {
    const pool = '[{ name: a, host: a, port: 1, protocol: socks5, username: "u:p" }]'
    const config = await loadText(validConfig(`proxy_pool: ${pool}`))
    expect(config.proxyPool[0]?.username).toBe('u:p')
  })
})

describe('groups', () => {
  const groups = (text: string, pairing = 'groups'): string =>
    validConfig(
      `hedge: { pairing: ${pairing}, groups: ${text} }`,
      [1, 2, 3].map((n) => accountEntry(n)).join(''),
    )

  it('name known accounts, each once', async () => {
    const points = await pointsOf(
      groups(
        '[{ name: a, long: [account_1], short: [acount_2] }, { name: b, long: [account_1], short: [account_3] }]',
      ),
    )
    expect(summarize(points)).toEqual([
      'unknown_account hedge.groups[0].short[0]',
      'account_twice hedge.groups[1].long[0]',
    ])
    expect(points[0]?.hint).toBe('did you mean account_2?')
  })

  it.each([
    ['[]', 'groups', 'conflict hedge.pairing'],
    [
      '[{ name: a, long: [account_1], short: [account_2] }]',
      'config_order',
      'conflict hedge.groups',
    ],
    ['[{ name: a, long: [account_1], short: [] }]', 'groups', 'wrong_value hedge.groups[0].short'],
  ])('%s with pairing %s is refused', async (text, pairing, expected) => {
    expect(summarize(await pointsOf(groups(text, pairing)))).toEqual([expected])
  })

  it('do not contradict the side of an account', async () => {
    const accounts = accountEntry(1, { side: 'short' }) + accountEntry(2, { side: 'short' })
    const hedge =
      'hedge: { pairing: groups, groups: [{ name: a, long: [account_1], short: [account_2] }] }'
    expect(summarize(await pointsOf(validConfig(hedge, accounts)))).toEqual([
      'conflict hedge.groups[0].long[0]',
    ])
  })

  it('have names of their own', async () => {
    const points = await pointsOf(
      groups(
        '[{ name: a, long: [account_1], short: [account_2] }, { name: a, long: [account_3], short: [account_4] }]',
      ),
    )
    expect(summarize(points)).toEqual([
      'duplicate_name hedge.groups[1].name',
      'unknown_account hedge.groups[1].short[0]',
    ])
  })

  it('with a disabled account are a warning, so that closing still works', async () => {
    const accounts = accountEntry(1) + accountEntry(2, { enabled: 'false' })
    const hedge =
      'hedge: { pairing: groups, groups: [{ name: a, long: [account_1], short: [account_2] }] }'
    const config = await loadText(validConfig(hedge, accounts))
    expect(summarize(config.warnings)).toEqual(['disabled_account hedge.groups[0].short[0]'])
  })
})

describe('the placeholder password of the sample', () => {
  it('is a warning once mail is enabled, as is a webhook without TLS', async () => {
    const mail = 'smtp_server: a, sender: a@b.c, recipient: a@b.c, password: your_app_password'
    const config = await loadText(
      validConfig(
        `notification: { email: { ${mail} }, webhook: [{ url: "http://hooks.example" }] }`,
      ),
    )
    expect(summarize(config.warnings)).toEqual([
      'placeholder_password notification.email.password',
      'no_tls notification.webhook[0].url',
    ])
  })
})

describe('addresses', () => {
  it('of a simulator make the network sim with chain id 300, even for mainnet accounts', async () => {
    const accounts =
      accountEntry(1, { network: 'mainnet' }) + accountEntry(2, { network: 'mainnet' })
    const config = await loadText(
      validConfig('exchange: { sim_url: "http://127.0.0.1:8899/" }', accounts),
    )
    expect(config).toMatchObject({
      network: 'sim',
      chainId: 300,
      restUrl: 'http://127.0.0.1:8899',
      wsUrl: 'ws://127.0.0.1:8899/stream',
    })
  })

  it.each([
    '"https://127.0.0.1:1"',
    '"http://192.168.0.1:1"',
    '"http://127.0.0.1.evil.example"',
    '"http://user:pw@127.0.0.1"',
    '"http://localhost@evil.example"',
  ])('refuse sim_url %s', async (url) => {
    expect(summarize(await pointsOf(validConfig(`exchange: { sim_url: ${url} }`)))).toEqual([
      'bad_address exchange.sim_url',
    ])
  })

  it('need TLS away from this machine', async () => {
    const plain = 'exchange: { rest_url: "http://example.com", ws_url: "ws://example.com/stream" }'
    expect(summarize(await pointsOf(validConfig(plain)))).toEqual([
      'bad_address exchange.rest_url',
      'bad_address exchange.ws_url',
    ])
    const local = 'exchange: { rest_url: "http://[::1]:5", ws_url: "wss://example.com/stream" }'
    const config = await loadText(validConfig(local))
    expect(config).toMatchObject({
      network: 'testnet',
      chainId: 300,
      restUrl: 'http://[::1]:5',
      wsUrl: 'wss://example.com/stream',
    })
  })

  it('of a simulator and of a real venue exclude each other', async () => {
    const both = 'exchange: { sim_url: "http://127.0.0.1:1", rest_url: "https://example.com" }'
    expect(summarize(await pointsOf(validConfig(both)))).toEqual(['conflict exchange.rest_url'])
  })
})

describe('notifications', () => {
  it('are validated and filled in', async () => {
    const config = await loadText(
      validConfig(`notification:
  report_every: off
  min_level: critical
  email: { smtp_server: mail.example, smtp_port: 465, sender: a@b.c, recipients: [x@y.z, x@y.z] }
  telegram: { bot_token: "123:abc", chat_id: -100123 }
  webhook: [{ url: "https://hooks.example/secret", format: slack }]`),
    )
    expect(config.notification).toMatchObject({
      email: { isEnabled: true, isSecure: true, recipients: ['x@y.z'] },
      telegram: { isEnabled: true, chatId: '-100123' },
      webhooks: [{ name: 'webhook_1', isEnabled: true, format: 'slack' }],
      reportEveryMs: undefined,
      minLevel: 'critical',
    })
  })

  it.each([
    ['email: { smtp_server: a, sender: a@b.c }', 'missing notification.email'],
    [
      'email: { smtp_server: a, sender: nobody, recipient: a@b.c }',
      'wrong_value notification.email.sender',
    ],
    ['telegram: { chat_id: 5 }', 'missing notification.telegram.bot_token'],
    ['webhook: [{ url: "ftp://a" }]', 'bad_address notification.webhook[0].url'],
    [
      'webhook: [{ url: "https://a.example/x", proxy: p9 }]',
      'unknown_proxy notification.webhook[0].proxy',
    ],
    ['daily_at: "24:00"', 'wrong_value notification.daily_at'],
    [
      'expect_runs: [{ command: status, every: 1h }]',
      'wrong_value notification.expect_runs[0].command',
    ],
    [
      'expect_runs: [{ command: open, every: 25 }]',
      'wrong_value notification.expect_runs[0].every',
    ],
    ['min_level: loud', 'wrong_value notification.min_level'],
  ])('refuse %s', async (text, expected) => {
    expect(summarize(await pointsOf(validConfig(`notification: { ${text} }`)))).toEqual([expected])
  })
})
