/** `hedgebot sim` as a user starts it, and the accounts it wrote into a configuration. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { endChild, track } from './child-processes.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/hedgebot.js', import.meta.url))
const START_TIMEOUT_MS = 20_000

/** One account of the simulator, with its throw-away key. */
export interface SimAccount {
  readonly accountIndex: number
  readonly apiKeyIndex: number
  readonly privateKey: string
  readonly l1Address: string
}

/** Who owns accounts of the simulator, with the throw-away Ethereum key that registers their keys. */
export interface SimOwner {
  readonly l1Address: string
  readonly ethereumKey: string
  readonly accountIndexes: readonly number[]
}

export interface SimProgram {
  readonly url: string
  readonly wsUrl: string
  /** Two of the first owner, then two of the second. */
  readonly accounts: readonly SimAccount[]
  readonly owners: readonly SimOwner[]
  /** Ends it as Ctrl-C does; answers its exit code and what it complained about. */
  end(): Promise<SimEnding>
}

export interface SimEnding {
  /** Null when it had to be killed. */
  readonly code: number | null
  readonly stderr: string
}

export interface SimProgramOptions {
  /** Where the configuration goes. */
  readonly folder: string
  /** `bin/hedgebot.js` of another build. */
  readonly program?: string
}

/** Starts the simulator on a free port; rejects when it ends or says nothing instead. */
export async function startSimProgram(options: SimProgramOptions): Promise<SimProgram> {
  const configFile = join(options.folder, 'config.yaml')
  const ownersFile = join(options.folder, 'owners.json')
  const size = ['--accounts', '4', '--owners', '2']
  const files = ['--write-config', configFile, '--write-owners', ownersFile]
  const words = ['sim', '--port', '0', '--json', ...size, ...files]
  const child = track(
    spawn(process.execPath, [options.program ?? PROGRAM, ...words], {
      cwd: options.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
  const end = (): Promise<number | null> => endChild(child, 'SIGINT')
  const stderr = collect(child)
  try {
    const { ok, url, ws_url: wsUrl } = await announcement(child, stderr)
    if (!ok) throw new Error('hedgebot sim did not start')
    const accounts = readAccounts(await readFile(configFile, 'utf8'))
    const owners = readOwners(await readFile(ownersFile, 'utf8'))
    return {
      url,
      wsUrl,
      accounts,
      owners,
      end: async () => ({ code: await end(), stderr: stderr() }),
    }
  } catch (error) {
    await end()
    throw error
  }
}

interface Announcement {
  readonly ok: boolean
  readonly url: string
  readonly ws_url: string
}

function collect(child: ChildProcess): () => string {
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return () => stderr.trim()
}

/** The document on stdout that says where it listens. */
async function announcement(child: ChildProcess, stderr: () => string): Promise<Announcement> {
  let stdout = ''
  return new Promise<Announcement>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      if (stdout.endsWith('\n')) resolve(JSON.parse(stdout) as Announcement)
    })
    child.once('error', reject)
    child.once('close', () => reject(new Error(`hedgebot sim ended: ${stderr()}`)))
    setTimeout(
      () => reject(new Error(`hedgebot sim said nothing for ${START_TIMEOUT_MS / 1000} s`)),
      START_TIMEOUT_MS,
    ).unref()
  })
}

interface WrittenConfig {
  readonly api_credentials: readonly {
    readonly api_key: string
    readonly account_index: number
    readonly api_key_index: number
    readonly l1_address: string
  }[]
}

function readAccounts(text: string): readonly SimAccount[] {
  const config = parse(text) as WrittenConfig
  return config.api_credentials.map((entry) => ({
    accountIndex: entry.account_index,
    apiKeyIndex: entry.api_key_index,
    privateKey: entry.api_key,
    l1Address: entry.l1_address,
  }))
}

interface WrittenOwners {
  readonly owners: readonly {
    readonly l1_address: string
    readonly ethereum_key: string
    readonly account_indexes: readonly number[]
  }[]
}

function readOwners(text: string): readonly SimOwner[] {
  const { owners } = JSON.parse(text) as WrittenOwners
  return owners.map((entry) => ({
    l1Address: entry.l1_address,
    ethereumKey: entry.ethereum_key,
    accountIndexes: entry.account_indexes,
  }))
}
