import { HedgebotError } from '../errors.ts'
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
