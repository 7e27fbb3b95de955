/**
 * Watches only the exchange's truth and says what must never happen (DESIGN.md section 3). It knows the plan, not the
 * engine: which accounts form a hedge and how large each leg may become.
 */
import type { CoreEvent, SimCore } from '../../src/sim/core/core-model.ts'
import type { VirtualClock } from '../../src/sim/virtual-clock.ts'

export interface AuditPlan {
  readonly clock: VirtualClock
  readonly core: SimCore
  readonly marketIndex: number
  /** Accounts of each hedge. */
  readonly hedges: readonly (readonly number[])[]
  /** Largest size of one leg in ticks. */
  readonly legTicksMax: bigint
}

export interface Auditor {
  /** One sentence for every broken rule, in order of time. */
  readonly findings: readonly string[]
  /** Longest time that a hedge's signed sizes did not add up to zero, by hedge, still running ones included. */
  longestNakedMs(): number
  /** From now on only reductions may execute. */
  expectOnlyReductions(): void
  isFlat(): boolean
  isHedged(): boolean
  /** Signed size of an account in ticks. */
  positionTicks(accountIndex: number): bigint
  stop(): void
}

/** Starts auditing. */
export function createAuditor(plan: AuditPlan): Auditor {
  const { clock, core, marketIndex, hedges } = plan
  const findings: string[] = []
  const own = new Set(hedges.flat())
  const nakedSince = new Map<number, number>()
  let longestNakedMs = 0
  let isClosing = false
  // A transaction's trades are told after all of them are done: what lies between is counted here.
  const counted = new Map<number, bigint>()

  const sizeOf = (accountIndex: number) =>
    core.account(accountIndex)?.positions.get(marketIndex)?.sizeTicks ?? 0n
  const netOf = (accounts: readonly number[]) =>
    accounts.reduce((sum, accountIndex) => sum + sizeOf(accountIndex), 0n)
  const find = (text: string) => findings.push(`${Math.round(clock.monotonicMs())} ms: ${text}`)

  const lookAtNaked = () => {
    hedges.forEach((accounts, at) => {
      const since = nakedSince.get(at)
      const isNaked = netOf(accounts) !== 0n
      if (isNaked && since === undefined) nakedSince.set(at, clock.monotonicMs())
      if (!isNaked && since !== undefined) {
        longestNakedMs = Math.max(longestNakedMs, clock.monotonicMs() - since)
        nakedSince.delete(at)
      }
    })
  }

  const lookAtTrade = (event: Extract<CoreEvent, { type: 'trade' }>) => {
    const { trade } = event
    if (trade.marketIndex !== marketIndex) return
    for (const side of ['ask', 'bid'] as const) {
      const accountIndex = side === 'ask' ? trade.ask.accountIndex : trade.bid.accountIndex
      if (!own.has(accountIndex)) continue
      const moved = side === 'ask' ? -trade.sizeTicks : trade.sizeTicks
      const before = counted.get(accountIndex) ?? 0n
      const after = before + moved
      counted.set(accountIndex, after)
      if (trade.type !== 'trade') continue
      const order = core.order(side === 'ask' ? trade.ask.orderIndex : trade.bid.orderIndex)
      const isReduction = abs(after) < abs(before)
      if (isReduction && order?.reduceOnly !== true) {
        find(`account ${accountIndex} reduced by an order that is not reduce-only`)
      }
      if (!isReduction && isClosing) find(`account ${accountIndex} added exposure while closing`)
      if (before !== 0n && after !== 0n && before > 0n !== after > 0n) {
        find(`account ${accountIndex} went through zero from ${before} to ${after}`)
      }
      const other = side === 'ask' ? trade.bid.accountIndex : trade.ask.accountIndex
      if (own.has(other)) find(`accounts ${accountIndex} and ${other} traded with each other`)
    }
  }

  const stop = core.subscribe((event) => {
    if (event.type === 'trade') lookAtTrade(event)
    if (event.type === 'position' && own.has(event.accountIndex)) {
      counted.set(event.accountIndex, sizeOf(event.accountIndex))
      const size = abs(sizeOf(event.accountIndex))
      if (size > plan.legTicksMax) find(`account ${event.accountIndex} holds ${size} ticks`)
      lookAtNaked()
    }
  })

  return {
    findings,
    longestNakedMs: () =>
      Math.max(
        longestNakedMs,
        ...[...nakedSince.values()].map((since) => clock.monotonicMs() - since),
      ),
    expectOnlyReductions: () => {
      isClosing = true
    },
    isFlat: () => [...own].every((accountIndex) => sizeOf(accountIndex) === 0n),
    isHedged: () => hedges.every((accounts) => netOf(accounts) === 0n),
    positionTicks: sizeOf,
    stop,
  }
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value
}
