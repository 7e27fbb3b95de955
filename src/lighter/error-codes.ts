/**
 * The venue's numeric codes in our names: what they mean for a transaction, and what the person can do
 * (PROTOCOL.md section 10).
 * @module
 */

/** One named refusal. */
export interface VenueErrorRule {
  /** Stable, snake_case. */
  readonly code: string
  readonly hint?: string
  /** Trying again soon or elsewhere may work. */
  readonly canHeal?: true
  /** Ends opening: key, signature, region. */
  readonly isFatal?: true
}

const CHECK_KEY = 'Check account_index, api_key_index and private_key of this account.'
const REGISTER_KEY = 'Register the API key of this account again, then check api_key_index.'
const NEEDS_FUNDS = 'Deposit collateral, lower the size or raise the leverage.'
const SLOW_DOWN = 'The exchange limits requests; the program waits and goes on.'

/** Rules by code. Codes that are not here get the name `venue_<code>`, cannot heal and are not fatal. */
const RULES: Readonly<Record<number, VenueErrorRule>> = {
  20001: { code: 'invalid_parameter' },
  20013: { code: 'auth_token_refused', canHeal: true },
  20558: {
    code: 'restricted_region',
    hint: 'The exchange does not serve the place this way out leads to; it is not used any more.',
    isFatal: true,
  },
  21100: { code: 'account_unknown', hint: CHECK_KEY, isFatal: true },
  21102: { code: 'account_unknown', hint: CHECK_KEY, isFatal: true },
  21107: { code: 'account_unknown', hint: CHECK_KEY, isFatal: true },
  29404: { code: 'not_found', hint: CHECK_KEY },
  21104: { code: 'invalid_nonce' },
  21105: { code: 'invalid_nonce' },
  21108: { code: 'key_not_registered', hint: REGISTER_KEY, isFatal: true },
  21109: { code: 'key_not_registered', hint: REGISTER_KEY, isFatal: true },
  21110: { code: 'key_index_invalid', hint: CHECK_KEY, isFatal: true },
  21136: { code: 'key_outdated', hint: REGISTER_KEY, isFatal: true },
  21111: { code: 'pre_liquidation', hint: NEEDS_FUNDS },
  21112: { code: 'in_liquidation', hint: 'The exchange is liquidating this account.' },
  21113: { code: 'leverage_too_high', hint: 'Lower the leverage of this market.' },
  21120: { code: 'invalid_signature', hint: CHECK_KEY, isFatal: true },
  21122: { code: 'dead_man_switch_due', canHeal: true },
  21126: { code: 'no_collateral', hint: 'Deposit collateral first.' },
  21132: { code: 'margin_mode_in_use', hint: 'Close positions and orders of this market first.' },
  21133: { code: 'risk_change_refused', hint: NEEDS_FUNDS },
  21301: { code: 'not_enough_collateral', hint: NEEDS_FUNDS },
  21304: { code: 'not_enough_balance', hint: NEEDS_FUNDS },
  21500: { code: 'transaction_unknown' },
  21501: { code: 'invalid_transaction' },
  21505: { code: 'invalid_transaction' },
  21506: { code: 'too_many_pending', hint: SLOW_DOWN, canHeal: true },
  21507: { code: 'below_maintenance_margin', hint: NEEDS_FUNDS },
  21508: { code: 'below_initial_margin', hint: NEEDS_FUNDS },
  21600: { code: 'order_not_active' },
  21709: { code: 'order_not_active' },
  21715: { code: 'order_not_active' },
  21601: { code: 'order_book_full', canHeal: true },
  21602: { code: 'market_unknown' },
  21605: { code: 'market_closed', hint: 'This market does not trade now.' },
  21613: { code: 'margin_mode_invalid' },
  21614: { code: 'no_position' },
  21626: { code: 'leverage_too_high', hint: 'Lower the leverage of this market.' },
  21701: { code: 'invalid_size' },
  21702: { code: 'invalid_price' },
  21704: { code: 'invalid_order_type' },
  21705: { code: 'invalid_time_in_force' },
  21706: { code: 'invalid_size', hint: 'The size is outside the limits of this market.' },
  21711: { code: 'invalid_expiry', hint: 'Check the clock of this machine.' },
  21712: { code: 'cancel_all_queued', canHeal: true },
  21717: { code: 'too_many_orders', hint: 'Cancel resting orders of this account.' },
  21718: { code: 'too_many_orders', hint: 'Cancel resting orders of this market.' },
  21719: { code: 'too_many_triggers', hint: 'Cancel resting stop orders of this account.' },
  21720: { code: 'too_many_triggers', hint: 'Cancel resting stop orders of this market.' },
  21722: { code: 'too_many_triggers' },
  21727: { code: 'client_order_index_invalid' },
  21728: { code: 'client_order_index_used' },
  21729: { code: 'trigger_price_invalid' },
  21732: { code: 'reduce_only' },
  21738: { code: 'reduce_only' },
  21740: { code: 'reduce_only' },
  21733: { code: 'price_out_of_band', canHeal: true },
  21734: { code: 'price_out_of_band', canHeal: true },
  21735: { code: 'stop_price_too_far' },
  21739: { code: 'not_enough_margin', hint: NEEDS_FUNDS },
  21741: { code: 'invalid_grouping' },
  21742: { code: 'invalid_grouping' },
  21743: { code: 'invalid_grouping' },
  23000: { code: 'rate_limited', hint: SLOW_DOWN, canHeal: true },
  23001: { code: 'rate_limited', hint: SLOW_DOWN, canHeal: true },
  23002: { code: 'rate_limited', hint: SLOW_DOWN, canHeal: true },
  23003: { code: 'rate_limited', hint: SLOW_DOWN, canHeal: true },
  29500: { code: 'venue_internal_error', canHeal: true },
  29501: { code: 'venue_timeout', canHeal: true },
  30000: { code: 'invalid_frame' },
  30001: { code: 'invalid_frame' },
  30003: { code: 'already_subscribed' },
  30005: { code: 'channel_unknown' },
  30006: { code: 'read_only_socket' },
  30007: { code: 'invalid_frame' },
  30009: { code: 'rate_limited', hint: SLOW_DOWN, canHeal: true },
  30010: { code: 'rate_limited', hint: SLOW_DOWN, canHeal: true },
  62007: {
    code: 'key_is_maker_only',
    hint: 'This API key may only rest orders: use another api_key_index.',
    isFatal: true,
  },
}

/** The rule of a numeric code; unknown codes get a name that contains the number. */
export function venueErrorRule(venueCode: number): VenueErrorRule {
  return RULES[venueCode] ?? { code: venueCode < 0 ? 'venue_negative' : `venue_${venueCode}` }
}

/** Codes after which nobody knows whether the transaction was taken (DESIGN.md section 3). */
export function isDoubtCode(venueCode: number): boolean {
  return venueCode >= 29_500 && venueCode < 29_600
}

/** The nonce is used: code 21104, or its text under another code (PROTOCOL.md section 6). */
export function isNonceRefusal(venueCode: number, message: string): boolean {
  return venueCode === 21_104 || /invalid nonce/i.test(message)
}
