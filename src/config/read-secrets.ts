/**
 * Finds the secrets of a configuration and reads those that live elsewhere (CLI.md "Configuration", secrets).
 * @module
 */

import { open, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { HedgebotError } from '../errors.ts'
import type { Findings } from './findings.ts'
import { readAtMost } from './read-at-most.ts'
import { createSecret } from './secret.ts'
import type { Secret } from './secret.ts'
import { expandHome } from './state-dir.ts'
import { looksSecret } from './yaml-number.ts'
import { listAt, renderPath, textAt, valueAt } from './yaml-tree.ts'
import type { TreePath } from './yaml-tree.ts'

/** Where secrets come from. */
export interface SecretContext {
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Accept files that others can read, with a warning. */
  readonly insecurePermissions: boolean
  readonly findings: Findings
}

/** The secrets of a file by the path that `renderPath` writes; what could not be read is missing. */
export type Secrets = ReadonlyMap<string, Secret>

/** Permission bits that let the group or everybody read. */
export const READABLE_BY_OTHERS = 0o044

/** Longest file that can hold one secret. */
const LARGEST_SECRET_BYTES = 65_536

/** Reads every secret of the tree, whatever else may be wrong with it. Secrets of disabled parts are not demanded. */
export async function readSecrets(root: unknown, context: SecretContext): Promise<Secrets> {
  const secrets = new Map<string, Secret>()
  for (const path of secretPathsOf(root)) {
    const written = textAt(root, path)
    if (written === undefined || written === '') continue
    const isNeeded = valueAt(root, [...path.slice(0, -1), 'enabled']) !== false
    const secret = await readSecret({ written, path, isNeeded }, context)
    if (secret !== undefined) secrets.set(renderPath(path), secret)
  }
  return secrets
}

/** The paths of everything that may hold a secret, in the order of the schema. */
function secretPathsOf(root: unknown): TreePath[] {
  const inList = (path: TreePath, key: string): TreePath[] =>
    listAt(root, path).map((_, index) => [...path, index, key])
  return [
    ...inList(['proxy_pool'], 'password'),
    ['notification', 'email', 'password'],
    ['notification', 'telegram', 'bot_token'],
    ...inList(['notification', 'webhook'], 'url'),
    ...inList(['api_credentials'], 'api_key'),
  ]
}

interface WrittenSecret {
  readonly written: string
  readonly path: TreePath
  readonly isNeeded: boolean
}

async function readSecret(
  secret: WrittenSecret,
  context: SecretContext,
): Promise<Secret | undefined> {
  const { written, path, isNeeded } = secret
  if (written.startsWith('age:') || written.startsWith('-----BEGIN AGE')) {
    context.findings.error(path, {
      code: 'age_not_available',
      message: 'age-encrypted secrets are not available yet',
      hint: 'use env:NAME or file:PATH',
    })
    return undefined
  }
  const source = /^(env|file):/.exec(written)?.[1]
  if (source === undefined) return createSecret({ source: 'literal', reveal: () => written })
  const reading = source === 'env' ? fromEnv(written, context) : await fromFile(secret, context)
  const made = { source: source === 'env' ? 'env' : 'file', reference: written } as const
  if ('text' in reading) return createSecret({ ...made, reveal: () => reading.text })
  if (isNeeded) {
    context.findings.error(path, reading)
    return undefined
  }
  const reveal = (): string => {
    throw new HedgebotError('config', `${renderPath(path)}: ${reading.message}`, {
      code: reading.code,
      hint: reading.hint,
    })
  }
  return createSecret({ ...made, reveal })
}

interface Failure {
  readonly code: string
  readonly message: string
  readonly hint: string
}

function fromEnv(written: string, { env }: SecretContext): { readonly text: string } | Failure {
  const name = written.slice('env:'.length).trim()
  const text = env[name]?.trim()
  if (text !== undefined && text !== '') return { text }
  return {
    code: 'secret_unavailable',
    message: `the environment variable ${shownName(name)} is ${text === undefined ? 'not set' : 'empty'}`,
    hint: `set it in the environment that starts hedgebot (for cron and systemd: in their own files)`,
  }
}

/** Who writes `env:` before the secret itself must not read it in the message. */
function shownName(name: string): string {
  return looksSecret(name) ? `"a text of ${name.length} characters"` : name
}

async function fromFile(
  { written, path }: WrittenSecret,
  context: SecretContext,
): Promise<{ readonly text: string } | Failure> {
  const name = written.slice('file:'.length).trim()
  const target = resolve(dirname(context.file), expandHome(name, context.env))
  const fail = (problem: string, hint: string): Failure => ({
    code: 'secret_unavailable',
    // Not from the configuration alone: the folder is known, the name may be the secret itself.
    message: `the file ${looksSecret(name) ? shownName(name) : target} ${problem}`,
    hint,
  })
  const hint = 'the path is relative to the configuration file'
  try {
    const { mode } = await stat(target)
    if ((mode & READABLE_BY_OTHERS) !== 0) {
      const refusal = fail('can be read by others', `chmod 600 ${target}`)
      if (!context.insecurePermissions) return { ...refusal, code: 'insecure_permissions' }
      context.findings.warn(path, { ...refusal, code: 'insecure_permissions' })
    }
    const bytes = await readSecretFile(target)
    if (bytes === undefined) return fail('is too large for a secret', hint)
    const text = bytes.toString().trim()
    return text === '' ? fail('is empty', hint) : { text }
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return fail('does not exist', hint)
    if (code === 'EISDIR') return fail('is a folder', hint)
    return fail(`cannot be read (${String(code)})`, 'check who owns the file')
  }
}

async function readSecretFile(target: string): Promise<Buffer | undefined> {
  const handle = await open(target, 'r')
  try {
    return await readAtMost(handle, LARGEST_SECRET_BYTES)
  } finally {
    await handle.close()
  }
}
