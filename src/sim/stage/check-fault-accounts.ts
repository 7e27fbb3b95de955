import { HedgebotError } from '../../errors.ts'
import type { FaultPlan } from '../faults/fault-plan.ts'
import type { Stage } from './stage.ts'

/** How many accounts a hint lists. */
const LISTED = 3

/**
 * Refuses faults that would never strike because nobody has the account they name, or that lack an account they need.
 * @throws HedgebotError kind `usage`, code `fault_account`
 */
export function checkFaultAccounts({ core, accounts }: Stage, faults: FaultPlan): void {
  const listed = accounts
    .slice(0, LISTED)
    .map(({ name, accountIndex }) => `account=${accountIndex} (${name})`)
  const more = accounts.length > LISTED ? ` and ${accounts.length - LISTED} more` : ''
  const hint = `there are ${listed.join(', ')}${more}; the written configuration lists them all`
  for (const { effect, scope } of faults) {
    const { accountIndex } = scope
    const { kind } = effect
    if (accountIndex === undefined && kind === 'drain') {
      throw new HedgebotError('usage', 'the fault drain does not say of which account', {
        code: 'fault_account',
        hint: `for example drain:90@account=${accounts[0]?.accountIndex}; ${hint}`,
      })
    }
    if (accountIndex !== undefined && core.account(accountIndex) === undefined) {
      throw new HedgebotError(
        'usage',
        `the fault ${kind} is for account ${accountIndex}, which does not exist`,
        {
          code: 'fault_account',
          hint,
        },
      )
    }
  }
}
