import type { NotifyStore, OutboxCount, OutboxEnd, OutboxMessage } from '../ports.ts'
import { wholeMs } from './columns.ts'
import { isOwnerAlive } from './owners.ts'
import type { Session } from './session.ts'
import type { SqlValue } from './transactions.ts'

interface OutboxRow {
  readonly message_no: number
  readonly envelope_id: string
  readonly channel: string
  readonly kind: string
  readonly message: string
  readonly created_at_ms: number
  readonly attempts: number
  readonly claimed_by: string | null
  readonly claimed_until_ms: number | null
}

type OutboxMethods =
  | 'notifyMemory'
  | 'saveNotifyMemory'
  | 'claimMessage'
  | 'settleMessage'
  | 'outboxCounts'
  | 'nextAttemptAtMs'
  | 'hurryMessages'
  | 'dropMessages'

/** What ended stays so long, for whoever asks whether a mail was sent. */
const KEPT_MS = 7 * 86_400_000

/** Messages that wait for their channels, and the memory of what was told. A claim ends with its process. */
export function outboxStore(session: Session): Pick<NotifyStore, OutboxMethods> {
  return {
    notifyMemory: () =>
      session.read(() =>
        session
          .sql<{ revision: number; text: string }>('SELECT revision, text FROM notify_memory')
          .get(),
      ),
    saveNotifyMemory: (next, messages) =>
      session.write(() => {
        if (!replaceMemory(session, next)) return false
        for (const message of messages) insertMessage(session, message)
        return true
      }),
    claimMessage: (channel, untilMs) => session.write(() => claim(session, channel, untilMs)),
    settleMessage: (messageNo, end) => {
      session.write(() => {
        settle(session, messageNo, end)
      })
    },
    outboxCounts: () => session.read(() => countWaiting(session)),
    nextAttemptAtMs: (channel) =>
      session.read(
        () =>
          session
            .sql<{ at_ms: number | null }>(
              "SELECT min(next_attempt_ms) AS at_ms FROM outbox WHERE state = 'waiting' AND channel = ?",
            )
            .get(channel)?.at_ms ?? undefined,
      ),
    hurryMessages: (channels) => {
      session.write(() => {
        for (const channel of channels) {
          session
            .sql("UPDATE outbox SET next_attempt_ms = ? WHERE state = 'waiting' AND channel = ?")
            .run(session.nowMs(), channel)
        }
      })
    },
    dropMessages: (filter) => session.write(() => drop(session, filter)),
  }
}

function replaceMemory(session: Session, { revision, text }: { revision: number; text: string }) {
  const { changes } =
    revision === 1
      ? session.sql('INSERT OR IGNORE INTO notify_memory VALUES (1, 1, ?)').run(text)
      : session
          .sql('UPDATE notify_memory SET revision = ?, text = ? WHERE revision = ?')
          .run(revision, text, revision - 1)
  return changes === 1
}

function insertMessage(
  session: Session,
  message: Parameters<NotifyStore['saveNotifyMemory']>[1][number],
): void {
  const nowMs = session.nowMs()
  session
    .sql("DELETE FROM outbox WHERE state <> 'waiting' AND ended_at_ms < ?")
    .run(nowMs - KEPT_MS)
  session
    .sql(
      `INSERT INTO outbox (envelope_id, channel, kind, message, state, created_at_ms, attempts,
         next_attempt_ms) VALUES (?, ?, ?, ?, 'waiting', ?, 0, ?)`,
    )
    .run(message.envelopeId, message.channel, message.kind, message.message, nowMs, nowMs)
}

/** Oldest first, one after the other: whoever holds the channel's oldest due message holds the channel. */
function claim(session: Session, channel: string, untilMs: number): OutboxMessage | undefined {
  const nowMs = session.nowMs()
  const rows = session
    .sql<OutboxRow>(
      `SELECT * FROM outbox WHERE state = 'waiting' AND channel = ? AND next_attempt_ms <= ?
       ORDER BY message_no LIMIT 20`,
    )
    .all(channel, nowMs)
  const row = rows.find((candidate) => !isHeld(session, candidate, nowMs))
  if (row === undefined) return undefined
  session
    .sql(
      'UPDATE outbox SET claimed_by = ?, claimed_until_ms = ?, attempts = attempts + 1 WHERE message_no = ?',
    )
    .run(session.owner.ownerId, wholeMs(untilMs), row.message_no)
  return { ...toMessage(row), attempts: row.attempts + 1 }
}

function isHeld(session: Session, row: OutboxRow, nowMs: number): boolean {
  const { claimed_by: holder, claimed_until_ms: untilMs } = row
  return holder !== null && (untilMs ?? 0) > nowMs && isOwnerAlive(session, holder)
}

/** Whatever became of a claim that ran out meanwhile: sent is sent. */
function settle(session: Session, messageNo: number, end: OutboxEnd): void {
  const nowMs = session.nowMs()
  if (end.state === 'waiting') {
    session
      .sql(
        `UPDATE outbox SET claimed_by = NULL, claimed_until_ms = NULL, next_attempt_ms = ?, error = ?
         WHERE message_no = ? AND state = 'waiting'`,
      )
      .run(wholeMs(end.nextAttemptAtMs), end.error, messageNo)
    return
  }
  session
    .sql(
      `UPDATE outbox SET state = ?, ended_at_ms = ?, error = ?, claimed_by = NULL,
         claimed_until_ms = NULL WHERE message_no = ? AND state <> 'sent'`,
    )
    .run(end.state, nowMs, end.state === 'dropped' ? end.error : null, messageNo)
}

function countWaiting(session: Session): OutboxCount[] {
  return session
    .sql<{ channel: string; waiting: number; oldest_at_ms: number }>(
      `SELECT channel, count(*) AS waiting, min(created_at_ms) AS oldest_at_ms
       FROM outbox WHERE state = 'waiting' GROUP BY channel ORDER BY channel`,
    )
    .all()
    .map(({ channel, waiting, oldest_at_ms: oldestAtMs }) => ({ channel, waiting, oldestAtMs }))
}

/** What is on its way now is left: it may well arrive. */
function drop(
  session: Session,
  { createdBeforeMs, kind, error }: Parameters<NotifyStore['dropMessages']>[0],
): OutboxMessage[] {
  const nowMs = session.nowMs()
  const values: SqlValue[] = [createdBeforeMs, ...(kind === undefined ? [] : [kind])]
  const rows = session
    .sql<OutboxRow>(
      `SELECT * FROM outbox WHERE state = 'waiting' AND created_at_ms < ?
       ${kind === undefined ? '' : 'AND kind = ?'} ORDER BY message_no`,
    )
    .all(...values)
    .filter((row) => !isHeld(session, row, nowMs))
  for (const row of rows) settle(session, row.message_no, { state: 'dropped', error })
  return rows.map(toMessage)
}

function toMessage(row: OutboxRow): OutboxMessage {
  return {
    messageNo: row.message_no,
    envelopeId: row.envelope_id,
    channel: row.channel,
    kind: row.kind,
    message: row.message,
    createdAtMs: row.created_at_ms,
    attempts: row.attempts,
  }
}
