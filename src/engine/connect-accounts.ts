/**
 * Brings accounts and markets to the point where the loop can work: sockets open, snapshots in, nonces known.
 * @module
 */
import { messageOf } from '../errors.ts'
import type { LaneKey, SpendPriority } from '../ports.ts'
import type { Engine } from './engine-context.ts'
import { patientRead, retryRead } from './retry-read.ts'

export interface ConnectProblem {
  readonly accountIndex: number
  readonly message: string
  readonly error: unknown
}

/** Opens the links side by side; returns the accounts that could not be read, with the reason. */
export async function connectAccounts(
  engine: Engine,
  accountIndexes: readonly number[],
  timeoutMs: number,
): Promise<readonly ConnectProblem[]> {
  const results = await Promise.all(
    [...new Set(accountIndexes)].map(async (accountIndex) => {
      try {
        await engine.link(accountIndex).ready(timeoutMs, engine.signal)
        return undefined
      } catch (error) {
        return { accountIndex, message: messageOf(error), error }
      }
    }),
  )
  return results.filter((problem) => problem !== undefined)
}

/** Waits until a market shows mark and book. @throws HedgebotError kind `unknown_state` or `network` */
export async function connectMarket(
  engine: Engine,
  marketIndex: number,
  timeoutMs: number,
): Promise<void> {
  await engine.feed(marketIndex).ready(timeoutMs, engine.signal)
}

/** Reads the next nonce of every lane that does not know its own. */
export async function ensureNonces(
  engine: Engine,
  lanes: readonly LaneKey[],
  priority: SpendPriority,
): Promise<readonly ConnectProblem[]> {
  const results = await Promise.all(
    lanes.map(async (lane) => {
      if (engine.journal.lane(lane)?.nextNonce !== undefined) return undefined
      try {
        // A close and a watch go on without it, and ask again.
        const tryRead = priority === 'open' ? patientRead : retryRead
        const nonce = await tryRead(engine, () =>
          engine.link(lane.accountIndex).readNextNonce(priority),
        )
        engine.journal.setNextNonce(lane, nonce)
        return undefined
      } catch (error) {
        return { accountIndex: lane.accountIndex, message: messageOf(error), error }
      }
    }),
  )
  return results.filter((problem) => problem !== undefined)
}

/** Renews the leases of everything this process owns until the returned function is called. */
export function keepLeases(engine: Engine): () => void {
  const everyMs = Math.max(200, Math.floor(engine.policy.leaseMs / 3))
  let cancel = () => undefined as void
  let isStopped = false
  const renew = () => {
    if (isStopped) return
    try {
      engine.journal.renewLeases()
    } catch (error) {
      engine.logger.warn('the lease could not be renewed', { error: messageOf(error) })
    }
    cancel = engine.clock.setTimer(everyMs, renew)
  }
  renew()
  return () => {
    isStopped = true
    cancel()
  }
}
