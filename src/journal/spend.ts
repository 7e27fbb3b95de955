import { assert } from '../errors.ts'
import type { SpendStore } from '../ports.ts'
import { wholeMs } from './columns.ts'
import type { Session } from './session.ts'

/** The venue's windows are a minute long; twice that leaves room for clocks that differ. */
const KEPT_MS = 120_000

/** Requests counted across processes. A record inside a transaction that is rolled back is forgotten with it. */
export function spendStore(session: Session): SpendStore {
  return {
    record: ({ bucket, units, atMs }) => {
      session.write(() => {
        record(session, { bucket, units, atMs: wholeMs(atMs) })
      })
    },
    spentSince: (bucket, sinceMs) =>
      session.read(
        () =>
          session
            .sql<{ units: number }>(
              'SELECT total(units) AS units FROM spend WHERE bucket = ? AND at_ms >= ?',
            )
            .get(bucket, sinceMs)?.units ?? 0,
      ),
  }
}

function record(session: Session, entry: Parameters<SpendStore['record']>[0]): void {
  const { bucket, units, atMs } = entry
  assert(Number.isSafeInteger(units) && units > 0, 'units are counted')
  // The future is cut too: after a wall clock that went back, its rows would fill the bucket until it is reached.
  session
    .sql('DELETE FROM spend WHERE bucket = ? AND (at_ms < ? OR at_ms > ?)')
    .run(bucket, atMs - KEPT_MS, atMs + KEPT_MS)
  session
    .sql(
      `INSERT INTO spend (bucket, at_ms, units) VALUES (?, ?, ?)
       ON CONFLICT (bucket, at_ms) DO UPDATE SET units = units + excluded.units`,
    )
    .run(bucket, atMs, units)
}
