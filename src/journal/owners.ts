import { HedgebotError } from '../errors.ts'
import type { Session } from './session.ts'

/** Enters us into the table of owners and forgets those that are gone. Call within `OwnerLocks.whileOpening`. */
export function registerOwner(session: Session): void {
  const { ownerId, pid, command } = session.owner
  const living = new Set(session.locks.living())
  const known = session.sql<{ owner_id: string }>('SELECT owner_id FROM owners').all()
  for (const { owner_id } of known) {
    if (!living.has(owner_id)) session.sql('DELETE FROM owners WHERE owner_id = ?').run(owner_id)
  }
  session
    .sql(
      'INSERT OR REPLACE INTO owners (owner_id, pid, command, started_at_ms) VALUES (?, ?, ?, ?)',
    )
    .run(ownerId, pid, command, session.nowMs())
}

/** True while the process of an owner lives; ourselves included. */
export function isOwnerAlive(session: Session, ownerId: string): boolean {
  return ownerId === session.owner.ownerId || session.locks.isAlive(ownerId)
}

/** An owner for messages: `"watch" (process 4711)`. */
export function describeOwner(session: Session, ownerId: string | null): string {
  if (ownerId === null) return 'nobody'
  if (ownerId === session.owner.ownerId) return 'this process'
  const row = session
    .sql<{ pid: number; command: string }>('SELECT pid, command FROM owners WHERE owner_id = ?')
    .get(ownerId)
  return row === undefined
    ? `a process that is gone (${ownerId})`
    : `"${row.command}" (process ${row.pid})`
}

/** The error of somebody who acts on what is no longer, or was never, theirs. */
export function leaseLost(what: string, holder: string): HedgebotError {
  return new HedgebotError('busy', `${what} is not ours, it belongs to ${holder}`, {
    code: 'lease_lost',
    hint: 'read it again and claim it when its owner is gone',
  })
}
