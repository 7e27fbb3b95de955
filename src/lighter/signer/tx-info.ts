/**
 * The tx_info JSON: writing it byte-exact, and reading one back without losing a digit (CRYPTO.md section 7).
 * @module
 */
import { parse as parseLossless } from 'lossless-json'
import { assert, HedgebotError } from '../../errors.ts'
import { decodeAttributes, encodeAttributes } from './attributes.ts'
import {
  type DecodedTransaction,
  type FieldSpec,
  ORDER_FIELDS,
  type OrderFields,
  specOfTxType,
  type Transaction,
  TX_SPECS,
  type TxSpec,
} from './transactions.ts'

/** A tx_info that was read: the transaction and what proves it. */
export interface DecodedTxInfo {
  readonly tx: DecodedTransaction
  /** The 80 bytes of `Sig` (any length is passed on: the verifier judges it). */
  readonly signature: Uint8Array
  /** The Ethereum signature text; undefined for kinds that carry none. */
  readonly l1Sig: string | undefined
}

/** Writes tx_info with its signature. `L1Sig` stays empty until the owner's signature is filled in. */
export function encodeTxInfo(tx: Transaction, signature: Uint8Array): string {
  const spec = TX_SPECS[tx.kind]
  const values = tx as unknown as Record<string, unknown>
  let text = `{"${spec.accountKey}":${tx.accountIndex},"ApiKeyIndex":${tx.apiKeyIndex}`
  for (const field of spec.fields) text += `,"${field.json}":${encodeField(field, values)}`
  if (spec.l1Sig === 'beforeExpiredAt') text += ',"L1Sig":""'
  text += `,"ExpiredAt":${tx.expiredAt},"Nonce":${tx.nonce},"Sig":"${base64(signature)}"`
  if (spec.l1Sig === 'afterSig') text += ',"L1Sig":""'
  return `${text},"L2TxAttributes":${encodeAttributes(tx.attributes)}}`
}

/**
 * Puts the owner's Ethereum signature (0x and 130 hex digits) into a tx_info that has an empty `L1Sig`.
 * @throws HedgebotError kind `signer`, code `l1_signature_malformed`
 */
export function fillL1Signature(txInfo: string, l1Signature: string): string {
  if (!/^0x[0-9a-f]{130}$/.test(l1Signature)) {
    throw new HedgebotError('signer', 'an L1 signature is 0x and 130 lower-case hex digits', {
      code: 'l1_signature_malformed',
    })
  }
  assert(txInfo.includes('"L1Sig":""'), 'this kind of transaction has an empty L1Sig')
  return txInfo.replace('"L1Sig":""', `"L1Sig":"${l1Signature}"`)
}

/**
 * Reads a tx_info as the exchange would: white space, order of keys and unknown keys do not matter, integers keep
 * every digit, missing or null `L2TxAttributes` mean none. Ranges are not judged (see `assertRanges`).
 * @throws HedgebotError kind `refused`, code `tx_type_unknown` or `tx_info_malformed`
 */
export function decodeTxInfo(txType: number, txInfoJson: string): DecodedTxInfo {
  const spec = specOfTxType(txType)
  const json = parseObject(txInfoJson)
  const tx: Record<string, unknown> = {
    kind: spec.kind,
    accountIndex: readSafeInt(json, spec.accountKey),
    apiKeyIndex: readSafeInt(json, 'ApiKeyIndex'),
    ...decodeFields(json, spec.fields),
    expiredAt: readSafeInt(json, 'ExpiredAt'),
    nonce: readWide(json, 'Nonce'),
    attributes: decodeAttributes(json['L2TxAttributes']),
  }
  return {
    tx: tx as unknown as DecodedTransaction,
    signature: readBase64(json, 'Sig'),
    l1Sig: readL1Sig(json, spec),
  }
}

function encodeField(field: FieldSpec, values: Record<string, unknown>): string {
  const value = values[field.name]
  switch (field.form) {
    case 'number':
    case 'wide':
    case 'split':
      return String(value)
    case 'memo':
      return `[${Buffer.from(value as string, 'hex').join(',')}]`
    case 'pubKey':
      return `"${Buffer.from(value as string, 'hex').toString('base64')}"`
    case 'orders':
      return `[${(value as readonly OrderFields[]).map(encodeOrder).join(',')}]`
  }
}

function encodeOrder(order: OrderFields): string {
  const values = order as unknown as Record<string, unknown>
  const pairs = ORDER_FIELDS.map((field) => `"${field.json}":${encodeField(field, values)}`)
  return `{${pairs.join(',')}}`
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

type JsonObject = Record<string, unknown>

/** Text in which `JSON.parse` could lose something: long digit runs, fractions, exponents. */
const NEEDS_LOSSLESS = /\d{16}|[\d][.eE]/

function parseObject(text: string): JsonObject {
  let value: unknown
  try {
    value = NEEDS_LOSSLESS.test(text)
      ? parseLossless(text, null, { parseNumber: parseInteger })
      : JSON.parse(text)
  } catch (cause) {
    throw malformed('it is not JSON with integers', cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('it is not an object')
  }
  return value as JsonObject
}

function parseInteger(text: string): number | bigint {
  if (!/^-?\d+$/.test(text)) throw new SyntaxError('a number is not an integer')
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

function decodeFields(json: JsonObject, fields: readonly FieldSpec[]): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const field of fields) values[field.name] = decodeField(json, field)
  return values
}

function decodeField(json: JsonObject, field: FieldSpec): unknown {
  switch (field.form) {
    case 'number':
      return readSafeInt(json, field.json)
    case 'wide':
    case 'split':
      return readWide(json, field.json)
    case 'memo':
      return readMemo(json, field.json)
    case 'pubKey': {
      const bytes = readBase64(json, field.json)
      if (bytes.length !== 40) throw malformed(`${field.json} has ${bytes.length} bytes, not 40`)
      return Buffer.from(bytes).toString('hex')
    }
    case 'orders':
      return readOrders(json, field.json)
  }
}

function readSafeInt(json: JsonObject, key: string): number {
  const value = json[key]
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value === 0 ? 0 : value
  throw malformed(typeof value === 'bigint' ? `${key} is too large` : `${key} is not an integer`)
}

function readWide(json: JsonObject, key: string): bigint {
  const value = json[key]
  const isInteger = typeof value === 'bigint' || Number.isSafeInteger(value)
  if (!isInteger) throw malformed(`${key} is not an integer`)
  const wide = BigInt(value as number | bigint)
  if (wide !== BigInt.asIntN(64, wide)) throw malformed(`${key} has more than 64 bits`)
  return wide
}

function readMemo(json: JsonObject, key: string): string {
  const value = json[key]
  const isMemo =
    Array.isArray(value) &&
    value.length === 32 &&
    value.every((byte) => Number.isInteger(byte) && Number(byte) >= 0 && Number(byte) <= 255)
  if (!isMemo) throw malformed(`${key} is not an array of 32 bytes`)
  return Buffer.from(value as number[]).toString('hex')
}

function readOrders(json: JsonObject, key: string): Record<string, unknown>[] {
  const value = json[key]
  if (!Array.isArray(value)) throw malformed(`${key} is not an array`)
  // More than any grouping allows; a limit keeps a hostile message from filling the kernel.
  if (value.length > 16) throw malformed(`${key} has ${value.length} orders`)
  return value.map((order: unknown) => {
    if (typeof order !== 'object' || order === null) throw malformed(`${key} holds a non-object`)
    return decodeFields(order as JsonObject, ORDER_FIELDS)
  })
}

function readBase64(json: JsonObject, key: string): Uint8Array {
  const value = json[key]
  if (typeof value !== 'string') throw malformed(`${key} is not a string`)
  const bytes = Buffer.from(value, 'base64')
  // Node skips what it does not know; the round trip refuses that.
  if (bytes.toString('base64') !== value) throw malformed(`${key} is not standard base64`)
  return bytes
}

function readL1Sig(json: JsonObject, spec: TxSpec): string | undefined {
  if (spec.l1Sig === 'none') return undefined
  const value = json['L1Sig'] ?? ''
  if (typeof value !== 'string') throw malformed('L1Sig is not a string')
  return value
}

function malformed(why: string, cause?: unknown): HedgebotError {
  return new HedgebotError('refused', `tx_info: ${why}`, { code: 'tx_info_malformed', cause })
}
