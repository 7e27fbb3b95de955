/** Compares payloads with reduced official schemas and with example payloads: keys, their order, and types. */

/** A type of the reduced schema: a name, a list, or a reference to another schema. */
export type SchemaType = string | { readonly list: SchemaType } | { readonly ref: string }

export interface Schema {
  readonly required: readonly string[]
  readonly properties: Readonly<Record<string, SchemaType>>
}

export type Schemas = Readonly<Record<string, Schema>>

/** What breaks the schema, as `path: what`. */
export function schemaProblems(schemas: Schemas, name: string, value: unknown): string[] {
  return typeProblems(schemas, { ref: name }, { value, path: name })
}

interface At {
  readonly value: unknown
  readonly path: string
}

function typeProblems(schemas: Schemas, type: SchemaType, { value, path }: At): string[] {
  if (value === null) return [`${path}: null`]
  if (typeof type === 'string') {
    return isOfType(type, value) ? [] : [`${path}: ${typeof value}, not ${type}`]
  }
  if ('list' in type) return listProblems(schemas, type.list, { value, path })
  const schema = schemas[type.ref]
  if (schema === undefined) return isObject(value) ? [] : [`${path}: no object`]
  if (!isObject(value)) return [`${path}: ${typeof value}, not an object`]
  const missing = schema.required
    .filter((key) => !(key in value))
    .map((key) => `${path}.${key}: missing`)
  const wrong = Object.entries(schema.properties).flatMap(([key, inner]) =>
    key in value ? typeProblems(schemas, inner, { value: value[key], path: `${path}.${key}` }) : [],
  )
  return [...missing, ...wrong]
}

/** Streams carry lists as maps by market id (PROTOCOL.md section 8.3): both are taken. */
function listProblems(schemas: Schemas, type: SchemaType, { value, path }: At): string[] {
  const items = Array.isArray(value)
    ? value
    : isObject(value)
      ? Object.values(value).flat()
      : undefined
  if (items === undefined) return [`${path}: no list`]
  return items.flatMap((item) => typeProblems(schemas, type, { value: item, path: `${path}[]` }))
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'any') return true
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'object') return isObject(value)
  return typeof value === type
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where `value` differs from `example` in keys, order of keys or types; values are not compared. */
export function exampleProblems(example: unknown, value: unknown, path: string): string[] {
  if (Array.isArray(example) && Array.isArray(value)) {
    return value.flatMap((item) =>
      example.length === 0 ? [] : exampleProblems(example[0], item, `${path}[]`),
    )
  }
  if (isObject(example) && isObject(value)) return objectProblems(example, value, path)
  const [wanted, found] = [kindOf(example), kindOf(value)]
  return wanted === found ? [] : [`${path}: ${found}, not ${wanted}`]
}

function objectProblems(
  example: Record<string, unknown>,
  value: Record<string, unknown>,
  path: string,
): string[] {
  if (isMarketMap(example)) {
    const [first] = Object.values(example)
    return Object.values(value).flatMap((item) => exampleProblems(first, item, `${path}{}`))
  }
  const wanted = Object.keys(example)
  const found = Object.keys(value)
  const sharedWanted = wanted.filter((key) => key in value)
  const sharedFound = found.filter((key) => key in example)
  return [
    ...wanted.filter((key) => !(key in value)).map((key) => `${path}.${key}: missing`),
    ...found.filter((key) => !(key in example)).map((key) => `${path}.${key}: extra`),
    ...(sharedWanted.join() === sharedFound.join() ? [] : [`${path}: order ${sharedFound.join()}`]),
    ...sharedFound.flatMap((key) => exampleProblems(example[key], value[key], `${path}.${key}`)),
  ]
}

function isMarketMap(example: Record<string, unknown>): boolean {
  const keys = Object.keys(example)
  return keys.length > 0 && keys.every((key) => /^\d+$/.test(key))
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value
}
