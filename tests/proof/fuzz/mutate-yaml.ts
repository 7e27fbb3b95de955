import type { Draw } from './draw.ts'
import { hugeText, junkText } from './junk.ts'
import { mutateLines } from './mutate-lines.ts'

/** What YAML has that a configuration has not. */
const ODD_LINES: readonly string[] = [
  'a: &a [*a]',
  'x: &x { y: 1 }',
  'risk: *nowhere',
  '<<: *first',
  '<<: { leverage: 5 }',
  'leverage: !!js/function "function () { return 1 }"',
  'leverage: !!python/object/apply:os.system [id]',
  'position_size: !!binary aGk=',
  'leverage: !!int "10"',
  'leverage: !!float 10',
  'trading_pair: !!set { BTC }',
  '%YAML 1.1',
  '%TAG ! tag:example.com,2000:',
  '---',
  '...',
  '? [a, b]\n: c',
  '? leverage',
  '__proto__: { leverage: 5 }',
  'constructor: { prototype: {} }',
  'leverage: 10',
  'LEVERAGE: 10',
  'leverrage: 10',
  'risk:\n\ttabs: 1',
  'risk: |\n  text',
  'risk: >-\n  text',
  'log: { level: debug, keep_days: 3 }',
  '"leverage": 7',
  'state_dir: "../../.."',
  'exchange: { sim_url: "http://evil.example/", rest_url: "file:///etc/passwd" }',
  'exchange: { sim_url: "http://127.0.0.1@evil.example/" }',
]

const ODD_VALUES: readonly string[] = [
  '.inf',
  '-.inf',
  '.nan',
  '0x10',
  '0o17',
  '017',
  '1_000',
  '1e3',
  '1e999999999',
  '-0',
  '+5',
  '.5',
  '5.',
  '10 # comment',
  '1,5',
  '9'.repeat(400),
  `0.${'0'.repeat(300)}1`,
  'yes',
  'no',
  'on',
  'off',
  'null',
  '~',
  'true',
  '[]',
  '{}',
  '[1, 2]',
  '{ a: 1 }',
  '""',
  "''",
  '*first',
  '&b 5',
  '!!str 5',
  '2026-11-01',
  '12:30:45',
  '@at',
  '`tick',
  '%percent',
  '"\\x41\\u0000"',
  '"unclosed',
]

type Change = (draw: Draw, text: string) => string

/** Breaks a configuration in one to three ways. */
export function mutateYaml(draw: Draw, text: string): string {
  let result = text
  for (let count = draw.pick([1, 1, 1, 2, 3]); count > 0; count -= 1)
    result = draw.pick(CHANGES)(draw, result)
  return result
}

const CHANGES: readonly Change[] = [
  withLines((draw, lines) => void lines.splice(draw.int(0, lines.length), 0, draw.pick(ODD_LINES))),
  withLines((draw, lines) => void lines.splice(draw.int(0, lines.length), 0, draw.pick(ODD_LINES))),
  withLines((draw, lines) => changeValue(draw, lines, draw.pick(ODD_VALUES))),
  withLines((draw, lines) => changeValue(draw, lines, draw.pick(ODD_VALUES))),
  withLines((draw, lines) => changeValue(draw, lines, junkText(draw))),
  withLines((draw, lines) => changeValue(draw, lines, deepValue(draw))),
  (draw, text) => text + bomb(draw),
  (draw, text) => mutateLines(draw, text, 1),
  (draw, text) => mutateLines(draw, text, 1),
  (draw, text) => mutateLines(draw, text, 1),
  withLines((draw, lines) => {
    const at = draw.int(0, lines.length - 1)
    lines[at] = (lines[at] ?? '').replace(
      /^(\s*(?:- )?)(\w+):/,
      (_all, space: string, key: string) => `${space}${slip(draw, key)}:`,
    )
  }),
]

function withLines(change: (draw: Draw, lines: string[]) => void): Change {
  return (draw, text) => {
    const lines = text.split('\n')
    change(draw, lines)
    return lines.join('\n')
  }
}

/** Of a line that holds no secret: a key in the place of a number is whose who put it there. */
function changeValue(draw: Draw, lines: string[], value: string): void {
  const at = draw.int(0, lines.length - 1)
  lines[at] = (lines[at] ?? '').replace(
    /^(\s*(?:- )?\w+:).*$/,
    `$1 ${value.replaceAll('$', '$$$$')}`,
  )
}

function slip(draw: Draw, key: string): string {
  const at = draw.int(0, key.length)
  return draw.pick([
    key.toUpperCase(),
    `${key}s`,
    key.slice(1),
    `${key.slice(0, at)}x${key.slice(at)}`,
    junkText(draw).replaceAll(/[\n:]/g, ''),
  ])
}

function deepValue(draw: Draw): string {
  const depth = draw.pick([5, 33, 99, 150, 2_000])
  return draw.pick([
    `${'['.repeat(depth)}1${']'.repeat(depth)}`,
    `${'{a: '.repeat(depth)}1${'}'.repeat(depth)}`,
    '['.repeat(depth),
    `\n${'- '.repeat(depth)}a`,
    `\n  ${'? '.repeat(depth)}a`,
  ])
}

/** Small files that become large or slow. */
function bomb(draw: Draw): string {
  const count = draw.pick([10, 10, 10, 100, 100, 300, 3_000])
  return draw.pick([
    `\nz0: &z0 [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 9 }, (_, at) => `z${at + 1}: &z${at + 1} [${`*z${at}, `.repeat(9)}]`).join('\n')}\n`,
    `\nq: &q 1\nr: [${'*q, '.repeat(count)}]\n`,
    `\n${Array.from({ length: count }, (_, at) => `k${at}: ${at}`).join('\n')}\n`,
    `\n${'a: @\n'.repeat(count)}`,
    `\n[${'!t x, '.repeat(count)}]\n`,
    `\n[${'&a '.repeat(count)}]\n`,
    `\nline: "${hugeText(draw, count * 30).replaceAll(/["\\]/g, '')}"\n`,
    `\n${' '.repeat(count)}x: 1\n`,
    `\n# ${hugeText(draw, count * 10)}\n`,
    '\n---\na: 1\n'.repeat(Math.min(count, 300)),
  ])
}
