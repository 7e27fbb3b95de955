import type { LastRun, NotifyStore, PnlSample } from '../ports.ts'
import { wholeMs } from './columns.ts'
import { selectHedges } from './hedge-rows.ts'
import { isOwnerAlive } from './owners.ts'
import type { Session } from './session.ts'

interface SampleRow {
  readonly at_ms: number
  readonly open_hedges: number
  readonly net_usd: string | null
  readonly worst_leg_usd: string | null
}

type CourseMethods =
  'addPnlSample' | 'pnlSamples' | 'hedgesEndedBetween' | 'countEvents' | 'lastRun' | 'lastEventId'

/** A week and a day: what a report may look back on. */
const KEPT_MS = 8 * 86_400_000

/** What reports and summaries look back on. */
export function courseStore(session: Session): Pick<NotifyStore, CourseMethods> {
  return {
    addPnlSample: (sample) => {
      session.write(() => {
        addSample(session, sample)
      })
    },
    pnlSamples: (fromMs, toMs) =>
      session.read(() =>
        session
          .sql<SampleRow>('SELECT * FROM pnl_course WHERE at_ms >= ? AND at_ms < ? ORDER BY at_ms')
          .all(fromMs, toMs)
          .map(toSample),
      ),
    hedgesEndedBetween: (fromMs, toMs) =>
      session.read(() =>
        selectHedges(
          session,
          'WHERE closed_at_ms >= ? AND closed_at_ms < ? ORDER BY hedge_no',
          fromMs,
          toMs,
        ),
      ),
    countEvents: (fromMs, toMs) =>
      session.read(() =>
        session
          .sql<{ kind: string; level: 'info' | 'warning' | 'alert'; count: number }>(
            `SELECT kind, level, count(*) AS count FROM events WHERE at_ms >= ? AND at_ms < ?
             GROUP BY kind, level ORDER BY kind`,
          )
          .all(fromMs, toMs),
      ),
    lastRun: (command, filter) => session.read(() => lastRun(session, command, filter?.exit)),
    lastEventId: () =>
      session.read(
        () =>
          session.sql<{ id: number | null }>('SELECT max(event_id) AS id FROM events').get()?.id ??
          0,
      ),
  }
}

function addSample(session: Session, { atMs, openHedges, netUsd, worstLegUsd }: PnlSample): void {
  session.sql('DELETE FROM pnl_course WHERE at_ms < ?').run(wholeMs(atMs) - KEPT_MS)
  session
    .sql('INSERT OR REPLACE INTO pnl_course VALUES (?, ?, ?, ?)')
    .run(wholeMs(atMs), openHedges, netUsd ?? null, worstLegUsd ?? null)
}

function toSample(row: SampleRow): PnlSample {
  return {
    atMs: row.at_ms,
    openHedges: row.open_hedges,
    netUsd: row.net_usd ?? undefined,
    worstLegUsd: row.worst_leg_usd ?? undefined,
  }
}

function lastRun(session: Session, command: string, exit: number | undefined): LastRun | undefined {
  const row = session
    .sql<{
      owner_id: string
      started_at_ms: number
      ended_at_ms: number | null
      exit: number | null
    }>(
      `SELECT owner_id, started_at_ms, ended_at_ms, exit FROM runs
       WHERE command = ? AND (? IS NULL OR exit = ?) ORDER BY run_no DESC LIMIT 1`,
    )
    .get(command, exit ?? null, exit ?? null)
  if (row === undefined) return undefined
  return {
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms ?? undefined,
    exit: row.exit ?? undefined,
    isAlive: row.ended_at_ms === null && isOwnerAlive(session, row.owner_id),
  }
}
