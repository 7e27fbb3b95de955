/** Good configurations with planted secrets: the example that is shipped, the simulator's, and one with every part. */
import { readFileSync } from 'node:fs'
import type { Draw } from './draw.ts'
import type { PlantedSecrets } from './planted-secrets.ts'

const EXAMPLE = readFileSync(new URL('../../../config.example.yaml', import.meta.url), 'utf8')

/** A configuration that loads. */
export function goodConfig(draw: Draw, secrets: PlantedSecrets): string {
  const kind = draw.int(0, 19)
  if (kind === 0) return exampleConfig(secrets, EXAMPLE)
  if (kind < 5) return exampleConfig(secrets, shortened(EXAMPLE))
  return draw.chance(0.5) ? simConfig(draw, secrets) : fullConfig(secrets)
}

/** Comments and all accounts but three away: most of the example is words. */
function shortened(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s*#/.test(line))
  const fourth = lines.findIndex((line) => line.includes("'account_4'"))
  return `${lines.slice(0, fourth).join('\n')}\n`
}

/** Each account has a key of its own; a part of it is the planted one. */
function keyOf({ apiKey }: PlantedSecrets, account: number): string {
  return `${apiKey.slice(0, 78)}${(account % 256).toString(16).padStart(2, '0')}`
}

function exampleConfig(secrets: PlantedSecrets, text: string): string {
  return text
    .replaceAll(/your_private_key_(\d+)/g, (_match, number: string) =>
      keyOf(secrets, Number(number)),
    )
    .replace('your_proxy_password_2', secrets.password)
    .replace('env:HEDGEBOT_MAIL_PASSWORD', secrets.password)
}

function simConfig(draw: Draw, secrets: PlantedSecrets): string {
  const accounts = Array.from({ length: draw.int(2, 4) }, (_, at) =>
    [
      `  - account_name: "account_${at + 1}"`,
      `    api_key: "${keyOf(secrets, at)}"`,
      `    account_index: ${at + 3}`,
      '    api_key_index: 5',
      '    network: "testnet"',
    ].join('\n'),
  )
  return [
    '# Written by the simulator. The keys are worth nothing anywhere else.',
    'trading_pair: "BTC"',
    'leverage: 10',
    'position_size: 0.01',
    'stop_loss_threshold: 100',
    'state_dir: "state-1"',
    'exchange:',
    '  sim_url: "http://127.0.0.1:8899"',
    'api_credentials:',
    ...accounts,
    '',
  ].join('\n')
}

function fullConfig(secrets: PlantedSecrets): string {
  const { password } = secrets
  return `trading_pair: BTC
leverage: 10
position_size: 0.0010
stop_loss_threshold: 100.50
proxy_pool:
  - { name: p1, host: 10.0.0.1, port: 1080, username: u, password: ${password}, protocol: socks5 }
  - name: p2
    host: proxy.example
    port: 8080
proxies: { failover: true, assign: round_robin, connect_timeout_ms: 4000 }
hedge:
  pairing: groups
  groups:
    - { name: g1, long: [a], short: [b] }
risk:
  on_stop: all
  max_hold: 12h
  close_steps_pct: [0.5, 1.5, 4.5]
  daily_stop_limit: 3
notification:
  email:
    enabled: true
    smtp_server: smtp.example.org
    smtp_port: 465
    sender: a@example.org
    recipient: b@example.org
    username: a@example.org
    password: ${password}
  telegram: { enabled: true, bot_token: "123456789:${password}${password}", chat_id: -100123 }
  webhook:
    - { name: w, enabled: true, url: "https://hooks.example.org/services/${password}", format: slack }
  report_every: 6h
api_credentials:
  - &first
    account_name: a
    api_key: ${keyOf(secrets, 1)}
    account_index: 11
    api_key_index: 4
    network: testnet
    proxy: p1
  - account_name: b
    api_key: "0x${keyOf(secrets, 2)}"
    account_index: 12
    api_key_index: 4
    network: testnet
    proxy: p2
`
}
