/**
 * How well one egress works, from what was seen of it: real use and light probes. Pure: the clock is an argument.
 *
 * A circuit that opens after failures, asks now and then whether all is well again, and takes its time before it is
 * trusted: the more often it opened lately, the longer.
 * @module
 */

/** `restricted`: the venue does not serve the place it leads to; it stays out of use (DESIGN.md section 3, "Answers"). */
export type EgressCondition = 'healthy' | 'degraded' | 'down' | 'restricted'

/** What is wrong, for people and scripts. */
export type SickReason =
  | 'auth'
  | 'denied'
  | 'no_tunnel'
  | 'refused'
  | 'unreachable'
  | 'unresolved'
  | 'hangs'
  | 'reset'
  | 'tls'
  | 'not_http'
  | 'no_answer'
  | 'blocked'
  | 'restricted'

/** One thing that was seen, milliseconds by the monotonic clock. */
export type Observation =
  | {
      readonly kind: 'ok'
      /** From nothing to the venue's greeting; undefined where the connection stood already. */
      readonly connectedInMs?: number
      /** From the request to its answer; undefined for what was no request. */
      readonly answeredInMs?: number
    }
  /**
   * `isSure`: the egress itself failed, before anything went through it. Otherwise the venue or the net behind it may be
   * what failed.
   */
  | { readonly kind: 'failed'; readonly reason: SickReason; readonly isSure: boolean }

/** A failure that may be the venue's or the net's behind it. */
export function doubt(reason: SickReason): Observation {
  return { kind: 'failed', reason, isSure: false }
}

export interface EgressHealth {
  readonly condition: EgressCondition
  /** Of the last failure; undefined while healthy. */
  readonly reason: SickReason | undefined
  /** Since when it is in this condition. */
  readonly sinceMs: number
  /** Doubtful failures since the last success. */
  readonly doubts: number
  /** Openings of the circuit that still count. */
  readonly trips: number
  readonly trippedAtMs: number | undefined
  /** When it is to be asked again; undefined while it is trusted. */
  readonly probeAtMs: number | undefined
  /** Moving average of how long a connection takes; undefined before the first. */
  readonly connectMs: number | undefined
  /** The same of how long an answer takes. */
  readonly answerMs: number | undefined
}

/** So many doubtful failures without a success between them are no accident. */
export const DOUBTS_MAX = 3
/** First pause before a probe; doubles with every probe that fails. */
export const FIRST_PROBE_MS = 2_000
export const LONGEST_PROBE_MS = 60_000
/** Between two questions while it is well again and not trusted yet. */
const TRIAL_PROBE_MS = 5_000
/** The venue's firewall lets nobody in again before (PROTOCOL.md section 9). */
export const BLOCKED_MS = 60_000
/** How long it must have been well before accounts come back; doubles with every trip. */
export const FIRST_HOLD_MS = 15_000
export const LONGEST_HOLD_MS = 600_000
/** After so long without a trip the earlier ones are forgotten. */
export const FORGIVE_MS = 1_800_000
/** Half of `max_naked_ms`: a close that begins with a proxy that hangs is still in time by the next one. */
export const PATIENCE_MS = 1_500
export const LONGEST_PATIENCE_MS = 5_000
export const ANSWER_PATIENCE_MS = 700
/** A doubt is over after so long without another one. */
export const DOUBT_MS = 15_000

/** Nothing is known yet: it is taken for healthy. */
export function newHealth(nowMs: number): EgressHealth {
  return {
    condition: 'healthy',
    reason: undefined,
    sinceMs: nowMs,
    doubts: 0,
    trips: 0,
    trippedAtMs: undefined,
    probeAtMs: undefined,
    connectMs: undefined,
    answerMs: undefined,
  }
}

/** The health after one more observation. */
export function observe(
  health: EgressHealth,
  observation: Observation,
  nowMs: number,
): EgressHealth {
  if (health.condition === 'restricted') return health
  if (observation.kind === 'ok') return recovered(health, observation, nowMs)
  const { reason, isSure } = observation
  if (reason === 'restricted') {
    return { ...health, condition: 'restricted', reason, sinceMs: nowMs, probeAtMs: undefined }
  }
  if (health.condition === 'down') return stillDown(health, reason, nowMs)
  const doubts = health.doubts + 1
  if (isSure || doubts >= DOUBTS_MAX) return tripped({ ...health, doubts }, reason, nowMs)
  const sinceMs = health.condition === 'degraded' ? health.sinceMs : nowMs
  return { ...health, condition: 'degraded', reason, sinceMs, doubts, probeAtMs: nowMs + DOUBT_MS }
}

function recovered(
  health: EgressHealth,
  { connectedInMs, answeredInMs }: Extract<Observation, { readonly kind: 'ok' }>,
  nowMs: number,
): EgressHealth {
  const isWell = health.condition === 'healthy'
  const isForgiven = nowMs - (health.trippedAtMs ?? nowMs) >= FORGIVE_MS
  const next: EgressHealth = {
    ...health,
    condition: 'healthy',
    reason: undefined,
    sinceMs: isWell ? health.sinceMs : nowMs,
    doubts: 0,
    trips: isForgiven ? 0 : health.trips,
    probeAtMs: undefined,
    connectMs: averageOf(health.connectMs, connectedInMs),
    answerMs: averageOf(health.answerMs, answeredInMs),
  }
  // Nobody uses it yet: only questions tell whether it stays well.
  return isSettled(next, nowMs) ? next : { ...next, probeAtMs: nowMs + TRIAL_PROBE_MS }
}

function averageOf(before: number | undefined, now: number | undefined): number | undefined {
  if (before === undefined || now === undefined) return before ?? now
  return before * 0.8 + now * 0.2
}

function tripped(health: EgressHealth, reason: SickReason, nowMs: number): EgressHealth {
  const isForgiven = nowMs - (health.trippedAtMs ?? nowMs) >= FORGIVE_MS
  return {
    ...health,
    condition: 'down',
    reason,
    sinceMs: nowMs,
    trips: (isForgiven ? 0 : health.trips) + 1,
    trippedAtMs: nowMs,
    probeAtMs: nowMs + (reason === 'blocked' ? BLOCKED_MS : FIRST_PROBE_MS),
  }
}

/** The pause grows with the time it has been down, so that a failure of many at once counts once. */
function stillDown(health: EgressHealth, reason: SickReason, nowMs: number): EgressHealth {
  const { probeAtMs, sinceMs } = health
  const downForMs = nowMs - sinceMs
  const pauseMs = Math.min(LONGEST_PROBE_MS, Math.max(FIRST_PROBE_MS, downForMs))
  const nextMs = nowMs + (reason === 'blocked' ? BLOCKED_MS : pauseMs)
  // Only what was asked after the pause moves the next question.
  const isAnswer = probeAtMs === undefined || nowMs >= probeAtMs
  return { ...health, reason, probeAtMs: isAnswer ? nextMs : probeAtMs }
}

/** A doubt that nothing confirmed is over. */
export function afterDoubt(health: EgressHealth, nowMs: number): EgressHealth {
  if (health.condition !== 'degraded') return health
  const condition = 'healthy'
  return {
    ...health,
    condition,
    reason: undefined,
    sinceMs: nowMs,
    doubts: 0,
    probeAtMs: undefined,
  }
}

/** True when somebody should ask whether it is well again. */
export function isProbeDue({ probeAtMs }: EgressHealth, nowMs: number): boolean {
  return probeAtMs !== undefined && nowMs >= probeAtMs
}

/** How long a connection may take while another egress may work: what is always slow is not sick. */
export function connectPatienceMs({ connectMs = 0 }: EgressHealth): number {
  return Math.min(LONGEST_PATIENCE_MS, Math.max(PATIENCE_MS, 3 * connectMs))
}

/** How long the answer to a read may take before another egress is asked as well. */
export function answerPatienceMs({ answerMs = ANSWER_PATIENCE_MS }: EgressHealth): number {
  return Math.min(LONGEST_PATIENCE_MS, Math.max(ANSWER_PATIENCE_MS, 4 * answerMs))
}

/** True when accounts that left may come back. */
export function isSettled(health: EgressHealth, nowMs: number): boolean {
  return health.condition === 'healthy' && nowMs >= settledAtMs(health)
}

/** When accounts may come back if it stays healthy. */
export function settledAtMs({ sinceMs, trips }: EgressHealth): number {
  if (trips === 0) return sinceMs
  return sinceMs + Math.min(LONGEST_HOLD_MS, FIRST_HOLD_MS * 2 ** (trips - 1))
}
