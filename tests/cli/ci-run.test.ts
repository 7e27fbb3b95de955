import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROOT } from '../source-files.ts'

let folder = ''
const at = (path: string): string => join(folder, path)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hedgebot-ci-'))
  for (const path of ['bin', '.ci', 'tools']) mkdirSync(at(path))
  cpSync(join(ROOT, '.ci', 'run'), at('.ci/run'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface World {
  readonly counts?: Partial<
    Record<'numPassedTests' | 'numFailedTests' | 'numPendingTests' | 'numTodoTests', number>
  >
  readonly testExit?: number
  readonly buildExit?: number
  readonly demoExit?: number
}

/** Runs the script with an `npm` and a demo that end as told; `counts` missing: vitest wrote nothing. */
function ci(world: World) {
  const { counts, testExit = 0, buildExit = 0, demoExit = 0 } = world
  const zero = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 }
  const json = counts === undefined ? '' : JSON.stringify({ ...zero, ...counts })
  const npm = `#!/bin/bash
if [ "$1" = test ]; then
  for word in "$@"; do
    case "$word" in --outputFile.json=*) printf '%s' '${json}' > "\${word#*=}" ;; esac
  done
  exit ${testExit}
fi
exit ${buildExit}
`
  writeFileSync(at('tools/npm'), npm)
  chmodSync(at('tools/npm'), 0o755)
  writeFileSync(at('bin/hedgebot.js'), `process.exitCode = ${demoExit}\n`)
  const { status, stdout } = spawnSync(at('.ci/run'), [], {
    env: { PATH: `${at('tools')}:${dirname(process.execPath)}:/usr/bin:/bin` },
    encoding: 'utf8',
  })
  return { exit: status, last: stdout.trimEnd().split('\n').at(-1) }
}

describe('the check of a clone', () => {
  it('counts the tests and the demo', () => {
    expect(ci({ counts: { numPassedTests: 12 } })).toEqual({ exit: 0, last: '13 passed, 0 failed' })
  })

  it.each([
    [{ counts: { numPassedTests: 11, numFailedTests: 1 }, testExit: 1 }, '12 passed, 1 failed'],
    [{ counts: { numPassedTests: 12 }, demoExit: 4 }, '12 passed, 1 failed'],
    [{ counts: { numPassedTests: 12 }, buildExit: 2 }, '13 passed, 1 failed'],
    [{ counts: { numPassedTests: 12, numPendingTests: 2 } }, '13 passed, 2 failed'],
    [{ counts: { numPassedTests: 12, numTodoTests: 1 } }, '13 passed, 1 failed'],
    // Types, lint, format: vitest never ran.
    [{ testExit: 1 }, '1 passed, 1 failed'],
    // All tests passed, and yet something went wrong.
    [{ counts: { numPassedTests: 12 }, testExit: 1 }, '13 passed, 1 failed'],
    [{ counts: {} }, '1 passed, 1 failed'],
  ])('fails for %j', (world, last) => {
    const result = ci(world)
    expect(result.last).toBe(last)
    expect(result.exit).not.toBe(0)
  })
})
