/**
 * Refusals of the exchange by name, with the codes and texts of its error list (PROTOCOL section 10).
 * @module
 */
import type { VenueError } from './core-model.ts'

const TABLE = {
  accountNotFound: [21100, 'account not found'],
  invalidAccountIndex: [21102, 'invalid account index'],
  invalidToAccount: [21106, 'invalid ToAccount'],
  invalidApiKeyIndex: [21110, 'invalid api key index'],
  preLiquidation: [
    21111,
    "account is in pre-liquidation and the transaction doesn't increase the account health",
  ],
  inLiquidation: [21112, 'account is in liquidation'],
  invalidImf: [21113, 'invalid initial margin fraction'],
  withdrawalTooLow: [21116, 'withdrawal amount is too small'],
  withdrawalTooHigh: [21117, 'withdrawal amount is too high'],
  transferTooLow: [21118, 'transfer amount is too small'],
  deadMansSwitchDue: [21122, "dead man's switch should be triggered"],
  invalidAccountType: [21123, 'invalid account type'],
  invalidRouteType: [21124, 'invalid route type'],
  zeroCollateral: [21126, "Account with zero collateral can't change PublicKey"],
  invalidMasterAccount: [21128, 'invalid master account index'],
  tooManySubAccounts: [21129, 'too many sub accounts'],
  marginModeInUse: [
    21132,
    'margin mode change on a market with position or open order is not allowed',
  ],
  invalidRiskChange: [21133, 'invalid risk change'],
  invalidFee: [21134, 'invalid fee'],
  systemIntegrator: [21146, 'system account cannot be integrator'],
  integratorNotApproved: [21149, 'integrator is not approved'],
  notEnoughCollateral: [21301, 'not enough collateral'],
  unsupportedTxType: [21505, 'unsupported tx type'],
  invalidTxInfo: [21501, 'invalid tx info'],
  inactiveCancel: [21600, 'given order is not an active limit order'],
  invalidMarketIndex: [21602, 'invalid market index'],
  invalidMarketStatus: [21605, 'invalid market status'],
  invalidMarginMode: [21613, 'invalid margin mode'],
  noPosition: [21614, 'no position found'],
  invalidMarginDirection: [21615, 'invalid update margin direction'],
  invalidOrderIndex: [21700, 'invalid order index'],
  invalidBaseAmount: [21701, 'invalid base amount'],
  invalidPrice: [21702, 'invalid price'],
  invalidIsAsk: [21703, 'invalid isAsk'],
  invalidOrderType: [21704, 'invalid OrderType'],
  invalidTimeInForce: [21705, 'invalid OrderTimeInForce'],
  invalidOrderAmount: [21706, 'invalid order base or quote amount'],
  unsupportedOrderType: [21710, 'unsupported order type'],
  invalidExpiry: [21711, 'invalid expiry'],
  invalidCancelAllTimeInForce: [21713, 'invalid cancel all time in force'],
  invalidCancelAllTime: [21714, 'invalid cancel all time'],
  inactiveOrder: [21715, 'given order is not an active order'],
  maxOrders: [21717, 'maximum active limit order count reached'],
  maxOrdersPerMarket: [21718, 'maximum active limit order count per market reached'],
  maxPendingOrders: [21719, 'maximum pending order count reached'],
  maxPendingOrdersPerMarket: [21720, 'maximum pending order count per market reached'],
  invalidClientOrderIndex: [21727, 'invalid client order index'],
  clientOrderIndexExists: [21728, 'client order index already exists'],
  invalidTriggerPrice: [21729, 'invalid order trigger price'],
  reduceOnlyIncreases: [21732, 'reduce only increases position'],
  fatFingerPrice: [21733, 'order price flagged as an accidental price'],
  priceTooFarFromMark: [21734, 'limit order price is too far from the mark price'],
  priceTooFarFromTrigger: [21735, 'SL/TP order price is too far from the trigger price'],
  invalidReduceOnlyDirection: [21738, 'invalid reduce only direction'],
  notEnoughOrderMargin: [21739, 'not enough margin to create the order'],
  invalidReduceOnlyMode: [21740, 'invalid reduce only mode'],
  invalidGroupingType: [21741, 'invalid grouping type'],
  invalidGroupSize: [21742, 'invalid order group size'],
  invalidOrderInfo: [21743, 'invalid order info'],
  invalidAssetIndex: [21801, 'invalid asset index'],
  invalidAssetMarginMode: [21802, 'invalid asset margin mode'],
  assetDoesNotExist: [21804, 'asset does not exist for given index'],
  onlyUsdcTransfer: [21805, 'only usdc transfer supported'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>

export type RefusalName = keyof typeof TABLE

/** The venue's code and message of a refusal. */
export function refusal(name: RefusalName): VenueError {
  const [code, message] = TABLE[name]
  return { code, message }
}
