/** Secrets that are known and unusual, and the configuration that has them in all three forms. */
import { randomBytes, randomInt } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stage } from '../../../src/sim/stage/stage.ts'

/** One secret, and what else would give it away. */
export interface Planted {
  readonly name: string
  readonly text: string
  /** Parts that say enough by themselves. */
  readonly parts: readonly string[]
  /** Whoever logs in with it. */
  readonly username?: string
}

/** Where the servers of the world listen. */
export interface Places {
  readonly simUrl: string
  readonly proxyPorts: readonly number[]
  readonly smtpPort: number
  readonly hookUrl: string
}

/** A word that is in no other text. */
function newWord(length = 14): string {
  return Array.from({ length }, () => 'bcdfghjkmnpqrstvwxyz'[randomInt(20)]).join('')
}

function newPassword(): { readonly text: string; readonly parts: readonly string[] } {
  const word = newWord()
  return { text: `p@ss:w/${word} ö%4"'\\ x`, parts: [word] }
}

/** What is planted, with its place in the configuration. */
export interface Plants {
  readonly proxies: readonly (Planted & { readonly username: string })[]
  readonly mail: Planted & { readonly username: string }
  readonly bot: Planted
  readonly hooks: readonly Planted[]
  readonly keys: readonly Planted[]
  readonly all: readonly Planted[]
}

/** Draws all secrets; the keys are the stage's. */
export function plantSecrets(stage: Stage, hookUrl: string): Plants {
  const proxies = [1, 2, 3].map((number) => {
    const { text, parts } = newPassword()
    // The name of the first is a part of its password.
    return {
      name: `proxy ${number}`,
      text,
      parts,
      username: number === 1 ? 'p@ss' : `user${number}`,
    }
  })
  const mail = { name: 'mail', ...newPassword(), username: 'bot@example.com' }
  const half = randomBytes(26).toString('base64url')
  const token = `${randomInt(1e8, 1e9)}:${half}`
  const bot = { name: 'bot', text: token, parts: [half] }
  const hooks = [1, 2, 3].map((number) => plantHook(number, hookUrl))
  const keys = stage.accounts.map((account) => {
    const text = account.revealPrivateKey().replace(/^0x/, '')
    const parts = [0, 20, 40, 60].map((at) => text.slice(at, at + 20))
    return { name: `key of ${account.name}`, text, parts }
  })
  return { proxies, mail, bot, hooks, keys, all: [...proxies, mail, bot, ...hooks, ...keys] }
}

/** The first has its token in the path and another in the query, the second also a login. */
function plantHook(number: number, hookUrl: string): Planted {
  const [path, query, password] = [newWord(), newWord(), newWord()]
  const { host } = new URL(hookUrl)
  const login = number === 2 ? `hook%3A:p%40ss%2F${password}@` : ''
  const text = `http://${login}${host}/services/T0${number}/${path}?key=${query}&a=%C3%B6`
  return {
    name: `webhook ${number}`,
    text,
    parts: [path, query, ...(login === '' ? [] : [password])],
  }
}

/** How a secret is written: as it is, or where it is. */
export type Form = 'literal' | 'env' | 'file'

export interface WrittenConfig {
  readonly text: string
  readonly env: Readonly<Record<string, string>>
}

/** Writes the files of the secrets that are in files, and returns the configuration's text. */
export async function writeConfig(
  folder: string,
  world: {
    readonly stage: Stage
    readonly plants: Plants
    readonly places: Places
    /** Of all of them; else they take turns. */
    readonly form?: Form
  },
): Promise<WrittenConfig> {
  const { stage, plants, places } = world
  const env: Record<string, string> = {}
  const writes: Promise<void>[] = []
  await mkdir(join(folder, 'secrets'), { recursive: true })
  let count = 0
  const secret = (text: string, wanted: Form): string => {
    const form = world.form ?? wanted
    count += 1
    if (form === 'literal') return JSON.stringify(text)
    if (form === 'env') {
      env[`PLANTED_${count}`] = text
      return JSON.stringify(`env:PLANTED_${count}`)
    }
    writes.push(writeFile(join(folder, 'secrets', `s${count}`), `${text}\n`, { mode: 0o600 }))
    return JSON.stringify(`file:secrets/s${count}`)
  }
  const text = configLines({ stage, plants, places, secret }).join('\n')
  await Promise.all(writes)
  return { text: `${text}\n`, env }
}

const FORMS: readonly Form[] = ['literal', 'env', 'file']
const formAt = (at: number): Form => FORMS[at % FORMS.length] ?? 'literal'

function configLines(parts: {
  readonly stage: Stage
  readonly plants: Plants
  readonly places: Places
  readonly secret: (text: string, form: Form) => string
}): readonly string[] {
  const { stage, plants, places, secret } = parts
  return [
    'trading_pair: "BTC"',
    'leverage: 10',
    'position_size: 0.01',
    'stop_loss_threshold: 100',
    'state_dir: "state"',
    'exchange:',
    `  sim_url: ${JSON.stringify(places.simUrl)}`,
    '  limits: { requests_per_minute: 100000 }',
    'proxies: { connect_timeout_ms: 300 }',
    'log: { level: debug }',
    'proxy_pool:',
    ...plants.proxies.flatMap(({ text, username }, at) => [
      `  - name: "proxy_${at + 1}"`,
      '    host: "127.0.0.1"',
      `    port: ${places.proxyPorts[at]}`,
      `    username: ${JSON.stringify(username)}`,
      `    password: ${secret(text, formAt(at))}`,
    ]),
    ...notificationLines(plants, places, secret),
    'api_credentials:',
    ...stage.accounts.flatMap((account, at) => [
      `  - account_name: "${account.name}"`,
      `    api_key: ${secret((at === 0 ? '0x' : '') + (plants.keys[at]?.text ?? ''), formAt(at))}`,
      `    account_index: ${account.accountIndex}`,
      `    api_key_index: ${account.apiKeyIndex}`,
      '    network: "testnet"',
      `    l1_address: "${account.l1Address}"`,
    ]),
  ]
}

function notificationLines(
  plants: Plants,
  places: Places,
  secret: (text: string, form: Form) => string,
): readonly string[] {
  return [
    'notification:',
    '  min_level: info',
    '  email:',
    '    smtp_server: "127.0.0.1"',
    `    smtp_port: ${places.smtpPort}`,
    '    sender: "bot@example.com"',
    '    recipient: "owner@example.com"',
    `    username: ${JSON.stringify(plants.mail.username)}`,
    `    password: ${secret(plants.mail.text, 'literal')}`,
    '  telegram:',
    `    bot_token: ${secret(plants.bot.text, 'file')}`,
    '    chat_id: "12345"',
    '    proxy: "proxy_1"',
    '  webhook:',
    ...plants.hooks.flatMap(({ text }, at) => [
      `    - name: "hook_${at + 1}"`,
      `      url: ${secret(text, formAt(at))}`,
      `      format: ${['json', 'slack', 'discord'][at]}`,
    ]),
  ]
}
