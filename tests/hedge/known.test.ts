import { describe, expect, it } from 'vitest'
import { ageMs, known, unknown } from '../../src/hedge/known.ts'

describe('a value of the venue', () => {
  it('is known with the time of its reading', () => {
    expect(known('flat', 1000)).toEqual({ isKnown: true, value: 'flat', atMs: 1000 })
  })

  it('is unknown with the reason and has no value at all', () => {
    const value = unknown('the socket was closed')
    expect(value).toEqual({ isKnown: false, reason: 'the socket was closed' })
    expect('value' in value).toBe(false)
  })

  it('keeps zero, false and undefined as values', () => {
    for (const value of [0, false, undefined]) {
      expect(known(value, 1)).toMatchObject({ isKnown: true, value })
    }
  })
})

describe('ageMs', () => {
  it('counts from the reading', () => {
    expect(ageMs(known(1, 1000), 1250)).toBe(250)
  })

  it('is never negative when the clock was set back', () => {
    expect(ageMs(known(1, 1000), 900)).toBe(0)
  })

  it('is undefined for an unknown value', () => {
    expect(ageMs(unknown('nobody asked'), 1000)).toBeUndefined()
  })
})
