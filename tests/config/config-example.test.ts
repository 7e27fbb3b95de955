import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { listOptionPaths } from '../../src/config/schema-options.ts'
import { parseYamlTree } from '../../src/config/yaml-tree.ts'
import { loadText, pointsOf, randomKey, summarize } from './config-fixture.ts'

const EXAMPLE = await readFile(new URL('../../config.example.yaml', import.meta.url), 'utf8')

const withKeys = (text: string): string => text.replace(/your_private_key_\d+/g, randomKey)

/** Options that are commented out: exactly one "# " in front of what would be a line of YAML. */
const OPTION_LINE = /^(\s*)# ( *(?:- )?\w+:(?: .*)?)$/

const UNCOMMENTED = EXAMPLE.split('\n')
  .map((line) => line.replace(OPTION_LINE, '$1$2'))
  .join('\n')

describe('the example file', () => {
  it('is refused only for its 20 placeholder keys', async () => {
    const expected = Array.from(
      { length: 20 },
      (_, index) => `placeholder_key api_credentials[${index}].api_key`,
    )
    expect(summarize(await pointsOf(EXAMPLE))).toEqual(expected)
  })

  it('loads with 20 keys, 3 proxies and no warning', async () => {
    const config = await loadText(withKeys(EXAMPLE))
    expect(config.warnings).toEqual([])
    expect(config.network).toBe('mainnet')
    const counts = config.proxyPool.map(
      ({ name }) => config.accounts.filter(({ egress }) => egress === name).length,
    )
    expect(counts).toEqual([7, 7, 6])
  })

  it('states the real defaults: without these sections the result is the same', async () => {
    const full = await loadText(withKeys(EXAMPLE))
    const kept = withKeys(EXAMPLE).replace(
      /^(?:risk|watch|log|hedge|proxies):\n(?:(?:  .*)?\n)+/gm,
      '',
    )
    expect(kept).not.toContain('\nrisk:')
    const bare = await loadText(kept)
    for (const part of ['riskPolicy', 'watch', 'log', 'hedge', 'proxies'] as const) {
      expect(bare[part]).toEqual(full[part])
    }
  })

  it('shows only values that are allowed, also where they are commented out', async () => {
    const points = await pointsOf(UNCOMMENTED)
    const wrong = points.filter(({ code }) =>
      ['wrong_value', 'bad_address', 'missing'].includes(code),
    )
    expect(wrong).toEqual([])
  })

  it('mentions every option in its place, commented out or not', () => {
    const found = new Set<string>()
    const tree = parseYamlTree(UNCOMMENTED)
    expect(tree.isReadable).toBe(true)
    const collect = (value: unknown, path: string): void => {
      if (Array.isArray(value)) for (const item of value) collect(item, `${path}[]`)
      else if (typeof value === 'object' && value !== null) {
        for (const [key, child] of Object.entries(value)) {
          const childPath = path === '' ? key : `${path}.${key}`
          found.add(childPath)
          collect(child, childPath)
        }
      }
    }
    collect(tree.value, '')
    expect(listOptionPaths().filter((option) => !found.has(option))).toEqual([])
  })
})
