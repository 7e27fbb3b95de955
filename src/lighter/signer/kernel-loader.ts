/**
 * Loads the WebAssembly kernel (field, curve, hash and scalar arithmetic) and shows it as typed memory views.
 * The module is compiled from `kernel/` by `npm run build:kernel`.
 * @module
 */
import { readFileSync } from 'node:fs'
import { HedgebotError, messageOf } from '../../errors.ts'

/** The part of the WebAssembly interface that is used here; the ES library types do not declare it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

/** Functions the kernel exports. Addresses are byte offsets into its memory. */
interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** Hashes `count` words of `words`, leaves `outputs` canonical words in `digest`. */
  hash(count: number, outputs: number): void
  /** sk in `scalar` (8 limbs, reduced here) -> encoding of sk*G in `point`; wipes `scalar`. */
  publicKey(): void
  /** sk in `scalar`, k in `secret` (8 limbs each), message in `digest` -> `signature`; 0 when k is 0 mod n. Wipes both. */
  sign(): number
  /** `point` (public key), `digest` (message), `signature`; 1 when valid. `isStrict` refuses non-canonical encodings. */
  verify(isStrict: number): number
  /** `scalar` (8 limbs) -> its residue mod n, in place. */
  reduceScalar(): void
  /** Address of a region: see `REGION`. */
  region(index: number): number
  /** Clears every region that can hold a secret. */
  wipe(): void
  /** Arithmetic by number on the first two operands of `words`, for tests. */
  probe(operation: number): number
}

/** The kernel's memory as the signer uses it. One per process: calls are synchronous and leave no secrets behind. */
export interface Kernel extends KernelExports {
  /** Input words of a hash. */
  readonly words: BigUint64Array
  /** The same memory in halves: low, high, low, high... */
  readonly words32: Uint32Array
  /** Output of a hash; message of a signature (5 words). */
  readonly digest: BigUint64Array
  readonly digestBytes: Uint8Array
  /** A scalar or private key, 8 limbs. */
  readonly scalarBytes: Uint8Array
  /** The k of a signature, 8 limbs. */
  readonly secretBytes: Uint8Array
  /** A public key, 40 bytes. */
  readonly pointBytes: Uint8Array
  /** s and e, 80 bytes. */
  readonly signatureBytes: Uint8Array
}

/** Words that fit into the kernel's input region. */
export const KERNEL_WORDS_MAX = 256

const REGION = { words: 0, digest: 1, scalar: 2, secret: 3, point: 4, signature: 5 } as const

let loaded: Kernel | undefined

/**
 * The process's kernel, loaded at the first call.
 * @throws HedgebotError kind `signer`, code `kernel_missing` or `kernel_broken`
 */
export function loadKernel(): Kernel {
  loaded ??= instantiateKernel(readKernel())
  return loaded
}

/**
 * Compiles and starts a kernel from its bytes.
 * @throws HedgebotError kind `signer`, code `kernel_broken`
 */
export function instantiateKernel(bytes: Uint8Array<ArrayBuffer>): Kernel {
  let raw: unknown
  try {
    raw = new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports
  } catch (cause) {
    throw new HedgebotError('signer', 'the signing kernel cannot be started', {
      code: 'kernel_broken',
      hint: 'Build it again: npm run build',
      cause,
    })
  }
  const kernel = raw as KernelExports
  const buffer = kernel.memory.buffer
  const words = kernel.region(REGION.words)
  const digest = kernel.region(REGION.digest)
  return {
    ...kernel,
    words: new BigUint64Array(buffer, words, KERNEL_WORDS_MAX),
    words32: new Uint32Array(buffer, words, KERNEL_WORDS_MAX * 2),
    digest: new BigUint64Array(buffer, digest, 8),
    digestBytes: new Uint8Array(buffer, digest, 40),
    scalarBytes: new Uint8Array(buffer, kernel.region(REGION.scalar), 64),
    secretBytes: new Uint8Array(buffer, kernel.region(REGION.secret), 64),
    pointBytes: new Uint8Array(buffer, kernel.region(REGION.point), 40),
    signatureBytes: new Uint8Array(buffer, kernel.region(REGION.signature), 80),
  }
}

/**
 * Reads a compiled kernel, by default the one beside this file.
 * @throws HedgebotError kind `signer`, code `kernel_missing`
 */
export function readKernel(
  file: URL = new URL('./kernel.wasm', import.meta.url),
): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(file))
  } catch (cause) {
    throw new HedgebotError('signer', `the signing kernel cannot be read: ${messageOf(cause)}`, {
      code: 'kernel_missing',
      hint: 'Build it first: npm run build',
      cause,
    })
  }
}
