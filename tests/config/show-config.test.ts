import { describe, expect, it } from 'vitest'
import { showConfig } from '../../src/config/show-config.ts'
import { listOptionPaths } from '../../src/config/schema-options.ts'
import { accountEntry, loadText, randomKey, validConfig } from './config-fixture.ts'

const EVERYTHING = `proxy_pool: [{ name: p1, host: a, port: 1, username: u, password: pw-very-secret }]
notification:
  email: { smtp_server: a, sender: a@b.c, recipient: a@b.c, password: "env:MAIL" }
  telegram: { bot_token: "file:token", chat_id: 5 }
  webhook: [{ url: "https://hooks.example/very-secret" }]
  expect_runs: [{ command: open, every: 25h }]
hedge: { pairing: groups, groups: [{ name: g, long: [account_1], short: [account_2] }] }
risk: { max_hold: 36h }`

async function shown(): Promise<ReturnType<typeof showConfig>> {
  const accounts = accountEntry(1) + accountEntry(2, { api_key: 'env:KEY' })
  const config = await loadText(validConfig(EVERYTHING, accounts), {
    env: { MAIL: 'mail-very-secret', KEY: randomKey() },
    beside: [['token', 'token-very-secret', 0o600]],
  })
  return showConfig(config)
}

function keyPaths(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keyPaths(item, `${path}[]`))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) => {
    const childPath = path === '' ? key : `${path}.${key}`
    return [childPath, ...keyPaths(child, childPath)]
  })
}

describe('the shown configuration', () => {
  it('has every option of the file under its own name', async () => {
    const paths = new Set(keyPaths(await shown()))
    expect(listOptionPaths().filter((option) => !paths.has(option))).toEqual([])
    expect(listOptionPaths().length).toBeGreaterThan(80)
  })

  it('masks secrets and shows references', async () => {
    const config = await shown()
    expect(JSON.stringify(config)).not.toContain('very-secret')
    expect(config).toMatchObject({
      proxy_pool: [{ password: '***' }],
      api_credentials: [{ api_key: '***', proxy: 'p1' }, { api_key: 'env:KEY' }],
      notification: {
        email: { password: 'env:MAIL' },
        telegram: { bot_token: 'file:token' },
        webhook: [{ url: '***' }],
        report_every: '6h',
      },
      risk: { max_hold: '1d12h', max_slippage_pct: '0.5', hedge_stop_usd: null },
      exchange: { rest_url: 'https://testnet.zklighter.elliot.ai' },
    })
  })
})
