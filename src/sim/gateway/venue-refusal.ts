/** The venue's "no": code and message as its error table has them (PROTOCOL.md section 10). */
export class VenueRefusal extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'VenueRefusal'
    this.code = code
  }
}

/** Codes that the gateway itself answers with; the core has its own. */
const MESSAGES = {
  20001: 'invalid param ',
  20013: 'invalid auth: ',
  20558:
    'You are accessing Lighter from a restricted jurisdiction. For more information, see the https://lighter.xyz/terms',
  21100: 'account not found',
  21102: 'invalid account index',
  21104: 'invalid nonce',
  21105: 'batch transaction nonce is not increasing',
  21109: 'api key not found',
  21110: 'invalid api key index',
  21120: 'invalid signature',
  21121: 'all transactions in the batch must have use same account and apikey',
  21500: 'transaction not found',
  21501: 'invalid tx info',
  21504: 'fail to l1 signature',
  21505: 'unsupported tx type',
  21506: 'too many pending txs. Please try again later',
  21513: 'TxInfos and TxTypes should have the same length',
  21514: 'maximum 50 transactions allowed per batch',
  21602: 'invalid market index',
  22400: 'invalid timestamps: end_timestamp must be greater than start_timestamp',
  22401: 'invalid timestamp: timestamp must be greater than 0 and less than year 2286',
  22402: 'invalid resolution: resolution unsupported',
  22403: 'time range exceeds maximum allowed range for the specified resolution',
  23000: 'Too Many Requests!',
  23001: 'Too Many Subscriptions!',
  23002: 'Too Many Different Accounts!',
  23003: 'Too Many Connections!',
  23004: 'Too Many L2 Withdrawal Requests!',
  29404: 'not found',
  29500: 'internal server error',
  30000: 'Invalid Json',
  30001: 'Invalid Type',
  30002: 'Not Subscribed to ',
  30003: 'Already Subscribed to ',
  30005: 'Invalid Channel',
  30006: "Operation isn't supported ",
  30007: 'Invalid Data',
  30009: 'Too Many Websocket Messages!',
  30010: 'Too Many Inflight Messages!',
  61001: 'api token expiry is before minimum allowed expiry of 1 day',
  61002: 'api token expiry is after maximum allowed expiry of 10 years',
  61003: 'maximum number of 10 api tokens for the account exceeded',
  61004: 'custom scopes for api tokens are not supported yet',
  61005: 'api token not found or does not belong to this account',
  61006: 'api token has already been revoked',
  61007: 'api token name cannot be empty',
  61008: 'api token name cannot exceed 50 characters',
  61009:
    'api token name can only contain letters, numbers, spaces, hyphens, underscores, and periods',
  62002: 'invalid tier',
  62003: 'account already part of requested tier',
  62004: 'account has open positions',
  62005: 'account has open orders',
  62006: 'too frequent tier change request',
  62007: 'api key is maker-only',
} as const

/** A code that the gateway answers with itself. */
export type GatewayCode = keyof typeof MESSAGES

/** The refusal with the table's message, followed by `detail` where the venue adds one. */
export function refusal(code: GatewayCode, detail = ''): VenueRefusal {
  return new VenueRefusal(code, MESSAGES[code] + detail)
}

/** Texts of codes that planned faults like to use; the core knows them under names of its own. */
const FAULT_MESSAGES: Readonly<Record<number, string>> = {
  21111: "account is in pre-liquidation and the transaction doesn't increase the account health",
  21112: 'account is in liquidation',
  21133: 'invalid risk change',
  21301: 'not enough collateral',
  21605: 'invalid market status',
  21701: 'invalid base amount',
  21706: 'invalid order base or quote amount',
  21711: 'invalid expiry',
  21715: 'given order is not an active order',
  21717: 'maximum active limit order count reached',
  21728: 'client order index already exists',
  21732: 'reduce only increases position',
  21733: 'order price flagged as an accidental price',
  21734: 'limit order price is too far from the mark price',
  21735: 'SL/TP order price is too far from the trigger price',
  21738: 'invalid reduce only direction',
  21739: 'not enough margin to create the order',
  29501: 'process timeout',
}

/** The venue's text for a code that a fault has chosen; the code's number where the text is not known here. */
export function messageOfCode(code: number): string {
  const own: Readonly<Record<number, string>> = MESSAGES
  return own[code] ?? FAULT_MESSAGES[code] ?? `error ${code}`
}

/** HTTP status that carries a venue code: 429 for limits, 400 for the rest (PROTOCOL.md sections 2 and 9). */
export function statusOfCode(code: number): number {
  return code >= 23000 && code <= 23004 ? 429 : 400
}
