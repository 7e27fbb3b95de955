/**
 * JSON that cannot be taken for a true answer: unlike a mutated one it never tells a plausible lie. No row disappears from
 * a list, no list becomes empty, no number becomes another small one.
 * @module
 */
import type { Draw } from './draw.ts'
import { hugeText, junkText } from './junk.ts'

/** What stands there instead of a member. */
const SCALARS: readonly string[] = [
  'null',
  'true',
  '"text"',
  '""',
  '"NaN"',
  '"Infinity"',
  '"-Infinity"',
  '1e400',
  '-1e400',
  '{"a":1}',
  '"0x10"',
  '"1,5"',
  '"--1"',
  '[[[[[]]]]]',
]

const PAGES: readonly string[] = [
  '',
  '\0',
  '<html><head><title>502 Bad Gateway</title></head></html>',
  'null',
  'true',
  '"text"',
  '7',
  '{',
  '{"code":',
  'Service Unavailable',
]

/** A place that a member's name leads to: not a row of a list or of a map by market. */
interface Place {
  readonly parent: Record<string, unknown>
  readonly key: string
}

/** Garbles a text; one that is no object is cut or replaced. */
export function garbleJson(draw: Draw, good: string): string {
  if (draw.chance(0.3)) return garbleWhole(draw, good)
  let root: unknown
  try {
    root = JSON.parse(good)
  } catch {
    return garbleWhole(draw, good)
  }
  const places = placesIn(root)
  if (places.length === 0) return garbleWhole(draw, good)
  const marks = new Map<string, string>()
  for (let count = draw.pick([1, 1, 2, 6]); count > 0; count -= 1) {
    const { parent, key } = draw.pick(places)
    const kind = draw.int(0, 9)
    if (kind < 3) Reflect.deleteProperty(parent, key)
    else if (kind === 3)
      parent[key] = mark(marks, `${'[{"a":'.repeat(3_000)}1${'}]'.repeat(3_000)}`)
    else if (kind === 4) parent[key] = `${hugeText(draw, 3_000)}x`
    else if (kind === 5) parent[key] = `x${junkText(draw)}`
    else parent[key] = mark(marks, draw.pick(SCALARS))
  }
  return write(root, marks)
}

/** A text of its own is written where the mark stands. */
function mark(marks: Map<string, string>, text: string): string {
  const name = `@@${marks.size}@@`
  marks.set(name, text)
  return name
}

function write(root: unknown, marks: ReadonlyMap<string, string>): string {
  let text = JSON.stringify(root)
  for (const [name, raw] of marks) text = text.replace(`"${name}"`, () => raw)
  return text
}

function garbleWhole(draw: Draw, good: string): string {
  const kind = draw.int(0, 4)
  if (kind === 0) return good.slice(0, draw.int(0, Math.max(0, good.length - 1)))
  if (kind === 1) return `${good}}`
  if (kind === 2) return hugeText(draw, 20_000)
  if (kind === 3) return `[${good}]`
  return draw.pick(PAGES)
}

function placesIn(root: unknown): readonly Place[] {
  const places: Place[] = []
  const waiting: unknown[] = [root]
  for (
    let node = waiting.pop();
    node !== undefined && places.length < 2_000;
    node = waiting.pop()
  ) {
    if (typeof node !== 'object' || node === null) continue
    for (const [key, child] of Object.entries(node)) {
      waiting.push(child)
      const isNamed = !Array.isArray(node) && !/^\d+$/.test(key)
      if (isNamed) places.push({ parent: node as Record<string, unknown>, key })
    }
  }
  return places
}
