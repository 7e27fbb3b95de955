/**
 * Rules about groups, checked on whatever is well formed.
 * @module
 */

import type { Findings } from './findings.ts'
import { suggest } from './suggest.ts'
import { shorten } from './yaml-number.ts'
import { listAt, textAt, valueAt } from './yaml-tree.ts'
import type { TreePath } from './yaml-tree.ts'

/** Applies the rules about `hedge.groups`: known members, each once, and no contradiction. */
export function checkGroups(root: unknown, findings: Findings): void {
  const groups = listAt(root, ['hedge', 'groups'])
  const pairing = textAt(root, ['hedge', 'pairing']) ?? 'config_order'
  if (pairing === 'groups' && groups.length === 0) {
    findings.error(['hedge', 'pairing'], {
      code: 'conflict',
      message: 'pairing is groups, but hedge.groups is empty',
      hint: 'list at least one group with long and short accounts',
    })
  }
  if (pairing === 'config_order' && groups.length > 0) {
    findings.error(['hedge', 'groups'], {
      code: 'conflict',
      message: 'groups are listed, but pairing is config_order, which would ignore them',
      hint: 'set hedge.pairing: groups, or remove the groups',
    })
  }
  checkGroupNames(groups, findings)
  checkMembers(root, groups, findings)
}

function checkGroupNames(groups: readonly unknown[], findings: Findings): void {
  const names = groups.map((group) => textAt(group, ['name']))
  names.forEach((name, index) => {
    if (name === undefined || names.indexOf(name) === index) return
    findings.error(['hedge', 'groups', index, 'name'], {
      code: 'duplicate_name',
      message: `the group ${shorten(name, '"')} is there twice`,
      hint: 'give every group its own name',
    })
  })
}

function checkMembers(root: unknown, groups: readonly unknown[], findings: Findings): void {
  const accounts = new Map<string, unknown>()
  for (const entry of listAt(root, ['api_credentials'])) {
    accounts.set(textAt(entry, ['account_name']) ?? '', entry)
  }
  const seen = new Set<string>()
  for (const index of groups.keys()) {
    for (const side of ['long', 'short']) {
      const path = ['hedge', 'groups', index, side]
      for (const position of listAt(root, path).keys()) {
        checkMember({ root, accounts, seen, side, path: [...path, position] }, findings)
      }
    }
  }
}

interface Member {
  readonly root: unknown
  readonly accounts: ReadonlyMap<string, unknown>
  readonly seen: Set<string>
  readonly side: string
  readonly path: TreePath
}

function checkMember({ root, accounts, seen, side, path }: Member, findings: Findings): void {
  const name = textAt(root, path)
  if (name === undefined) return
  const label = `account ${shorten(name, '"')}`
  if (!accounts.has(name)) {
    const meant = suggest(name, accounts.keys())
    findings.error(path, {
      code: 'unknown_account',
      message: `${label} is not in api_credentials`,
      hint: meant === undefined ? 'use an account_name of the file' : `did you mean ${meant}?`,
    })
    return
  }
  if (seen.has(name)) {
    findings.error(path, {
      code: 'account_twice',
      message: `${label} is in the groups twice`,
      hint: 'an account is in at most one hedge',
    })
  }
  seen.add(name)
  const account = accounts.get(name)
  const own = textAt(account, ['side'])
  if (own !== undefined && own !== side) {
    findings.error(path, {
      code: 'conflict',
      message: `${label} has side ${own}, but the group lists it as ${side}`,
      hint: 'remove the side of the account, or move it in the group',
    })
  }
  if (valueAt(account, ['enabled']) === false) {
    findings.warn(path, {
      code: 'disabled_account',
      message: `${label} is disabled, so this group cannot be opened as written`,
    })
  }
}
