import type { LedgerFill } from '../hedge/ledger.ts'
import type { Engine } from './engine-context.ts'
import { sayFill } from './trade-log.ts'

/** Writes fills, says the new ones, and lets whoever keeps figures of their hedge know that those are old. */
export function recordFills(engine: Engine, fills: readonly LedgerFill[]): void {
  if (fills.length === 0) return
  for (const fill of engine.journal.recordFills(fills)) sayFill(engine, fill)
  const { fillRevisions } = engine.memory
  for (const hedgeId of new Set(fills.map((fill) => fill.hedgeId))) {
    if (hedgeId !== undefined) fillRevisions.set(hedgeId, fillRevision(engine, hedgeId) + 1)
  }
}

/** Grows with everything that this process records of a hedge's fills. */
export function fillRevision({ memory }: Engine, hedgeId: string): number {
  return memory.fillRevisions.get(hedgeId) ?? 0
}
