/** A JSON value as the exchange writes it: integers beyond 2^53 are bigints, absent members are left out. */
export type WireValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly WireValue[]
  | { readonly [key: string]: WireValue | undefined }

export interface WireObject {
  readonly [key: string]: WireValue | undefined
}

/** Writes JSON without white space, members in their order, bigints as plain decimals. */
export function toWireJson(value: WireValue): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null) return 'null'
  if (typeof value !== 'object') return String(value)
  return isList(value) ? writeList(value) : writeObject(value)
}

function isList(value: object): value is readonly WireValue[] {
  return Array.isArray(value)
}

function writeList(items: readonly WireValue[]): string {
  let text = '['
  for (const item of items) text += text === '[' ? toWireJson(item) : `,${toWireJson(item)}`
  return `${text}]`
}

function writeObject(value: WireObject): string {
  let text = '{'
  for (const key in value) {
    const member = value[key]
    if (member === undefined) continue
    text += `${text === '{' ? '' : ','}"${key}":${toWireJson(member)}`
  }
  return `${text}}`
}
