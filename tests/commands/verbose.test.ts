/** `--verbose`: the log as text on stderr, nothing twice, and a word when the log itself is lost. */
import { mkdir, readFile, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { SimSession } from './sim-cli.ts'
import { runLine, startSession } from './sim-cli.ts'

let session: SimSession | undefined

afterEach(async () => {
  await session?.close()
  session = undefined
})

const TIME = /^\d\d:\d\d:\d\d\.\d{3} /
const logLines = (text: string): readonly string[] =>
  text.split('\n').filter((line) => TIME.test(line))
const times = (text: string, part: string): number => text.split(part).length - 1

async function logFolder({ folder }: SimSession): Promise<string> {
  const [state = ''] = (await readdir(folder)).filter((name) => name.startsWith('state-'))
  return join(folder, state, 'logs')
}

describe('--verbose', () => {
  it.each(['--json', ''])(
    'says every event once, with the orders between (%s)',
    async (json) => {
      session = await startSession()
      const globals = [
        '--config',
        session.configFile,
        '--yes',
        '-v',
        ...(json === '' ? [] : [json]),
      ]
      const opened = await runLine(globals, 'open --all')
      expect(opened.exit).toBe(0)
      for (const message of ['all legs are ready', 'every leg has its size', 'hedge planned']) {
        expect([message, times(opened.stderr, message)]).toEqual([message, 1])
      }
      expect(times(opened.stderr, ' fill hedgeId=h1 account=account_1 ')).toBe(1)
      expect(opened.stderr).not.toMatch(/^\{/m)
      const watched = await runLine(globals, 'watch --once')
      expect(times(watched.stdout + watched.stderr, 'watched from now on')).toBe(1)
      const closed = await runLine(globals, 'close --all')
      expect(times(closed.stderr, 'closed: every leg was read flat')).toBe(1)
    },
    60_000,
  )

  it('does not say a warning again that is said anyway', async () => {
    session = await startSession({ faults: ['reject:21739@times=1'] })
    const globals = ['--config', session.configFile, '--yes', '--json']
    const { stderr } = await runLine([...globals, '-v'], 'open --all')
    expect(times(stderr, 'account_1: leverage refused: not enough margin')).toBe(1)
    expect(logLines(stderr).filter((line) => line.includes(' order refused '))).toHaveLength(1)
  }, 60_000)

  it('says the same as the file, and without it nothing of it is said', async () => {
    session = await startSession()
    const globals = ['--config', session.configFile, '--yes']
    const quiet = await runLine(globals, 'open --all')
    expect(logLines(quiet.stderr)).toEqual([])
    const logs = await logFolder(session)
    const [name = ''] = await readdir(logs)
    const before = times(await readFile(join(logs, name), 'utf8'), '\n')
    const closed = await runLine([...globals, '-v'], 'close --all')
    const after = times(await readFile(join(logs, name), 'utf8'), '\n')
    expect(logLines(closed.stderr).length).toBe(after - before)
  }, 60_000)
})

describe('a log that cannot be written', () => {
  it('is told once, and keeps nothing from being done', async () => {
    session = await startSession()
    const config = await readFile(session.configFile, 'utf8')
    const state = /state_dir: "(.*)"/.exec(config)?.[1] ?? ''
    const logs = join(session.folder, state, 'logs')
    await mkdir(logs, { recursive: true, mode: 0o700 })
    const days = [0, 1].map((day) => new Date(Date.now() + day * 86_400_000).toISOString())
    for (const day of days) {
      await symlink('/dev/full', join(logs, `hedgebot-${day.slice(0, 10)}.log`))
    }
    const { exit, stderr } = await session.hedgebot('open --all')
    expect(exit).toBe(0)
    expect(times(stderr, `the log in ${logs} cannot be written (ENOSPC)`)).toBe(1)
    expect((await session.hedgebot('close --all')).exit).toBe(0)
  }, 60_000)
})
