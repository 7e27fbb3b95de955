/**
 * Moves the simulated markets along their paths on a clock: marks, house quotes, and the passing of time.
 * @module
 */
import type { Clock } from '../../ports.ts'
import type { SimCore } from '../core/core-model.ts'
import type { Makers } from './makers.ts'
import type { PricePath } from './price-path.ts'

export interface MarketDriverOptions {
  readonly core: SimCore
  readonly clock: Clock
  readonly makers: Makers
  /** By market index; markets without a path stand still. */
  readonly paths: ReadonlyMap<number, PricePath>
  /** Between two moves; default 1000. */
  readonly intervalMs?: number
  /** Mark above index, millionths of the index; default 0. */
  readonly premiumE6?: number
}

export interface MarketDriver {
  /** Applies the prices of now once, and from then on every interval. */
  start(): void
  stop(): void
  /** Applies the prices of now. */
  step(): void
  /** Replaces a path; its time starts now. */
  setPath(marketIndex: number, path: PricePath): void
}

interface RunningPath {
  readonly path: PricePath
  readonly startedMs: number
}

/** Creates a driver that has not moved anything yet; its paths begin now. */
export function createMarketDriver(options: MarketDriverOptions): MarketDriver {
  const { core, clock, makers } = options
  const intervalMs = options.intervalMs ?? 1000
  const premiumE6 = BigInt(options.premiumE6 ?? 0)
  const running = new Map<number, RunningPath>()
  for (const [marketIndex, path] of options.paths) {
    running.set(marketIndex, { path, startedMs: clock.monotonicMs() })
  }
  let cancelTimer: (() => void) | undefined

  const step = (): void => {
    const nowMs = clock.now()
    for (const marketIndex of core.markets.keys()) {
      const entry = running.get(marketIndex)
      const markTicks = entry?.path(clock.monotonicMs() - entry.startedMs)
      makers.refresh(marketIndex, nowMs, markTicks)
      if (markTicks !== undefined) moveMark(core, marketIndex, { markTicks, premiumE6, nowMs })
    }
    core.tick(nowMs)
  }

  const schedule = (): void => {
    cancelTimer = clock.setTimer(intervalMs, () => {
      schedule()
      step()
    })
  }

  return {
    step,
    start() {
      if (cancelTimer !== undefined) return
      step()
      schedule()
    },
    stop() {
      cancelTimer?.()
      cancelTimer = undefined
    },
    setPath(marketIndex, path) {
      running.set(marketIndex, { path, startedMs: clock.monotonicMs() })
    },
  }
}

interface Move {
  readonly markTicks: bigint
  readonly premiumE6: bigint
  readonly nowMs: number
}

function moveMark(core: SimCore, marketIndex: number, move: Move): void {
  const market = core.markets.get(marketIndex)
  const indexTicks = (move.markTicks * 1_000_000n) / (1_000_000n + move.premiumE6)
  const isStill = market?.markTicks === move.markTicks && market.indexTicks === indexTicks
  if (isStill) return
  core.setMark(
    marketIndex,
    { markTicks: move.markTicks, indexTicks: indexTicks > 0n ? indexTicks : 1n },
    move.nowMs,
  )
}
