import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { applyEdit } from './sabotage.ts'
import { SABOTEURS } from './saboteurs.ts'

const fileOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

describe('the deliberate bugs', () => {
  it('are at least ten', () => {
    expect(SABOTEURS.length).toBeGreaterThanOrEqual(10)
  })

  it.each(SABOTEURS)('"$name" still fits the sources', ({ edits }) => {
    const texts = new Map<string, string>()
    for (const edit of edits) {
      const before = texts.get(edit.file) ?? readFileSync(fileOf(edit.file), 'utf8')
      texts.set(edit.file, applyEdit(before, edit))
    }
    expect(texts.size).toBeGreaterThan(0)
  })

  it('refuses an edit that would change nothing, or more than one place', () => {
    const edit = { file: 'x.ts', find: 'a', replace: 'b' }
    expect(() => applyEdit('c', edit)).toThrow(/0 times/)
    expect(() => applyEdit('a a', edit)).toThrow(/2 times/)
  })
})
