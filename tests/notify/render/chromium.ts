/**
 * Debian's Chromium, which shows what a mail program with a modern engine shows. Where it is not installed the tests that
 * need it are left out, and on a build server (CI is set) they fail.
 * @module
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const TIME_LIMIT_MS = 60_000
const ARGUMENTS = [
  '--headless',
  // Build servers and containers run as root, which Chromium's sandbox refuses.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function hasChromium(): boolean {
  return spawnSync('chromium', ['--version']).status === 0
}

/** The document after it is loaded and its scripts ran. `scheme` is what `prefers-color-scheme` says. */
export async function dumpDocument(html: string, scheme: 'light' | 'dark'): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'hedgebot-chromium-'))
  const page = join(folder, 'page.html')
  writeFileSync(page, html)
  try {
    return await run([
      ...ARGUMENTS,
      `--user-data-dir=${join(folder, 'profile')}`,
      `--blink-settings=preferredColorScheme=${scheme === 'dark' ? 0 : 1}`,
      '--window-size=1400,1000',
      '--dump-dom',
      `file://${page}`,
    ])
  } finally {
    // Its processes may still be writing for a moment.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}

function run(options: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('chromium', options, { stdio: ['ignore', 'pipe', 'ignore'] })
    const chunks: Buffer[] = []
    const timer = setTimeout(() => child.kill('SIGKILL'), TIME_LIMIT_MS)
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(new Error('chromium is not installed: apt-get install chromium', { cause: error }))
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'))
      else reject(new Error(`chromium ended with ${code}`))
    })
  })
}
