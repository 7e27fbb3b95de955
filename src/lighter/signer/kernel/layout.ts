// Where things lie in the kernel's memory. Static constants start at 64 (asconfig.json, memoryBase) and stay below WORDS.

/** Input words of a hash, operands of a probe. */
export const WORDS: usize = 8192
/** Output of a hash, message of a signature. */
export const DIGEST: usize = WORDS + 2048
/** A scalar or private key, 8 limbs. */
export const SCALAR: usize = DIGEST + 64
/** The k of a signature, 8 limbs. */
export const SECRET: usize = SCALAR + 64
/** An encoded point. */
export const POINT: usize = SECRET + 64
/** s and e. */
export const SIGNATURE: usize = POINT + 64
/** Temporaries of the field functions: never live across a call into the same function. */
export const FIELD_SCRATCH: usize = SIGNATURE + 128
/** Temporaries of the curve functions. */
export const CURVE_SCRATCH: usize = FIELD_SCRATCH + 1024
/** Temporaries of the scalar functions. */
export const SCALAR_SCRATCH: usize = CURVE_SCRATCH + 1024
/** Signed digits of a scalar, one i32 each. */
export const DIGITS: usize = SCALAR_SCRATCH + 512
/** Points and scalars in use by a signature or verification. */
export const WORK: usize = DIGITS + 512
/** State of the sponge, 12 words. */
export const STATE: usize = WORK + 1024
/** Multiples of a public key while verifying. */
export const WINDOW: usize = STATE + 128
/** Multiples of the generator, filled at the first use. */
export const TABLE: usize = 32768
