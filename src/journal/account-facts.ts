import type { Journal } from '../ports.ts'
import type { Session } from './session.ts'

/** What never changes about an account at the venue and would cost a request to read again. */
export function accountFactsStore(
  session: Session,
): Pick<Journal, 'accountFacts' | 'saveAccountFacts'> {
  return {
    accountFacts: (accountIndex) =>
      session.read(() => {
        const row = session
          .sql<{ l1_address: string }>('SELECT l1_address FROM accounts WHERE account_index = ?')
          .get(accountIndex)
        return row === undefined ? undefined : { l1Address: row.l1_address }
      }),
    saveAccountFacts: (accountIndex, facts) => {
      session.write(() => {
        session
          .sql(
            `INSERT INTO accounts (account_index, l1_address, updated_at_ms) VALUES (?, ?, ?)
             ON CONFLICT (account_index) DO UPDATE
             SET l1_address = excluded.l1_address, updated_at_ms = excluded.updated_at_ms`,
          )
          .run(accountIndex, facts.l1Address, session.nowMs())
      })
    },
  }
}
