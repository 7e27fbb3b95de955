import { describe, expect, it } from 'vitest'
import { createSaidTexts } from '../../src/ui/said-texts.ts'

describe('what was said', () => {
  it('is taken once, by its end or as a part of more', () => {
    const said = createSaidTexts()
    said.add('alert h1: its stops do not rest on the exchange')
    expect(said.take('its stops do not rest on the exchange')).toBe(true)
    expect(said.take('its stops do not rest on the exchange')).toBe(false)
    said.add('error: a bug in hedgebot at all\nhint: report it')
    expect(said.take('a bug in hedgebot at all')).toBe(true)
  })

  it('is no short word in the middle of another text, and nothing long ago', () => {
    const said = createSaidTexts()
    said.add('the fill of h1 is known')
    expect(said.take('fill')).toBe(false)
    said.add('a message that was said')
    for (const text of ['one', 'two', 'three', 'four']) said.add(text)
    expect(said.take('a message that was said')).toBe(false)
  })
})
