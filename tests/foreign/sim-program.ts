/** `hedgebot sim` as a user starts it, and the accounts it wrote into a configuration. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const PROGRAM = fileURLToPath(new URL('../../bin/hedgebot.js', import.meta.url))
const START_TIMEOUT_MS = 20_000
const END_TIMEOUT_MS = 5000

/** One account of the simulator, with its throw-away key. */
export interface SimAccount {
  readonly accountIndex: number
  readonly apiKeyIndex: number
  readonly privateKey: string
  readonly l1Address: string
}

export interface SimProgram {
  readonly url: string
  readonly wsUrl: string
  readonly accounts: readonly SimAccount[]
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
  const words = ['sim', '--port', '0', '--json', '--accounts', '4', '--write-config', configFile]
  const child = spawn(process.execPath, [options.program ?? PROGRAM, ...words], {
    cwd: options.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stderr = collect(child)
  try {
    const { ok, url, ws_url: wsUrl } = await announcement(child, stderr)
    if (!ok) throw new Error('hedgebot sim did not start')
    const accounts = readAccounts(await readFile(configFile, 'utf8'))
    return { url, wsUrl, accounts, end: async () => ({ code: await end(child), stderr: stderr() }) }
  } catch (error) {
    await end(child)
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

async function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const gone = once(child, 'close') as Promise<[number | null]>
  child.kill('SIGINT')
  const late = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS)
  const [code] = await gone
  clearTimeout(late)
  return code
}
