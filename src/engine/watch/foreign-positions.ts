import type { Engine } from '../engine-context.ts'
import { positionIn } from '../../hedge/venue-view.ts'
import type { AlertBoard } from './alert-board.ts'

/** Positions that no hedge of the journal has are the owner's: told, never touched (DESIGN.md section 3, rule 9). */
export interface ForeignPositions {
  /** To be called about once a second. */
  look(inHedges: ReadonlyMap<number, number>, marketIndexes: readonly number[]): void
}

/** Another process may just be writing down what it has opened. */
const LOOKS_LEAST = 5

/** Has seen nothing yet. */
export function createForeignPositions(engine: Engine, alerts: AlertBoard): ForeignPositions {
  const seen = new Map<string, number>()
  return {
    look(inHedges, marketIndexes) {
      for (const { accountIndex, name } of engine.accounts()) {
        for (const marketIndex of marketIndexes) {
          const row = positionIn(engine.link(accountIndex).view(), marketIndex)
          const base = row.isKnown ? row.value?.signedBase : undefined
          const key = `foreign/${accountIndex}/${marketIndex}`
          if (inHedges.has(accountIndex) || base === undefined || base.isZero()) {
            seen.delete(key)
            // Unknown is not gone.
            if (row.isKnown) alerts.clear(key)
            continue
          }
          const looks = (seen.get(key) ?? 0) + 1
          seen.set(key, looks)
          if (looks < LOOKS_LEAST) continue
          const { symbol } = engine.market(marketIndex)
          alerts.raise(key, {
            level: 'warning',
            kind: 'foreign_position',
            message:
              `${name} holds ${base} ${symbol} that is in no hedge: it is left alone ` +
              '(hedgebot adopt takes back what a lost journal has forgotten)',
            account: name,
          })
        }
      }
    },
  }
}
