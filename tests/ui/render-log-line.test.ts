import { describe, expect, it } from 'vitest'
import { renderLogLine } from '../../src/ui/render-log-line.ts'
import type { LogLine } from '../../src/ui/render-log-line.ts'

const AT_MS = Date.UTC(2026, 10, 22, 9, 5, 7, 42)

function lineOf(message: string, fields: LogLine['fields'] = {}, level: LogLine['level'] = 'info') {
  return renderLogLine({ atMs: AT_MS, level, message, fields })
}

describe('a line of the log for a person', () => {
  it('is time, message and fields, and the level when it is not mere information', () => {
    expect(lineOf('order sent', { hedgeId: 'h3', price: '95000.5', isReduceOnly: true })).toBe(
      '09:05:07.042 order sent hedgeId=h3 price=95000.5 isReduceOnly=true',
    )
    expect(lineOf('a read failed', { error: 'no answer in time' }, 'warn')).toBe(
      '09:05:07.042 warn a read failed error="no answer in time"',
    )
  })

  it('leaves out what is for programs, what is missing, and what the message names itself', () => {
    const fields = {
      kind: 'hedge_open',
      runId: 'r1',
      hedgeId: 'h3',
      account: 'account_1',
      nothing: null,
    }
    expect(lineOf('h3 a+b: open: every leg has its size', fields)).toBe(
      '09:05:07.042 h3 a+b: open: every leg has its size account=account_1',
    )
  })

  it('shows an error by its message, code and causes, without its stack', () => {
    const cause = { name: 'Error', message: 'inner', stack: 'at x' }
    const error = { name: 'HedgebotError', code: 'timeout', message: 'outer', stack: 'at y', cause }
    expect(lineOf('failed', { error }, 'error')).toBe(
      '09:05:07.042 error failed error="outer (timeout); inner"',
    )
  })

  it('is one line of text, whatever is in it', () => {
    const fields = {
      list: ['a', 'b c'],
      deep: { a: 1 },
      long: 'x'.repeat(500),
      odd: 'a\n\u001b[2Jb',
    }
    const line = lineOf('odd\nmessage', fields)
    for (const character of ['\n', '\u001b']) expect(line).not.toContain(character)
    expect(line).toContain('list="a, b c" deep="{\\"a\\":1}"')
    expect(line.length).toBeLessThan(350)
  })
})
