/**
 * What may go wrong at the simulated exchange, as data: an effect, and when, how often and to whom it happens
 * (DESIGN.md section 6). `parse-fault.ts` reads the same from command-line text.
 * @module
 */

/** Answers that do not come from the exchange's program but from what stands in front of it, or from its wreck. */
export type HttpFaultAnswer = '403' | '405' | '429' | '500' | '502' | '503' | 'html' | 'garbage'

/** Effects without a parameter. */
export type PlainFaultKind =
  | 'unreachable'
  | 'lost-request'
  | 'cut-request'
  | 'lost-answer'
  | 'cut-answer'
  | 'restricted'
  | 'maintenance'
  | 'duplicate-frames'
  | 'half-open'
  | 'silent'
  | 'drop'

export type FaultEffect =
  | { readonly kind: PlainFaultKind }
  /** `delay` on the way to the exchange, `delay-answer` on the way back, `delay-frames` on a socket. */
  | {
      readonly kind: 'delay' | 'delay-answer' | 'delay-frames'
      readonly minMs: number
      readonly maxMs: number
    }
  /** `http` instead of handling the request, `http-after` after handling it. */
  | { readonly kind: 'http' | 'http-after'; readonly answer: HttpFaultAnswer }
  /** A transaction is refused with a venue code; its nonce is kept. */
  | { readonly kind: 'reject'; readonly code: number }
  /** A transaction is accepted with 200 and refused by the sequencer; its nonce is used. */
  | { readonly kind: 'sequencer-refusal'; readonly code: number }
  /** The venue's clock goes ahead by this much (negative: behind). */
  | { readonly kind: 'clock-skew'; readonly skewMs: number }
  /** Makers quote this share of their usual size. */
  | { readonly kind: 'thin-book'; readonly factor: number }
  /** Collateral disappears from the accounts in scope, once, at the start of the fault. */
  | { readonly kind: 'drain'; readonly usd: string }

export type FaultKind = FaultEffect['kind']

/** The effect of one kind, with its parameters. */
export type EffectOf<K extends FaultKind> = FaultEffect extends infer E
  ? E extends { readonly kind: infer Kinds }
    ? K extends Kinds
      ? E
      : never
    : never
  : never

/** When and to whom a fault happens. Times are milliseconds since the plan began. */
export interface FaultScope {
  /** Chance at each occasion, 0 to 1. */
  readonly ratio: number
  readonly fromMs: number
  /** Exclusive; Infinity when it never ends. */
  readonly untilMs: number
  /** How many times at most; Infinity when without limit. */
  readonly maxTimes: number
  readonly accountIndex?: number
  /** Remote address of the client. */
  readonly ip?: string
  /** Last part of a REST path (`sendTx`), or `stream` for the socket, or `jsonapi/sendtx`. */
  readonly endpoint?: string
  /** Name of a channel without its ids (`account_all_positions`). */
  readonly channel?: string
}

export interface Fault {
  readonly effect: FaultEffect
  readonly scope: FaultScope
}

/** Every fault of a run, in the order in which they are asked. */
export type FaultPlan = readonly Fault[]

/** A scope that always applies to everyone. */
export const EVERYWHERE: FaultScope = {
  ratio: 1,
  fromMs: 0,
  untilMs: Number.POSITIVE_INFINITY,
  maxTimes: Number.POSITIVE_INFINITY,
}
