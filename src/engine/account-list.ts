/**
 * `accounts list`: every enabled account with owner, tier, balance and positions.
 * @module
 */
import { messageOf } from '../errors.ts'
import type { Dec } from '../hedge/decimal.ts'
import type { Side } from '../hedge/side.ts'
import { sideOfSigned } from '../hedge/side.ts'
import type { AccountView } from '../hedge/venue-view.ts'
import type { AccountRef } from '../ports.ts'
import type { Engine } from './engine-context.ts'
import { patientRead } from './retry-read.ts'

export interface ListedPosition {
  readonly market: string
  readonly side: Side
  readonly baseSize: Dec
  readonly unrealizedPnlUsd: Dec | undefined
}

export interface ListedAccount {
  readonly account: string
  readonly accountIndex: number
  readonly apiKeyIndex: number
  readonly isEnabled: boolean
  readonly ownerAddress: string | undefined
  readonly tier: string | undefined
  readonly balanceUsd: Dec | undefined
  readonly availableUsd: Dec | undefined
  /** Undefined when they could not be read. */
  readonly positions: readonly ListedPosition[] | undefined
  readonly egress: string
  readonly problem: string | undefined
}

/** Reads all accounts side by side over REST; what cannot be read says so in its own row. */
export async function readAccountList(engine: Engine): Promise<readonly ListedAccount[]> {
  await engine.loadMarkets()
  return Promise.all(engine.accounts().map((account) => readOne(engine, account)))
}

async function readOne(engine: Engine, account: AccountRef): Promise<ListedAccount> {
  const link = engine.link(account.accountIndex)
  const [facts, tier] = await Promise.allSettled([
    patientRead(engine, () => link.readAccount('read')),
    patientRead(engine, () => link.readTier('read')),
  ])
  const failed = [facts, tier].find((result) => result.status === 'rejected')
  const view = link.view()
  const balances = view.balances.isKnown ? view.balances.value : undefined
  return {
    account: account.name,
    accountIndex: account.accountIndex,
    apiKeyIndex: account.apiKeyIndex,
    isEnabled: true,
    ownerAddress: facts.status === 'fulfilled' ? facts.value.l1Address : undefined,
    tier: tier.status === 'fulfilled' ? tier.value.tier : undefined,
    balanceUsd: balances?.portfolioUsd,
    availableUsd: balances?.availableUsd,
    positions: listPositions(engine, view),
    egress: account.egress,
    problem: failed === undefined ? undefined : messageOf(failed.reason),
  }
}

function listPositions(engine: Engine, view: AccountView): ListedAccount['positions'] {
  if (!view.positions.isKnown) return undefined
  return [...view.positions.value.values()].flatMap((row) => {
    const side = sideOfSigned(row.signedBase)
    if (side === undefined) return []
    return [
      {
        market: engine.market(row.marketIndex).symbol,
        side,
        baseSize: row.signedBase.abs(),
        unrealizedPnlUsd: row.unrealizedPnlUsd,
      },
    ]
  })
}
