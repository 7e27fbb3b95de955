/**
 * How profit, flows and volume of accounts grew: a sample each minute for a day, each hour for five weeks
 * (PROTOCOL section 2.1, pnl; section 8.3, daily to monthly volumes). Whole millionths of a USDC throughout.
 * @module
 */
import type { AccountState, CoreState } from './core-state.ts'
import { accountFigures } from './margin.ts'
import { moneyTotals } from './money-log.ts'
import { createSampleRing, type SampleRing } from './sample-ring.ts'
import { E12_PER_MICRO } from './units.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const MINUTES_KEPT = 24 * 60 + 1
const HOURS_KEPT = 35 * 24

/** Cumulative figures of an account at one moment (PROTOCOL section 2.1, pnl). */
export interface PnlSample {
  readonly atMs: number
  /** Total account value, floating profit included, minus everything that flowed in, plus what flowed out. */
  readonly tradePnlMicros: bigint
  readonly inflowMicros: bigint
  readonly outflowMicros: bigint
  readonly transferInMicros: bigint
  readonly transferOutMicros: bigint
  readonly volumeMicros: bigint
  readonly tradeCount: number
}

interface AccountHistory {
  readonly minutes: SampleRing
  readonly hours: SampleRing
}

/** Samples of all accounts (PROTOCOL section 2.1, pnl). */
export interface PnlHistory {
  readonly accounts: Map<number, AccountHistory>
  lastMinute: number
}

/** Creates a history without samples (PROTOCOL section 2.1, pnl). */
export function createPnlHistory(): PnlHistory {
  return { accounts: new Map(), lastMinute: 0 }
}

/** Takes the samples of a minute that has begun since the last call (PROTOCOL section 2.1, pnl). */
export function samplePnl(state: CoreState): void {
  const minute = Math.floor(state.nowMs / MINUTE_MS)
  const { pnl } = state
  if (minute <= pnl.lastMinute) return
  pnl.lastMinute = minute
  for (const account of state.accounts.values()) {
    if (account.isHouse) continue
    const history = historyOf(pnl, account.accountIndex)
    const row = rowOf(state, account, minute * MINUTE_MS)
    history.minutes.push(row)
    if ((minute * MINUTE_MS) % HOUR_MS === 0) history.hours.push(row)
  }
}

/**
 * An account's figures at a moment: now if it is not past, else the latest sample before it; undefined before the
 * account's first one, and for accounts of the exchange, which are not sampled (PROTOCOL section 2.1, pnl).
 */
export function pnlAt(
  state: CoreState,
  account: AccountState,
  atMs: number,
): PnlSample | undefined {
  if (account.isHouse || atMs < account.createdMs) return undefined
  if (atMs >= state.nowMs) return sampleOf(rowOf(state, account, state.nowMs))
  const history = state.pnl.accounts.get(account.accountIndex)
  if (history === undefined) return undefined
  const atOrBefore = BigInt(Math.floor(atMs))
  const row = history.minutes.lastUntil(atOrBefore) ?? history.hours.lastUntil(atOrBefore)
  return row === undefined ? undefined : sampleOf(row)
}

function historyOf(pnl: PnlHistory, accountIndex: number): AccountHistory {
  const known = pnl.accounts.get(accountIndex)
  if (known !== undefined) return known
  const created = {
    minutes: createSampleRing(MINUTES_KEPT, WIDTH),
    hours: createSampleRing(HOURS_KEPT, WIDTH),
  }
  pnl.accounts.set(accountIndex, created)
  return created
}

/** Columns of a row: time, profit, in, out, transfers in and out, volume, count. */
const WIDTH = 8

function rowOf(state: CoreState, account: AccountState, atMs: number): readonly bigint[] {
  const totals = moneyTotals(state.money, account.accountIndex)
  const valueMicros = accountFigures(state.markets, account).totalValueE12 / E12_PER_MICRO
  return [
    BigInt(atMs),
    valueMicros - totals.inflowMicros + totals.outflowMicros,
    totals.inflowMicros,
    totals.outflowMicros,
    totals.transferInMicros,
    totals.transferOutMicros,
    account.volumeMicros,
    BigInt(account.tradeCount),
  ]
}

function sampleOf(row: readonly bigint[]): PnlSample {
  const [at = 0n, pnl = 0n, inflow = 0n, outflow = 0n, ...rest] = row
  const [transferIn = 0n, transferOut = 0n, volume = 0n, count = 0n] = rest
  return {
    atMs: Number(at),
    tradePnlMicros: pnl,
    inflowMicros: inflow,
    outflowMicros: outflow,
    transferInMicros: transferIn,
    transferOutMicros: transferOut,
    volumeMicros: volume,
    tradeCount: Number(count),
  }
}
