/**
 * Integrators: who may charge an account for its orders, how much, until when (PROTOCOL 5.4 attributes 1 to 3, tx 45).
 * @module
 */
import type { TxAttributes } from '../../lighter/signer/attributes.ts'
import { hashedAttributes, MAX_ATTRIBUTES } from '../../lighter/signer/attributes.ts'
import type { DecodedTransaction } from '../../lighter/signer/transactions.ts'
import type { VenueError } from './core-model.ts'
import type { AccountState, CoreState } from './core-state.ts'
import type { IntegratorFees } from './order-model.ts'
import { refusal } from './venue-errors.ts'

type ApproveTx = Extract<DecodedTransaction, { kind: 'approveIntegrator' }>

/** Largest fees of an integrator, millionths of the notional (PROTOCOL 2.1 systemConfig). */
const MAX_FEE_TICK = { perps: 1_000, spot: 10_000 } as const

/**
 * Whether an approval may stand; the Ethereum signature is the gateway's to check (PROTOCOL 5.4, CRYPTO.md 10:
 * expiry 0 only with all fees 0, which takes an approval back). Fees above the system's are 21134, an expiry that is
 * over 21711: PROTOCOL names no codes for them.
 */
export function checkApproval(
  state: CoreState,
  account: AccountState,
  tx: ApproveTx,
): VenueError | undefined {
  const integrator = state.accounts.get(tx.integratorAccountIndex)
  if (integrator === undefined || integrator === account) return refusal('invalidAccountIndex')
  if (integrator.isHouse) return refusal('systemIntegrator')
  const perps = [tx.maxPerpsTakerFee, tx.maxPerpsMakerFee]
  const spot = [tx.maxSpotTakerFee, tx.maxSpotMakerFee]
  const isOver = (fee: number, max: number): boolean => fee < 0 || fee > max
  if (perps.some((fee) => isOver(fee, MAX_FEE_TICK.perps))) return refusal('invalidFee')
  if (spot.some((fee) => isOver(fee, MAX_FEE_TICK.spot))) return refusal('invalidFee')
  return isRevocation(tx) || tx.approvalExpiry > state.nowMs ? undefined : refusal('invalidExpiry')
}

/** Stores an approval in place of an older one, or takes it back (PROTOCOL 5.4). */
export function applyApproval(state: CoreState, account: AccountState, tx: ApproveTx): void {
  if (isRevocation(tx)) account.integrators.delete(tx.integratorAccountIndex)
  else {
    account.integrators.set(tx.integratorAccountIndex, {
      maxPerpsTakerFeeTick: tx.maxPerpsTakerFee,
      maxPerpsMakerFeeTick: tx.maxPerpsMakerFee,
      maxSpotTakerFeeTick: tx.maxSpotTakerFee,
      maxSpotMakerFeeTick: tx.maxSpotMakerFee,
      expiryMs: tx.approvalExpiry,
    })
  }
  state.changes.account(account)
}

/**
 * Whether the integrator of an order is approved now and within its fees (PROTOCOL 5.4: not approved is 21149). Fees
 * above what was approved are 21134: PROTOCOL names no code. What was agreed when an order was placed holds for its
 * fills, also when the approval ends before.
 */
export function checkIntegratorFees(
  account: AccountState,
  attributes: TxAttributes | null | undefined,
  nowMs: number,
): VenueError | undefined {
  const fees = integratorFeesOf(attributes)
  if (fees === undefined) return undefined
  const approval = account.integrators.get(fees.accountIndex)
  if (approval === undefined || approval.expiryMs <= nowMs) return refusal('integratorNotApproved')
  const isWithin =
    fees.takerFeeTick >= 0 &&
    fees.makerFeeTick >= 0 &&
    fees.takerFeeTick <= approval.maxPerpsTakerFeeTick &&
    fees.makerFeeTick <= approval.maxPerpsMakerFeeTick
  return isWithin ? undefined : refusal('invalidFee')
}

/** What the attributes say that an integrator charges; undefined without one (PROTOCOL 5.2: nil is 0). */
export function integratorFeesOf(
  attributes: TxAttributes | null | undefined,
): IntegratorFees | undefined {
  const accountIndex = attributes?.integratorAccountIndex ?? 0
  if (accountIndex === 0) return undefined
  return {
    accountIndex,
    takerFeeTick: attributes?.integratorTakerFee ?? 0,
    makerFeeTick: attributes?.integratorMakerFee ?? 0,
  }
}

/**
 * Which attributes are out of range or do not go together (PROTOCOL 5.2: at most four, fees need an integrator, no
 * self-trade rule beside integrator fees, behaviour 3 not with equality 1). The code is 21501: PROTOCOL names none.
 */
export function checkAttributes(
  attributes: TxAttributes | null | undefined,
): VenueError | undefined {
  if (attributes === null || attributes === undefined) return undefined
  const isWrong =
    hashedAttributes(attributes).length > MAX_ATTRIBUTES ||
    ATTRIBUTE_RANGES.some(([name, max]) => !isWithin(attributes[name] ?? 0, max)) ||
    ATTRIBUTE_RULES.some((isBroken) => isBroken(attributes))
  return isWrong ? refusal('invalidTxInfo') : undefined
}

/** Largest values; all start at 0 (PROTOCOL 5.2). */
const ATTRIBUTE_RANGES: readonly (readonly [keyof TxAttributes, max: number])[] = [
  ['integratorAccountIndex', 2 ** 48 - 2],
  ['integratorTakerFee', 1_000_000],
  ['integratorMakerFee', 1_000_000],
  ['skipNonce', 1],
  ['cancelAllMarketIndex', 255],
  ['selfTradeBehaviorMode', 3],
  ['selfTradeEqualityMode', 1],
]

function isWithin(value: number, max: number): boolean {
  return value >= 0 && value <= max
}

const ATTRIBUTE_RULES: readonly ((attributes: TxAttributes) => boolean)[] = [
  (given) => hasFees(given) && (given.integratorAccountIndex ?? 0) === 0,
  (given) => hasFees(given) && isSelfTradeRule(given),
  (given) => given.selfTradeBehaviorMode === 3 && given.selfTradeEqualityMode === 1,
]

function hasFees({ integratorTakerFee = 0, integratorMakerFee = 0 }: TxAttributes): boolean {
  return integratorTakerFee !== 0 || integratorMakerFee !== 0
}

function isSelfTradeRule(given: TxAttributes): boolean {
  return (given.selfTradeBehaviorMode ?? 0) !== 0 || (given.selfTradeEqualityMode ?? 0) !== 0
}

function isRevocation(tx: ApproveTx): boolean {
  const fees = [tx.maxPerpsTakerFee, tx.maxPerpsMakerFee, tx.maxSpotTakerFee, tx.maxSpotMakerFee]
  return tx.approvalExpiry === 0 && fees.every((fee) => fee === 0)
}
