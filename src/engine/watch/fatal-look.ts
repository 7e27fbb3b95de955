import type { Hedge } from '../../hedge/ledger.ts'
import { askFlat } from '../ask-flat.ts'
import type { Engine } from '../engine-context.ts'
import type { AlertBoard } from './alert-board.ts'
import type { Driver } from './drive-followed.ts'

/** An opening that failed ends openings, but nothing is wrong with what is open. */
const ONLY_OPENING: readonly string[] = ['canary_failed']

/** Causes that have a name of their own for the owner. */
const KINDS: Readonly<Record<string, string>> = {
  key_not_registered: 'key_invalid',
  key_index_invalid: 'key_invalid',
  key_outdated: 'key_invalid',
  invalid_signature: 'key_invalid',
  account_unknown: 'key_invalid',
  journal: 'journal_trouble',
}

/**
 * After a fatal failure (key, signer, journal, foreign nonce, restricted region) nothing is opened any more;
 * `risk.on_fatal` says whether what is open stays protected or is closed, whatever the book can take.
 */
export function lookAtFatal(
  engine: Engine,
  parts: {
    readonly alerts: AlertBoard
    readonly driver: Driver
    readonly hedges: readonly Hedge[]
  },
): void {
  const cause = engine.openingStoppedBy()
  if (cause === undefined || ONLY_OPENING.includes(cause)) return
  const { alerts, driver, hedges } = parts
  const isClosing = engine.policy.onFatal === 'close'
  const what = isClosing ? 'closing everything (risk.on_fatal)' : 'what is open stays protected'
  alerts.raise('fatal', {
    level: 'alert',
    kind: KINDS[cause] ?? 'openings_stopped',
    message: `openings are stopped (${cause}); ${what}`,
  })
  if (!isClosing) return
  driver.hurry()
  for (const { hedgeId, target } of hedges) {
    if (target === 'flat') continue
    askFlat(engine, hedgeId, 'fatal')
    engine.waker.wake(hedgeId)
  }
}
