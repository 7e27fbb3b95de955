import { HedgebotError } from '../errors.ts'
import type { Journal, Owner } from '../ports.ts'
import { describeOwner, isOwnerAlive } from './owners.ts'
import type { Session } from './session.ts'

/** Who watches which accounts, and whether anything changed that this process does not know of. */
export function watcherStore(
  session: Session,
): Pick<Journal, 'claimWatch' | 'watchOwner' | 'hasChangedElsewhere'> {
  let seenVersion: number | undefined
  return {
    claimWatch: (accountIndexes) => {
      session.write(() => {
        for (const accountIndex of accountIndexes) claimAccount(session, accountIndex)
      })
    },
    watchOwner: () => session.read(() => livingWatcher(session)),
    hasChangedElsewhere: () => {
      // Counts commits of other connections only: our own writes never look like news.
      const version = session.read(
        () => session.sql<{ data_version: number }>('PRAGMA data_version').get()?.data_version,
      )
      const hasChanged = version !== seenVersion
      seenVersion = version
      return hasChanged
    },
  }
}

function claimAccount(session: Session, accountIndex: number): void {
  const row = session
    .sql<{ owner_id: string }>('SELECT owner_id FROM watched_accounts WHERE account_index = ?')
    .get(accountIndex)
  if (row !== undefined && row.owner_id !== session.owner.ownerId) refuseLiving(session, row)
  session
    .sql('INSERT OR REPLACE INTO watched_accounts (account_index, owner_id) VALUES (?, ?)')
    .run(accountIndex, session.owner.ownerId)
}

function refuseLiving(
  session: Session,
  { owner_id: ownerId }: { readonly owner_id: string },
): void {
  if (!isOwnerAlive(session, ownerId)) return
  throw new HedgebotError(
    'busy',
    `${describeOwner(session, ownerId)} watches these accounts already`,
    { code: 'watch_running', hint: 'one watch guards an account; end the other one first' },
  )
}

function livingWatcher(session: Session): Owner | undefined {
  const rows = session
    .sql<{ owner_id: string; pid: number; command: string }>(
      `SELECT DISTINCT owner_id, pid, command FROM watched_accounts JOIN owners USING (owner_id)
       WHERE owner_id <> ?`,
    )
    .all(session.owner.ownerId)
  const living = rows.find(({ owner_id: ownerId }) => isOwnerAlive(session, ownerId))
  if (living === undefined) return undefined
  return { ownerId: living.owner_id, pid: living.pid, command: living.command }
}
