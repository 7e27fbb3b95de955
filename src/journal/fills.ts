import { Dec } from '../hedge/decimal.ts'
import type { LedgerFill } from '../hedge/ledger.ts'
import type { Journal } from '../ports.ts'
import { decText, optionalDec, optionalDecText, wholeMs } from './columns.ts'
import type { Session } from './session.ts'

interface FillRow {
  readonly trade_id: string
  readonly account_index: number
  readonly hedge_id: string | null
  readonly client_order_index: number
  readonly market_index: number
  readonly side: LedgerFill['side']
  readonly base_size: string
  readonly price: string
  readonly fee_usd: string
  readonly realized_pnl_usd: string | null
  readonly counter_account_index: string
  readonly at_ms: number
}

/** Fills: a trade is one row for each account of ours in it; the first account of it stays. */
export function fillStore(session: Session): Pick<Journal, 'recordFills' | 'fillsOfHedge'> {
  return {
    recordFills: (fills) => {
      if (fills.length === 0) return []
      return session.write(() => fills.filter((fill) => insertFill(session, fill)))
    },
    fillsOfHedge: (hedgeId) =>
      session.read(() =>
        session
          .sql<FillRow>('SELECT * FROM fills WHERE hedge_id = ? ORDER BY at_ms, trade_id')
          .all(hedgeId)
          .map(toFill),
      ),
  }
}

/** False when it was there already. */
function insertFill(session: Session, fill: LedgerFill): boolean {
  const { changes } = session
    .sql(
      `INSERT INTO fills (trade_id, account_index, hedge_id, client_order_index, market_index, side,
         base_size, price, fee_usd, realized_pnl_usd, counter_account_index, at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (trade_id, account_index) DO NOTHING`,
    )
    .run(
      fill.tradeId,
      fill.accountIndex,
      fill.hedgeId ?? null,
      fill.clientOrderIndex,
      fill.marketIndex,
      fill.side,
      decText(fill.baseSize),
      decText(fill.price),
      decText(fill.feeUsd),
      optionalDecText(fill.realizedPnlUsd),
      fill.counterAccountIndex,
      wholeMs(fill.atMs),
    )
  return changes > 0
}

function toFill(row: FillRow): LedgerFill {
  return {
    tradeId: row.trade_id,
    accountIndex: row.account_index,
    hedgeId: row.hedge_id ?? undefined,
    clientOrderIndex: row.client_order_index,
    marketIndex: row.market_index,
    side: row.side,
    baseSize: new Dec(row.base_size),
    price: new Dec(row.price),
    feeUsd: new Dec(row.fee_usd),
    realizedPnlUsd: optionalDec(row.realized_pnl_usd),
    counterAccountIndex: row.counter_account_index,
    atMs: row.at_ms,
  }
}
