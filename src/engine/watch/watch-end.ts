import type { Hedge } from '../../hedge/ledger.ts'
import type { Engine } from '../engine-context.ts'
import type { WatchEnd, WatchOptions } from './watch.ts'

/** When a watch is over. */
export interface EndCondition {
  quit(): void
  /** Undefined: it goes on. */
  reason(): WatchEnd['why'] | undefined
}

/** One look does not wait longer than this for what does not settle. */
const ONCE_MAX_MS = 60_000
/** And not shorter: what is due must have had its chance to be seen. */
const ONCE_MIN_MS = 1_000

/** What the end depends on. */
export interface EndFacts {
  readonly live: readonly Hedge[]
  /** An opening beside the watch is still at work. */
  readonly isBusy: boolean
}

/** The end of a watch as a condition of facts and time. */
export function createWatchEnd(
  { clock, signal }: Pick<Engine, 'clock' | 'signal'>,
  { mode, forMs }: Pick<WatchOptions, 'mode' | 'forMs'>,
  facts: () => EndFacts,
): EndCondition {
  const startMs = clock.monotonicMs()
  let hasQuit = false
  return {
    quit() {
      hasQuit = true
    },
    reason() {
      const passedMs = clock.monotonicMs() - startMs
      if (signal?.aborted === true) return 'interrupted'
      if (hasQuit) return 'quit'
      if (forMs !== undefined && passedMs >= forMs) return 'time'
      return mode === 'forever' ? undefined : reasonOfMode(mode, facts(), passedMs)
    },
  }
}

function reasonOfMode(
  mode: 'until_flat' | 'once',
  { live, isBusy }: EndFacts,
  passedMs: number,
): WatchEnd['why'] | undefined {
  if (mode === 'until_flat') return live.length === 0 && !isBusy ? 'flat' : undefined
  const isSettled = passedMs >= ONCE_MIN_MS && !isBusy && live.every(isSettledHedge)
  return isSettled || passedMs >= ONCE_MAX_MS ? 'once' : undefined
}

/** Whole, and it is known how its stops stand. */
function isSettledHedge({ state, target, nakedSinceMs, legs }: Hedge): boolean {
  if (state !== 'open' || target === 'flat' || nakedSinceMs !== undefined) return false
  return legs.every(({ stopState }) => stopState !== 'PENDING')
}
