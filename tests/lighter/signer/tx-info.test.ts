import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeTxInfo, decodeTxInfo, fillL1Signature } from '../../../src/lighter/signer/tx-info.ts'
import type { Transaction } from '../../../src/lighter/signer/transactions.ts'
import { hashTransaction } from '../../../src/lighter/signer/tx-hash.ts'
import { ORDER, testSigner } from './fixtures.ts'

const refused = (code: string): unknown => expect.objectContaining({ kind: 'refused', code })
const SIGNED = testSigner().signer.sign(ORDER)

function edited(edit: (json: Record<string, unknown>) => void): string {
  const json = JSON.parse(SIGNED.txInfo) as Record<string, unknown>
  edit(json)
  return JSON.stringify(json)
}

describe('reading tx_info', () => {
  it('does not mind white space, order of keys or unknown keys', () => {
    const json = JSON.parse(SIGNED.txInfo) as Record<string, unknown>
    const shuffled = Object.fromEntries(Object.entries(json).toReversed())
    const text = JSON.stringify({ ...shuffled, Extra: 'x' }, null, 2)
    expect(decodeTxInfo(14, text)).toEqual(decodeTxInfo(14, SIGNED.txInfo))
  })

  it('takes missing, null and empty attributes for none', () => {
    const texts = [
      edited((json) => delete json['L2TxAttributes']),
      edited((json) => (json['L2TxAttributes'] = null)),
      edited((json) => (json['L2TxAttributes'] = {})),
    ]
    for (const text of texts) expect(decodeTxInfo(14, text).tx.attributes).toBeNull()
  })

  it('keeps every digit of 64-bit integers', () => {
    const property = fc.property(fc.bigInt(0n, 2n ** 63n - 1n), (orderExpiry) => {
      const tx: Transaction = { ...ORDER, orderExpiry, accountIndex: 1, apiKeyIndex: 2 }
      const decoded = decodeTxInfo(14, encodeTxInfo(tx, new Uint8Array(80))).tx
      expect(decoded).toMatchObject({ orderExpiry })
      expect(hashTransaction(300, decoded)).toBe(hashTransaction(300, tx))
    })
    fc.assert(property, { numRuns: 200 })
  })

  it('refuses what is not the layout, naming the place', () => {
    const cases: [string, RegExp][] = [
      ['', /not JSON/],
      ['[]', /not an object/],
      ['null', /not an object/],
      [edited((json) => delete json['Price']), /Price is not an integer/],
      [edited((json) => (json['Price'] = '5')), /Price is not an integer/],
      [edited((json) => (json['Nonce'] = null)), /Nonce is not an integer/],
      [SIGNED.txInfo.replace('"Price":154684', '"Price":1.5'), /not JSON with integers/],
      [SIGNED.txInfo.replace('"Price":154684', '"Price":1e3'), /not JSON with integers/],
      [SIGNED.txInfo.replace('"Price":154684', '"Price":154684.0'), /not JSON with integers/],
      [SIGNED.txInfo.replace('"Price":154684', '"Price":9007199254740993'), /Price is too large/],
      [SIGNED.txInfo.replace('"Nonce":280897', `"Nonce":${2n ** 63n}`), /more than 64 bits/],
      [edited((json) => (json['Sig'] = 5)), /Sig is not a string/],
      [edited((json) => (json['Sig'] = 'a*b=')), /Sig is not standard base64/],
      [edited((json) => (json['L2TxAttributes'] = { 9: 1 })), /L2TxAttributes\.9/],
      [edited((json) => (json['L2TxAttributes'] = { 4: '1' })), /L2TxAttributes\.4/],
      [edited((json) => (json['L2TxAttributes'] = [])), /L2TxAttributes/],
    ]
    for (const [text, message] of cases) {
      expect(() => decodeTxInfo(14, text)).toThrow(refused('tx_info_malformed'))
      expect(() => decodeTxInfo(14, text)).toThrow(message)
    }
    expect(() => decodeTxInfo(10, SIGNED.txInfo)).toThrow(refused('tx_type_unknown'))
  })

  it('refuses order lists and byte strings of the wrong shape', () => {
    const head =
      '"AccountIndex":1,"FromAccountIndex":1,"ApiKeyIndex":2,"ExpiredAt":3,"Nonce":4,"Sig":""'
    const transfer =
      '"ToAccountIndex":1,"AssetIndex":1,"FromRouteType":0,"ToRouteType":0,"Amount":1,"USDCFee":0'
    const cases: [number, string, RegExp][] = [
      [28, `{${head},"GroupingType":1,"Orders":null}`, /Orders is not an array/],
      [28, `{${head},"GroupingType":1,"Orders":[5]}`, /Orders holds a non-object/],
      [28, `{${head},"GroupingType":1,"Orders":[${Array(17).fill('{}').join(',')}]}`, /17 orders/],
      [12, `{${head},${transfer},"Memo":[1,2]}`, /Memo is not an array of 32 bytes/],
      [8, `{${head},"PubKey":"AAAA"}`, /PubKey has 3 bytes/],
      [8, `{${head},"PubKey":"${Buffer.alloc(40).toString('base64')}","L1Sig":5}`, /L1Sig/],
    ]
    for (const [txType, text, message] of cases) {
      expect(() => decodeTxInfo(txType, text)).toThrow(message)
    }
  })
})

describe('filling in the L1 signature', () => {
  it('takes 65 bytes as hex and nothing else', () => {
    expect(() => fillL1Signature('{"L1Sig":""}', '0x12')).toThrow('130 lower-case hex digits')
    const signature = `0x${'ab'.repeat(65)}`
    expect(fillL1Signature('{"L1Sig":""}', signature)).toBe(`{"L1Sig":"${signature}"}`)
    expect(() => fillL1Signature(SIGNED.txInfo, signature)).toThrow('empty L1Sig')
  })
})
