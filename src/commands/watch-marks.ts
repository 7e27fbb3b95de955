import type { LoadedConfig } from '../config/loaded-config.ts'
import { HedgebotError } from '../errors.ts'
import type { Journal } from '../ports.ts'
import type { CommandIo } from '../ui/command-io.ts'

/** Says which limits of the configuration nobody keeps while no watch lives. */
export function noteUnwatched(
  io: Pick<CommandIo, 'out'>,
  { riskPolicy: risk }: Pick<LoadedConfig, 'riskPolicy'>,
  watchOwner: Journal['watchOwner'],
): void {
  const set: readonly (readonly [string, boolean])[] = [
    ['stop_loss_threshold', !risk.hasExchangeStop],
    ['risk.on_stop: all', risk.onStop === 'all'],
    ['risk.hedge_stop_usd', risk.hedgeStopUsd !== undefined],
    ['risk.total_stop_usd', risk.totalStopUsd !== undefined],
    ['risk.take_profit_usd', risk.takeProfitUsd !== undefined],
    ['risk.trailing_usd', risk.trailingUsd !== undefined],
    ['risk.max_hold', risk.maxHoldMs !== undefined],
    ['risk.daily_stop_limit', risk.dailyStopLimit !== undefined],
    ['risk.on_fatal: close', risk.onFatal === 'close'],
  ]
  const names = set.filter(([, isSet]) => isSet).map(([name]) => name)
  if (names.length === 0 || watchOwner() !== undefined) return
  const left = risk.hasExchangeStop
    ? 'until then the only limit is the one of each leg that rests on the exchange'
    : 'until then there is no limit at all'
  io.out.note(
    `nobody watches: ${names.join(', ')} ${names.length === 1 ? 'works' : 'work'} only while hedgebot watch runs; ${left}`,
  )
}

/**
 * Refuses to open after too many stops in one day (UTC).
 * @throws HedgebotError kind `refused`, code `daily_stop_limit`; kind `journal` when the memory cannot be read
 */
export async function refuseAfterStops(day: {
  readonly dailyStopLimit: number | undefined
  readonly nowMs: number
  readonly stopMemory: Journal['stopMemory']
}): Promise<void> {
  const { dailyStopLimit, nowMs } = day
  const text = day.stopMemory()
  if (dailyStopLimit === undefined || text === undefined) return
  const { stopMemoryFromJson, dailyLimitReached } = await import('../hedge/stop-memory.ts')
  const reached = dailyLimitReached(stopMemoryFromJson(text), { dailyStopLimit }, nowMs)
  if (reached === undefined) return
  const { count, limit, untilMs } = reached
  throw new HedgebotError(
    'refused',
    `${count} stops today, the limit is ${limit}: nothing is opened`,
    {
      code: 'daily_stop_limit',
      hint: `opening is possible again from ${new Date(untilMs).toISOString()}, or with a higher risk.daily_stop_limit`,
    },
  )
}
