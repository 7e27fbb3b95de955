import { describe, expect, it } from 'vitest'
import { isYamlNumber } from '../../src/config/yaml-number.ts'
import { parseYamlTree, renderPath, valueAt } from '../../src/config/yaml-tree.ts'
import { pointsOf, summarize, validConfig } from './config-fixture.ts'

function aliasBomb(levels: number): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < levels; level += 1) {
    const uses = Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')
    lines.push(`a${level}: &a${level} [${uses}]`)
  }
  return lines.join('\n')
}

describe('YAML', () => {
  it('keeps the source text of numbers and the place of every value', () => {
    const tree = parseYamlTree('a:\n  - b: 0.10\n    c: x\n')
    const value = valueAt(tree.value, ['a', 0, 'b'])
    expect(isYamlNumber(value) && value.source).toBe('0.10')
    expect(tree.locate(['a', 0, 'b'], 'value')).toEqual({ line: 2, column: 8 })
    expect(tree.locate(['a', 0, 'c'], 'key')).toEqual({ line: 3, column: 5 })
    expect(tree.locate(['a', 0, 'missing'], 'value')).toEqual({ line: 2, column: 5 })
    expect(renderPath(['a', 0, 'b'])).toBe('a[0].b')
  })

  it('does not let a mapping pass for a number', () => {
    expect(isYamlNumber(valueAt(parseYamlTree('a: { source: "5" }').value, ['a']))).toBe(false)
  })

  it('reports a key that is there twice beside all other errors', async () => {
    const points = await pointsOf(
      validConfig('leverage: 5\nnonsense: 1\nrisk: { attempts: 1, attempts: 2 }'),
    )
    expect(summarize(points)).toEqual([
      'duplicate_key leverage',
      'unknown_key nonsense',
      'duplicate_key risk.attempts',
    ])
    expect(points[0]).toMatchObject({ line: 5, column: 1 })
    expect(points[0]?.message).toContain('first in line 2')
  })

  it.each([
    ['a: [1', 1],
    ['a: 1\n\tb: 2', 2],
    ['a: "x', 1],
    ['a: *none', 1],
    ['a: !secret x', 1],
    ['a: 1\n---\nb: 2', 2],
    ['a: b: c', 1],
    ['a: @x', 1],
    ['a: 1\n  b: 2', 1],
  ])('says where %j is wrong', async (text, line) => {
    const point = (await pointsOf(text)).find(({ code }) => code === 'yaml_syntax')
    expect(point?.line).toBe(line)
    expect(point?.message).not.toContain('not valid YAML')
  })

  it('never quotes the text around a mistake', async () => {
    const points = await pointsOf('password: "hunter2-secret\napi: hunter2-secret: x')
    expect(JSON.stringify(points)).not.toContain('hunter2')
  })

  it('refuses alias bombs, aliases of themselves and bottomless nesting', async () => {
    for (const text of [
      aliasBomb(9),
      'a: &a [*a]',
      '['.repeat(200) + ']'.repeat(200),
      '['.repeat(100_000),
    ]) {
      const points = await pointsOf(text)
      expect(['too_large', 'yaml_syntax']).toContain(points[0]?.code)
    }
    expect((await pointsOf(aliasBomb(9)))[0]?.code).toBe('too_large')
  })

  it('takes harmless aliases and names such as __proto__ for what they are', async () => {
    const tree = parseYamlTree('a: &x { n: 1 }\nb: *x\n__proto__: { polluted: 1 }')
    expect(valueAt(tree.value, ['b', 'n'])).toEqual(valueAt(tree.value, ['a', 'n']))
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(summarize(await pointsOf(validConfig('__proto__: { a: 1 }')))).toEqual([
      'unknown_key __proto__',
    ])
  })

  it('refuses keys that are not words', () => {
    expect(parseYamlTree('? [a, b]\n: c').findings[0]?.code).toBe('bad_key')
  })
})
