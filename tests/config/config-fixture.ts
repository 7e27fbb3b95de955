/**
 * Configuration files on disk for the tests of this folder: the sample of the user's document, and a small valid one.
 * @module
 */

import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../../src/config/config-point.ts'
import type { ConfigPoint } from '../../src/config/config-point.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import type { LoadedConfig } from '../../src/config/loaded-config.ts'

/** The configuration sample of the user's document, section 4.1, letter by letter. */
export const USER_SAMPLE = `# 交易参数
trading_pair: "BTC"           # 交易对
leverage: 10                  # 杠杆倍数
position_size: 0.001          # 开仓金额(BTC)
stop_loss_threshold: 100      # 止损阈值(USD)

# 代理池设置 (3个代理轮换)
proxy_pool:
  - name: "proxy_1"
    host: "127.0.0.1"
    port: 1080
  - name: "proxy_2"
    host: "127.0.0.1"
    port: 1081
    username: "proxy_user_2"
    password: "proxy_password_2"
  - name: "proxy_3"
    host: "127.0.0.1"
    port: 1082

# 通知设置
notification:
  email:
    enabled: false
    smtp_server: "smtp.gmail.com"
    smtp_port: 587
    sender: "your_email@gmail.com"
    recipient: "recipient@gmail.com"
    username: "your_email@gmail.com"
    password: "your_app_password"

# API凭证 (20个账户配置)
api_credentials:
  - account_name: "account_1"
    api_key: "your_private_key_1"
    account_index: 0
    api_key_index: 0
    network: "mainnet"
    proxy: "proxy_1"
  - account_name: "account_2"
    api_key: "your_private_key_2"
    account_index: 0
    api_key_index: 0
    network: "mainnet"
    proxy: "proxy_2"
  # ... 共20个账户，轮换使用3个代理
`

/** A key that looks real; made anew each time, so that none is ever written down. */
export function randomKey(): string {
  return randomBytes(40).toString('hex')
}

/** One entry of `api_credentials`; an option set to `undefined` is left out. */
export function accountEntry(
  number: number,
  options: Readonly<Record<string, string | undefined>> = {},
): string {
  const values: Record<string, string | undefined> = {
    account_name: `account_${number}`,
    api_key: `"${randomKey()}"`,
    account_index: String(1000 + number),
    api_key_index: '4',
    network: 'testnet',
    ...options,
  }
  const lines = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}: ${value}`],
  )
  return `  - ${lines.join('\n    ')}\n`
}

/** A valid file with two accounts on testnet; `extra` is put in front of the accounts. */
export function validConfig(extra = '', accounts = accountEntry(1) + accountEntry(2)): string {
  return `trading_pair: BTC
leverage: 10
position_size: 0.001
stop_loss_threshold: 100
${extra}
api_credentials:
${accounts}`
}

/** What `loadText` may be told. */
export interface LoadTextOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Permission bits of the file. */
  readonly mode?: number
  readonly insecurePermissions?: boolean
  /** Other files beside it: name, content, permission bits. */
  readonly beside?: readonly (readonly [string, string, number])[]
}

/** Writes the text into a folder of its own and loads it. */
export async function loadText(
  text: string | Uint8Array,
  options: LoadTextOptions = {},
): Promise<LoadedConfig> {
  const folder = await mkdtemp(join(tmpdir(), 'hedgebot-config-'))
  for (const [name, content, mode] of options.beside ?? []) {
    await writeFile(join(folder, name), content)
    await chmod(join(folder, name), mode)
  }
  const file = join(folder, 'config.yaml')
  await writeFile(file, text)
  await chmod(file, options.mode ?? 0o600)
  const { insecurePermissions = false } = options
  try {
    const env = { HOME: '/home/trader', ...options.env }
    return await loadConfig({ file, env, insecurePermissions })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The findings of a file that must be refused. */
export async function pointsOf(
  text: string,
  options: LoadTextOptions = {},
): Promise<readonly ConfigPoint[]> {
  try {
    await loadText(text, options)
  } catch (error) {
    if (error instanceof ConfigError) return error.points
    throw error
  }
  throw new Error('the configuration was accepted')
}

/** The findings as `code path`, for short comparisons. */
export function summarize(points: readonly ConfigPoint[]): string[] {
  return points.map(({ code, path }) => `${code} ${path}`.trim())
}
