/**
 * What the journal says against what the exchange's books say, once all is settled: every trade of ours is a fill there,
 * once, with the same price, fee and profit to the last unit.
 * @module
 */
import type { SimCore, SimTrade } from '../../../src/sim/core/core-model.ts'
import { isOurClientOrderIndex } from '../../../src/hedge/client-order-index.ts'
import type { FillRecord, LedgerFile } from './ledger-file.ts'

export interface BookRuleOptions {
  readonly core: SimCore
  readonly marketIndex: number
  readonly accounts: readonly number[]
  readonly ledger: LedgerFile
}

/** One sentence for each difference. */
export function compareBooks({ core, marketIndex, accounts, ledger }: BookRuleOptions): string[] {
  const findings: string[] = []
  const fills = new Map(
    ledger.fills().map((fill) => [`${fill.tradeId}/${fill.accountIndex}`, fill]),
  )
  for (const account of accounts) {
    const trades = core
      .accountTrades(account, 100_000)
      .filter((trade) => trade.marketIndex === marketIndex && isOurs(trade, account))
    for (const trade of trades) {
      const fill = fills.get(`${trade.tradeId}/${account}`)
      if (fill === undefined) findings.push(`trade ${trade.tradeId} of ${account} is in no journal`)
      else findings.push(...differences(trade, account, fill))
    }
  }
  for (const { hedgeId, state, accounts: legs } of ledger.hedges()) {
    const isOver = state === 'closed' || state === 'aborted'
    if (!isOver) findings.push(`${hedgeId} is ${state} at the end`)
    void legs
  }
  return findings
}

function sideOf(trade: SimTrade, account: number) {
  return trade.ask.accountIndex === account ? trade.ask : trade.bid
}

function isOurs(trade: SimTrade, account: number): boolean {
  return isOurClientOrderIndex(Number(sideOf(trade, account).clientOrderIndex))
}

const E12_PER_MICRO = 1_000_000n

function differences(trade: SimTrade, account: number, fill: FillRecord): string[] {
  const side = sideOf(trade, account)
  const expected = {
    size: decimal(trade.sizeTicks, 5),
    price: decimal(trade.priceTicks, 1),
    fee: decimal(side.feeE12 / E12_PER_MICRO, 6),
    profit: decimal(side.realizedPnlMicros, 6),
  }
  const found = {
    size: Number(fill.baseSize),
    price: Number(fill.price),
    fee: Number(fill.feeUsd),
    profit: fill.realizedPnlUsd === null ? expected.profit : Number(fill.realizedPnlUsd),
  }
  return Object.entries(expected).flatMap(([name, value]) => {
    const other = found[name as keyof typeof found]
    return Math.abs(value - other) < 1e-9
      ? []
      : [`trade ${trade.tradeId} of ${account}: ${name} is ${other} in the journal, not ${value}`]
  })
}

function decimal(units: bigint, digits: number): number {
  return Number(units) / 10 ** digits
}
