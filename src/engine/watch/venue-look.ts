import type { Engine } from '../engine-context.ts'
import type { AlertBoard } from './alert-board.ts'

/** Shorter pauses are the ordinary give and take with a limit. */
const LIMITED_MS = 8_000

/** What the exchange lets this machine do: requests, and a clock that agrees with its own. */
export function lookAtAccess(engine: Engine, alerts: AlertBoard): void {
  for (const { owner, closedForMs } of engine.exchange.budgets()) {
    const key = `limited/${owner}`
    if (closedForMs === 0) alerts.clear(key)
    else if (closedForMs >= LIMITED_MS) {
      alerts.raise(key, {
        level: 'warning',
        kind: 'rate_limited',
        message: `the exchange keeps refusing requests of owner ${shortOwner(owner)} for their number`,
      })
    }
  }
  lookAtClock(engine, alerts)
}

/** `0x1234…abcd`. */
function shortOwner(owner: string): string {
  return owner.length > 12 ? `${owner.slice(0, 6)}…${owner.slice(-4)}` : owner
}

function lookAtClock({ exchange, policy }: Engine, alerts: AlertBoard): void {
  const offset = exchange.clockOffsetMs()
  // Unknown is neither right nor wrong: what was said before stands.
  if (!offset.isKnown) return
  const offMs = Math.abs(offset.value)
  if (offMs > policy.maxClockOffsetMs) {
    const direction = offset.value > 0 ? 'behind' : 'ahead of'
    alerts.raise('clock', {
      level: 'warning',
      kind: 'clock_off',
      message: `the clock of this machine is ${(offMs / 1000).toFixed(1)} s ${direction} the exchange`,
    })
  } else if (offMs < policy.maxClockOffsetMs * 0.8) alerts.clear('clock')
}
