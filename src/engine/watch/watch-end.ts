import type { Hedge } from '../../hedge/ledger.ts'
import type { Engine } from '../engine-context.ts'
import type { WatchEnd, WatchOptions } from './watch.ts'

/** When a watch is over. */
export interface EndCondition {
  quit(): void
  /** Everything was heard, or had its time. */
  connected(): void
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
  /** Something else of this process drives hedges. */
  readonly isDriven: boolean
}

/** The end of a watch as a condition of facts and time. */
export function createWatchEnd(
  { clock, signal }: Pick<Engine, 'clock' | 'signal'>,
  { mode, forMs }: Pick<WatchOptions, 'mode' | 'forMs'>,
  facts: () => EndFacts,
): EndCondition {
  const startMs = clock.monotonicMs()
  let hasQuit = false
  let isConnected = false
  return {
    quit() {
      hasQuit = true
    },
    connected() {
      isConnected = true
    },
    reason() {
      const passedMs = clock.monotonicMs() - startMs
      if (signal?.aborted === true) return 'interrupted'
      if (hasQuit) return 'quit'
      if (forMs !== undefined && passedMs >= forMs) return 'time'
      if (mode === 'forever') return undefined
      return reasonOfMode(mode, facts(), isConnected ? passedMs : 0)
    },
  }
}

function reasonOfMode(
  mode: 'until_flat' | 'once',
  { live, isDriven }: EndFacts,
  passedMs: number,
): WatchEnd['why'] | undefined {
  if (mode === 'until_flat') return live.length === 0 && !isDriven ? 'flat' : undefined
  const isSettled = passedMs >= ONCE_MIN_MS && !isDriven && live.every(isSettledHedge)
  return isSettled || passedMs >= ONCE_MAX_MS ? 'once' : undefined
}

/** Whole, and it is known how its stops stand. */
function isSettledHedge({ state, target, nakedSinceMs, legs }: Hedge): boolean {
  if (state !== 'open' || target === 'flat' || nakedSinceMs !== undefined) return false
  return legs.every(({ stopState }) => stopState !== 'PENDING')
}
