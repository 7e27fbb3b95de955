/**
 * Times of the signer: medians in microseconds, each after a warm-up, beside the BigInt reference of the same run.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { generateKeyPair } from '../../src/lighter/signer/keys.ts'
import { readKernel } from '../../src/lighter/signer/kernel-loader.ts'
import { checkPassport } from '../../src/lighter/signer/passport.ts'
import { createSigner } from '../../src/lighter/signer/signer.ts'
import { hashTransaction } from '../../src/lighter/signer/tx-hash.ts'
import { decodeTxInfo } from '../../src/lighter/signer/tx-info.ts'
import { verifySignature } from '../../src/lighter/signer/verify.ts'
import { ACCOUNT, ORDER, ORDER_INTENT } from '../lighter/signer/fixtures.ts'
import * as reference from '../lighter/signer/reference.ts'

/** Measures everything that the signer has a goal for; keys name the unit. */
export async function benchSigner(): Promise<Record<string, number>> {
  const rng = { nextBytes: (length: number) => randomBytes(length), nextFloat: () => 0 }
  const signer = createSigner({ ...ACCOUNT, ...generateKeyPair(rng), rng })
  const order = { ...ORDER, attributes: null }
  const intent = { ...ORDER_INTENT, attributes: null }
  const signed = signer.sign(order)
  const signature = decodeTxInfo(signed.txType, signed.txInfo).signature
  const proof = { publicKeyHex: signer.publicKeyHex, messageHex: signed.txHash, signature }
  let nonce = 0
  const createOrderUs = medianUs(3000, () => signer.sign({ ...order, nonce: (nonce += 1) }))
  const referenceUs = medianUs(9, signWithReference)
  return {
    createOrderUs,
    createOrderWithAttributeUs: medianUs(3000, () => signer.sign(ORDER)),
    hashUs: medianUs(3000, () => hashTransaction(ACCOUNT.chainId, { ...order, ...ACCOUNT })),
    referenceCreateOrderUs: referenceUs,
    timesFasterThanReference: round(referenceUs / createOrderUs),
    verifyUs: medianUs(600, () => verifySignature(proof)),
    passportUs: medianUs(3000, () => checkPassport(intent, signed)),
    authTokenUs: medianUs(3000, () => signer.authToken(1_799_999_999)),
    ...firstSignatureMs(),
    kernelBytes: readKernel().length,
  }
}

function medianUs(runs: number, run: () => unknown): number {
  for (let i = 0; i < runs / 3; i += 1) run()
  const times = Array.from({ length: runs }, () => {
    const start = process.hrtime.bigint()
    run()
    return Number(process.hrtime.bigint() - start) / 1000
  })
  return round(times.sort((a, b) => a - b)[runs >> 1] ?? Number.NaN)
}

/** The same work in BigInt: two blocks of hashing, one signature. */
function signWithReference(): Buffer {
  const words = [304n, 14n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n, 11n, 12n, 13n, 14n]
  const message = reference.hashWords(words, 5)
  const secret = (): bigint => reference.integerOfBytes(randomBytes(40)) % reference.N
  return reference.sign(message, secret(), secret())
}

/** Load, table and first signature in a fresh process, after the import; the median of nine processes. */
function firstSignatureMs(): Record<string, number> {
  const signerUrl = new URL('../../src/lighter/signer/signer.ts', import.meta.url).href
  const script = `
    const { createSigner } = await import(${JSON.stringify(signerUrl)})
    const { randomBytes } = await import('node:crypto')
    const rng = { nextBytes: (length) => randomBytes(length), nextFloat: () => 0 }
    const order = JSON.parse(process.argv[1])
    const start = performance.now()
    const signer = createSigner({ privateKeyHex: '07'.repeat(39) + '00', chainId: 300, accountIndex: 42, apiKeyIndex: 3, rng })
    signer.sign(order)
    process.stdout.write(String(performance.now() - start))`
  const order = JSON.stringify(ORDER, (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  )
  const runOnce = (): number => {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script, order]
    return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }))
  }
  const times = Array.from({ length: 9 }, runOnce).sort((a, b) => a - b)
  return {
    firstSignatureMs: round(times[4] ?? Number.NaN),
    firstSignatureWorstMs: round(times[8] ?? Number.NaN),
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
