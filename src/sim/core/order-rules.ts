/**
 * What an order must look like by itself, whatever the state of account and book: ranges, combinations of type, time
 * in force, trigger and expiry, sizes (PROTOCOL sections 4 and 5.4).
 * @module
 */
import type { OrderFields } from '../../lighter/signer/transactions.ts'
import { ORDER_TYPE, TIME_IN_FORCE } from '../../lighter/signer/transactions.ts'
import type { VenueError } from './core-model.ts'
import type { MarketState } from './core-state.ts'
import { MAX_BASE_TICKS } from './order-life.ts'
import { FIRST_ORDER_INDEX } from './units.ts'
import { refusal } from './venue-errors.ts'

const MAX_PRICE = 2 ** 32 - 1
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/**
 * Order expiry: 5 minutes to 30 days ahead at the API; the sequencer, which sees the order after its delay, takes it
 * down to 4 minutes (PROTOCOL 5.4).
 */
const EXPIRY_WINDOW_MS = { min: 5 * MINUTE_MS, hardMin: 4 * MINUTE_MS, max: 30 * DAY_MS } as const
/** Dead-man switch: 5 minutes to 15 days ahead (PROTOCOL 5.6). */
export const CANCEL_ALL_WINDOW_MS = { min: 5 * MINUTE_MS, max: 15 * DAY_MS } as const

/** Types that wait for the mark. */
const TRIGGERED_TYPES: ReadonlySet<number> = new Set([2, 3, 4, 5])
/** Types of which the average price counts; they exist as IOC only. */
const IOC_ONLY_TYPES: ReadonlySet<number> = new Set([1, 2, 4])

type Check = (fields: OrderFields<bigint>) => VenueError | undefined

const RANGE_CHECKS: readonly Check[] = [
  ({ isAsk }) => (isFlag(isAsk) ? undefined : refusal('invalidIsAsk')),
  ({ type }) => (isWithin(type, 0, ORDER_TYPE.twap) ? undefined : refusal('invalidOrderType')),
  ({ type }) => (type === ORDER_TYPE.twap ? refusal('unsupportedOrderType') : undefined),
  ({ timeInForce }) =>
    isWithin(timeInForce, 0, TIME_IN_FORCE.postOnly) ? undefined : refusal('invalidTimeInForce'),
  ({ reduceOnly }) => (isFlag(reduceOnly) ? undefined : refusal('invalidReduceOnlyMode')),
  ({ baseAmount }) =>
    baseAmount >= 0n && baseAmount <= MAX_BASE_TICKS ? undefined : refusal('invalidBaseAmount'),
  ({ baseAmount, reduceOnly }) =>
    baseAmount === 0n && reduceOnly !== 1 ? refusal('invalidBaseAmount') : undefined,
  ({ price }) => (isWithin(price, 1, MAX_PRICE) ? undefined : refusal('invalidPrice')),
  ({ clientOrderIndex }) =>
    clientOrderIndex >= 0n && clientOrderIndex < FIRST_ORDER_INDEX
      ? undefined
      : refusal('invalidClientOrderIndex'),
  ({ type, triggerPrice }) =>
    isWithin(triggerPrice, isTriggeredType(type) ? 1 : 0, isTriggeredType(type) ? MAX_PRICE : 0)
      ? undefined
      : refusal('invalidTriggerPrice'),
  ({ type, timeInForce }) =>
    IOC_ONLY_TYPES.has(type) && timeInForce !== TIME_IN_FORCE.ioc
      ? refusal('invalidTimeInForce')
      : undefined,
]

/** Whether an order type waits for a trigger. */
export function isTriggeredType(type: number): boolean {
  return TRIGGERED_TYPES.has(type)
}

/** The first rule that an order breaks by its own fields, or undefined. */
export function checkOrderFields(
  market: MarketState,
  fields: OrderFields<bigint>,
  nowMs: number,
): VenueError | undefined {
  for (const check of RANGE_CHECKS) {
    const found = check(fields)
    if (found !== undefined) return found
  }
  return checkExpiry(fields, nowMs) ?? checkAmounts(market, fields)
}

/** Size rules: smallest sizes for orders that can rest, the quote limit for all (PROTOCOL section 4). */
export function checkAmounts(
  market: MarketState,
  fields: Pick<OrderFields<bigint>, 'baseAmount' | 'price' | 'timeInForce'>,
): VenueError | undefined {
  const quote = fields.baseAmount * BigInt(fields.price) * market.quoteMultiplier
  if (quote > market.orderQuoteLimitMicros) return refusal('invalidOrderAmount')
  const canRest = fields.timeInForce !== TIME_IN_FORCE.ioc && fields.baseAmount !== 0n
  if (!canRest) return undefined
  return fields.baseAmount < market.minBaseTicks || quote < market.minQuoteMicros
    ? refusal('invalidOrderAmount')
    : undefined
}

/** What the API server asks of an expiry beyond the sequencer's own window (PROTOCOL 5.4): 5 minutes ahead. */
export function checkExpiryAhead(
  fields: Pick<OrderFields<bigint>, 'type' | 'timeInForce' | 'orderExpiry'>,
  nowMs: number,
): VenueError | undefined {
  if (isImmediate(fields)) return undefined
  const isAhead = fields.orderExpiry - BigInt(nowMs) >= BigInt(EXPIRY_WINDOW_MS.min)
  return isAhead ? undefined : refusal('invalidExpiry')
}

/** Immediate orders have no expiry, all others one within the sequencer's window. */
function checkExpiry(fields: OrderFields<bigint>, nowMs: number): VenueError | undefined {
  if (isImmediate(fields)) return fields.orderExpiry === 0n ? undefined : refusal('invalidExpiry')
  const aheadMs = fields.orderExpiry - BigInt(nowMs)
  const isInWindow =
    aheadMs >= BigInt(EXPIRY_WINDOW_MS.hardMin) && aheadMs <= BigInt(EXPIRY_WINDOW_MS.max)
  return isInWindow ? undefined : refusal('invalidExpiry')
}

function isImmediate(fields: Pick<OrderFields<bigint>, 'type' | 'timeInForce'>): boolean {
  return fields.timeInForce === TIME_IN_FORCE.ioc && !isTriggeredType(fields.type)
}

function isFlag(value: number): boolean {
  return value === 0 || value === 1
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max
}
