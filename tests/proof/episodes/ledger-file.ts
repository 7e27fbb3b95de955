/**
 * The journal's file as the auditor reads it: with its own queries and not by the code under proof.
 * @module
 */
import Database from 'better-sqlite3'

/** Who sent something and who owns its hedge, at this moment. */
export interface SentRecord {
  readonly sender: string
  readonly holder: string | null
  readonly purpose: string
  readonly hedgeId: string | null
  readonly openDeadlineMs: number | null
}

export interface FillRecord {
  readonly tradeId: string
  readonly accountIndex: number
  readonly baseSize: string
  readonly price: string
  readonly feeUsd: string
  readonly realizedPnlUsd: string | null
}

export interface HedgeRecord {
  readonly hedgeId: string
  readonly state: string
  readonly accounts: readonly number[]
}

export interface LedgerFile {
  sent(accountIndex: number, nonce: number, txInfo: string): SentRecord | undefined
  hedges(): readonly HedgeRecord[]
  fills(): readonly FillRecord[]
  close(): void
}

export function openLedgerFile(file: string): LedgerFile {
  let opened: Database.Database | undefined
  const database = (): Database.Database => (opened ??= new Database(file, { readonly: true }))
  return {
    sent: (accountIndex, nonce, txInfo) =>
      database()
        .prepare<[number, number, string], SentRecord>(
          `SELECT o.owner_id AS sender, h.owner_id AS holder, o.purpose, o.hedge_id AS hedgeId,
             h.open_deadline_ms AS openDeadlineMs
           FROM orders o LEFT JOIN hedges h ON h.hedge_id = o.hedge_id
           WHERE o.account_index = ? AND o.nonce = ? AND o.tx_info = ?`,
        )
        .get(accountIndex, nonce, txInfo),
    hedges: () =>
      database()
        .prepare<[], { hedge_id: string; state: string; accounts: string }>(
          `SELECT h.hedge_id, h.state, group_concat(l.account_index) AS accounts
           FROM hedges h JOIN legs l ON l.hedge_id = h.hedge_id GROUP BY h.hedge_id
           ORDER BY h.hedge_no`,
        )
        .all()
        .map(({ hedge_id: hedgeId, state, accounts }) => ({
          hedgeId,
          state,
          accounts: accounts.split(',').map(Number),
        })),
    fills: () =>
      database()
        .prepare<[], FillRecord>(
          `SELECT trade_id AS tradeId, account_index AS accountIndex, base_size AS baseSize, price,
             fee_usd AS feeUsd, realized_pnl_usd AS realizedPnlUsd FROM fills`,
        )
        .all(),
    close: () => opened?.close(),
  }
}
