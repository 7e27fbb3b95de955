import type { Clock } from '../../ports.ts'
import type { SimCore } from '../core/core-model.ts'
import type { Fault } from '../faults/fault-plan.ts'
import type { FaultSwitch } from '../faults/fault-switch.ts'
import { textToTicks } from '../gateway/decimal-text.ts'
import type { Makers } from '../market/makers.ts'
import type { MarketDriver } from '../market/market-driver.ts'

export interface WorldFaultsOptions {
  readonly core: SimCore
  readonly clock: Clock
  readonly faults: FaultSwitch
  readonly makers: Makers
  /** Shows changed books at once. */
  readonly driver: Pick<MarketDriver, 'step'>
}

/** Carries out the planned faults that change the market instead of a message; the returned function stops them. */
export function scheduleWorldFaults(options: WorldFaultsOptions): () => void {
  const { clock, faults } = options
  const cancels = [
    ...faults.planned('drain').map((fault) => {
      return at(clock, fault.scope.fromMs, () => drain(options, fault))
    }),
    ...faults
      .planned('thin-book')
      .flatMap((fault) => [
        at(clock, fault.scope.fromMs, () => thin(options, factorOf(fault))),
        at(clock, fault.scope.untilMs, () => thin(options, 1)),
      ]),
  ]
  return () => {
    for (const cancel of cancels) cancel()
  }
}

/** Calls back at a time of the plan; at once when that is now, never when it has no end. */
function at(clock: Clock, ms: number, callback: () => void): () => void {
  if (ms === Number.POSITIVE_INFINITY) return () => undefined
  if (ms > 0) return clock.setTimer(ms, callback)
  callback()
  return () => undefined
}

function drain({ core, clock, faults }: WorldFaultsOptions, { effect, scope }: Fault): void {
  if (effect.kind !== 'drain') return
  const { accountIndex } = scope
  const accounts = new Set(accountIndex === undefined ? [] : [accountIndex])
  if (accountIndex === undefined || core.account(accountIndex) === undefined) return
  if (faults.strike('drain', { accounts }) === undefined) return
  core.drain(accountIndex, textToTicks(effect.usd, 6), Math.trunc(clock.now()))
}

function factorOf({ effect }: Fault): number {
  return effect.kind === 'thin-book' ? effect.factor : 1
}

function thin({ makers, driver }: WorldFaultsOptions, share: number): void {
  makers.setDepthShare(share)
  driver.step()
}
