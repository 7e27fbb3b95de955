import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mailSubject } from '../../../src/notify/render/mail-subject.ts'
import { anyMessage } from './arbitrary-message.ts'
import { HOSTILE_MESSAGE } from './hostile-message.ts'
import { SAMPLE_MESSAGES } from './sample-messages.ts'

describe('the subject of a mail', () => {
  it('has a fixed prefix and a fixed word that filters can see', () => {
    expect(Object.values(SAMPLE_MESSAGES).map(mailSubject)).toEqual([
      '[hedgebot] OPENED: 10 hedges opened on BTC, 20 accounts, net exposure 0',
      '[hedgebot] CLOSED: h1 to h3 closed on request, net -7.32 USD',
      '[hedgebot testnet] STOP: h3 reached its loss limit and is closed, net -104.20 USD',
      '[hedgebot] ALERT!: account_7 stands alone: long 0.0125 BTC without its short',
      '[hedgebot] OVER: account_7 is flat, nothing stands alone any more',
      '[hedgebot] REPORT: 9 hedges open, floating +11.47 USD, nearest limit 62 % away',
      '[hedgebot simulator] DAILY: 30 November: 12 hedges, net -41.77 USD, no incident',
      '[hedgebot] TEST: This channel works',
    ])
  })

  it('marks only a critical alert with an exclamation mark', () => {
    const { alert, stop } = SAMPLE_MESSAGES
    expect(mailSubject({ ...alert, severity: 'warning' })).toMatch(/^\[hedgebot\] ALERT: /)
    expect(mailSubject({ ...stop, severity: 'critical' })).toMatch(/^\[hedgebot testnet\] STOP: /)
  })

  it('starts no header and turns no reading direction, whatever the title is', () => {
    const title = 'a\r\nBcc: x@example.com\u{202e}\u{0}\u{2028}b'
    const subject = mailSubject({ ...HOSTILE_MESSAGE, network: 'mainnet', title })
    expect(subject).toBe('[hedgebot] ALERT: a Bcc: x@example.com�� b')
  })

  it('is cut at 120 characters, and never inside of one', () => {
    const subject = mailSubject({ ...SAMPLE_MESSAGES.test, title: '🟠'.repeat(200) })
    expect(Array.from(subject)).toHaveLength(120)
    expect(subject.endsWith('🟠…')).toBe(true)
  })

  it('is one short line for any message', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const subject = mailSubject(message)
        expect(subject).toMatch(/^\[hedgebot[^\n]*\] [A-Z]+!?: ?/)
        expect(subject).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(Array.from(subject).length).toBeLessThanOrEqual(120)
      }),
    )
  })
})
