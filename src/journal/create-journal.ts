import { dirname, join } from 'node:path'
import { assert } from '../errors.ts'
import type { Clock, Journal, Owner, Rng } from '../ports.ts'
import { accountFactsStore } from './account-facts.ts'
import { courseStore } from './course.ts'
import { eventStore } from './events.ts'
import { fillStore } from './fills.ts'
import { hedgeOwnershipStore } from './hedge-ownership.ts'
import { hedgeStore } from './hedges.ts'
import { translateJournalError } from './journal-error.ts'
import { openStage } from './journal-stage.ts'
import { laneStore } from './lanes.ts'
import { loadInstance, metaStore } from './meta.ts'
import { openDatabase } from './open-database.ts'
import { outboxStore } from './outbox.ts'
import { orderStore } from './orders.ts'
import { createOwnerLocks, type OwnerLocks } from './owner-locks.ts'
import { registerOwner } from './owners.ts'
import { runStore } from './runs.ts'
import { createSession, type Session, type SessionOptions } from './session.ts'
import { spendStore } from './spend.ts'
import { watcherStore } from './watchers.ts'

export interface JournalOptions {
  /** The journal's file; locks and backups lie beside it. */
  readonly file: string
  readonly clock: Clock
  readonly rng: Rng
  /** Unique for every process and every open journal. */
  readonly owner: Owner
  /** How long a hedge stays ours without a renewal (`risk.lease_ms`). */
  readonly leaseMs: number
  /** How long a write waits for other processes; the event loop stands still meanwhile. */
  readonly busyTimeoutMs?: number
}

/** Writers hold the file for milliseconds; a stall of over a second makes a process doubt itself (DESIGN.md 3). */
const DEFAULT_BUSY_TIMEOUT_MS = 1_000

/** Opening is rare and may meet a migration. */
const OPENING_TIMEOUT_MS = 15_000

/**
 * Opens the journal, making or migrating its file, and holds the lock that says that its owner lives.
 *
 * Every method is one transaction or joins the one around it. A method that throws inside `transaction` leaves no trace
 * of itself, whatever the outer work then does; `transaction` inside `transaction` likewise joins the outer one.
 * @throws HedgebotError kind `journal` (codes `journal_unwritable`, `journal_corrupt`, `journal_locked`,
 * `journal_newer`, `journal_foreign`, `migration_failed`), kind `busy` (codes `owner_alive`, `journal_in_use`)
 */
export function createJournal(options: JournalOptions): Journal {
  assert(options.leaseMs > 0, 'a lease lasts')
  try {
    const locks = createOwnerLocks(join(dirname(options.file), 'locks'))
    return locks.whileOpening(OPENING_TIMEOUT_MS, () => openJournal(options, locks))
  } catch (error) {
    throw translateJournalError(error, options.file)
  }
}

function openJournal(options: JournalOptions, locks: OwnerLocks): Journal {
  const releaseLock = locks.hold(options.owner.ownerId)
  try {
    const sessionOptions = connect(options, locks)
    try {
      const session = createSession(sessionOptions)
      const instance = register(session, options.rng)
      return assemble({ session, sessionOptions, instance, onClosed: releaseLock })
    } catch (error) {
      sessionOptions.database.close()
      throw error
    }
  } catch (error) {
    releaseLock()
    throw error
  }
}

function connect(options: JournalOptions, locks: OwnerLocks): SessionOptions {
  const { file, clock, owner, leaseMs } = options
  const database = openDatabase({
    file,
    busyTimeoutMs: options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS,
    nowMs: clock.now(),
    otherOwners: () => locks.living().filter((ownerId) => ownerId !== owner.ownerId),
  })
  return { database, file, clock, owner, leaseMs, locks }
}

function register(session: Session, rng: Rng): number {
  return session.transaction('full', () => {
    registerOwner(session)
    return loadInstance(session, rng)
  })
}

interface Parts {
  readonly session: Session
  readonly sessionOptions: SessionOptions
  readonly instance: number
  readonly onClosed: () => void
}

function assemble(parts: Parts): Journal {
  const { session, sessionOptions, instance, onClosed } = parts
  return {
    instance,
    ownerId: session.owner.ownerId,
    transaction: (durability, work) => session.transaction(durability, work),
    ...metaStore(session, instance),
    ...runStore(session),
    ...hedgeStore(session),
    ...hedgeOwnershipStore(session),
    ...watcherStore(session),
    ...laneStore(session),
    ...orderStore(session),
    ...fillStore(session),
    ...spendStore(session),
    ...eventStore(session),
    ...accountFactsStore(session),
    ...outboxStore(session),
    ...courseStore(session),
    openStage: () =>
      openStage({
        session,
        sessionOptions,
        assemble: (stage) => assemble({ ...parts, session: stage, onClosed: () => undefined }),
      }),
    close: () => {
      session.close()
      onClosed()
    },
  }
}
