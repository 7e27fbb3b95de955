import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { listSecretTexts } from '../../src/config/list-secrets.ts'
import {
  accountEntry,
  loadText,
  pointsOf,
  randomKey,
  summarize,
  validConfig,
} from './config-fixture.ts'

const reference = (text: string): string =>
  validConfig('', accountEntry(1, { api_key: text }) + accountEntry(2))

describe('a secret', () => {
  it('comes from the environment or from a file beside the configuration', async () => {
    const [first, second] = [randomKey(), randomKey()]
    const accounts =
      accountEntry(1, { api_key: 'env:KEY_1' }) + accountEntry(2, { api_key: 'file:key_2' })
    const config = await loadText(validConfig('', accounts), {
      env: { KEY_1: first },
      beside: [['key_2', `${second}\n`, 0o600]],
    })
    expect(config.accounts.map(({ apiKey }) => apiKey.reveal())).toEqual([first, second])
  })

  it('does not print itself', async () => {
    const key = randomKey()
    const config = await loadText(reference(`"${key}"`))
    const secret = config.accounts[0]?.apiKey
    const shown = [
      inspect(config, { depth: 9 }),
      JSON.stringify(config),
      secret?.toString(),
      inspect(secret),
    ]
    expect(secret?.reveal()).toBe(key)
    for (const text of shown) {
      expect(text).not.toContain(key)
      expect(text).toContain('***')
    }
  })

  it.each([
    ['env:MISSING', 'secret_unavailable', 'MISSING is not set'],
    ['env:EMPTY', 'secret_unavailable', 'EMPTY is empty'],
    ['file:none', 'secret_unavailable', 'does not exist'],
    ['file:open', 'insecure_permissions', 'can be read by others'],
    ['file:empty', 'secret_unavailable', 'is empty'],
    ['age:YWdl', 'age_not_available', 'not available yet'],
  ])('%s is refused with code %s', async (text, code, message) => {
    const points = await pointsOf(reference(text), {
      env: { EMPTY: ' ' },
      beside: [
        ['open', randomKey(), 0o644],
        ['empty', '\n', 0o600],
      ],
    })
    expect(summarize(points)).toEqual([`${code} api_credentials[0].api_key`])
    expect(points[0]?.message).toContain(message)
  })

  it('of a disabled account may be missing until someone asks for it', async () => {
    const accounts = accountEntry(1) + accountEntry(2, { api_key: 'env:MISSING', enabled: 'false' })
    const config = await loadText(validConfig('', accounts))
    expect(() => config.disabledAccounts[0]?.apiKey.reveal()).toThrow('MISSING is not set')
  })

  it('of a disabled mail may be missing', async () => {
    const mail =
      'enabled: false, smtp_server: a, sender: a@b.c, recipient: a@b.c, password: env:MISSING'
    const config = await loadText(validConfig(`notification: { email: { ${mail} } }`))
    expect(config.notification.email?.isEnabled).toBe(false)
  })

  it('that looks like a number is taken as written', async () => {
    const pool =
      'proxy_pool: [{ name: a, host: a, port: 1, username: 007, password: 0123456789012345678901 }]'
    const config = await loadText(validConfig(pool))
    expect(config.proxyPool[0]?.username).toBe('007')
    expect(config.proxyPool[0]?.password?.reveal()).toBe('0123456789012345678901')
  })
})

describe('secrets', () => {
  it.each(['[1]', '{ a: b }', 'true', '""', ''])('are texts, not %s', async (written) => {
    const points = await pointsOf(reference(written))
    expect(summarize(points)).toEqual(['wrong_value api_credentials[0].api_key'])
  })

  it('in a readable file are a warning when the owner insists', async () => {
    const config = await loadText(reference('file:open'), {
      beside: [['open', randomKey(), 0o644]],
      insecurePermissions: true,
    })
    expect(summarize(config.warnings)).toEqual(['insecure_permissions api_credentials[0].api_key'])
  })

  it('are listed for the redactor, all that can be read', async () => {
    const [key, password] = [randomKey(), 'proxy-password']
    const accounts =
      accountEntry(1, { api_key: `"${key}"` }) +
      accountEntry(2, { api_key: 'env:MISSING', enabled: 'false' })
    const extra = `proxy_pool: [{ name: a, host: a, port: 1, username: u, password: ${password} }]
notification: { telegram: { bot_token: t0ken, chat_id: 1 }, webhook: [{ url: "https://a.example/x" }] }`
    const config = await loadText(validConfig(extra, accounts))
    const logins = [`u:${password}`, `\0u\0${password}`, `u\0u\0${password}`]
    expect(listSecretTexts(config)).toEqual([
      key,
      password,
      ...logins,
      't0ken',
      'https://a.example/x',
    ])
  })

  it('are listed with what is secret inside them: path, query and login of an address, half of a token', async () => {
    const extra = `notification:
  telegram: { bot_token: "123456:half-t0ken", chat_id: 1 }
  webhook: [{ url: "https://u%40:p%2Fw@a.example/services/T0/lo%20ng-s3cret?key=va%2Flue" }]`
    const listed = listSecretTexts(await loadText(validConfig(extra)))
    const path = '/services/T0/lo%20ng-s3cret?key=va%2Flue'
    expect(listed).toEqual(
      expect.arrayContaining([
        'half-t0ken',
        `https://u%40:p%2Fw@a.example${path}`,
        'p/w',
        'u@:p/w',
        path,
        decodeURIComponent(path),
        'lo ng-s3cret',
        'va/lue',
      ]),
    )
    for (const word of ['services', 'T0', '123456']) expect(listed).not.toContain(word)
  })
})

describe('a file with literal secrets that others can read', () => {
  const mainnet = validConfig(
    '',
    accountEntry(1, { network: 'mainnet' }) + accountEntry(2, { network: 'mainnet' }),
  )

  it.each([0o644, 0o640, 0o604])('is refused on mainnet (mode %i)', async (mode) => {
    const points = await pointsOf(mainnet, { mode })
    expect(summarize(points)).toEqual(['insecure_permissions'])
    expect(points[0]?.hint).toContain('chmod 600')
  })

  it('is a warning on testnet, on the simulator and when the owner insists', async () => {
    const sim = mainnet.replace(
      'api_credentials',
      'exchange: { sim_url: "http://127.0.0.1:1" }\napi_credentials',
    )
    const loaded = [
      await loadText(validConfig(), { mode: 0o644 }),
      await loadText(sim, { mode: 0o644 }),
      await loadText(mainnet, { mode: 0o644, insecurePermissions: true }),
    ]
    for (const { warnings } of loaded) expect(summarize(warnings)).toEqual(['insecure_permissions'])
  })

  it('is no matter when the secrets are references', async () => {
    const accounts = [1, 2]
      .map((n) => accountEntry(n, { network: 'mainnet', api_key: `env:KEY_${n}` }))
      .join('')
    const env = { KEY_1: randomKey(), KEY_2: randomKey() }
    const config = await loadText(validConfig('', accounts), { mode: 0o644, env })
    expect(config.warnings).toEqual([])
  })
})
