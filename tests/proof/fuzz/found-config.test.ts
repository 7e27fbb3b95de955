/** Inputs that the search has found in configuration, command line and files of the simulator; each was a bug. */
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/config/config-point.ts'
import { requireDurationMs } from '../../../src/config/duration.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { parseYamlTree } from '../../../src/config/yaml-tree.ts'
import { HedgebotError, messageOf } from '../../../src/errors.ts'
import { parseFault } from '../../../src/sim/faults/parse-fault.ts'
import { readCandles } from '../../../src/sim/market/read-candles.ts'
import { run } from '../../cli/cli-fixture.ts'
import {
  loadText,
  pointsOf,
  summarize,
  validConfig,
  accountEntry,
} from '../../config/config-fixture.ts'

/** CPU time in milliseconds: others may use the machine as well. */
async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

async function thrownBy(work: () => unknown): Promise<HedgebotError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof HedgebotError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('a configuration', () => {
  it.each([
    ['sequences', '- '.repeat(100_000)],
    ['keys', '? '.repeat(100_000)],
    ['lists', '['.repeat(50_000)],
    ['mappings', '{a: '.repeat(50_000)],
    ['mixed', '- ? '.repeat(40_000)],
    ['lists behind an alias', `a: &a 1\nb: *a\nc: ${'['.repeat(900)}${']'.repeat(900)}`],
  ])('of %s without an end does not end the process', (_name, text) => {
    const { findings, isReadable } = parseYamlTree(text)
    expect(isReadable).toBe(false)
    expect(findings[0]?.code).toBe('too_large')
  })

  it('of 40,000 aliases is read in a moment', async () => {
    const text = `a: &a 1\nb: [${'*a, '.repeat(40_000)}]`
    expect(await cpuMs(() => parseYamlTree(text))).toBeLessThan(5_000)
  })

  it('takes an alias for the last anchor of its name above it', () => {
    const { value } = parseYamlTree('a: &x { b: &y 1 }\nc: &y 2\nd: *x\ne: *y\nf: &x 3\ng: *x')
    expect(JSON.stringify(value)).toBe(
      '{"a":{"b":{"source":"1"}},"c":{"source":"2"},"d":{"b":{"source":"1"}},"e":{"source":"2"},"f":{"source":"3"},"g":{"source":"3"}}',
    )
    expect(parseYamlTree('a: *x\nb: &x 1').findings.map(({ code }) => code)).toEqual([
      'yaml_syntax',
    ])
  })

  it('of 20,000 mistakes names the first 200 and counts the others', async () => {
    const points = await pointsOf('a: @\n'.repeat(20_000))
    expect(points).toHaveLength(201)
    expect(points.at(-1)).toMatchObject({ code: 'too_many_problems', line: 201 })
    expect(points.at(-1)?.message).toContain('19800 more')
  })

  it('of 20,000 unknown keys is refused in a moment', async () => {
    const text = Array.from({ length: 20_000 }, (_, at) => `k${at}: ${at}`).join('\n')
    expect(await cpuMs(() => pointsOf(text))).toBeLessThan(5_000)
  })

  it.each([
    ['/dev/zero', 'config_unreadable'],
    ['/dev/null', 'config_invalid'],
  ])('from %s comes to an end', async (file, code) => {
    const error = await thrownBy(() => loadConfig({ file, env: {} }))
    expect([error.code, error.exit]).toEqual([code, 2])
  })

  it('with a secret from a device without an end is refused', async () => {
    const accounts = accountEntry(1, { api_key: 'file:/dev/zero' }) + accountEntry(2)
    const text = validConfig('', accounts)
    const error = await thrownBy(() => loadText(text, { insecurePermissions: true }))
    expect(error).toBeInstanceOf(ConfigError)
    expect(summarize((error as ConfigError).points)).toContain(
      'secret_unavailable api_credentials[0].api_key',
    )
  })
})

describe('a command line', () => {
  it('with a secret behind an option that there is not does not show it', async () => {
    for (const line of [
      'open --all --api-key=hunter2',
      'open --acounts=hunter2',
      '--password=hunter2=x open',
    ]) {
      const { exit, stdout, stderr } = await run(line)
      expect([exit, `${stdout}${stderr}`.includes('hunter2')]).toEqual([2, false])
      expect(stderr).toMatch(/error: unknown option '--[\w-]+'/)
    }
    expect((await run('open --acounts=a')).stderr).toContain('hint: Did you mean --accounts?')
  })

  it('of 60,000 characters is told in a line that can be read', async () => {
    const { exit, stderr } = await run(`open --${'x'.repeat(60_000)}`)
    expect([exit, stderr.length < 2_000]).toEqual([2, true])
  })

  it('with a key in the place of a duration says how long it is', () => {
    const key = 'ab'.repeat(40)
    expect(() => requireDurationMs('timeout', key)).toThrow('a text of 80 characters')
  })
})

describe('files and texts of the simulator', () => {
  const DIGITS = '9'.repeat(400)

  it.each([
    `delay:${DIGITS}`,
    `clock-skew:-${DIGITS}`,
    `thin-book:${DIGITS}`,
    `drain:${DIGITS}`,
    `silent@at=${DIGITS}`,
    `silent@for=${DIGITS}h`,
    'clock-skew:1000000000000000000000000',
    `silent:${'x'.repeat(100_000)}`,
  ])('refuse the fault %s', async (text) => {
    const error = await thrownBy(() => parseFault(text))
    expect([error.kind, error.code]).toEqual(['usage', 'fault_syntax'])
    expect(error.message.length).toBeLessThan(500)
  })

  it.each([
    `${DIGITS},1,1,1,1`,
    '99999999999999999999999,1,1,1,1',
    `1760000000,${DIGITS},1,1,1`,
    `${'x'.repeat(100_000)},1,1,1,1`,
  ])('refuse a candle of %s', async (line) => {
    const error = await thrownBy(() =>
      readCandles(`time,open,high,low,close\n${line}`, { priceDecimals: 1 }),
    )
    expect([error.kind, error.code]).toEqual(['usage', 'candles_invalid'])
    expect(messageOf(error).length).toBeLessThan(300)
  })
})
