import type { LedgerFill } from '../../src/hedge/ledger.ts'
import type { OrderSide } from '../../src/hedge/side.ts'
import { dec } from './sample-market.ts'

let nextTradeId = 1

/** A fill written as in `7 buy 0.01 @ 100000 +250`: account, side, size, price, venue time in ms. */
export function ledgerFill(text: string, changes: Partial<LedgerFill> = {}): LedgerFill {
  const [account = '', side, size = '', , price = '', at = ''] = text.split(' ')
  nextTradeId += 1
  return {
    tradeId: nextTradeId.toString(),
    accountIndex: Number(account),
    hedgeId: 'h1',
    clientOrderIndex: 0,
    marketIndex: 1,
    side: side as OrderSide,
    baseSize: dec(size),
    price: dec(price),
    feeUsd: dec(0),
    realizedPnlUsd: undefined,
    counterAccountIndex: '999',
    atMs: Number(at),
    ...changes,
  }
}
