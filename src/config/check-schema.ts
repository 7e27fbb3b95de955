/**
 * Runs the schema over the tree and turns what zod says into findings that a trader understands.
 * @module
 */

import type { core } from 'zod'
import type { Findings } from './findings.ts'
import { configSchema } from './schema.ts'
import type { CheckedConfig } from './schema.ts'
import { listKeysAt, listOptionPaths } from './schema-options.ts'
import { suggest } from './suggest.ts'
import { describeFound, shorten } from './yaml-number.ts'
import { valueAt } from './yaml-tree.ts'
import type { TreePath, YamlTree } from './yaml-tree.ts'

/** The values with their defaults, or `undefined` after at least one finding. */
export function checkSchema(tree: YamlTree, findings: Findings): CheckedConfig | undefined {
  const root = tree.value ?? {}
  const result = configSchema.safeParse(root)
  if (result.success) return result.data
  for (const issue of result.error.issues) reportIssue(issue, root, findings)
  return undefined
}

function reportIssue(issue: core.$ZodIssue, root: unknown, findings: Findings): void {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      const value = valueAt(root, [...path, key])
      reportUnknownKey(path, { key, isLone: value === null }, findings)
    }
    return
  }
  const found = valueAt(root, path)
  if (issue.code === 'custom') {
    const { code, hint } = (issue.params ?? {}) as { code?: string; hint?: string }
    findings.error(path, { code: code ?? 'wrong_value', message: issue.message, hint })
    return
  }
  if (found === undefined) {
    findings.error(path, { code: 'missing', message: `is missing, ${issue.message}` })
    return
  }
  const isMapping = issue.code === 'invalid_type' && issue.expected === 'object'
  const message = isMapping ? 'expected a mapping (key: value)' : issue.message
  findings.error(path, {
    code: 'wrong_value',
    message: `found ${describeFound(found)}, ${message}`,
  })
}

function reportUnknownKey(
  path: TreePath,
  { key, isLone }: { readonly key: string; readonly isLone: boolean },
  findings: Findings,
): void {
  const place = templateOf(path)
  const allowed = listKeysAt(place)
  // A file that is something else has thousands; nobody looks at what each of them may have meant.
  const hint = findings.points.length < 1_000 ? hintFor(key, allowed) : undefined
  // A word alone, as in { name: p1, hunter2 }, may be a value whose key was left out.
  const isNamed = !isLone || hint !== undefined
  findings.error(isNamed ? [...path, key] : path, {
    code: 'unknown_key',
    message: `${isNamed ? `unknown key ${shorten(key, '"')}` : 'a word without a key or a value'}, allowed here: ${allowed.join(', ')}`,
    hint,
    target: 'key',
  })
}

/** A key of this place that is spelled alike comes first, then the same key at another place. */
function hintFor(key: string, allowed: readonly string[]): string | undefined {
  if (key === '<<') return 'merge keys are not supported: write the options out'
  const meant = suggest(key, allowed)
  if (meant !== undefined) return `did you mean ${meant}?`
  const elsewhere = listOptionPaths().find((option) => option.split('.').at(-1) === key)
  return elsewhere === undefined ? undefined : `did you mean ${elsewhere}?`
}

function templateOf(path: TreePath): string {
  const parts = path.map((step) => (typeof step === 'number' ? '[]' : `.${step}`))
  return parts.join('').replace(/^\./, '')
}
