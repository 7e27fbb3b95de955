import { describe, expect, it } from 'vitest'
import { cleanLine, cutText } from '../../../src/notify/render/clean-line.ts'
import { formatUtc, isoTime } from '../../../src/notify/render/message-words.ts'

describe('a clean line', () => {
  it('shows that something harmful was there, and keeps what languages need', () => {
    expect(cleanLine(' a\r\n\tb\u{2029}c ')).toBe('a b c')
    expect(cleanLine('\u{202e}gnp.exe\u{0}\u{d83d}')).toBe('\u{fffd}gnp.exe\u{fffd}\u{fffd}')
    expect(cleanLine('账户 naïve ไม่ 🟠')).toBe('账户 naïve ไม่ 🟠')
  })

  it('lets nobody pile up accents', () => {
    expect(cleanLine(`a${'\u{301}'.repeat(50)}b`)).toBe(`a${'\u{301}'.repeat(4)}b`)
  })

  it('is cut between characters', () => {
    expect(cutText('🟠🟠🟠', 3)).toBe('🟠🟠🟠')
    expect(cutText('🟠🟠🟠🟠', 3)).toBe('🟠🟠…')
    expect(cutText('ab cd', 4)).toBe('ab…')
  })
})

describe('the time of a message', () => {
  it('is in UTC to the second', () => {
    expect(formatUtc(Date.UTC(2026, 11, 1, 14, 3, 22, 999))).toBe('2026-12-01 14:03:22 UTC')
  })

  it('never is a reason to lose the message', () => {
    expect(isoTime(Number.NaN)).toBe('1970-01-01T00:00:00.000Z')
    expect(isoTime(9e15)).toBe('1970-01-01T00:00:00.000Z')
  })
})
