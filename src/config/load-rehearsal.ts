import { resolve } from 'node:path'
import { checkAccounts } from './account-rules.ts'
import { buildConfig } from './build-config.ts'
import { checkSchema } from './check-schema.ts'
import { ConfigError, boundConfigPoints, sortConfigPoints } from './config-point.ts'
import { createFindings } from './findings.ts'
import { checkGroups } from './group-rules.ts'
import { hideSecrets } from './hide-secrets.ts'
import { readConfigFile } from './load-config.ts'
import type { LoadedConfig } from './loaded-config.ts'
import { checkNotification } from './notification-rules.ts'
import { readSecrets } from './read-secrets.ts'
import { checkStructure } from './structure-rules.ts'
import { withoutReferences } from './without-references.ts'
import { parseYamlTree } from './yaml-tree.ts'

/** A configuration of which nothing secret is needed. */
export interface RehearsalConfig {
  /** Checked, with every default; secrets that live elsewhere are stand-ins. */
  readonly config: LoadedConfig
  /** The file's own values as `parseYamlTree` gives them, with the same stand-ins. */
  readonly root: unknown
}

/**
 * Reads and checks a configuration for a rehearsal: secrets that live elsewhere (`env:`, `file:`, `age:`) are not looked
 * for, and the sample's placeholders will do. Everything else but who can read the file is checked as by `loadConfig`.
 * @throws ConfigError (kind `config`, exit 2) with every finding at once
 * @throws HedgebotError kind `config` when the file cannot be read at all
 */
export async function loadRehearsal(file: string): Promise<RehearsalConfig> {
  const { text } = await readConfigFile(file)
  const tree = parseYamlTree(text)
  const findings = createFindings(file, tree)
  if (!tree.isReadable) throw configError(file, findings.points)
  const root = withoutReferences(tree.value)
  const secrets = await readSecrets(root, { file, env: {}, insecurePermissions: true, findings })
  const checked = checkSchema({ ...tree, value: root }, findings)
  checkAccounts(root, secrets, findings)
  checkGroups(root, findings)
  checkStructure(root, findings)
  checkNotification(root, secrets, findings)
  const points = hideSecrets(findings.points, secrets)
  if (checked === undefined || points.some(({ level }) => level === 'error')) {
    throw configError(file, points)
  }
  const warnings = sortConfigPoints(points)
  return { config: buildConfig(checked, { file: resolve(file), env: {}, secrets, warnings }), root }
}

function configError(file: string, points: ConfigError['points']): ConfigError {
  return new ConfigError(file, boundConfigPoints(sortConfigPoints(points)))
}
