/**
 * YAML text to plain values, with the place of every key and value. Numbers keep their source text. Duplicate keys,
 * unknown tags, several documents, too many nodes (alias bombs) and too deep nesting are findings.
 * @module
 */

import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import type { Alias, Document, Node, Pair, YAMLMap } from 'yaml'
import { findTooDeep } from './yaml-depth.ts'
import { createYamlNumber, describeFound, isYamlNumber } from './yaml-number.ts'

/** Keys and list positions from the root. */
export type TreePath = readonly (string | number)[]

/** A place in the file, starting at 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A finding about the YAML itself. */
export interface YamlFinding extends Place {
  readonly code: string
  readonly path: TreePath
  readonly message: string
  readonly hint?: string
}

/** The file as plain values: objects without prototype, arrays, strings, booleans, null and `YamlNumber`. */
export interface YamlTree {
  readonly value: unknown
  /** Place of the key or value at a path; of the nearest parent when there is nothing. */
  locate(path: TreePath, target: 'key' | 'value'): Place
  readonly findings: readonly YamlFinding[]
  /** False when the text is not YAML and nothing more can be said about it. */
  readonly isReadable: boolean
}

/** A real file has some hundred nodes; what goes beyond is an alias bomb or not a configuration. */
const MOST_NODES = 50_000
const DEEPEST = 32

interface Walk {
  readonly targets: AliasTargets
  readonly placeAt: (offset: number) => Place
  readonly keys: Map<string, Place>
  readonly values: Map<string, Place>
  readonly findings: YamlFinding[]
  nodes: number
  isOverLimit: boolean
}

/** Reads YAML 1.2 (core schema, no merge keys). Never throws on bad text. */
export function parseYamlTree(text: string): YamlTree {
  const lines = new LineCounter()
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const tooDeep = findTooDeep(text, lines)
  if (tooDeep !== undefined) return unreadable([{ ...placeAt(tooDeep), ...tooMuch([]) }])
  let document: Document.Parsed
  try {
    document = parseDocument(text, {
      // Pretty errors quote the source lines, and with them the secrets.
      prettyErrors: false,
      // Repeated keys are found below, where their path is known.
      uniqueKeys: false,
    })
  } catch {
    return unreadable([{ ...placeAt(0), ...tooMuch([]) }])
  }
  const findings = syntaxFindings(document, placeAt)
  if (findings.length > 0) return unreadable(findings)
  const walk: Walk = {
    targets: aliasTargets(document),
    placeAt,
    keys: new Map(),
    values: new Map(),
    findings,
    nodes: 0,
    isOverLimit: false,
  }
  const value = document.contents === null ? null : toPlain(walk, document.contents, [])
  if (walk.isOverLimit) return unreadable(findings)
  return { value, locate: locator(walk), findings, isReadable: true }
}

function toPlain(walk: Walk, node: Node, path: TreePath): unknown {
  const place = placeOf(walk, node)
  if (isOverLimit(walk, path, place)) return null
  walk.values.set(JSON.stringify(path), place)
  if (isAlias(node)) return toPlainAlias(walk, node, path)
  if (isMap(node)) return toPlainMap(walk, node, path)
  if (isSeq(node)) {
    return node.items.map((item, index) => toPlain(walk, item as Node, [...path, index]))
  }
  return isScalar(node) ? toPlainScalar(node.value, node.source) : null
}

/** Once over the limit the rest of the walk does nothing; its result is not used. */
function isOverLimit(walk: Walk, path: TreePath, place: Place): boolean {
  walk.nodes += 1
  if (!walk.isOverLimit && (walk.nodes > MOST_NODES || path.length > DEEPEST)) {
    walk.findings.push({ ...place, ...tooMuch(path) })
    walk.isOverLimit = true
  }
  return walk.isOverLimit
}

function toPlainAlias(walk: Walk, node: Alias, path: TreePath): unknown {
  const place = placeOf(walk, node)
  const target = walk.targets.get(node)
  if (target === undefined) {
    walk.findings.push({ ...place, path, ...syntaxProblem('BAD_ALIAS') })
    return null
  }
  const value = toPlain(walk, target, path)
  // The place of an alias is where it is used, not where its anchor is.
  walk.values.set(JSON.stringify(path), place)
  return value
}

/** What every alias stands for; one whose anchor is not above it is missing. */
type AliasTargets = ReadonlyMap<Alias, Node>

/**
 * One walk for all of them: `Alias.resolve` walks through the whole document for each, which took 3.7 s for 8,000 of
 * them and would take an hour for as many as fit into a file.
 */
function aliasTargets(document: Document.Parsed): AliasTargets {
  const anchors = new Map<string, Node>()
  const targets = new Map<Alias, Node>()
  visit(document, {
    Node(_key, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source)
        if (target !== undefined) targets.set(node, target)
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return targets
}

function toPlainMap(walk: Walk, node: YAMLMap, path: TreePath): unknown {
  // Without a prototype a key such as `__proto__` is a key like any other.
  const result = Object.create(null) as Record<string, unknown>
  for (const pair of node.items as Pair<Node, Node | null>[]) {
    const place = placeOf(walk, pair.key)
    const key = isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : undefined
    if (key === undefined) {
      walk.findings.push({
        ...place,
        code: 'bad_key',
        path,
        message: 'a key must be a plain word',
        hint: 'write "key: value", one a line',
      })
      continue
    }
    const childPath = [...path, key]
    const first = walk.keys.get(JSON.stringify(childPath))
    if (Object.hasOwn(result, key)) {
      walk.findings.push({ ...place, ...duplicateKey(childPath, first) })
      continue
    }
    walk.keys.set(JSON.stringify(childPath), place)
    result[key] = childValue(walk, pair, childPath)
  }
  return result
}

function childValue(walk: Walk, pair: Pair<Node, Node | null>, path: TreePath): unknown {
  if (pair.value !== null) return toPlain(walk, pair.value, path)
  walk.values.set(JSON.stringify(path), placeOf(walk, pair.key))
  return null
}

function toPlainScalar(value: unknown, source: string | undefined): unknown {
  const isNumber = typeof value === 'number' || typeof value === 'bigint'
  return isNumber ? createYamlNumber(source ?? String(value)) : value
}

function placeOf(walk: Walk, node: Node): Place {
  return walk.placeAt(node.range?.[0] ?? 0)
}

function locator(walk: Walk): YamlTree['locate'] {
  return (path, target) => {
    const places = target === 'key' ? [walk.keys, walk.values] : [walk.values, walk.keys]
    for (let length = path.length; length > 0; length -= 1) {
      const name = JSON.stringify(path.slice(0, length))
      const place = places[0]?.get(name) ?? places[1]?.get(name)
      if (place !== undefined) return place
    }
    return { line: 1, column: 1 }
  }
}

function unreadable(findings: readonly YamlFinding[]): YamlTree {
  return {
    value: undefined,
    locate: () => ({ line: 1, column: 1 }),
    findings,
    isReadable: false,
  }
}

function tooMuch(path: TreePath): Omit<YamlFinding, keyof Place> {
  return {
    code: 'too_large',
    path: path.slice(0, 3),
    message: `the file is larger or deeper than a configuration can be (${MOST_NODES} values, ${DEEPEST} levels)`,
    hint: 'look for an alias (*name) that repeats itself many times',
  }
}

/** Our own sentences: those of the parser may quote the text around the mistake. */
const SYNTAX: Readonly<Record<string, string>> = {
  BAD_ALIAS:
    'an alias (*name) without its anchor (&name); put the text in quotes if it starts with *',
  BAD_DQ_ESCAPE: 'a backslash in double quotes that means nothing; use single quotes',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_SCALAR_START: 'a value may not start with this character (such as @, `, %); put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'two "key: value" on one line; put the text in quotes if it contains ": "',
  BLOCK_IN_FLOW: 'a block inside [...] or {...}',
  MISSING_CHAR: 'something is missing here: a space after ":", a closing quote or bracket',
  MULTILINE_IMPLICIT_KEY: 'a line without ":", or a text that runs over several lines',
  MULTIPLE_DOCS: 'a second document starts here (---); a configuration is one document',
  TAB_AS_INDENT: 'a tab is used for indentation; use spaces',
  TAG_RESOLVE_FAILED: 'an unknown tag (!name); remove it, or put the text in quotes',
  UNEXPECTED_TOKEN: 'something does not belong here',
}

function syntaxFindings(document: Document.Parsed, placeAt: Walk['placeAt']): YamlFinding[] {
  return [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    ...placeAt(pos[0]),
    path: [],
    ...syntaxProblem(code),
  }))
}

function syntaxProblem(code: string): Pick<YamlFinding, 'code' | 'message' | 'hint'> {
  return {
    code: 'yaml_syntax',
    message: SYNTAX[code] ?? `not valid YAML (${code})`,
    hint: 'compare the place with config.example.yaml; lists start with "- ", keys end with ": "',
  }
}

function duplicateKey(path: TreePath, first: Place | undefined): Omit<YamlFinding, keyof Place> {
  const where = first === undefined ? '' : `, first in line ${first.line}`
  return {
    code: 'duplicate_key',
    path,
    message: `this key is there twice${where}`,
    hint: 'remove one of the two lines',
  }
}

/** The value at a path, or `undefined`. */
export function valueAt(value: unknown, path: TreePath): unknown {
  let current = value
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = (current as Record<string | number, unknown>)[step]
  }
  return current
}

/** The text at a path, numbers as written; `undefined` for anything else. */
export function textAt(root: unknown, path: TreePath): string | undefined {
  const value = valueAt(root, path)
  if (isYamlNumber(value)) return value.source
  return typeof value === 'string' ? value : undefined
}

/** The list at a path, empty for anything else. */
export function listAt(root: unknown, path: TreePath): readonly unknown[] {
  const value = valueAt(root, path)
  return Array.isArray(value) ? value : []
}

/** A path as people write it, for example `api_credentials[2].proxy`. */
export function renderPath(path: TreePath): string {
  const parts = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${showKey(step)}`))
  return parts.join('').replace(/^\./, '')
}

function showKey(key: string): string {
  return /^[\w-]{1,40}$/.test(key) ? key : `(${describeFound(key)})`
}
