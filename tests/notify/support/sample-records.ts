import type { TradeLeg, TradeRecord } from '../../../src/engine/trade-record.ts'
import { Dec, sumDec } from '../../../src/hedge/decimal.ts'

const AT_MS = Date.UTC(2026, 11, 1, 14, 3, 22)

function leg(number: number, rest: Partial<TradeLeg> = {}): TradeLeg {
  const side = number % 2 === 1 ? 'long' : 'short'
  const entry = side === 'long' ? '97480.5' : '97478.1'
  return {
    account: `account_${number}`,
    side,
    plannedBase: new Dec('0.01'),
    openedBase: new Dec('0.01'),
    openBase: new Dec(0),
    averageEntryPrice: new Dec(entry),
    averageExitPrice: new Dec('98400'),
    realizedPnlUsd: new Dec(side === 'long' ? '9.195' : '-9.219'),
    feesUsd: new Dec('0.04'),
    slippageUsd: new Dec('0.012'),
    ...rest,
  }
}

/** A closed round of two accounts; `hedgeId` h3 has account_5 and account_6. */
export function sampleRecord(number = 1, rest: Partial<TradeRecord> = {}): TradeRecord {
  const legs = rest.legs ?? [leg(2 * number - 1), leg(2 * number)]
  const feesUsd = sumDec(legs.map((one) => one.feesUsd))
  const realizedPnlUsd = sumDec(legs.map((one) => one.realizedPnlUsd ?? new Dec(0)))
  return {
    hedgeId: `h${number}`,
    name: `account_${2 * number - 1}+account_${2 * number}`,
    market: 'BTC',
    state: 'closed',
    target: 'flat',
    cause: 'stop_loss',
    leverage: new Dec(10),
    createdAtMs: AT_MS - 7_205_000,
    openedAtMs: AT_MS - 7_200_000,
    closedAtMs: AT_MS,
    legs,
    openingGapMs: 3,
    closingGapMs: 1,
    nakedMs: 4,
    realizedPnlUsd,
    feesUsd,
    netUsd: realizedPnlUsd.minus(feesUsd),
    slippageUsd: new Dec('0.024'),
    fills: 4,
    ownFills: 0,
    isComplete: true,
    ...rest,
  }
}

/** The same while it is open. */
export function openedRecord(number = 1, rest: Partial<TradeRecord> = {}): TradeRecord {
  return sampleRecord(number, {
    state: 'open',
    target: 'open',
    cause: undefined,
    closedAtMs: undefined,
    closingGapMs: undefined,
    isComplete: false,
    fills: 2,
    ...rest,
  })
}

export const CONTEXT = { network: 'mainnet', nowMs: AT_MS + 5_000 }
