import type { LoadedConfig } from '../config/loaded-config.ts'
import { HedgebotError } from '../errors.ts'

/**
 * Refuses to open under a limit that nothing enforces yet: these options belong to the watching loop, and a limit that
 * only looks like one is worse than none.
 * @throws HedgebotError kind `config`, code `option_not_enforced`
 */
export function refuseUnenforced(config: LoadedConfig): void {
  const { riskPolicy: risk } = config
  const set: readonly (readonly [string, boolean])[] = [
    ['risk.on_stop: all', risk.onStop === 'all'],
    ['risk.hedge_stop_usd', risk.hedgeStopUsd !== undefined],
    ['risk.total_stop_usd', risk.totalStopUsd !== undefined],
    ['risk.take_profit_usd', risk.takeProfitUsd !== undefined],
    ['risk.trailing_usd', risk.trailingUsd !== undefined],
    ['risk.daily_stop_limit', risk.dailyStopLimit !== undefined],
    ['risk.on_fatal: close', risk.onFatal === 'close'],
  ]
  const names = set.filter(([, isSet]) => isSet).map(([name]) => name)
  if (names.length === 0) return
  throw new HedgebotError('config', `not enforced by this version: ${names.join(', ')}`, {
    code: 'option_not_enforced',
    hint: 'take them out: the loss limit of each leg (stop_loss_threshold) rests on the exchange itself',
  })
}
