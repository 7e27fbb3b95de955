import type { PlanAccount, PlanGroup } from '../../src/hedge/pair-accounts.ts'
import type { PlanOptions } from '../../src/hedge/plan.ts'
import type { Side } from '../../src/hedge/side.ts'
import { btcMarket, dec } from './sample-market.ts'

/** An enabled account of 0.001 coins without a side; its index follows from its name. */
export function planAccount(name: string, changes: Partial<PlanAccount> = {}): PlanAccount {
  return {
    name,
    accountIndex: indexOf(name),
    apiKeyIndex: 4,
    side: undefined,
    positionSizeBase: dec('0.001'),
    isEnabled: true,
    ...changes,
  }
}

/** Accounts by their names, one letter each. */
export function planAccounts(names: string): readonly PlanAccount[] {
  return names.split('').map((name) => planAccount(name))
}

/** Accounts with fixed sides, written as in `a:long b:short`. */
export function sidedAccounts(text: string): readonly PlanAccount[] {
  return text.split(' ').map((entry) => {
    const [name = '', side] = entry.split(':')
    return planAccount(name, { side: side as Side | undefined })
  })
}

/** A group written as in `ab/c`: a and b long, c short. */
export function planGroup(
  name: string,
  members: string,
  changes: Partial<PlanGroup> = {},
): PlanGroup {
  const [long = '', short = ''] = members.split('/')
  return {
    name,
    long: long.split(''),
    short: short.split(''),
    positionSizeBase: undefined,
    ...changes,
  }
}

/** Everything for `planHedges`: four accounts in config order on BTC at 100,000 USD. */
export function planOptions(changes: Partial<PlanOptions> = {}): PlanOptions {
  return {
    accounts: planAccounts('abcd'),
    pairing: { kind: 'config_order' },
    selection: { kind: 'all' },
    isFlipped: false,
    sizeOverrideBase: undefined,
    leverage: dec(10),
    market: btcMarket(),
    mark: dec(100_000),
    maxPositionBase: undefined,
    maxPositionUsd: undefined,
    ...changes,
  }
}

function indexOf(name: string): number {
  return name.split('').reduce((sum, letter) => sum * 128 + (letter.codePointAt(0) ?? 0), 0)
}
