import { open, rm } from 'node:fs/promises'
import { HedgebotError } from '../../errors.ts'
import type { Stage } from './stage.ts'

/** A proxy as the configuration names it. */
export interface StageProxy {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly username?: string
  readonly password?: string
}

export interface StageConfigOptions {
  readonly stage: Stage
  /** Must not exist yet. */
  readonly file: string
  /** Of a running simulator: `http://127.0.0.1:PORT`. */
  readonly simUrl: string
  /** Accounts are spread over them by the program; none means direct. */
  readonly proxies?: readonly StageProxy[]
  /** Default `BTC`. */
  readonly tradingPair?: string
  /** Base coins per account; default `0.01`. */
  readonly positionSize?: string
  /** Of single accounts, by name, instead. */
  readonly positionSizes?: ReadonlyMap<string, string>
  /** Default 10. */
  readonly leverage?: number
  /** USD; default `100`. */
  readonly stopLossThreshold?: string
  /** Relative to the file; default `state-` and a part of the first owner's address: a journal fits one exchange only. */
  readonly stateDir?: string
  /** More lines at the end, such as a `notification:` block; already YAML. */
  readonly extraYaml?: string
}

/**
 * Writes a configuration for the stage's accounts with mode 0600 (CLI.md, Configuration).
 * @throws HedgebotError kind `refused`, codes `config_exists` (a configuration is never overwritten), `config_unwritable`
 */
export async function writeStageConfig(options: StageConfigOptions): Promise<void> {
  await writeSecrets(options.file, renderStageConfig(options))
}

export interface StageOwnersOptions {
  readonly stage: Stage
  /** Must not exist yet. */
  readonly file: string
}

/**
 * Writes the owners' Ethereum keys as JSON with mode 0600, for whoever registers keys or moves money between owners
 * (PROTOCOL.md section 12.1).
 * @throws HedgebotError kind `refused`, codes `config_exists`, `config_unwritable`
 */
export async function writeStageOwners({ stage, file }: StageOwnersOptions): Promise<void> {
  const owners = stage.owners.map((owner) => ({
    l1_address: owner.l1Address,
    ethereum_key: owner.revealEthereumKey(),
    account_indexes: stage.accounts
      .filter(({ l1Address }) => l1Address === owner.l1Address)
      .map(({ accountIndex }) => accountIndex),
  }))
  await writeSecrets(file, `${JSON.stringify({ owners }, undefined, 2)}\n`)
}

/** A file of which only a part could be written is taken away again. */
async function writeSecrets(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600).catch((cause: unknown) => {
    throw unwritable(file, cause)
  })
  try {
    await handle.writeFile(text)
    // The mode given at opening is cut by the umask; this makes it exact.
    await handle.chmod(0o600)
  } catch (cause) {
    await rm(file, { force: true })
    throw unwritable(file, cause)
  } finally {
    await handle.close()
  }
}

/** What the operating system's codes mean to whoever named the file. */
const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'its folder does not exist'],
  ['ENOTDIR', 'its folder is a file'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'nothing can be written there'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk is full'],
  ['ENAMETOOLONG', 'the name is too long'],
])

function unwritable(file: string, cause: unknown): HedgebotError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'EEXIST') {
    return new HedgebotError('refused', `${file} exists and is not overwritten`, {
      code: 'config_exists',
      hint: 'Name another file, or remove this one first.',
      cause,
    })
  }
  const reason = REASONS.get(code) ?? String(code ?? cause)
  return new HedgebotError('refused', `${file} cannot be written: ${reason}`, {
    code: 'config_unwritable',
    hint: 'Name a file in a folder that you can write to.',
    cause,
  })
}

/** The configuration as YAML text. It holds the stage's private keys. */
function renderStageConfig(options: StageConfigOptions): string {
  const { stage, proxies = [], simUrl } = options
  const lines = [
    '# Written by the simulator. The keys are worth nothing anywhere else.',
    `trading_pair: ${quote(options.tradingPair ?? 'BTC')}`,
    `leverage: ${options.leverage ?? 10}`,
    `position_size: ${options.positionSize ?? '0.01'}`,
    `stop_loss_threshold: ${options.stopLossThreshold ?? '100'}`,
    `state_dir: ${quote(options.stateDir ?? stateDirOf(stage))}`,
    'exchange:',
    `  sim_url: ${quote(simUrl)}`,
    ...(proxies.length === 0 ? [] : ['proxy_pool:', ...proxies.flatMap(proxyLines)]),
    'api_credentials:',
    ...stage.accounts.flatMap((account) => [
      `  - account_name: ${quote(account.name)}`,
      `    api_key: ${quote(account.revealPrivateKey())}`,
      `    account_index: ${account.accountIndex}`,
      `    api_key_index: ${account.apiKeyIndex}`,
      '    network: "testnet"',
      `    l1_address: ${quote(account.l1Address)}`,
      ...sizeLine(options.positionSizes?.get(account.name)),
    ]),
  ]
  return `${lines.join('\n')}\n${options.extraYaml ?? ''}`
}

function sizeLine(size: string | undefined): string[] {
  return size === undefined ? [] : [`    position_size: ${size}`]
}

/** Every simulated exchange has keys of its own, so this is a new folder each time: hedges of another one stay away. */
function stateDirOf({ owners }: Stage): string {
  return `state-${owners[0]?.l1Address.slice(2, 10)}`
}

function proxyLines({ name, host, port, username, password }: StageProxy): string[] {
  return [
    `  - name: ${quote(name)}`,
    `    host: ${quote(host)}`,
    `    port: ${port}`,
    ...(username === undefined ? [] : [`    username: ${quote(username)}`]),
    ...(password === undefined ? [] : [`    password: ${quote(password)}`]),
  ]
}

/** A double-quoted YAML scalar; JSON's escapes are YAML's. */
function quote(text: string): string {
  return JSON.stringify(text)
}
