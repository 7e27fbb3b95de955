import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Clock } from '../../src/ports.ts'
import { createLogger } from '../../src/system/logger.ts'
import type { FileLogger } from '../../src/system/logger.ts'
import { createRedactor } from '../../src/system/redactor.ts'
import type { Redactor } from '../../src/system/redactor.ts'

const DAY_MS = 86_400_000

interface Bench {
  readonly log: FileLogger
  readonly redactor: Redactor
  readonly directory: string
  readonly lines: () => Record<string, unknown>[]
  readonly setNow: (wallMs: number) => void
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hedgebot-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

function createBench(keepDays = 3, level: 'debug' | 'info' = 'info'): Bench {
  const directory = join(newFolder(), 'logs')
  let nowMs = Date.UTC(2026, 10, 22, 12)
  const clock: Pick<Clock, 'now'> = { now: () => nowMs }
  const redactor = createRedactor()
  const log = createLogger({ directory, level, keepDays, clock: clock as Clock, redactor })
  const lines = (): Record<string, unknown>[] =>
    readdirSync(directory)
      .sort()
      .flatMap((name) => readFileSync(join(directory, name), 'utf8').trim().split('\n'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  const setNow = (wallMs: number): void => {
    nowMs = wallMs
  }
  return { log, redactor, directory, lines, setNow }
}

describe('the log', () => {
  it('has written each line as JSON when the call returns, in a private file of the day', () => {
    const { log, directory, lines } = createBench()
    log.info('opened', { hedge_id: 'h1', size: 5n })
    log.debug('not written at this level')
    expect(lines()).toEqual([
      expect.objectContaining({
        level: 'info',
        time: '2026-11-22T12:00:00.000Z',
        msg: 'opened',
        hedge_id: 'h1',
        size: '5',
        pid: process.pid,
      }),
    ])
    const file = join(directory, 'hedgebot-2026-11-22.log')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
  })

  it('starts a new file every day and deletes the ones beyond keepDays, nothing else', () => {
    const { log, directory, setNow } = createBench(2)
    const start = Date.UTC(2026, 10, 22, 23, 59)
    setNow(start)
    log.info('first')
    writeFileSync(join(directory, 'notes.txt'), 'mine')
    for (const days of [1, 2]) {
      setNow(start + days * DAY_MS)
      log.info('next')
    }
    expect(readdirSync(directory).sort()).toEqual([
      'hedgebot-2026-11-23.log',
      'hedgebot-2026-11-24.log',
      'notes.txt',
    ])
  })

  it('hides registered secrets in messages, fields, errors and causes', () => {
    const { log, redactor, lines } = createBench()
    const secrets = ['pa"ss\\word', 'ключ-secret', '0x' + 'ab'.repeat(40)]
    for (const secret of secrets) redactor.registerSecret(secret)
    for (const secret of secrets) {
      const cause = new Error(`inner ${secret}`)
      const error = Object.assign(new Error(`outer ${secret}`, { cause }), {
        config: { auth: secret },
      })
      log.error(`failed with ${secret}`, {
        error,
        nested: { deep: [secret, encodeURIComponent(secret)] },
      })
    }
    const text = JSON.stringify(lines())
    for (const secret of secrets) {
      expect(text).not.toContain(JSON.stringify(secret).slice(1, -1).replace(/^0x/, ''))
      expect(text).not.toContain(encodeURIComponent(secret).replace(/^0x/, ''))
    }
    expect(lines()[0]).toMatchObject({
      msg: 'failed with ***',
      error: { message: 'outer ***', cause: { message: 'inner ***' } },
    })
    expect(text).not.toContain('config')
  })

  it('does not let a field overwrite the line itself', () => {
    const { log, lines } = createBench()
    log.warn('real', { level: 'debug', time: 'never', msg: 'forged' })
    expect(lines()[0]).toMatchObject({
      level: 'warn',
      msg: 'real',
      level_: 'debug',
      msg_: 'forged',
    })
  })

  it('counts what it cannot write and never throws', () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'logs'), 'a file where the folder should be')
    const clock: Pick<Clock, 'now'> = { now: () => 0 }
    const log = createLogger({
      directory: join(folder, 'logs'),
      level: 'info',
      keepDays: 1,
      clock: clock as Clock,
      redactor: createRedactor(),
    })
    expect(() => log.error('lost')).not.toThrow()
    expect(log.droppedLines()).toBe(1)
  })

  it('goes on after it was closed', () => {
    const { log, lines } = createBench()
    log.info('one')
    log.close()
    log.info('two')
    expect(lines().map(({ msg }) => msg)).toEqual(['one', 'two'])
  })
})
