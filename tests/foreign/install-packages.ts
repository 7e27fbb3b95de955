/** npm in a temporary folder: nothing of it touches the project. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { track } from './child-processes.ts'

const INSTALL_TIMEOUT_MS = 180_000
const COMPLAINT_LINES = 5
const NETWORK_ERRORS =
  /E(?:NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|HOSTUNREACH|NETUNREACH)|ERR_SOCKET|network/i

/** The registry cannot be reached: nothing was checked, which is not a pass. */
export class NoNetworkError extends Error {
  override readonly name = 'NoNetworkError'
}

/** Installs `packages` into `folder`, without running any script of theirs. */
export async function installPackages(folder: string, packages: readonly string[]): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{"private":true}\n')
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--save-exact']
  const child = track(
    spawn('npm', ['install', '--prefix', folder, ...flags, ...packages], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: INSTALL_TIMEOUT_MS,
    }),
  )
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code === 0) return
  const message = `npm install ${packages.join(' ')} failed\n${firstLines(complaints)}`
  throw code === null || NETWORK_ERRORS.test(complaints)
    ? new NoNetworkError(message)
    : new Error(message)
}

/** npm repeats itself below its first lines. */
function firstLines(complaints: string): string {
  return complaints.trim().split('\n').slice(0, COMPLAINT_LINES).join('\n')
}
