import type { Engine } from '../engine-context.ts'

/** The markets whose prices a watch hears. */
export interface FollowedMarkets {
  /** Opens the market's feed, when it is not followed yet. */
  follow(marketIndex: number): void
  indexes(): readonly number[]
  stop(): void
}

/** Follows none yet; `onTick` is called inside the handler of every frame. */
export function followMarkets(
  engine: Engine,
  onTick: (marketIndex: number) => void,
): FollowedMarkets {
  const followed = new Map<number, () => void>()
  return {
    follow(marketIndex) {
      if (followed.has(marketIndex)) return
      const unsubscribe = engine.feed(marketIndex).onTick(() => onTick(marketIndex))
      followed.set(marketIndex, unsubscribe)
    },
    indexes: () => [...followed.keys()],
    stop() {
      for (const unsubscribe of followed.values()) unsubscribe()
    },
  }
}
