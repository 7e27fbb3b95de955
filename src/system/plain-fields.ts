/**
 * Fields of a log line as plain data of a bounded size. Only what is known to be data is looked into: an error of a
 * foreign package, a socket or an agent carries requests, passwords and half of the program as properties.
 * @module
 */
import type { LogFields } from '../ports.ts'
import { isSecretName } from './secret-names.ts'

const MASK = '***'
const DEEPEST = 5
const LONGEST_LIST = 50
const LONGEST_TEXT = 4_096
/** Stacks say what they have to say at their beginning. */
const LONGEST_STACK = 8_192
/** Of one line, all together. */
const MOST_CHARACTERS = 32_768
const MOST_VALUES = 500

/** What a line may still take. */
interface Room {
  characters: number
  values: number
}

/**
 * Copies fields. A value under a secret name is `***` whatever it is; functions and objects of a class are only named;
 * what is too long, too deep or too many is cut, and it is said how much. Never throws.
 */
export function plainFields(fields: LogFields): Record<string, unknown> {
  const room: Room = { characters: MOST_CHARACTERS, values: MOST_VALUES }
  return plainMembers(fields, room, 0)
}

/** A message of a bounded length. */
export function plainMessage(message: string): string {
  return cut(message, LONGEST_TEXT)
}

function plainMembers(value: object, room: Room, depth: number): Record<string, unknown> {
  const names = Object.keys(value)
  const kept = names.slice(0, LONGEST_LIST).map((name): [string, unknown] => {
    const shown = cut(name, 100)
    return [shown, isSecretName(name) ? MASK : plainValue(memberOf(value, name), room, depth + 1)]
  })
  const left = names.length - kept.length
  return Object.fromEntries(left === 0 ? kept : [...kept, ['…', `${left} more`]])
}

/** A getter is code of somebody else: it is not called. */
function memberOf(value: object, name: string): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(value, name)
  if (descriptor === undefined) return undefined
  return 'value' in descriptor ? descriptor.value : '[getter]'
}

function plainValue(value: unknown, room: Room, depth: number): unknown {
  if (room.values <= 0) return '…'
  room.values -= 1
  switch (typeof value) {
    case 'string':
      return plainText(value, room, LONGEST_TEXT)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'boolean':
    case 'undefined':
      return value
    case 'bigint':
      return plainText(value.toString(), room, LONGEST_TEXT)
    case 'object':
      return value === null ? null : plainObject(value, room, depth)
    case 'function':
    case 'symbol':
      return `[${typeof value}]`
  }
}

function plainObject(value: object, room: Room, depth: number): unknown {
  try {
    if (value instanceof Error) return plainError(value, room, depth)
    if (Array.isArray(value)) return depth >= DEEPEST ? '[list]' : plainList(value, room, depth)
    if (!isPlain(value)) return `[${nameOfClass(value)}]`
    return depth >= DEEPEST ? '[object]' : plainMembers(value, room, depth)
  } catch {
    // A proxy object may throw at everything.
    return '[unreadable]'
  }
}

function plainList(list: readonly unknown[], room: Room, depth: number): unknown {
  const kept = list.slice(0, LONGEST_LIST).map((entry) => plainValue(entry, room, depth + 1))
  const left = list.length - kept.length
  return left === 0 ? kept : [...kept, `… ${left} more`]
}

/** Only known parts. */
function plainError(error: Error, room: Room, depth: number): unknown {
  const { name, message, stack, cause } = error
  const code: unknown = 'code' in error ? error.code : undefined
  return {
    name: plainText(name, room, 200),
    code: typeof code === 'number' ? code : plainText(code, room, 200),
    message: plainText(message, room, LONGEST_TEXT),
    stack: plainText(stack, room, LONGEST_STACK),
    ...(cause === undefined || depth >= DEEPEST
      ? {}
      : { cause: plainValue(cause, room, depth + 1) }),
  }
}

function plainText(text: unknown, room: Room, longest: number): string | undefined {
  if (typeof text !== 'string') return undefined
  const kept = cut(text, Math.min(longest, Math.max(0, room.characters)))
  room.characters -= kept.length
  return kept
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}... (${text.length} characters)`
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Out of its prototype, which belongs to the class and not to the object. */
function nameOfClass(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (typeof prototype !== 'object' || prototype === null) return 'object'
  const maker = memberOf(prototype, 'constructor')
  const name = typeof maker === 'function' ? memberOf(maker, 'name') : undefined
  return typeof name === 'string' && name !== '' ? name.slice(0, 100) : 'object'
}
