/**
 * The configuration file: what loads is within its limits and says what an independent reader finds in it; everything
 * else is one error with a bounded list of places, and nothing planted in the file is shown.
 * @module
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { parse } from 'yaml'
import { ConfigError } from '../../../src/config/config-point.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import type { LoadedConfig } from '../../../src/config/loaded-config.ts'
import { showConfig } from '../../../src/config/show-config.ts'
import { describeError, renderError } from '../../../src/ui/describe-error.ts'
import type { HedgebotError } from '../../../src/errors.ts'
import { goodConfig } from './config-samples.ts'
import { claim, Finding, type FuzzTarget } from './fuzz-target.ts'
import { judgeError, STACK_LINE } from './judge-error.ts'
import { mutateYaml } from './mutate-yaml.ts'
import { isRecord, listOf, member } from './plain-look.ts'
import { type PlantedSecrets, plantSecrets } from './planted-secrets.ts'

let folder = ''

/** YAML files. */
export const configYaml: FuzzTarget = {
  name: 'config-yaml',
  weight: 5_000,
  limitMs: 20_000,
  cpuLimitMs: 5_000,
  prepare() {
    folder = mkdtempSync(join(tmpdir(), 'hedgebot-fuzz-'))
    return Promise.resolve()
  },
  end() {
    rmSync(folder, { recursive: true, force: true })
    return Promise.resolve()
  },
  async run(draw) {
    const secrets = plantSecrets(draw)
    const good = goodConfig(draw, secrets)
    const text = draw.chance(0.05) ? good : mutateYaml(draw, good)
    const file = join(folder, 'config.yaml')
    const isText = draw.chance(0.98)
    const mode = draw.chance(0.95) ? 0o600 : 0o644
    writeFileSync(file, isText ? text : Buffer.concat([Buffer.from(text), Buffer.from([0xff])]))
    chmodSync(file, mode)
    const isGood = text === good && isText && mode === 0o600
    const env = { HOME: folder, HEDGEBOT_MAIL_PASSWORD: secrets.password }
    try {
      const config = await loadConfig({ file, env })
      judgeConfig(config, text, secrets)
      return 'accepted'
    } catch (error) {
      if (error instanceof Finding) throw error
      const known = judgeError(error, { secrets, input: text, longestMessage: 200_000 })
      claim(!isGood, 'a good configuration is refused', text)
      judgeRefusal(known, text, secrets)
      return 'named error'
    }
  },
}

const CODES: ReadonlySet<string> = new Set(['config_invalid', 'config_unreadable'])

function judgeRefusal(error: HedgebotError, text: string, secrets: PlantedSecrets): void {
  claim(CODES.has(error.code) && error.exit === 2, `code ${error.code}, exit ${error.exit}`, text)
  const shown = renderError(describeError(error))
  claim(!STACK_LINE.test(shown), `a stack: ${shown.slice(0, 300)}`, text)
  claim(secrets.leakIn(shown) === undefined, `a secret is shown: ${shown.slice(0, 600)}`, text)
  if (!(error instanceof ConfigError)) return
  const lines = text.split(/\r\n|\n|\r/).length
  claim(
    error.points.length > 0 && error.points.length <= 201,
    `${error.points.length} findings`,
    text,
  )
  for (const { line, column, message, path, hint = '' } of error.points) {
    claim(
      line >= 1 && line <= lines + 1 && column >= 1,
      `place ${line}:${column} of ${lines} lines`,
      text,
    )
    claim(
      message !== '' && message.length <= 1_000 && hint.length <= 1_000,
      `message: ${message}`,
      text,
    )
    claim(path.length <= 2_000, `a path of ${path.length} characters`, text)
  }
}

function judgeConfig(config: LoadedConfig, text: string, secrets: PlantedSecrets): void {
  const { leverage, proxyPool } = config
  claim(isBetween(leverage, 1, 100), `leverage ${leverage}`, text)
  claim(isAboveZero(config.positionSizeBase), `size ${config.positionSizeBase}`, text)
  claim(isAboveZero(config.stopLossThresholdUsd), `threshold ${config.stopLossThresholdUsd}`, text)
  for (const { port } of proxyPool) claim(isBetween(port, 1, 65_535), `port ${port}`, text)
  const { simUrl } = config.exchange
  const host = simUrl === undefined ? 'localhost' : new URL(simUrl).hostname
  const isOwn = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(host)
  claim(isOwn, `simulator ${simUrl}`, text)
  judgeAccounts(config, text)
  judgeAgainstOtherReader(config, text)
  const shown = [
    inspect(config, { depth: 9 }),
    JSON.stringify(config),
    JSON.stringify(showConfig(config)),
  ]
  const leaked = secrets.leakIn(shown.join('\n'))
  claim(leaked === undefined, `a loaded configuration shows the ${leaked}`, text)
}

function judgeAccounts(
  { accounts, disabledAccounts, proxyPool }: LoadedConfig,
  text: string,
): void {
  const all = [...accounts, ...disabledAccounts]
  claim(accounts.length >= 1 && all.length <= 10_000, `${all.length} accounts`, text)
  claim(new Set(all.map(({ name }) => name)).size === all.length, 'two accounts of one name', text)
  claim(new Set(accounts.map(({ network }) => network)).size === 1, 'two networks', text)
  const names = new Set(['direct', ...proxyPool.map(({ name }) => name)])
  for (const { accountIndex, apiKeyIndex, egress, positionSizeBase } of all) {
    claim(isBetween(accountIndex, 0, Number.MAX_SAFE_INTEGER), `account ${accountIndex}`, text)
    claim(isBetween(apiKeyIndex, 0, 254), `key ${apiKeyIndex}`, text)
    claim(names.has(egress) && isAboveZero(positionSizeBase), `account over ${egress}`, text)
  }
}

function isBetween(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max
}

function isAboveZero(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text) && /[1-9]/.test(text)
}

/** The package's own way to values, where it comes to an end. */
function judgeAgainstOtherReader(config: LoadedConfig, text: string): void {
  let value: unknown
  try {
    value = parse(text, { logLevel: 'silent' })
  } catch {
    return
  }
  claim(isRecord(value), 'the other reader finds no mapping', text)
  const credentials = listOf(member(value, 'api_credentials'))
  claim(
    credentials.length === config.accounts.length + config.disabledAccounts.length,
    'accounts are lost',
    text,
  )
  claim(
    Number(value['leverage']) === config.leverage,
    `leverage ${String(value['leverage'])}`,
    text,
  )
  const size = Number(config.positionSizeBase)
  claim(Math.abs(Number(value['position_size']) - size) <= size * 1e-12, 'another size', text)
}
