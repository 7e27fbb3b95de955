import type { PreflightAccount, PreflightPoint } from './preflight-facts.ts'

/** A finding about one account before it says which. */
export type AccountFinding = Pick<PreflightPoint, 'code' | 'level' | 'message'> & {
  readonly hint?: string
}

/** Says whose finding it is: the account's path in the configuration, its name before the sentence. */
export function accountPoint(
  account: Pick<PreflightAccount, 'name' | 'path'>,
  finding: AccountFinding,
): PreflightPoint {
  return {
    code: finding.code,
    level: finding.level,
    path: account.path,
    message: `${account.name}: ${finding.message}`,
    hint: finding.hint,
  }
}
