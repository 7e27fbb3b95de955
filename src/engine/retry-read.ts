import { HedgebotError, hasCode, messageOf } from '../errors.ts'
import type { Engine } from './engine-context.ts'

/** Pauses before the second, third, ... try of a read. */
const PAUSES_MS: readonly number[] = [300, 1000, 3000]

/**
 * Repeats a read that failed for a reason that passes (network, limits, maintenance). Only for reads: a write is never
 * repeated like this.
 * @throws the last error
 */
export async function retryRead<T>(engine: Engine, read: () => Promise<T>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof HedgebotError) || !error.isRetryable) throw error
      engine.logger.info('a read is tried again', { error: error.message, pauseMs })
      await engine.clock.sleep(pauseMs, engine.signal)
    }
  }
  return read()
}

/** Requests count for a minute (PROTOCOL.md section 9); a little more, since clocks part. */
const LONGEST_UNITS_WAIT_MS = 65_000
const UNITS_PAUSE_MS = 1_000
/** Who was told already that it takes longer. */
const told = new WeakSet<Engine>()

/**
 * `retryRead` for what nobody waits for with a leg in the air: it also waits, up to a minute, until the requests of this
 * minute are not used up any more, and says so once.
 * @throws the last error
 */
export async function patientRead<T>(engine: Engine, read: () => Promise<T>): Promise<T> {
  const endMs = engine.clock.monotonicMs() + LONGEST_UNITS_WAIT_MS
  for (;;) {
    try {
      return await retryRead(engine, read)
    } catch (error) {
      if (!hasCode(error, 'local_rate_limit') || engine.clock.monotonicMs() >= endMs) throw error
      if (!told.has(engine)) {
        told.add(engine)
        const message = `${messageOf(error)}: waiting for the next one`
        engine.report({ level: 'warning', message })
      }
      await engine.clock.sleep(UNITS_PAUSE_MS, engine.signal)
    }
  }
}
