import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor } from '../../src/system/redactor.ts'

describe('the redactor', () => {
  it('removes a secret as it is, in JSON, in JSON inside JSON and in a URL, whatever characters it has', () => {
    // Letters around the symbols keep the forms apart from the mask and the frame of the test.
    const secrets = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `k3y${text}k3y`)
    fc.assert(
      fc.property(secrets, (secret) => {
        const redactor = createRedactor()
        redactor.registerSecret(secret)
        const inJson = JSON.stringify(secret).slice(1, -1)
        const forms = [
          secret,
          inJson,
          JSON.stringify(inJson).slice(1, -1),
          encodeURIComponent(secret),
        ]
        for (const form of forms) expect(redactor.scrub(`<${form}>`)).toBe('<***>')
      }),
    )
  })

  it('knows hex keys with and without 0x and in both cases', () => {
    const redactor = createRedactor()
    const key = '0xAb' + 'c1'.repeat(39)
    redactor.registerSecret(key)
    for (const form of [key, key.slice(2), key.toLowerCase(), key.slice(2).toUpperCase()]) {
      expect(redactor.scrub(`key=${form};`)).toMatch(/^key=(0x)?\*\*\*;$/)
    }
  })

  it('replaces the longer of two overlapping secrets as a whole', () => {
    const redactor = createRedactor()
    redactor.registerSecret('abcd')
    redactor.registerSecret('abcdefgh')
    expect(redactor.scrub('x abcdefgh y abcd')).toBe('x *** y ***')
  })

  it('hides logins in addresses and authorization values without knowing them', () => {
    const redactor = createRedactor()
    const scrub = (text: string): string => redactor.scrub(text)
    expect(scrub('via http://user:p%40ss@10.0.0.1:8080/x')).toBe('via http://***@10.0.0.1:8080/x')
    expect(scrub('Proxy-Authorization: Basic dXNlcjpwYXNz')).toBe('Proxy-Authorization: Basic ***')
    expect(scrub('mail a@b.c at https://example.com/@me')).toBe(
      'mail a@b.c at https://example.com/@me',
    )
  })

  it('leaves transaction hashes and short words alone', () => {
    const redactor = createRedactor()
    redactor.registerSecret('abc')
    const line = `{"hash":"${'0f'.repeat(40)}","name":"abc"}`
    expect(redactor.scrub(line)).toBe(line)
  })

  it('scrubs 20,000 lines with 60 secrets within two seconds', () => {
    const redactor = createRedactor()
    for (let index = 0; index < 60; index += 1)
      redactor.registerSecret(`${index}`.padStart(80, 'a1'))
    const line = `{"level":"info","msg":"order sent","account":"account_1","hash":"${'0f'.repeat(40)}"}`
    const start = performance.now()
    for (let count = 0; count < 20_000; count += 1) redactor.scrub(line)
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})
