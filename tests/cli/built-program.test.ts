import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
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
