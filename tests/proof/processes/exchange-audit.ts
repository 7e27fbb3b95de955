/**
 * The exchange's own books about our accounts: the auditor of the episodes on the real clock, with the time in which no
 * process of ours runs kept apart, and every trade for comparison with the journal.
 */
import type { Clock } from '../../../src/ports.ts'
import type { SimTrade } from '../../../src/sim/core/order-model.ts'
import type { Stage } from '../../../src/sim/stage/stage.ts'
import type { VirtualClock } from '../../../src/sim/virtual-clock.ts'
import type { Auditor } from '../../episodes/auditor.ts'
import { createAuditor } from '../../episodes/auditor.ts'

export interface AuditOptions {
  readonly stage: Stage
  readonly clock: Clock
  readonly marketIndex: number
  /** Accounts of each hedge. */
  readonly hedges: readonly (readonly number[])[]
  readonly legTicks: bigint
}

/** One side of a trade that is ours. */
export interface OwnTrade {
  readonly tradeId: string
  readonly accountIndex: number
  /** Signed. */
  readonly ticks: bigint
  readonly priceTicks: bigint
  readonly atMs: number
}

export interface ExchangeAudit extends Omit<Auditor, 'longestNakedMs'> {
  /** Longest naked time in which a process ran that could have done something. */
  longestAttendedNakedMs(): number
  /** Longest naked time altogether. */
  longestNakedMs(): number
  /** A process of ours begins to run. */
  attend(): void
  /** One has ended, or stands still. */
  leave(): void
  trades(): readonly OwnTrade[]
  /** True when every leg of every hedge stands at its target. */
  isComplete(): boolean
  /** Orders of our accounts that rest at the exchange, triggers included. */
  restingOrders(): number
}

/** Starts auditing. */
export function createExchangeAudit(options: AuditOptions): ExchangeAudit {
  const { stage, clock, marketIndex, hedges, legTicks } = options
  const { core } = stage
  const attended = createAttendedTime(clock)
  const plan = { core, marketIndex, hedges, legTicksMax: legTicks }
  // Of a clock the auditor asks only how far it is.
  const wall = createAuditor({ ...plan, clock: clock as VirtualClock })
  const present = createAuditor({
    ...plan,
    clock: { ...clock, monotonicMs: attended.elapsedMs } as VirtualClock,
  })
  const own = hedges.flat()
  const trades: OwnTrade[] = []
  const stopTrades = core.subscribe((event) => {
    if (event.type === 'trade') trades.push(...ownSides(event.trade, own))
  })
  return {
    ...wall,
    attend: attended.begin,
    leave: attended.end,
    longestAttendedNakedMs: present.longestNakedMs,
    trades: () => trades,
    isComplete: () =>
      wall.isHedged() && own.every((account) => sizeOf(wall.positionTicks(account)) === legTicks),
    restingOrders: () =>
      own.reduce((count, account) => count + core.activeOrders(account).length, 0),
    stop() {
      wall.stop()
      present.stop()
      stopTrades()
    },
  }
}

function ownSides(trade: SimTrade, own: readonly number[]): readonly OwnTrade[] {
  const { tradeId, sizeTicks, priceTicks, timestampMs } = trade
  const sides = [
    { accountIndex: trade.ask.accountIndex, ticks: -sizeTicks },
    { accountIndex: trade.bid.accountIndex, ticks: sizeTicks },
  ]
  return sides
    .filter(({ accountIndex }) => own.includes(accountIndex))
    .map((side) => ({ ...side, tradeId: String(tradeId), priceTicks, atMs: timestampMs }))
}

/** Goes on only while at least one process runs. */
function createAttendedTime(clock: Clock) {
  let running = 0
  let sinceMs = 0
  let gatheredMs = 0
  return {
    begin() {
      if (running === 0) sinceMs = clock.monotonicMs()
      running += 1
    },
    end() {
      running -= 1
      if (running === 0) gatheredMs += clock.monotonicMs() - sinceMs
    },
    elapsedMs: () => gatheredMs + (running === 0 ? 0 : clock.monotonicMs() - sinceMs),
  }
}

function sizeOf(ticks: bigint): bigint {
  return ticks < 0n ? -ticks : ticks
}
