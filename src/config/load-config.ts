import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { HedgebotError } from '../errors.ts'
import { checkAccounts } from './account-rules.ts'
import { buildConfig } from './build-config.ts'
import { checkSchema } from './check-schema.ts'
import { ConfigError, boundConfigPoints, sortConfigPoints } from './config-point.ts'
import { checkFilePermissions } from './file-permissions.ts'
import { createFindings } from './findings.ts'
import { checkGroups } from './group-rules.ts'
import { hideSecrets } from './hide-secrets.ts'
import type { LoadedConfig } from './loaded-config.ts'
import { readAtMost } from './read-at-most.ts'
import { readSecrets } from './read-secrets.ts'
import { checkNotification } from './notification-rules.ts'
import { checkStructure } from './structure-rules.ts'
import { parseYamlTree } from './yaml-tree.ts'

/** What is loaded, and from where its references are filled. */
export interface LoadConfigOptions {
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Accept secrets in files that others can read, with a warning (`--insecure-permissions`). */
  readonly insecurePermissions?: boolean
}

/** A configuration is some kilobytes; more is another file. */
const LARGEST_FILE_BYTES = 1_048_576

/**
 * Reads and checks the configuration file; touches no network. Warnings come with the result.
 * @throws ConfigError (kind `config`, exit 2) with every finding at once
 * @throws HedgebotError kind `config` when the file cannot be read at all
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const { file, env, insecurePermissions = false } = options
  const { text, mode } = await readConfigFile(file)
  const tree = parseYamlTree(text)
  const findings = createFindings(file, tree)
  if (!tree.isReadable)
    throw new ConfigError(file, boundConfigPoints(sortConfigPoints(findings.points)))

  const root = tree.value
  const secrets = await readSecrets(root, { file, env, insecurePermissions, findings })
  const checked = checkSchema(tree, findings)
  checkAccounts(root, secrets, findings)
  checkGroups(root, findings)
  checkStructure(root, findings)
  checkNotification(root, secrets, findings)
  checkFilePermissions({ file, mode, root, secrets, insecurePermissions }, findings)

  const points = sortConfigPoints(hideSecrets(findings.points, secrets))
  if (checked === undefined || points.some((point) => point.level === 'error')) {
    throw new ConfigError(file, boundConfigPoints(points))
  }
  return buildConfig(checked, { file: resolve(file), env, secrets, warnings: points })
}

/** The text of a configuration and the mode of its file. */
export async function readConfigFile(file: string): Promise<{ text: string; mode: number }> {
  try {
    // One handle: the permissions are those of the bytes that are read.
    const handle = await open(file, 'r')
    try {
      const { mode } = await handle.stat()
      const bytes = await readAtMost(handle, LARGEST_FILE_BYTES)
      if (bytes === undefined) throw unreadable(file, 'is too large for a configuration')
      return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), mode }
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw error instanceof HedgebotError ? error : translate(file, error)
  }
}

function translate(file: string, error: unknown): HedgebotError {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new HedgebotError('config', `${file} does not exist`, {
      code: 'config_not_found',
      hint: 'create one with: hedgebot init',
      cause: error,
    })
  }
  if (code === 'EISDIR') return unreadable(file, 'is a folder')
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return unreadable(file, 'is not UTF-8 text')
  return unreadable(file, `cannot be read (${String(code)})`)
}

function unreadable(file: string, problem: string): HedgebotError {
  return new HedgebotError('config', `${file} ${problem}`, {
    code: 'config_unreadable',
    hint: 'name the configuration with --config <file>',
  })
}
