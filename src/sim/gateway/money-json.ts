/**
 * Deposits, withdrawals and transfers as the venue lists them (PROTOCOL.md section 2.1, histories).
 * @module
 */
import type { SimCore } from '../core/core-model.ts'
import type { MoneyMove } from '../core/money-log.ts'
import { microsToText } from './decimal-text.ts'
import type { WireObject } from './wire-json.ts'

const USDC_ASSET_ID = 3
/** From a withdrawal until it can be claimed on Ethereum, seconds (PROTOCOL.md section 2.1, withdrawalDelay). */
export const WITHDRAWAL_DELAY_SECONDS = 1_805

/** What filters of the histories may ask for (PROTOCOL.md section 2.1, deposit/history). */
export const MONEY_FILTERS = ['all', 'pending', 'claimable'] as const

/**
 * How far a move has come: a withdrawal waits for the delay and can then be claimed, which nobody does here, as there
 * is no Ethereum behind the simulator (PROTOCOL.md section 12.2). Everything else is done at once.
 */
export function moneyStatus(move: MoneyMove, nowMs: number): 'completed' | 'pending' | 'claimable' {
  if (move.kind !== 'withdrawal') return 'completed'
  const waitedMs = nowMs - move.timestampMs
  return waitedMs < WITHDRAWAL_DELAY_SECONDS * 1_000 ? 'pending' : 'claimable'
}

/** One deposit. Its Ethereum hash is empty: there was no such transaction (PROTOCOL.md section 2.1, deposit/history). */
export function depositJson(move: MoneyMove, nowMs: number): WireObject {
  return {
    id: String(move.moveId),
    amount: microsToText(move.amountMicros),
    timestamp: secondsOf(move),
    status: moneyStatus(move, nowMs),
    l1_tx_hash: '',
    asset_id: USDC_ASSET_ID,
  }
}

/** One withdrawal, always of the secure kind (PROTOCOL.md section 2.1, withdraw/history). */
export function withdrawalJson(move: MoneyMove, nowMs: number): WireObject {
  return {
    id: String(move.moveId),
    amount: microsToText(move.amountMicros),
    timestamp: secondsOf(move),
    status: moneyStatus(move, nowMs),
    type: 'secure',
    l1_tx_hash: '',
    asset_id: USDC_ASSET_ID,
  }
}

/**
 * One transfer as the account that asks sees it (PROTOCOL.md section 2.1, transfer/history). Transfers between two
 * accounts of one owner are inflows and outflows as well: what the venue calls a self transfer is not described, and
 * is left for moves between the routes of one account, which do not exist here.
 */
export function transferJson(core: SimCore, move: MoneyMove): WireObject {
  const isIn = move.kind === 'transfer-in'
  const other = move.counterpartIndex ?? move.accountIndex
  const [from, to] = isIn ? [other, move.accountIndex] : [move.accountIndex, other]
  const ownerOf = (accountIndex: number) => core.account(accountIndex)?.l1Address ?? ''
  return {
    id: String(move.moveId),
    amount: microsToText(move.amountMicros),
    timestamp: secondsOf(move),
    type: isIn ? 'L2TransferInflow' : 'L2TransferOutflow',
    from_l1_address: ownerOf(from),
    to_l1_address: ownerOf(to),
    from_account_index: from,
    to_account_index: to,
    tx_hash: move.txHash,
    asset_id: USDC_ASSET_ID,
    fee: microsToText(move.feeMicros),
    from_route: 'perps',
    to_route: 'perps',
  }
}

function secondsOf(move: MoneyMove): number {
  return Math.trunc(move.timestampMs / 1_000)
}
