import { assert, HedgebotError } from '../errors.ts'
import type { Journal, Rng, VenueIdentity } from '../ports.ts'
import {
  COUNTER_COUNT,
  composeClientOrderIndex,
  INSTANCE_COUNT,
} from '../hedge/client-order-index.ts'
import type { Session } from './session.ts'

/**
 * Left out by each process before its first index. A power failure may take the last commits of durability `normal`
 * with it, and with them the memory of indices that rest on the venue as stops.
 */
const GAP_PER_PROCESS = 1024

/** Reads the 12 bits that mark this journal; a new journal draws them. */
export function loadInstance(session: Session, rng: Rng): number {
  const stored = getMeta(session, 'instance')
  if (stored !== undefined) return Number(stored)
  const [high = 0, low = 0] = rng.nextBytes(2)
  const instance = (high * 256 + low) % INSTANCE_COUNT
  setMeta(session, 'instance', String(instance))
  return instance
}

/** Venue identity, client order indices, memory of the stops: single values that outlive a process. */
export function metaStore(
  session: Session,
  instance: number,
): Pick<Journal, 'bindVenue' | 'nextClientOrderIndex' | 'stopMemory' | 'saveStopMemory'> {
  let lowestCounter: number | undefined
  return {
    bindVenue: (identity) =>
      session.transaction('full', () => {
        bindVenue(session, identity)
      }),
    nextClientOrderIndex: () =>
      session.write(() => {
        const stored = Number(getMeta(session, 'client_order_counter') ?? 0)
        lowestCounter ??= stored === 0 ? 0 : stored + GAP_PER_PROCESS
        const counter = nextFreeCounter(session, instance, Math.max(stored, lowestCounter))
        setMeta(session, 'client_order_counter', String(counter + 1))
        return composeClientOrderIndex(instance, counter)
      }),
    stopMemory: () => session.read(() => getMeta(session, 'stop_memory')),
    saveStopMemory: (text) => {
      session.write(() => {
        setMeta(session, 'stop_memory', text)
      })
    },
  }
}

/** The counter comes round after 2^24: from then on, what may still be live on the venue is passed over. */
function nextFreeCounter(session: Session, instance: number, first: number): number {
  for (let counter = first; counter < first + COUNTER_COUNT; counter += 1) {
    const index = composeClientOrderIndex(instance, counter)
    if (counter < COUNTER_COUNT || !isPerhapsLive(session, index)) return counter
  }
  throw new HedgebotError('journal', 'all client order indices are in use', {
    code: 'client_order_indices_used_up',
    hint: 'close hedges before opening new ones',
  })
}

/** Looks into the signed text too: the stops of an order have indices that no column holds. */
function isPerhapsLive(session: Session, index: number): boolean {
  const row = session
    .sql(
      `SELECT 1 FROM orders WHERE instr(tx_info, ?) > 0
         AND (state IN ('prepared', 'in_doubt', 'accepted') OR hedge_id IN
           (SELECT hedge_id FROM hedges WHERE state NOT IN ('closed', 'aborted')))
       UNION ALL
       SELECT 1 FROM orders WHERE client_order_index = ?
         AND (state IN ('prepared', 'in_doubt', 'accepted') OR hedge_id IN
           (SELECT hedge_id FROM hedges WHERE state NOT IN ('closed', 'aborted')))
       LIMIT 1`,
    )
    .get(String(index), index)
  return row !== undefined
}

function bindVenue(session: Session, identity: VenueIdentity): void {
  const asked = venueText(identity)
  const bound = getMeta(session, 'venue')
  if (bound === undefined) {
    setMeta(session, 'venue', asked)
    return
  }
  if (bound === asked) return
  throw new HedgebotError(
    'config',
    `the journal belongs to another venue: it has ${bound}, the configuration leads to ${asked}`,
    {
      code: 'journal_of_other_venue',
      hint: 'set another state_dir, or move the journal away if that venue no longer exists',
    },
  )
}

/** One text for one venue; addresses differ in the case of their letters only by checksum. */
function venueText({ network, chainId, contractAddress }: VenueIdentity): string {
  assert(network !== '', 'a venue has a network')
  return `${network}, chain ${chainId}, contract ${contractAddress.toLowerCase()}`
}

function getMeta(session: Session, key: string): string | undefined {
  return session.sql<{ value: string }>('SELECT value FROM meta WHERE key = ?').get(key)?.value
}

function setMeta(session: Session, key: string, value: string): void {
  session
    .sql('INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
    .run(key, value)
}
