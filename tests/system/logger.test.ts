import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Clock } from '../../src/ports.ts'
import { createLogger } from '../../src/system/logger.ts'
import type { FileLogger, LogEntry, LoggerOptions } from '../../src/system/logger.ts'
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

function createBench(keepDays = 3, more: Partial<LoggerOptions> = {}): Bench {
  const directory = join(newFolder(), 'logs')
  let nowMs = Date.UTC(2026, 10, 22, 12)
  const clock: Pick<Clock, 'now'> = { now: () => nowMs }
  const redactor = createRedactor()
  const log = createLogger({
    directory,
    level: 'info',
    keepDays,
    clock: clock as Clock,
    redactor,
    ...more,
  })
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

  it('counts what it cannot write, tells of the first, and never throws', () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'logs'), 'a file where the folder should be')
    const lost: unknown[] = []
    const { log } = createBench(1, {
      directory: join(folder, 'logs'),
      onDropped(error) {
        lost.push(error)
        throw new Error('whoever is told fails too')
      },
    })
    expect(() => log.error('lost')).not.toThrow()
    log.error('lost too')
    expect(log.droppedLines()).toBe(2)
    expect(lost).toEqual([expect.objectContaining({ code: 'EEXIST' })])
  })

  it('goes on after it was closed', () => {
    const { log, lines } = createBench()
    log.info('one')
    log.close()
    log.info('two')
    expect(lines().map(({ msg }) => msg)).toEqual(['one', 'two'])
  })

  it('separates trade, error and the rest by a field', () => {
    const { log, lines } = createBench()
    log.info('order sent', { log: 'trade', hedgeId: 'h3' })
    log.warn('h3: it is naked', { log: 'trade', hedgeId: 'h3' })
    log.info('a message was sent')
    log.warn('a read failed', { log: 'app' })
    log.error('a bug in hedgebot', { log: 'anything' })
    expect(lines().map((line) => [line['log'], line['level'], line['hedgeId']])).toEqual([
      ['trade', 'info', 'h3'],
      ['trade', 'warn', 'h3'],
      ['app', 'info', undefined],
      ['error', 'warn', undefined],
      ['error', 'error', undefined],
    ])
  })

  it('keeps trade lines at every level, and nothing else below it', () => {
    const { log, lines } = createBench(3, { level: 'error' })
    log.info('order sent', { log: 'trade' })
    log.debug('rehearsed')
    log.warn('a read failed')
    log.error('the journal is full')
    expect(lines().map(({ msg }) => msg)).toEqual(['order sent', 'the journal is full'])
  })

  it('tells who listens from info up, whatever the file takes, and survives a listener that throws', () => {
    const heard: LogEntry[] = []
    const { log, lines } = createBench(3, {
      level: 'error',
      onEntry(entry) {
        heard.push(entry)
        throw new Error('no')
      },
    })
    log.debug('nobody hears it')
    log.info('a message was sent', { channel: 'email', token: 'abc' })
    log.error('lost')
    expect(lines().map(({ msg }) => msg)).toEqual(['lost'])
    expect(heard.map(({ message }) => message)).toEqual(['a message was sent', 'lost'])
    expect(heard[0]).toEqual({
      atMs: Date.UTC(2026, 10, 22, 12),
      level: 'info',
      log: 'app',
      message: 'a message was sent',
      fields: { channel: 'email', token: '***' },
    })
  })

  it('cuts what is too long for a line, and takes a secret out that was cut with it', () => {
    const { log, redactor, directory } = createBench()
    const secret = 'a secret of some length'
    redactor.registerSecret(secret)
    const text = `${'x'.repeat(4_086)}${secret}${'y'.repeat(10_000_000)}`
    log.info(text, { text, list: Array.from({ length: 100_000 }, () => text) })
    const [name = ''] = readdirSync(directory)
    const written = readFileSync(join(directory, name), 'utf8')
    expect(written.length).toBeLessThan(60_000)
    expect(written).not.toContain(secret.slice(0, 8))
    expect(written).toContain('x***... (10004109 characters)')
  })

  it('begins a line of its own after one of which the disk may have taken a part', () => {
    const { log, directory, lines } = createBench()
    const file = join(directory, 'hedgebot-2026-11-22.log')
    mkdirSync(directory)
    symlinkSync('/dev/full', file)
    log.info('one')
    expect(log.droppedLines()).toBe(1)
    log.close()
    unlinkSync(file)
    log.info('two')
    log.info('three')
    expect(readFileSync(file, 'utf8')).toMatch(/^\n\{.*\n\{.*\n$/)
    expect(lines().map(({ msg }) => msg)).toEqual(['two', 'three'])
  })
})
