/**
 * What a transfer of collateral to another owner costs (PROTOCOL 2 transferFeeInfo, 5.6).
 * @module
 */

/**
 * Fee of a transfer to an account of another owner, millionths of a USDC. PROTOCOL gives no amount; 3 USDC is a
 * choice, high enough that a client which forgets the fee is refused.
 */
export const TRANSFER_FEE_MICROS = 3_000_000n

/**
 * The least `USDCFee` of a transfer, millionths of a USDC: none between accounts of one owner (PROTOCOL 5.6 treats
 * them as one; that they pay nothing is a choice).
 */
export function transferFeeMicros(fromL1Address: string, toL1Address: string): bigint {
  return fromL1Address === toL1Address ? 0n : TRANSFER_FEE_MICROS
}
