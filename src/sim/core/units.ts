/**
 * Units of the simulated exchange (PROTOCOL sections 4, 5.4 and 11.4).
 * @module
 */

/** 1e-12 USDC in a millionth of a USDC. */
export const E12_PER_MICRO = 1_000_000n
/** 1e-12 USDC in one USDC. */
export const E12_PER_USDC = 1_000_000_000_000n
/** Denominator of margin fractions. */
export const FRACTION_ONE = 10_000n
/** Denominator of fee ticks and funding rates. */
export const RATE_ONE = 1_000_000n
/** Prices are 32 bits wide (PROTOCOL section 4). */
export const MAX_PRICE_TICKS = (1n << 32n) - 1n
/** First exchange order index; everything below is a client order index (PROTOCOL 5.4). */
export const FIRST_ORDER_INDEX = 1n << 48n
