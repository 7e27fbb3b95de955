/**
 * No false "done": whoever says that a hedge is closed is asked at that moment whether the exchange agrees. And no alarm
 * missing: what lasted has been told.
 * @module
 */
import type { SimCore } from '../../../src/sim/core/core-model.ts'
import type { NewEvent } from '../../../src/ports.ts'
import type { LedgerFile } from './ledger-file.ts'

export interface DoneRuleOptions {
  readonly core: SimCore
  readonly marketIndex: number
  readonly ledger: LedgerFile
  readonly find: (text: string) => void
}

export interface DoneRules {
  onEvent(event: NewEvent): void
  /** Kinds of events that were noted, with how often. */
  readonly counts: ReadonlyMap<string, number>
}

export function createDoneRules({ core, marketIndex, ledger, find }: DoneRuleOptions): DoneRules {
  const counts = new Map<string, number>()
  const sizeOf = (account: number): bigint =>
    core.account(account)?.positions.get(marketIndex)?.sizeTicks ?? 0n
  return {
    counts,
    onEvent({ kind, hedgeId }) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      if (kind !== 'hedge_closed' && kind !== 'hedge_aborted') return
      const hedge = ledger.hedges().find((one) => one.hedgeId === hedgeId)
      for (const account of hedge?.accounts ?? []) {
        const size = sizeOf(account)
        if (size !== 0n) find(`${hedgeId} is said to be over, and ${account} holds ${size} ticks`)
      }
    },
  }
}
