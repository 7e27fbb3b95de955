import type { Clock } from '../../ports.ts'

/** A clock whose wall time is ahead of another's by what `skewMs` says at each reading; waiting is the same. */
export function createSkewedClock(clock: Clock, skewMs: () => number): Clock {
  return {
    now: () => clock.now() + skewMs(),
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    setTimer: (ms, callback) => clock.setTimer(ms, callback),
  }
}
