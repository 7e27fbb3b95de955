/**
 * A value read from the venue: either known, with the time of its reading, or unknown with the reason. Unknown is
 * never taken for zero, "no" or "flat" (DESIGN.md section 2).
 */
export type Known<T> =
  | { readonly isKnown: true; readonly value: T; readonly atMs: number }
  | { readonly isKnown: false; readonly reason: string }

/** Wraps a value that was read at `atMs` (our wall clock, milliseconds). */
export function known<T>(value: T, atMs: number): Known<T> {
  return { isKnown: true, value, atMs }
}

/** Says why a value could not be read. */
export function unknown(reason: string): { readonly isKnown: false; readonly reason: string } {
  return { isKnown: false, reason }
}

/** Age in milliseconds, undefined when unknown. */
export function ageMs(value: Known<unknown>, nowMs: number): number | undefined {
  return value.isKnown ? Math.max(0, nowMs - value.atMs) : undefined
}
