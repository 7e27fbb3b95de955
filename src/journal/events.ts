import type { Journal, JournalEvent } from '../ports.ts'
import type { Session } from './session.ts'

interface EventRow {
  readonly event_id: number
  readonly at_ms: number
  readonly level: JournalEvent['level']
  readonly kind: string
  readonly message: string
  readonly run_id: string | null
  readonly hedge_id: string | null
  readonly account: string | null
}

/** What happened, append only (the file refuses changes). `events` gives the newest ones, newest first. */
export function eventStore(session: Session): Pick<Journal, 'addEvent' | 'events' | 'eventsAfter'> {
  return {
    addEvent: (event) => {
      session.write(() => {
        session
          .sql(
            `INSERT INTO events (at_ms, level, kind, message, run_id, hedge_id, account)
             VALUES (?, ?, ?, ?, ?, ?, ?)`,
          )
          .run(
            session.nowMs(),
            event.level,
            event.kind,
            event.message,
            event.runId ?? null,
            event.hedgeId ?? null,
            event.account ?? null,
          )
      })
    },
    events: (filter) => session.read(() => newestEvents(session, filter).map(toEvent)),
    eventsAfter: (eventId, limit) =>
      session.read(() =>
        session
          .sql<EventRow>('SELECT * FROM events WHERE event_id > ? ORDER BY event_id LIMIT ?')
          .all(eventId, limit)
          .map(toEvent),
      ),
  }
}

function newestEvents(session: Session, filter: Parameters<Journal['events']>[0]): EventRow[] {
  const { hedgeId, limit } = filter
  if (hedgeId === undefined) {
    return session.sql<EventRow>('SELECT * FROM events ORDER BY event_id DESC LIMIT ?').all(limit)
  }
  return session
    .sql<EventRow>('SELECT * FROM events WHERE hedge_id = ? ORDER BY event_id DESC LIMIT ?')
    .all(hedgeId, limit)
}

function toEvent(row: EventRow): JournalEvent {
  return {
    eventId: row.event_id,
    atMs: row.at_ms,
    level: row.level,
    kind: row.kind,
    message: row.message,
    runId: row.run_id ?? undefined,
    hedgeId: row.hedge_id ?? undefined,
    account: row.account ?? undefined,
  }
}
