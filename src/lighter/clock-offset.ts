/**
 * Venue time minus our wall clock, from answers. A frame's stamp was made before it arrived, so it is a lower bound;
 * an HTTP `Date` has one second of resolution and gives both bounds between request and answer (DESIGN.md section 4).
 * @module
 */
import { known, type Known, unknown } from '../hedge/known.ts'
import type { Clock } from '../ports.ts'

/** What is known of the venue's clock. */
export interface ClockOffset {
  /** A frame with the venue's time in milliseconds that arrives now. */
  sampleStamp(venueMs: number): void
  /** An HTTP `Date` header of an answer that arrives now and was asked for at `sentAtMs` (our wall clock). */
  sampleDate(header: string, sentAtMs: number): void
  /** Milliseconds to add to our wall clock; unknown until the first answer. */
  current(): Known<number>
  /** The venue's time now, by the best knowledge: our own clock while the offset is unknown. */
  venueNowMs(): number
}

/** Bounds of the true offset that one period of samples gives. */
interface Bounds {
  low: number
  high: number
  /** Highest bound from stamps: only network latency below the truth. */
  stamp: number
}

/** A period's samples count for this long and one more period, so that a drifting clock is followed. */
const PERIOD_MS = 60_000
/** Wall and monotonic clock part by more only when somebody sets the wall clock. */
const JUMP_MS = 250
const DATE_RESOLUTION_MS = 1_000

/** Starts without knowledge. */
export function createClockOffset(clock: Clock): ClockOffset {
  let previous = noBounds()
  let newest = noBounds()
  let periodStartMs = clock.monotonicMs()
  let wallMinusMonotonicMs = clock.now() - clock.monotonicMs()
  let sampledAtMs: number | undefined

  const forget = (): void => {
    previous = noBounds()
    newest = noBounds()
    periodStartMs = clock.monotonicMs()
    wallMinusMonotonicMs = clock.now() - clock.monotonicMs()
  }
  const roll = (): void => {
    const difference = clock.now() - clock.monotonicMs()
    if (Math.abs(difference - wallMinusMonotonicMs) > JUMP_MS) forget()
    if (clock.monotonicMs() - periodStartMs < PERIOD_MS) return
    previous = newest
    newest = noBounds()
    periodStartMs = clock.monotonicMs()
  }
  const add = (sample: Partial<Bounds>): void => {
    roll()
    const merged = merge(newest, { ...noBounds(), ...sample })
    // Bounds that contradict each other: the venue's or our clock was set. Only the newest sample counts then.
    if (isContradiction(merge(merged, previous))) forget()
    newest = merge(newest, { ...noBounds(), ...sample })
    sampledAtMs = clock.now()
  }
  const current = (): Known<number> => {
    if (sampledAtMs === undefined) return unknown('the venue has not answered yet')
    return known(estimate(merge(newest, previous)), sampledAtMs)
  }
  return {
    sampleStamp(venueMs) {
      const low = venueMs - clock.now()
      add({ low, stamp: low })
    },
    sampleDate(header, sentAtMs) {
      const venueMs = Date.parse(header)
      if (Number.isNaN(venueMs)) return
      add({ low: venueMs - clock.now(), high: venueMs + DATE_RESOLUTION_MS - sentAtMs })
    },
    current,
    venueNowMs() {
      const offset = current()
      return clock.now() + (offset.isKnown ? offset.value : 0)
    },
  }
}

function noBounds(): Bounds {
  return { low: -Infinity, high: Infinity, stamp: -Infinity }
}

function merge(a: Bounds, b: Bounds): Bounds {
  return {
    low: Math.max(a.low, b.low),
    high: Math.min(a.high, b.high),
    stamp: Math.max(a.stamp, b.stamp),
  }
}

/** Servers behind one name disagree by some milliseconds. */
const DISAGREEMENT_MS = 100

function isContradiction(bounds: Bounds): boolean {
  return bounds.low > bounds.high + DISAGREEMENT_MS
}

/** Stamps are finer than dates; without one, the middle of what dates allow. */
function estimate(bounds: Bounds): number {
  const { low, high, stamp } = bounds
  if (stamp > -Infinity) return Math.round(Math.min(Math.max(stamp, low), high))
  if (high === Infinity) return Math.round(low)
  return Math.round((low + high) / 2)
}
