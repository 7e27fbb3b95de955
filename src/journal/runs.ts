import { assert, HedgebotError } from '../errors.ts'
import type { Journal, RunRecord } from '../ports.ts'
import { describeOwner, isOwnerAlive } from './owners.ts'
import type { Session } from './session.ts'

interface RunRow {
  readonly run_no: number
  readonly run_id: string
  readonly run_key: string | null
  readonly command: string
  readonly owner_id: string
  readonly started_at_ms: number
  readonly ended_at_ms: number | null
  readonly exit: number | null
  readonly result: string | null
}

type NewRun = Parameters<Journal['beginRun']>[0]
type BegunRun = ReturnType<Journal['beginRun']>
type RunEnd = Parameters<Journal['endRun']>[1]

/**
 * Runs and the flag that stops openings. A run key is once in a journal: the same key again gives the same run, and an
 * unfinished one becomes ours unless its process lives (kind `busy`, code `run_in_progress`).
 */
export function runStore(
  session: Session,
): Pick<Journal, 'beginRun' | 'endRun' | 'pausedSince' | 'setPaused'> {
  return {
    beginRun: (run) => session.write(() => beginRun(session, run)),
    endRun: (runId, end) => {
      session.write(() => {
        endRun(session, runId, end)
      })
    },
    pausedSince: () => session.read(() => pausedSince(session)),
    setPaused: (isPaused) => {
      session.write(() => {
        setPaused(session, isPaused)
      })
    },
  }
}

function beginRun(session: Session, run: NewRun): BegunRun {
  const existing = run.runKey === undefined ? undefined : runOfKey(session, run.runKey)
  if (existing !== undefined) return { run: resume(session, existing), isExisting: true }
  const row = session
    .sql<RunRow>(
      `INSERT INTO runs (run_no, run_id, run_key, command, owner_id, started_at_ms)
       SELECT no, 'r' || no, ?, ?, ?, ? FROM (SELECT coalesce(max(run_no), 0) + 1 AS no FROM runs)
       RETURNING *`,
    )
    .get(run.runKey ?? null, run.command, session.owner.ownerId, session.nowMs())
  assert(row !== undefined, 'a run was inserted')
  return { run: toRun(row), isExisting: false }
}

function resume(session: Session, row: RunRow): RunRecord {
  if (row.ended_at_ms !== null || row.owner_id === session.owner.ownerId) return toRun(row)
  if (isOwnerAlive(session, row.owner_id)) {
    const holder = describeOwner(session, row.owner_id)
    throw new HedgebotError(
      'busy',
      `run ${row.run_id} with this run key is going on in ${holder}`,
      {
        code: 'run_in_progress',
        hint: 'wait for its end, then ask again with the same key',
      },
    )
  }
  session
    .sql('UPDATE runs SET owner_id = ? WHERE run_id = ?')
    .run(session.owner.ownerId, row.run_id)
  return toRun(row)
}

function endRun(session: Session, runId: string, end: RunEnd): void {
  const { changes } = session
    .sql(
      `UPDATE runs SET ended_at_ms = ?, exit = ?, result = ?
       WHERE run_id = ? AND owner_id = ? AND ended_at_ms IS NULL`,
    )
    .run(session.nowMs(), end.exit, end.result, runId, session.owner.ownerId)
  assert(changes === 1, `run ${runId} is ours and has not ended`)
}

function runOfKey(session: Session, runKey: string): RunRow | undefined {
  return session.sql<RunRow>('SELECT * FROM runs WHERE run_key = ?').get(runKey)
}

function toRun(row: RunRow): RunRecord {
  return {
    runId: row.run_id,
    runKey: row.run_key ?? undefined,
    command: row.command,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms ?? undefined,
    exit: row.exit ?? undefined,
    result: row.result ?? undefined,
  }
}

function pausedSince(session: Session): number | undefined {
  return session.sql<{ since_ms: number }>("SELECT since_ms FROM flags WHERE name = 'paused'").get()
    ?.since_ms
}

/** Pausing twice keeps the time of the first. */
function setPaused(session: Session, isPaused: boolean): void {
  if (isPaused) {
    session
      .sql("INSERT INTO flags VALUES ('paused', ?) ON CONFLICT (name) DO NOTHING")
      .run(session.nowMs())
  } else session.sql("DELETE FROM flags WHERE name = 'paused'").run()
}
