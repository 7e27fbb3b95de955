/**
 * Takes the need for secrets out of a configuration. Pure: the tree that is given stays as it is.
 * @module
 */
import { createYamlNumber, isYamlNumber } from './yaml-number.ts'
import { valueAt } from './yaml-tree.ts'

type Mapping = Readonly<Record<string, unknown>>

/** Where a secret may live that is not in the file itself. */
const REFERENCE = /^(?:env:|file:|age:|-----BEGIN AGE)/
/** What is too short for a key, or no hex at all, stands for one that is still to come. */
const KEY_LIKE = /^(?:0x)?[0-9a-f]{32,}$/i
const KEY_DIGITS = 80
/** Entries of the sample repeat their index; stand-ins do not. */
const FIRST_STAND_IN_INDEX = 900_000_000
/** The first that does not belong to the exchange's own apps. */
const STAND_IN_KEY_INDEX = '4'

/**
 * The tree with a stand-in for every secret that is a reference, and for every key that is a placeholder; an entry with
 * a placeholder gets indexes of its own too. What is missing stays missing.
 */
export function withoutReferences(root: unknown): unknown {
  if (!isMapping(root)) return root
  return {
    ...root,
    ...changed(root, 'api_credentials', (list) => eachOf(list, standInAccount)),
    ...changed(root, 'proxy_pool', (list) => eachOf(list, (entry) => standIn(entry, 'password'))),
    ...changed(root, 'notification', standInChannels),
  }
}

/** True for a mapping of the tree; lists and numbers are none. */
export function isMapping(value: unknown): value is Mapping {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isYamlNumber(value)
  )
}

function standInAccount(entry: Mapping, at: number): Mapping {
  const key = valueAt(entry, ['api_key'])
  if (typeof key !== 'string' || key === '' || KEY_LIKE.test(key)) return entry
  const api_key = String(at + 1).padStart(KEY_DIGITS, '0')
  if (REFERENCE.test(key)) return { ...entry, api_key }
  return {
    ...entry,
    api_key,
    ...changed(entry, 'account_index', () => createYamlNumber(String(FIRST_STAND_IN_INDEX + at))),
    ...changed(entry, 'api_key_index', () => createYamlNumber(STAND_IN_KEY_INDEX)),
  }
}

function standInChannels(channels: unknown): unknown {
  if (!isMapping(channels)) return channels
  return {
    ...channels,
    ...changed(channels, 'email', (email) =>
      isMapping(email) ? standIn(email, 'password') : email,
    ),
    ...changed(channels, 'telegram', (telegram) =>
      isMapping(telegram) ? standIn(telegram, 'bot_token') : telegram,
    ),
    ...changed(channels, 'webhook', (list) =>
      eachOf(list, (entry) => standIn(entry, 'url', 'https://stand-in.invalid/')),
    ),
  }
}

function standIn(entry: Mapping, key: string, text = 'stand-in'): Mapping {
  const value = entry[key]
  const isElsewhere =
    typeof value === 'string' && (REFERENCE.test(value) || value.startsWith('your_'))
  return isElsewhere ? { ...entry, [key]: text } : entry
}

function changed(of: Mapping, key: string, change: (value: unknown) => unknown): Mapping {
  return Object.hasOwn(of, key) ? { [key]: change(of[key]) } : {}
}

function eachOf(list: unknown, change: (entry: Mapping, at: number) => Mapping): unknown {
  if (!Array.isArray(list)) return list
  return list.map((entry: unknown, at) => (isMapping(entry) ? change(entry, at) : entry))
}
