/**
 * What has happened to an account: funding, liquidations, profit, money in and out (PROTOCOL.md sections 2 and 2.1).
 * @module
 */
import type { FundingPayment, SimAccount } from '../core/core-model.ts'
import type { MoneyMove } from '../core/money-log.ts'
import { transferFeeMicros } from '../core/transfer-fee.ts'
import { fundingPaymentJson, liquidationJson } from './account-history-json.ts'
import {
  depositJson,
  MONEY_FILTERS,
  moneyStatus,
  transferJson,
  withdrawalJson,
} from './money-json.ts'
import { ALL_MARKETS, isOfMarket } from './rest-orders.ts'
import { pageOf } from './rest-page.ts'
import { choiceParam, integerParam, requiredParam, type Params } from './request-params.ts'
import { accountPnl } from './rest-pnl.ts'
import type { RestCall, RestRoutes } from './rest-route.ts'
import { refusal } from './venue-refusal.ts'
import type { WireObject } from './wire-json.ts'

/** Rows of a page of deposits, withdrawals and transfers: PROTOCOL.md section 2.1 names no limit. */
const MONEY_ROWS = 50
/** Transfers of the kinds that exist here (PROTOCOL.md section 2.1, transfer/history). */
const TRANSFER_TYPES = ['all', 'L2Transfer'] as const
const OTHER_TRANSFER_TYPES =
  /^(L2MintShares|L2BurnShares|L2StakeAssets|L2UnstakeAssets|L2CreatePublicPool|L2CreateStakingPool|L1BurnShares|L1UnstakeAssets)$/

/** Histories of an account (PROTOCOL.md sections 2 and 2.1). */
export const HISTORY_ROUTES: RestRoutes = {
  '/api/v1/positionFunding': { method: 'GET', auth: 'unlessPublic', handle: positionFunding },
  '/api/v1/liquidations': { method: 'GET', auth: 'always', handle: liquidations },
  '/api/v1/pnl': {
    method: 'GET',
    auth: 'unlessPublic',
    accountParam: 'value',
    handle(call) {
      choiceParam(call.params, 'by', ['index'])
      return accountPnl(call, accountOf(call, 'value'))
    },
  },
  '/api/v1/transferFeeInfo': { method: 'GET', auth: 'always', handle: transferFee },
  '/api/v1/deposit/history': {
    method: 'GET',
    auth: 'always',
    handle(call) {
      const account = accountOf(call)
      const l1Address = requiredParam(call.params, 'l1_address').toLowerCase()
      if (l1Address !== account.l1Address) throw refusal(20001)
      const { rows, cursor } = moneyPage(call, account, ['deposit'])
      return { deposits: rows.map((row) => depositJson(row, call.parts.clock.now())), cursor }
    },
  },
  // Of deposits over a bridge (openapi.json), and none leads here; what the venue answers then is not documented.
  '/api/v1/deposit/latest': {
    method: 'GET',
    handle({ params }) {
      requiredParam(params, 'l1_address')
      throw refusal(29404)
    },
  },
  '/api/v1/withdraw/history': {
    method: 'GET',
    auth: 'always',
    handle(call) {
      const account = accountOf(call)
      const { rows, cursor } = moneyPage(call, account, ['withdrawal'])
      return { withdraws: rows.map((row) => withdrawalJson(row, call.parts.clock.now())), cursor }
    },
  },
  '/api/v1/transfer/history': {
    method: 'GET',
    auth: 'unlessPublic',
    handle(call) {
      const account = accountOf(call)
      const isWanted = wantsTransfers(call.params['type'])
      const { rows, cursor } = moneyPage(call, account, isWanted ? TRANSFERS : [])
      return { transfers: rows.map((row) => transferJson(call.parts.core, row)), cursor }
    },
  },
}

const TRANSFERS: readonly MoneyMove['kind'][] = ['transfer-in', 'transfer-out']

function accountOf({ parts: { core }, params }: RestCall, name = 'account_index'): SimAccount {
  const account = core.account(integerParam(params, name))
  if (account === undefined) throw refusal(21100)
  return account
}

function positionFunding(call: RestCall): WireObject {
  const { core } = call.parts
  const isWanted = fundingRule(call.params)
  const payments = core
    .fundingPayments(accountOf(call).accountIndex)
    .filter(isWanted)
    .sort((a, b) => b.fundingId - a.fundingId)
  const { rows, nextCursor } = pageOf(payments, {
    params: call.params,
    placeOf: ({ fundingId }) => [BigInt(fundingId)],
  })
  return {
    position_fundings: rows.map((payment) => fundingPaymentJson(core, payment)),
    next_cursor: nextCursor ?? '',
  }
}

/** By market, side of the position, and time: seconds or milliseconds, both ends included. */
function fundingRule(params: Params): (payment: FundingPayment) => boolean {
  const marketIndex = integerParam(params, 'market_id', { fallback: ALL_MARKETS })
  const side = choiceParam({ side: 'all', ...params }, 'side', ['long', 'short', 'all'])
  const fromMs = millisecondsOf(integerParam(params, 'start_timestamp', { fallback: 0 }))
  const untilMs = millisecondsOf(
    integerParam(params, 'end_timestamp', { fallback: Number.MAX_SAFE_INTEGER }),
  )
  return (payment) =>
    isOfMarket(payment, marketIndex) &&
    (side === 'all' || payment.sizeTicks < 0n === (side === 'short')) &&
    payment.timestampMs >= fromMs &&
    payment.timestampMs <= untilMs
}

/** Times below 1e11 are seconds (PROTOCOL.md section 2.1). */
function millisecondsOf(time: number): number {
  return time < 100_000_000_000 ? time * 1_000 : time
}

function liquidations(call: RestCall): WireObject {
  const { core } = call.parts
  const account = accountOf(call)
  const marketIndex = integerParam(call.params, 'market_id', { fallback: ALL_MARKETS })
  const numberOf = (id: string) => BigInt(id.split(':').at(-1) ?? '0')
  const found = core
    .notifications(account.accountIndex)
    .filter((notification) => isOfMarket(notification, marketIndex))
  const { rows, nextCursor } = pageOf(found, {
    params: call.params,
    placeOf: ({ id }) => [numberOf(id)],
  })
  return {
    liquidations: rows.map((row) => liquidationJson(core, account, row)),
    next_cursor: nextCursor ?? '',
  }
}

/** Without `to_account_index`, or with −1, the fee of a transfer to somebody else. */
function transferFee(call: RestCall): WireObject {
  const { core } = call.parts
  const account = accountOf(call)
  const toIndex = integerParam(call.params, 'to_account_index', { min: -1, fallback: -1 })
  const receiver = core.account(toIndex)
  if (toIndex !== -1 && receiver === undefined) throw refusal(21100)
  return {
    transfer_fee_usdc: transferFeeMicros(account.l1Address, receiver?.l1Address ?? ''),
  }
}

function moneyPage(call: RestCall, account: SimAccount, kinds: readonly MoneyMove['kind'][]) {
  const { core } = call.parts
  const filter = choiceParam({ filter: 'all', ...call.params }, 'filter', MONEY_FILTERS)
  const nowMs = call.parts.clock.now()
  const moves = core
    .moneyMoves(account.accountIndex)
    .filter(({ kind }) => kinds.includes(kind))
    .filter((move) => filter === 'all' || moneyStatus(move, nowMs) === filter)
  const { rows, nextCursor } = pageOf(moves, {
    params: call.params,
    fixedLimit: MONEY_ROWS,
    placeOf: ({ moveId }) => [BigInt(moveId)],
  })
  return { rows, cursor: nextCursor ?? '' }
}

function wantsTransfers(type: string | undefined): boolean {
  if (type === undefined || type === '') return true
  const names = type.split(',')
  const isTransfer = (name: string) => TRANSFER_TYPES.some((known) => known === name)
  if (!names.every((name) => isTransfer(name) || OTHER_TRANSFER_TYPES.test(name))) {
    throw refusal(20001)
  }
  return names.some(isTransfer)
}
