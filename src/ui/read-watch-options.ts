import { HedgebotError } from '../errors.ts'
import type { WatchOptions } from './command-options.ts'

/** `watch`'s options as commander collects them. */
export interface TypedWatchOptions {
  readonly once?: true
  readonly open?: true
  readonly untilFlat?: true
  readonly for?: string
}

/** @throws HedgebotError kind `usage`, code `watch_once_with`: one look has no end to wait for */
export function readWatchOptions(typed: TypedWatchOptions): WatchOptions {
  const isOnce = typed.once === true
  const isUntilFlat = typed.untilFlat === true
  if (isOnce) refuseWithOnce(typed)
  return {
    mode: isOnce ? 'once' : isUntilFlat ? 'until_flat' : 'forever',
    isOpening: typed.open === true,
    forDuration: typed.for,
  }
}

function refuseWithOnce(typed: TypedWatchOptions): void {
  const other = [
    typed.untilFlat && '--until-flat',
    typed.for === undefined ? undefined : '--for',
    typed.open && '--open',
  ].find((name) => name !== undefined)
  if (other === undefined) return
  throw new HedgebotError('usage', `--once does not go together with ${other}`, {
    code: 'watch_once_with',
    hint:
      other === '--open'
        ? 'open first (hedgebot open --all), then look with: hedgebot watch --once'
        : '--once looks a single time and ends; leave one of the two out',
  })
}
