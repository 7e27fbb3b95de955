import type { Clock } from '../../ports.ts'
import type { SimAccount, SimCore } from '../core/core-model.ts'
import { accountFrame } from './account-frames.ts'
import type { Listeners } from './listeners.ts'
import { toWireJson } from './wire-json.ts'

/** Pushes `user_stats` as marks move. */
export interface MarkFollower {
  /** A mark moved; true when a flush has something to tell. */
  note(marketIndex: number): boolean
  flush(): void
}

export interface MarkFollowerOptions {
  readonly core: SimCore
  readonly clock: Clock
  readonly listeners: Listeners
  readonly userStatsIntervalMs: number
}

/** `user_stats` move with the mark while a position is open, each account at most once an interval. */
export function createMarkFollower(options: MarkFollowerOptions): MarkFollower {
  const { core, clock, listeners, userStatsIntervalMs } = options
  const lastMs = new Map<number, number>()
  const moved = new Set<number>()

  const isDue = (accountIndex: number, nowMs: number): boolean =>
    listeners.has(`user_stats:${accountIndex}`) &&
    nowMs - (lastMs.get(accountIndex) ?? Number.NEGATIVE_INFINITY) >= userStatsIntervalMs
  const publish = (account: SimAccount) => {
    const channel = listeners
      .ofAccount(account.accountIndex)
      .find(({ name }) => name === 'user_stats')
    if (channel === undefined) return
    const news = { ...NOTHING, account, hasBalances: true, nowMs: clock.now() }
    const frame = accountFrame('update', core, { channel, news })
    if (frame !== undefined) listeners.publish(channel.key, toWireJson(frame))
  }
  return {
    note(marketIndex) {
      moved.add(marketIndex)
      return true
    },
    flush() {
      if (moved.size === 0) return
      const nowMs = clock.monotonicMs()
      for (const accountIndex of listeners.accounts()) {
        if (!isDue(accountIndex, nowMs)) continue
        const account = core.account(accountIndex)
        if (account === undefined || !hasPosition(account, moved)) continue
        lastMs.set(accountIndex, nowMs)
        publish(account)
      }
      moved.clear()
    },
  }
}

const NOTHING = {
  orders: [],
  trades: [],
  positionMarkets: [],
  transactions: [],
  notifications: [],
  announcements: [],
  fundings: [],
} as const

function hasPosition(account: SimAccount, marketIndexes: ReadonlySet<number>): boolean {
  for (const marketIndex of marketIndexes) {
    if ((account.positions.get(marketIndex)?.sizeTicks ?? 0n) !== 0n) return true
  }
  return false
}
