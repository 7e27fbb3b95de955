/**
 * Rules about accounts that a schema cannot say, checked on whatever part of the file is well formed, so that all
 * findings appear at once.
 * @module
 */

import type { Findings } from './findings.ts'
import type { Secrets } from './read-secrets.ts'
import { suggest } from './suggest.ts'
import { shorten } from './yaml-number.ts'
import { listAt, renderPath, textAt, valueAt } from './yaml-tree.ts'

/** What can be said about one entry of `api_credentials` without trusting it. */
interface AccountView {
  readonly index: number
  readonly name: string | undefined
  /** Name, or position, for messages. */
  readonly label: string
  readonly key: string | undefined
  readonly accountIndex: string | undefined
  readonly apiKeyIndex: string | undefined
  readonly network: string | undefined
  readonly proxy: string | undefined
  readonly side: string | undefined
  readonly isEnabled: boolean
}

const KEY_HINT =
  'create one in the Lighter web app under API keys (index 4 or above), or with: hedgebot accounts register'

/** Applies the rules about keys, duplicates, networks, proxies and sides. */
export function checkAccounts(root: unknown, secrets: Secrets, findings: Findings): void {
  const accounts = viewAccounts(root, secrets)
  for (const account of accounts) {
    checkKey(account, findings)
    checkReservedIndex(account, findings)
  }
  checkDuplicates(accounts, findings)
  checkNetworks(accounts, findings)
  checkProxies(accounts, root, findings)
  checkSides(accounts, findings)
  if (accounts.length > 0 && accounts.every((account) => !account.isEnabled)) {
    findings.error(['api_credentials'], {
      code: 'no_account',
      message: 'every account is disabled',
      hint: 'set enabled: true for at least two accounts',
    })
  }
}

function viewAccounts(root: unknown, secrets: Secrets): AccountView[] {
  return listAt(root, ['api_credentials']).map((entry, index) => {
    const name = textAt(entry, ['account_name'])
    const isEnabled = valueAt(entry, ['enabled']) !== false
    const secret = secrets.get(renderPath(['api_credentials', index, 'api_key']))
    // A key that a disabled account refers to may not be there, and is not needed.
    const key = isEnabled || secret?.source === 'literal' ? secret?.reveal() : undefined
    return {
      index,
      name,
      label: name === undefined ? `account number ${index + 1}` : `account ${shorten(name, '"')}`,
      key,
      accountIndex: textAt(entry, ['account_index']),
      apiKeyIndex: textAt(entry, ['api_key_index']),
      network: textAt(entry, ['network']),
      proxy: textAt(entry, ['proxy']),
      side: textAt(entry, ['side']),
      isEnabled,
    }
  })
}

/** The form of a private key: 40 bytes in hex (CRYPTO.md, keys). */
function isPrivateKey(key: string | undefined): boolean {
  return key !== undefined && /^(?:0x)?[0-9a-f]{80}$/i.test(key)
}

/** The key is never part of the message: a mistyped one is nearly the real one. */
function checkKey({ index, key, label, isEnabled }: AccountView, findings: Findings): void {
  if (key === undefined || isPrivateKey(key)) return
  const digits = /^(?:0x)?([0-9a-f]*)$/i.exec(key)?.[1]
  const isHex = digits !== undefined && digits.length >= 32
  const finding = isHex
    ? {
        code: 'bad_key_length',
        message: `${label}: found a key of ${digits.length} hex digits, expected 80 (with or without 0x)`,
        hint: `copy the whole private key; ${KEY_HINT}`,
      }
    : {
        code: 'placeholder_key',
        message: `${label}: this is a placeholder (a text of ${key.length} characters), not a private key of 80 hex digits`,
        hint: KEY_HINT,
      }
  const path = ['api_credentials', index, 'api_key']
  if (isEnabled) findings.error(path, finding)
  else findings.warn(path, finding)
}

function checkReservedIndex(account: AccountView, findings: Findings): void {
  const { index, apiKeyIndex, key, label } = account
  if (apiKeyIndex === undefined || !/^[0-3]$/.test(apiKeyIndex) || !isPrivateKey(key)) return
  findings.warn(['api_credentials', index, 'api_key_index'], {
    code: 'reserved_key_index',
    message: `${label}: API key indexes 0 to 3 belong to Lighter's own apps, which may replace the key`,
    hint: 'register a key with index 4 or above for hedgebot',
  })
}

function checkDuplicates(accounts: readonly AccountView[], findings: Findings): void {
  // Placeholder entries repeat the sample's indexes; they are reported as placeholders already.
  const real = accounts.filter(({ key }) => key === undefined || isPrivateKey(key))
  for (const { again, first } of repetitions(accounts, ({ name }) => name)) {
    findings.error(['api_credentials', again.index, 'account_name'], {
      code: 'duplicate_name',
      message: `${again.label} is there twice, first as entry ${first.index + 1}`,
      hint: 'give every account its own name',
    })
  }
  const pairOf = ({ accountIndex, apiKeyIndex }: AccountView): string | undefined =>
    accountIndex === undefined || apiKeyIndex === undefined
      ? undefined
      : `${Number(accountIndex)}/${Number(apiKeyIndex)}`
  for (const { again, first } of repetitions(real, pairOf)) {
    findings.error(['api_credentials', again.index, 'account_index'], {
      code: 'duplicate_account',
      message: `${again.label} has the account_index and api_key_index of ${first.label} (${pairOf(first)})`,
      hint: 'two entries would act on one account and one nonce: remove or correct one of them',
    })
  }
  warnAboutRepetitions(real, findings)
}

/** Not forbidden, but rarely meant. */
function warnAboutRepetitions(real: readonly AccountView[], findings: Findings): void {
  const enabled = real.filter(({ isEnabled }) => isEnabled)
  for (const { again, first } of repetitions(enabled, ({ accountIndex }) => accountIndex)) {
    if (again.apiKeyIndex === first.apiKeyIndex) continue
    findings.warn(['api_credentials', again.index, 'account_index'], {
      code: 'same_account',
      message: `${again.label} and ${first.label} are one exchange account with two API keys; it cannot hedge itself`,
      hint: 'keep one of them enabled',
    })
  }
  for (const { again, first } of repetitions(enabled, ({ key }) =>
    key?.replace(/^0x/i, '').toLowerCase(),
  )) {
    findings.warn(['api_credentials', again.index, 'api_key'], {
      code: 'same_key',
      message: `${again.label} has the same private key as ${first.label}`,
      hint: 'check that it was not copied by mistake',
    })
  }
}

/** Every account whose key was there before, with the one that had it first. */
function repetitions(
  accounts: readonly AccountView[],
  keyOf: (account: AccountView) => string | undefined,
): { readonly again: AccountView; readonly first: AccountView }[] {
  const seen = new Map<string, AccountView>()
  return accounts.flatMap((again) => {
    const key = keyOf(again)
    if (key === undefined) return []
    const first = seen.get(key)
    if (first === undefined) seen.set(key, again)
    return first === undefined ? [] : [{ again, first }]
  })
}

function checkNetworks(accounts: readonly AccountView[], findings: Findings): void {
  const isKnown = ({ network }: AccountView): boolean =>
    network === 'mainnet' || network === 'testnet'
  const first = accounts.find(isKnown)
  for (const account of accounts.filter(isKnown)) {
    if (first === undefined || account.network === first.network) continue
    findings.error(['api_credentials', account.index, 'network'], {
      code: 'mixed_networks',
      message: `${account.label} is on ${account.network}, but ${first.label} is on ${first.network}`,
      hint: 'use one configuration file for each network',
    })
  }
}

function checkProxies(accounts: readonly AccountView[], root: unknown, findings: Findings): void {
  const names = listAt(root, ['proxy_pool']).flatMap((entry) => textAt(entry, ['name']) ?? [])
  for (const { index, label, proxy } of accounts) {
    if (proxy === undefined || proxy === 'direct' || names.includes(proxy)) continue
    const meant = suggest(proxy, names)
    findings.error(['api_credentials', index, 'proxy'], {
      code: 'unknown_proxy',
      message: `${label}: ${shorten(proxy, '"')} is not in proxy_pool, allowed: ${[...names, 'direct'].map((name) => shorten(name)).join(', ')}`,
      hint: meant === undefined ? 'add it to proxy_pool' : `did you mean ${meant}?`,
    })
  }
}

/** "If accounts carry side, all do" (CLI.md, `open`). */
function checkSides(accounts: readonly AccountView[], findings: Findings): void {
  const enabled = accounts.filter(({ isEnabled }) => isEnabled)
  if (enabled.every(({ side }) => side === undefined)) return
  for (const { index, label, side } of enabled) {
    if (side !== undefined) continue
    findings.error(['api_credentials', index], {
      code: 'side_missing',
      message: `${label} has no side, but other accounts do`,
      hint: 'give every account a side (long or short), or none',
    })
  }
}
