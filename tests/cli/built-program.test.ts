import { spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../source-files.ts'

const PROGRAM = join(ROOT, 'bin', 'hedgebot.js')
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hedgebot-built-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function hedgebot(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...argv], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env },
    encoding: 'utf8',
    input: '',
  })
  return { exit: status, stdout, stderr }
}

/** Packages whose files were loaded, CommonJS and ES modules alike, by the engine's own record. */
function packagesLoadedBy(argv: readonly string[]): readonly string[] {
  const coverage = mkdtempSync(join(folder, 'coverage-'))
  hedgebot(argv, { NODE_V8_COVERAGE: coverage })
  const names = readdirSync(coverage).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(coverage, file), 'utf8')) as {
      readonly result: readonly { readonly url: string }[]
    }
    return result.flatMap(({ url }) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? [])
  })
  return [...new Set(names)].sort()
}

describe('the built program', () => {
  it('loads nothing but commander and chalk for help, version and slips', () => {
    expect(packagesLoadedBy(['--help'])).toEqual(['chalk', 'commander'])
    expect(packagesLoadedBy(['open', '--al'])).toEqual(['chalk', 'commander'])
  })

  it('hands on exit codes', () => {
    expect(hedgebot(['--version'])).toMatchObject({ exit: 0, stderr: '' })
    expect(hedgebot(['opne'])).toMatchObject({ exit: 2, stdout: '' })
    expect(hedgebot([])).toMatchObject({ exit: 2, stdout: '' })
  })

  it('says in a document that there is no configuration', () => {
    const { exit, stdout, stderr } = hedgebot(['status', '--json'])
    expect(exit).toBe(2)
    expect(stderr).toContain('error: no configuration')
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'hedgebot/status/1',
      ok: false,
      exit: 2,
      error: { code: 'config_not_found' },
    })
  })

  it('refuses to open on a question that nobody can answer', () => {
    const { exit, stderr } = hedgebot(['open', '--accounts', 'a'])
    expect(exit).toBe(2)
    expect(stderr).toContain('a hedge needs two accounts')
  })
})

/** Runs the built command line with a `status` of the test's own, in a process of its own. */
function withStatus(body: string) {
  const cli = JSON.stringify(join(ROOT, 'dist', 'cli.js'))
  const code = `
    const { processIo, runCli } = await import(${cli})
    const status = async (io) => { ${body} }
    process.exitCode = await runCli(['status'], processIo(), { status })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      if (stdout.includes('ready')) resolve()
    })
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { child, ready, ended, stderr: () => stderr }
}

const SLEEP = 'await new Promise((resolve) => setTimeout(resolve, 20_000))'
const UNTIL_ABORTED = `await new Promise((resolve) => {
  const alive = setInterval(() => {}, 1000)
  io.signal.addEventListener('abort', () => { clearInterval(alive); resolve() })
})`

describe('a process', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const)('that gets %s comes to its own end with %i', async (signal, exit) => {
    const { child, ready, ended } = withStatus(
      `io.out.line('ready'); ${UNTIL_ABORTED}; io.signal.throwIfAborted()`,
    )
    await ready
    child.kill(signal)
    expect(await ended).toBe(exit)
  })

  it('ends at once at the second Ctrl-C, says what is naked and exits 4', async () => {
    const { child, ready, ended, stderr } = withStatus(
      `io.onSecondInterrupt(() => io.out.warn('h1 naked 0.01')); io.out.line('ready'); ${SLEEP}`,
    )
    await ready
    child.kill('SIGINT')
    while (!stderr().includes('Ctrl-C again')) await new Promise((done) => setImmediate(done))
    child.kill('SIGINT')
    expect(await ended).toBe(4)
    expect(stderr()).toContain('h1 naked 0.01')
  })

  it.each([
    [
      'in the middle',
      `setTimeout(() => { throw new Error('lost') }, 1); ${UNTIL_ABORTED}; return 0`,
    ],
    ['in a promise', `void Promise.reject(new Error('lost')); ${UNTIL_ABORTED}; return 0`],
    ['after the end', "setTimeout(() => { throw new Error('lost') }, 50); return 0"],
  ])('with an error that nobody caught %s exits 70, not 1', async (_when, body) => {
    const { ended, stderr } = withStatus(body)
    expect(await ended).toBe(70)
    expect(stderr()).toContain('error: a bug in hedgebot: lost')
  })

  it('survives a reader that goes away', async () => {
    const { child, ready, ended } = withStatus(
      `io.out.line('ready'); await new Promise((done) => setTimeout(done, 200));
      for (let i = 0; i < 2000; i += 1) io.out.line('x'.repeat(100)); return 3`,
    )
    await ready
    child.stdout.destroy()
    expect(await ended).toBe(3)
  })

  it('ends although something was left open, and hands on its code', () => {
    const place = mkdtempSync(join(folder, 'lingering-'))
    for (const part of ['bin', 'dist']) mkdirSync(join(place, part))
    cpSync(PROGRAM, join(place, 'bin', 'hedgebot.js'))
    writeFileSync(join(place, 'package.json'), '{"type":"module"}')
    writeFileSync(
      join(place, 'dist', 'cli.js'),
      'setInterval(() => {}, 1000)\nexport const processIo = () => {}\nexport const runCli = async () => 5\n',
    )
    const { status } = spawnSync(process.execPath, [join(place, 'bin', 'hedgebot.js')], {
      timeout: 10_000,
    })
    expect(status).toBe(5)
  })

  it('that is not built yet says how', () => {
    const place = mkdtempSync(join(folder, 'unbuilt-'))
    mkdirSync(join(place, 'bin'))
    cpSync(PROGRAM, join(place, 'bin', 'hedgebot.js'))
    writeFileSync(join(place, 'package.json'), '{"type":"module"}')
    const { status, stderr } = spawnSync(process.execPath, [join(place, 'bin', 'hedgebot.js')], {
      encoding: 'utf8',
    })
    expect(status).toBe(2)
    expect(stderr).toContain('npm run prepare:all')
  })
})
