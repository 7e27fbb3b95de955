import { HedgebotError } from '../errors.ts'
import { ZERO, maxDec } from './decimal.ts'
import type { Dec } from './decimal.ts'
import type { VenueOrder } from './venue-view.ts'

/** Every status the venue has (PROTOCOL.md 5.4). */
export type OrderStatus = keyof typeof STATUSES

/** What a status means for us, whatever was filled. */
interface StatusRule {
  readonly isTerminal: boolean
  /** True when the same order may go through a moment later. */
  readonly canHeal: boolean
  /** Continues "the rest was cancelled: ..."; for live and filled orders the whole story. */
  readonly words: string
}

const live = (words: string): StatusRule => ({ isTerminal: false, canHeal: false, words })
const ended = (words: string, canHeal = false): StatusRule => ({ isTerminal: true, canHeal, words })

const STATUSES = {
  'in-progress': live('the venue is working on it'),
  pending: live('it waits for its trigger'),
  open: live('it rests in the book'),
  filled: ended('the venue gave no reason', true),
  // What is left of an IOC order may end so (PROTOCOL.md 11.2: the word is not documented).
  canceled: ended('the venue gave no reason', true),
  'canceled-post-only': ended('it would have taken, and it was only to rest'),
  'canceled-reduce-only': ended('there was no position for it to reduce'),
  'canceled-position-not-allowed': ended(
    'a position or open interest limit of the venue is reached',
  ),
  'canceled-margin-not-allowed': ended('the account has not enough margin'),
  'canceled-too-much-slippage': ended('the book was worse than its price allowed', true),
  'canceled-not-enough-liquidity': ended('the book had nothing left inside its price', true),
  // The other order is still there and would be met again.
  'canceled-self-trade': ended('it would have met an order of the same owner'),
  'canceled-expired': ended('its time was over', true),
  'canceled-oco': ended('its sibling was triggered'),
  'canceled-child': ended('the order it belonged to ended without a fill'),
  'canceled-liquidation': ended('the account was being liquidated'),
  'canceled-invalid-balance': ended('the balance did not cover it'),
} as const satisfies Readonly<Record<string, StatusRule>>

/** What became of an order, in facts and in one sentence. */
export interface OrderOutcome {
  readonly status: OrderStatus
  /** False while the order can still fill. */
  readonly isTerminal: boolean
  readonly filledBase: Dec
  /** What an ended order did not fill; what a live one may still fill. Zero for orders that follow the position. */
  readonly unfilledBase: Dec
  /** Why an ended order has a rest, as in `LegFacts.refusal`; undefined when live or filled entirely. */
  readonly refusal: { readonly code: string; readonly canHeal: boolean } | undefined
  /** One sentence in plain words. */
  readonly sentence: string
}

/**
 * Reads what became of an order. The venue has no "partly filled": an IOC order with a rest ends cancelled, or
 * `filled` with less than it wanted (PROTOCOL.md 5.4), so sizes count and not the word.
 *
 * @throws HedgebotError kind `unknown_state`, code `order_status_unknown`, for a word that is not in the list
 */
export function orderOutcome(
  order: Pick<VenueOrder, 'status' | 'initialBase' | 'filledBase'>,
): OrderOutcome {
  const status = parseStatus(order.status)
  const { isTerminal, canHeal, words }: StatusRule = STATUSES[status]
  const filledBase = order.filledBase
  const unfilledBase = maxDec(ZERO, order.initialBase.minus(filledBase))
  const hasRest = isTerminal && (unfilledBase.gt(0) || (status !== 'filled' && filledBase.isZero()))
  return {
    status,
    isTerminal,
    filledBase,
    unfilledBase,
    refusal: hasRest ? { code: refusalCode(status), canHeal } : undefined,
    sentence: sentenceOf(order, { isTerminal, hasRest, words }),
  }
}

/**
 * Checks a status word of the venue.
 * @throws HedgebotError kind `unknown_state`, code `order_status_unknown`
 */
export function parseStatus(status: string): OrderStatus {
  if (isStatus(status)) return status
  throw new HedgebotError(
    'unknown_state',
    `the venue shows an order status we do not know: "${status}"`,
    {
      code: 'order_status_unknown',
      hint: 'the venue may have changed; look for a newer hedgebot before opening anything',
    },
  )
}

function isStatus(status: string): status is OrderStatus {
  return Object.hasOwn(STATUSES, status)
}

/** `canceled-too-much-slippage` becomes `too_much_slippage`; without a reason it is `canceled`. */
function refusalCode(status: OrderStatus): string {
  if (status === 'filled' || status === 'canceled') return 'canceled'
  return status.replace('canceled-', '').replaceAll('-', '_')
}

function sentenceOf(
  order: Pick<VenueOrder, 'initialBase' | 'filledBase'>,
  rule: { readonly isTerminal: boolean; readonly hasRest: boolean; readonly words: string },
): string {
  const { initialBase, filledBase } = order
  const wanted = initialBase.isZero() ? '' : ` of ${initialBase}`
  if (!rule.isTerminal) return `${rule.words}; filled ${filledBase}${wanted}`
  if (!rule.hasRest) return `filled ${filledBase}${wanted}`
  if (filledBase.isZero()) return `nothing filled; cancelled: ${rule.words}`
  return `filled ${filledBase}${wanted}; the rest was cancelled: ${rule.words}`
}
