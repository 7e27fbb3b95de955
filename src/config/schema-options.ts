import { configSchema } from './schema.ts'

/** The parts of a zod schema that say how it is built. */
interface SchemaNode {
  readonly def: {
    readonly type: string
    readonly shape?: Readonly<Record<string, SchemaNode>>
    readonly element?: SchemaNode
    readonly innerType?: SchemaNode
    readonly in?: SchemaNode
    readonly out?: SchemaNode
  }
}

/**
 * The path of every option of the file, sections included, for example `risk.max_hold` or `proxy_pool[].host`. It
 * serves the suggestions for mistyped keys and the check that the example file is complete.
 */
export function listOptionPaths(): readonly string[] {
  // Once: each unknown key of a file asks, and a file that is something else has 50,000 of them (measured: 14 s).
  optionPaths ??= pathsBelow(configSchema as unknown as SchemaNode, '')
  return optionPaths
}

let optionPaths: readonly string[] | undefined

/** The keys that are allowed in the mapping at a path such as `proxy_pool[]`; empty string for the root. */
export function listKeysAt(path: string): string[] {
  const prefix = path === '' ? '' : `${path}.`
  return listOptionPaths()
    .filter((option) => option.startsWith(prefix))
    .map((option) => option.slice(prefix.length))
    .filter((key) => /^\w+$/.test(key))
}

function pathsBelow(node: SchemaNode, path: string): string[] {
  const { def } = node
  if (def.shape !== undefined) {
    return Object.entries(def.shape).flatMap(([key, child]) => {
      const childPath = path === '' ? key : `${path}.${key}`
      return [childPath, ...pathsBelow(child, childPath)]
    })
  }
  if (def.element !== undefined) return pathsBelow(def.element, `${path}[]`)
  // Of a pipe the half that is not the transformation describes the values.
  const isTransformFirst = def.in?.def.type === 'transform'
  const inner = def.innerType ?? (isTransformFirst ? def.out : undefined)
  return inner === undefined ? [] : pathsBelow(inner, path)
}
