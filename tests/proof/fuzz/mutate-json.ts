/**
 * JSON that is almost right: a good text with one to three members removed, nulled, doubled, of another type, too large,
 * too deep, or the text itself cut, replaced or wrapped. Numbers go out as they are written here, so that what a double
 * cannot hold is in the text as well.
 * @module
 */
import type { Draw } from './draw.ts'
import { hugeText, junkText } from './junk.ts'

/** A text that stands in JSON as it is. */
class Raw {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A mutated text with what was done to it. */
export interface MutatedJson {
  readonly text: string
  readonly changes: readonly string[]
}

type Path = readonly (string | number)[]

/** Mutates a JSON text; one that is none is mutated as text. */
export function mutateJson(draw: Draw, good: string): MutatedJson {
  let root: unknown
  try {
    root = JSON.parse(good)
  } catch {
    return mutateWhole(draw, good)
  }
  if (draw.chance(0.12)) return mutateWhole(draw, good)
  const changes: string[] = []
  for (let count = draw.int(1, draw.pick([1, 1, 1, 3])); count > 0; count -= 1) {
    const path = draw.pick(pathsOf(root))
    const [name, change] = draw.pick(CHANGES)
    root = changeAt(root, path, (node) => change(draw, node))
    changes.push(`${name} at ${path.join('.') || '(root)'}`)
  }
  const text = write(root)
  return draw.chance(0.03) ? { ...mutateWhole(draw, text), changes } : { text, changes }
}

type Change = (draw: Draw, node: unknown) => unknown

/** Marks a member that is to disappear. */
const GONE = Symbol('gone')

const CHANGES: readonly (readonly [string, Change])[] = [
  ['removed', () => GONE],
  ['removed', () => GONE],
  ['null', () => null],
  ['junk text', (draw) => junkText(draw)],
  ['junk number', (draw) => new Raw(junkNumber(draw))],
  ['junk number as text', (draw) => junkNumber(draw)],
  ['another type', (draw, node) => otherType(draw, node)],
  [
    'as text',
    (_draw, node) => (typeof node === 'string' ? new Raw(safeNumber(node)) : write(node)),
  ],
  ['negative', (_draw, node) => negative(node)],
  ['flag', (draw) => draw.chance(0.5)],
  ['deep', (draw, node) => deep(draw, node)],
  ['twice', (draw, node) => new Twice(node, draw.chance(0.5) ? null : junkText(draw))],
  ['in a list', (_draw, node) => [node]],
  ['in a map', (_draw, node) => ({ 0: node })],
  ['list of many', (draw, node) => many(draw, node)],
  ['huge text', (draw) => hugeText(draw, draw.pick([200, 5_000, 100_000]))],
  ['odd member', (draw, node) => withOddMember(draw, node)],
  ['inside', (draw, node) => inside(draw, node)],
]

/** JSON within a text of JSON is read as well. */
function inside(draw: Draw, node: unknown): unknown {
  return typeof node === 'string' && node.startsWith('{')
    ? mutateJson(draw, node).text
    : write(node)
}

/** A member that is written twice under one name. */
class Twice {
  readonly first: unknown
  readonly second: unknown

  constructor(node: unknown, other: unknown) {
    this.first = other
    this.second = node
  }
}

function junkNumber(draw: Draw): string {
  return draw.pick([
    'NaN',
    'Infinity',
    '-Infinity',
    '1e400',
    '-1e400',
    '1e-400',
    '1E5',
    '-0',
    '0.1',
    '00',
    '9'.repeat(30),
    `-${'9'.repeat(30)}`,
    '1' + '0'.repeat(1_000),
    '9007199254740993',
    '-1',
    '4294967296',
    '1e99',
    '1.5',
    '0x10',
    '+5',
    '.5',
    `${draw.int(-10, 10)}`,
  ])
}

function safeNumber(text: string): string {
  return /^-?\d+(\.\d+)?$/.test(text) ? text.replace(/^(-?)0+(?=\d)/, '$1') : '0'
}

function otherType(draw: Draw, node: unknown): unknown {
  const others = ['text', 7, true, null, [], {}, [null], { a: 1 }, '7', '']
  const different = others.filter((other) => typeof other !== typeof node)
  return draw.pick(different)
}

function negative(node: unknown): unknown {
  if (typeof node === 'number') return -node - 1
  return typeof node === 'string' ? `-${node}` : -1
}

function deep(draw: Draw, node: unknown): unknown {
  const depth = draw.pick([3, 40, 3_000, 20_000])
  const [left, right] = draw.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const)
  return new Raw(`${left.repeat(depth)}${write(node)}${right.repeat(depth)}`)
}

function many(draw: Draw, node: unknown): unknown {
  const one = Array.isArray(node) ? (node[0] as unknown) : node
  const count = draw.pick([2, 50, 50, 3_000])
  const text = write(one === undefined ? null : one)
  const affordable = Math.max(2, Math.min(count, Math.floor(400_000 / Math.max(1, text.length))))
  return new Raw(`[${Array.from({ length: affordable }, () => text).join(',')}]`)
}

function withOddMember(draw: Draw, node: unknown): unknown {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return node
  const names = [
    '__proto__',
    'constructor',
    'toString',
    'id',
    'code',
    'error',
    'type',
    'hasOwnProperty',
  ]
  const odd = new Raw(
    draw.pick(['1', '"x"', '{"code":200}', 'null', '[]', '{"__proto__":{"code":200}}']),
  )
  return Object.defineProperty({ ...node }, draw.pick(names), { value: odd, enumerable: true })
}

/** Every place of a tree, the root's too; of a long list only its beginning. */
function pathsOf(root: unknown): readonly Path[] {
  const paths: Path[] = []
  const waiting: { node: unknown; path: Path }[] = [{ node: root, path: [] }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, path } = next
    if (paths.length > 4_000) break
    paths.push(path)
    if (Array.isArray(node)) {
      for (const [at, child] of node.slice(0, 8).entries())
        waiting.push({ node: child, path: [...path, at] })
    } else if (typeof node === 'object' && node !== null && !isSpecial(node)) {
      for (const [key, child] of Object.entries(node))
        waiting.push({ node: child, path: [...path, key] })
    }
  }
  return paths
}

function isSpecial(node: unknown): boolean {
  return node instanceof Raw || node instanceof Twice
}

function changeAt(node: unknown, path: Path, change: (node: unknown) => unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return change(node)
  if (typeof node !== 'object' || node === null || isSpecial(node)) return node
  if (Array.isArray(node)) {
    const children = node.map((child: unknown, at) =>
      at === step ? changeAt(child, rest, change) : child,
    )
    return children.filter((child) => child !== GONE)
  }
  const entries = Object.entries(node).map(([key, child]) => [
    key,
    key === step ? changeAt(child, rest, change) : (child as unknown),
  ])
  return Object.fromEntries(entries.filter(([, child]) => child !== GONE))
}

function write(node: unknown): string {
  if (node === GONE) return ''
  if (node instanceof Raw) return node.text
  if (node instanceof Twice) return write(node.second)
  if (Array.isArray(node)) return `[${node.map(write).join(',')}]`
  if (typeof node !== 'object' || node === null) return JSON.stringify(node) ?? 'null'
  const members = Object.entries(node).flatMap(([key, child]) => {
    const name = JSON.stringify(key)
    if (!(child instanceof Twice)) return [`${name}:${write(child)}`]
    return [`${name}:${write(child.first)}`, `${name}:${write(child.second)}`]
  })
  return `{${members.join(',')}}`
}

const PAGES: readonly string[] = [
  '',
  ' ',
  '\0',
  '<html><head><title>502 Bad Gateway</title></head></html>',
  '<!DOCTYPE html><html>blocked</html>',
  'null',
  'true',
  '0',
  '"text"',
  '[]',
  '{}',
  '[{}]',
  'undefined',
  'NaN',
  '\uFEFF{}',
  '{"code":200}',
  '{"code":0}',
  '{"code":"200"}',
  '{"code":21104,"message":"invalid nonce"}',
  '{"code":29500,"message":"internal server error"}',
  '{"code":29501,"message":"process timeout"}',
  '{"code":99999,"message":"?"}',
  '{"code":-1,"message":null}',
]

function mutateWhole(draw: Draw, good: string): MutatedJson {
  const kind = draw.int(0, 6)
  if (kind === 0) return { text: good.slice(0, draw.int(0, good.length)), changes: ['cut'] }
  if (kind === 1)
    return { text: `${good}${draw.pick(['}', ']', ',', good, '\0', 'x'])}`, changes: ['longer'] }
  if (kind === 2) {
    const at = draw.int(0, Math.max(0, good.length - 1))
    const changed = `${good.slice(0, at)}${junkText(draw)}${good.slice(at + draw.int(0, 4))}`
    return { text: changed, changes: [`junk at ${at}`] }
  }
  if (kind === 3) {
    const bytes = Buffer.from(good)
    if (bytes.length > 0) bytes[draw.int(0, bytes.length - 1)] = draw.int(128, 255)
    return { text: bytes.toString(), changes: ['invalid UTF-8'] }
  }
  if (kind === 4)
    return { text: hugeText(draw, draw.pick([1_000, 50_000, 500_000])), changes: ['huge'] }
  return { text: draw.pick(PAGES), changes: ['another page'] }
}
