import type { Findings } from './findings.ts'
import { READABLE_BY_OTHERS } from './read-secrets.ts'
import type { Secrets } from './read-secrets.ts'
import { textAt } from './yaml-tree.ts'

/** What decides whether a readable file is a problem. */
export interface FilePermissionOptions {
  readonly file: string
  /** Permission bits of the configuration file. */
  readonly mode: number
  readonly root: unknown
  readonly secrets: Secrets
  readonly insecurePermissions: boolean
}

/**
 * A file with literal secrets that others can read is refused on mainnet unless the owner insists, and a warning
 * elsewhere (CLI.md "Configuration"). Placeholders are no secrets.
 */
export function checkFilePermissions(options: FilePermissionOptions, findings: Findings): void {
  const { file, mode, root, secrets, insecurePermissions } = options
  if ((mode & READABLE_BY_OTHERS) === 0) return
  const literals = [...secrets.values()].filter(
    (secret) => secret.source === 'literal' && !secret.reveal().startsWith('your_'),
  )
  if (literals.length === 0) return
  const count = literals.length === 1 ? 'a secret' : `${literals.length} secrets`
  const finding = {
    code: 'insecure_permissions',
    message: `this file holds ${count} and can be read by others (mode ${(mode & 0o777).toString(8)})`,
    hint: `chmod 600 ${file}, or move the secrets out with env:NAME or file:PATH`,
  }
  const isTrial =
    textAt(root, ['exchange', 'sim_url']) !== undefined ||
    textAt(root, ['api_credentials', 0, 'network']) === 'testnet'
  if (isTrial || insecurePermissions) findings.warn([], finding)
  else findings.error([], finding)
}
