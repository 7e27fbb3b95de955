/**
 * Optional attributes of a transaction: who integrates, self-trade rules, market of a cancel-all (CRYPTO.md 6.1).
 * @module
 */
import { HedgebotError } from '../../errors.ts'

/** Attributes by name. An attribute that is present with its nil value shows in tx_info but not in the hash. */
export interface TxAttributes {
  readonly integratorAccountIndex?: number
  readonly integratorTakerFee?: number
  readonly integratorMakerFee?: number
  /** Only 1: the transaction does not take part in the nonce sequence. */
  readonly skipNonce?: number
  /** Market that a cancel-all is limited to; 255 for all. */
  readonly cancelAllMarketIndex?: number
  /** 0 expire maker, 1 expire taker, 2 cancel both, 3 reduce. */
  readonly selfTradeBehaviorMode?: number
  /** 0 same account, 1 same master account. */
  readonly selfTradeEqualityMode?: number
}

/** Type number, name and nil value of one attribute. */
export interface AttributeSpec {
  readonly type: number
  readonly name: keyof TxAttributes
  readonly nil: number
}

/** All attributes in ascending type, the order of the hash and of the JSON. */
export const ATTRIBUTE_SPECS: readonly AttributeSpec[] = [
  { type: 1, name: 'integratorAccountIndex', nil: 0 },
  { type: 2, name: 'integratorTakerFee', nil: 0 },
  { type: 3, name: 'integratorMakerFee', nil: 0 },
  { type: 4, name: 'skipNonce', nil: 0 },
  { type: 5, name: 'cancelAllMarketIndex', nil: 255 },
  { type: 6, name: 'selfTradeBehaviorMode', nil: 0 },
  { type: 7, name: 'selfTradeEqualityMode', nil: 0 },
]

/** At most this many attributes go with one transaction. */
export const MAX_ATTRIBUTES = 4

/** The (type, value) pairs that enter the hash: those that differ from their nil value, ascending. */
export function hashedAttributes(attributes: TxAttributes | null | undefined): [number, number][] {
  const pairs: [number, number][] = []
  if (attributes === null || attributes === undefined) return pairs
  for (const spec of ATTRIBUTE_SPECS) {
    const value = attributes[spec.name]
    if (value !== undefined && value !== spec.nil) pairs.push([spec.type, value])
  }
  return pairs
}

/** The `L2TxAttributes` text: `null` when no attribute was given, else an object with explicit nil values. */
export function encodeAttributes(attributes: TxAttributes | null | undefined): string {
  if (attributes === null || attributes === undefined) return 'null'
  let text = ''
  for (const spec of ATTRIBUTE_SPECS) {
    const value = attributes[spec.name]
    if (value !== undefined) text += `${text === '' ? '' : ','}"${spec.type}":${value}`
  }
  return text === '' ? 'null' : `{${text}}`
}

/**
 * Reads `L2TxAttributes` as parsed JSON; missing, null and an empty object mean none.
 * @throws HedgebotError kind `refused`, code `tx_info_malformed`
 */
export function decodeAttributes(value: unknown): TxAttributes | null {
  if (value === null || value === undefined) return null
  if (typeof value !== 'object' || Array.isArray(value)) throw malformed('L2TxAttributes')
  const attributes: Record<string, number> = {}
  for (const [key, entry] of Object.entries(value)) {
    const spec = ATTRIBUTE_SPECS.find((candidate) => String(candidate.type) === key)
    if (spec === undefined || typeof entry !== 'number' || !Number.isSafeInteger(entry)) {
      throw malformed(`L2TxAttributes.${key}`)
    }
    attributes[spec.name] = entry
  }
  return Object.keys(attributes).length === 0 ? null : attributes
}

function malformed(where: string): HedgebotError {
  return new HedgebotError('refused', `tx_info: ${where} is not a known attribute`, {
    code: 'tx_info_malformed',
  })
}
