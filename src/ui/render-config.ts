import type { RenderStyle } from './render-style.ts'
import { cleanText, wrapText } from './text-width.ts'

/** A plain value as `showConfig` gives it; secrets are masked there already. */
export type ShownTree =
  string | number | boolean | null | readonly ShownTree[] | { readonly [key: string]: ShownTree }

/** A tree of keys and values, indented like the file; `-` is an option that is not set. */
export function renderConfig(tree: ShownTree, style: RenderStyle): string {
  return treeLines(tree, '', style).join('\n')
}

function treeLines(value: ShownTree, indent: string, style: RenderStyle): readonly string[] {
  if (isList(value)) {
    return value.flatMap((item) => {
      const [first = '', ...rest] = treeLines(item, `${indent}  `, style)
      return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest]
    })
  }
  if (isTree(value)) {
    return Object.entries(value).flatMap(([key, item]) => entryLines([key, item], indent, style))
  }
  return wrapText(`${indent}${scalarText(value)}`, style.columns, `${indent}  `)
}

function entryLines(
  [key, item]: readonly [string, ShownTree],
  indent: string,
  style: RenderStyle,
): readonly string[] {
  if (isEmpty(item)) return [`${indent}${key}: -`]
  if (isList(item) || isTree(item)) {
    return [`${indent}${key}:`, ...treeLines(item, `${indent}  `, style)]
  }
  return wrapText(`${indent}${key}: ${scalarText(item)}`, style.columns, `${indent}  `)
}

function isList(value: ShownTree): value is readonly ShownTree[] {
  return Array.isArray(value)
}

function isTree(value: ShownTree): value is { readonly [key: string]: ShownTree } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty(value: ShownTree): boolean {
  return value === null || (isList(value) && value.length === 0)
}

function scalarText(value: string | number | boolean | null): string {
  return value === null ? '-' : cleanText(String(value))
}
