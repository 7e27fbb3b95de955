/**
 * Rules about proxies, addresses and numbers that belong together, checked on whatever is well formed.
 * @module
 */

import { compareDecimalTexts, parseDecimalText } from './decimal-text.ts'
import { isLoopbackUrl } from './endpoints.ts'
import type { Findings } from './findings.ts'
import { shorten } from './yaml-number.ts'
import { listAt, textAt, valueAt } from './yaml-tree.ts'
import type { TreePath } from './yaml-tree.ts'

/** Applies the rules about everything but accounts, groups and notifications. */
export function checkStructure(root: unknown, findings: Findings): void {
  checkProxyPool(root, findings)
  checkAddresses(root, findings)
  checkRisk(root, findings)
}

function checkProxyPool(root: unknown, findings: Findings): void {
  const seen = new Set<string>()
  for (const [index, entry] of listAt(root, ['proxy_pool']).entries()) {
    const path = ['proxy_pool', index]
    checkProxyLogin(entry, path, findings)
    const name = textAt(entry, ['name'])
    if (name === 'direct') {
      findings.error([...path, 'name'], {
        code: 'reserved_name',
        message: 'the name "direct" means no proxy',
        hint: 'choose another name',
      })
    }
    if (name !== undefined && seen.has(name)) {
      findings.error([...path, 'name'], {
        code: 'duplicate_name',
        message: `the proxy ${shorten(name, '"')} is there twice`,
        hint: 'give every proxy its own name',
      })
    }
    if (name !== undefined) seen.add(name)
  }
}

function checkProxyLogin(entry: unknown, path: TreePath, findings: Findings): void {
  const username = textAt(entry, ['username'])
  if (valueAt(entry, ['password']) !== undefined && username === undefined) {
    findings.error(path, {
      code: 'username_missing',
      message: 'a password needs a username',
      hint: 'add username, or remove password',
    })
  }
  // HTTP separates the two with a colon, and takes the first (RFC 7617 section 2); SOCKS 5 does not.
  if (username?.includes(':') === true && textAt(entry, ['protocol']) !== 'socks5') {
    findings.error([...path, 'username'], {
      code: 'wrong_value',
      message: 'a user name of an HTTP proxy cannot contain a colon',
      hint: 'what follows the colon may be the password, which has a key of its own',
    })
  }
}

function checkAddresses(root: unknown, findings: Findings): void {
  const simUrl = textAt(root, ['exchange', 'sim_url'])
  for (const key of ['sim_url', 'rest_url', 'ws_url']) {
    const path = ['exchange', key]
    const written = textAt(root, path)
    if (written === undefined) continue
    const problem = key === 'sim_url' ? simProblem(written) : addressProblem(written)
    if (problem !== undefined) findings.error(path, { code: 'bad_address', ...problem })
    if (key !== 'sim_url' && simUrl !== undefined) {
      findings.error(path, {
        code: 'conflict',
        message: `${key} cannot be set together with sim_url`,
        hint: 'remove one of them: the simulator has its own addresses',
      })
    }
  }
}

interface Problem {
  readonly message: string
  readonly hint: string
}

function simProblem(url: string): Problem | undefined {
  const isPlain = URL.canParse(url) && /^http:\/\//i.test(url) && !hasLogin(url)
  if (isPlain && isLoopbackUrl(url)) return undefined
  return {
    message: `found ${shorten(url, '"')}, expected an http:// address on this machine`,
    hint: 'for example http://127.0.0.1:8899, as `hedgebot sim` prints it',
  }
}

/** Orders and tokens go there: without TLS only this machine is safe. */
function addressProblem(url: string): Problem | undefined {
  if (!URL.canParse(url) || hasLogin(url)) {
    return { message: 'this is not an address', hint: 'write https://host or wss://host/stream' }
  }
  if (/^(?:https|wss):/i.test(url) || isLoopbackUrl(url)) return undefined
  return {
    message: `found ${shorten(url, '"')}, expected https:// or wss:// (without TLS only on this machine)`,
    hint: 'replace http by https and ws by wss',
  }
}

function hasLogin(url: string): boolean {
  const { username, password } = new URL(url)
  return username !== '' || password !== ''
}

function checkRisk(root: unknown, findings: Findings): void {
  const numberAt = (key: string, fallback: number): number =>
    Number(textAt(root, ['risk', key]) ?? fallback)
  if (numberAt('max_naked_ms', 3_000) > numberAt('open_timeout_ms', 30_000)) {
    findings.error(['risk', 'max_naked_ms'], {
      code: 'conflict',
      message: 'max_naked_ms is longer than open_timeout_ms',
      hint: 'a hedge must be back in balance before its opening ends',
    })
  }
  const steps = listAt(root, ['risk', 'close_steps_pct'])
  const values = steps.map((_, index) => decimalAt(root, ['risk', 'close_steps_pct', index]))
  values.forEach((value, index) => {
    const before = values[index - 1]
    if (value === undefined || before === undefined || compareDecimalTexts(value, before) > 0) {
      return
    }
    findings.error(['risk', 'close_steps_pct', index], {
      code: 'wrong_order',
      message: `each step must be larger than the one before, found ${value} after ${before}`,
      hint: 'for example [0.5, 1.5, 4.5]',
    })
  })
  checkOwnLimit(root, findings)
}

/** A size that the file itself forbids would make every opening refuse. */
function checkOwnLimit(root: unknown, findings: Findings): void {
  const limit = decimalAt(root, ['risk', 'max_position_size'])
  if (limit === undefined) return
  const sizes: TreePath[] = [
    ['position_size'],
    ...listAt(root, ['api_credentials']).map((_, index) => [
      'api_credentials',
      index,
      'position_size',
    ]),
    ...listAt(root, ['hedge', 'groups']).map((_, index) => [
      'hedge',
      'groups',
      index,
      'position_size',
    ]),
  ]
  for (const path of sizes) {
    const size = decimalAt(root, path)
    if (size === undefined || compareDecimalTexts(size, limit) <= 0) continue
    findings.error(path, {
      code: 'above_limit',
      message: `found ${size}, but risk.max_position_size is ${limit}`,
      hint: 'lower the size or raise the limit',
    })
  }
}

function decimalAt(root: unknown, path: TreePath): string | undefined {
  const written = textAt(root, path)
  return written === undefined ? undefined : parseDecimalText(written.trim())
}
