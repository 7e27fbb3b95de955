/**
 * Money that entered or left an account by other ways than trading: deposits, withdrawals, transfers
 * (PROTOCOL section 2.1, deposit/history, withdraw/history, transfer/history).
 * @module
 */
import type { DecodedTransaction } from '../../lighter/signer/transactions.ts'
import { type BoundedLog, createBoundedLog } from './bounded-log.ts'
import type { CoreState } from './core-state.ts'

/** Moves remembered for each account. */
const REMEMBERED = 1000

/** One movement of collateral that was no trade (PROTOCOL section 2.1, histories). */
export interface MoneyMove {
  /** Unique over all accounts, rising. */
  readonly moveId: number
  /** `drain` is collateral that a test took away: an outflow, but no withdrawal of the owner. */
  readonly kind: 'deposit' | 'withdrawal' | 'transfer-in' | 'transfer-out' | 'drain'
  readonly accountIndex: number
  /** Without the fee. */
  readonly amountMicros: bigint
  /** Paid by the sender of a transfer. */
  readonly feeMicros: bigint
  /** The other account of a transfer. */
  readonly counterpartIndex: number | undefined
  readonly timestampMs: number
  /** The transaction's; those of the exchange itself start with zeros. */
  readonly txHash: string
}

/** Sums over an account's whole life, millionths of a USDC. */
export interface MoneyTotals {
  /** Deposits and incoming transfers. */
  readonly inflowMicros: bigint
  /** Withdrawals, outgoing transfers with their fees, and drains. */
  readonly outflowMicros: bigint
  /** The part of inflow and outflow that came from transfers. */
  readonly transferInMicros: bigint
  readonly transferOutMicros: bigint
}

interface MoneyAccount {
  readonly log: BoundedLog<MoneyMove>
  totals: MoneyTotals
}

/** The moves of all accounts. */
export interface MoneyBook {
  readonly accounts: Map<number, MoneyAccount>
  nextMoveId: number
}

const NOTHING: MoneyTotals = {
  inflowMicros: 0n,
  outflowMicros: 0n,
  transferInMicros: 0n,
  transferOutMicros: 0n,
}

/** Creates a book without moves (PROTOCOL section 2.1, histories). */
export function createMoneyBook(): MoneyBook {
  return { accounts: new Map(), nextMoveId: 1 }
}

/** Moves of an account, newest first, bounded (PROTOCOL section 2.1, histories). */
export function moneyMoves(book: MoneyBook, accountIndex: number): readonly MoneyMove[] {
  return book.accounts.get(accountIndex)?.log.newest() ?? []
}

/** What has gone in and out of an account so far (PROTOCOL section 2.1, pnl). */
export function moneyTotals(book: MoneyBook, accountIndex: number): MoneyTotals {
  return book.accounts.get(accountIndex)?.totals ?? NOTHING
}

/** Notes a deposit, or a drain when negative; zero is none (PROTOCOL section 2.1, deposit/history). */
export function recordDeposit(state: CoreState, accountIndex: number, deltaMicros: bigint): void {
  if (deltaMicros === 0n) return
  const isDeposit = deltaMicros > 0n
  const amountMicros = isDeposit ? deltaMicros : -deltaMicros
  record(state, { kind: isDeposit ? 'deposit' : 'drain', accountIndex, amountMicros })
}

/** Notes the money that an executed transaction moved: transfers and withdrawals (PROTOCOL section 2.1). */
export function recordTransaction(state: CoreState, tx: DecodedTransaction): void {
  const { accountIndex } = tx
  if (tx.kind === 'withdraw') {
    record(state, { kind: 'withdrawal', accountIndex, amountMicros: tx.amount })
  } else if (tx.kind === 'transfer') {
    const { toAccountIndex, amount: amountMicros, usdcFee: feeMicros } = tx
    const sent = { amountMicros, feeMicros }
    record(state, {
      ...sent,
      kind: 'transfer-out',
      accountIndex,
      counterpartIndex: toAccountIndex,
    })
    record(state, {
      ...sent,
      kind: 'transfer-in',
      accountIndex: toAccountIndex,
      counterpartIndex: accountIndex,
    })
  }
}

type Noted = Pick<MoneyMove, 'kind' | 'accountIndex' | 'amountMicros'> &
  Partial<Pick<MoneyMove, 'feeMicros' | 'counterpartIndex'>>

function record(state: CoreState, noted: Noted): void {
  const { money } = state
  const move: MoneyMove = {
    feeMicros: 0n,
    counterpartIndex: undefined,
    ...noted,
    moveId: money.nextMoveId++,
    timestampMs: state.nowMs,
    txHash: state.txHash,
  }
  const account = money.accounts.get(move.accountIndex) ?? {
    log: createBoundedLog<MoneyMove>(REMEMBERED),
    totals: NOTHING,
  }
  money.accounts.set(move.accountIndex, account)
  account.log.push(move)
  account.totals = totalsAfter(account.totals, move)
}

function totalsAfter(before: MoneyTotals, move: MoneyMove): MoneyTotals {
  const isIn = move.kind === 'deposit' || move.kind === 'transfer-in'
  // The receiver gets the amount; the sender loses the fee as well.
  const inMicros = isIn ? move.amountMicros : 0n
  const outMicros = isIn ? 0n : move.amountMicros + move.feeMicros
  const isTransfer = move.kind === 'transfer-in' || move.kind === 'transfer-out'
  return {
    inflowMicros: before.inflowMicros + inMicros,
    outflowMicros: before.outflowMicros + outMicros,
    transferInMicros: before.transferInMicros + (isTransfer ? inMicros : 0n),
    transferOutMicros: before.transferOutMicros + (isTransfer ? outMicros : 0n),
  }
}
