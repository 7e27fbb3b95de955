/**
 * Debian's tinyproxy as a proxy that we have not written. `node bin/prepare.js --tests` installs it where it can;
 * elsewhere the tests that need it are left out, and on a build server (CI is set) they fail.
 * @module
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RealProxy, RealProxyOptions } from './real-proxy.ts'
import { freePort } from './support.ts'

const START_LIMIT_MS = 5_000

export function hasTinyproxy(): boolean {
  return spawnSync('tinyproxy', ['-v']).status === 0
}

/** Its configuration takes letters, digits, dot, dash and underscore in a password. */
export async function startTinyproxy(options: RealProxyOptions): Promise<RealProxy> {
  if (!hasTinyproxy()) {
    throw new Error(
      'tinyproxy is not installed: node bin/prepare.js --tests, or install it by hand',
    )
  }
  const folder = mkdtempSync(join(tmpdir(), 'hedgebot-tinyproxy-'))
  const log = join(folder, 'log')
  const port = await freePort()
  const lines = [
    `Port ${port}`,
    'Listen 127.0.0.1',
    `Bind ${options.localAddress}`,
    'Timeout 60',
    'MaxClients 20',
    `LogFile "${log}"`,
    'LogLevel Connect',
    ...(options.login ? [`BasicAuth ${options.login.username} ${options.login.password}`] : []),
    ...(options.onlyPort === undefined ? [] : [`ConnectPort ${options.onlyPort}`]),
  ]
  writeFileSync(join(folder, 'tinyproxy.conf'), `${lines.join('\n')}\n`)
  const child = spawn('tinyproxy', ['-d', '-c', join(folder, 'tinyproxy.conf')], {
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  await reachable(port)
  return {
    host: '127.0.0.1',
    port,
    connectCount: () => readFileSync(log, 'utf8').match(/: CONNECT /g)?.length ?? 0,
    async close() {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function reachable(port: number): Promise<void> {
  const startMs = performance.now()
  while (!(await accepts(port))) {
    if (performance.now() - startMs > START_LIMIT_MS) throw new Error('tinyproxy did not start')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    const end = (isThere: boolean): void => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}
