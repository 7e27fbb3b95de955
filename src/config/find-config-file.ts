import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { HedgebotError } from '../errors.ts'

/** Where a configuration may be. */
export interface FindConfigFileOptions {
  /** `--config`. */
  readonly explicit: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
}

/**
 * The absolute path of the configuration: `--config`, `$HEDGEBOT_CONFIG`, `./config.yaml`, `~/.config/hedgebot/config.yaml`,
 * in this order (CLI.md "Global"). What is named explicitly must exist: nothing else is tried instead.
 * @throws HedgebotError kind `config`, code `config_not_found`
 */
export async function findConfigFile(options: FindConfigFileOptions): Promise<string> {
  const { explicit, env, cwd, home } = options
  const fromEnv = env['HEDGEBOT_CONFIG']
  if (explicit !== undefined) return existing(resolve(cwd, explicit), '--config')
  if (fromEnv !== undefined && fromEnv !== '') {
    return existing(resolve(cwd, fromEnv), '$HEDGEBOT_CONFIG')
  }
  const usual = [join(cwd, 'config.yaml'), join(home, '.config', 'hedgebot', 'config.yaml')]
  for (const file of usual) if (await exists(file)) return file
  throw notFound(`no configuration: neither ${usual.join(' nor ')} exists`)
}

async function existing(file: string, origin: string): Promise<string> {
  if (await exists(file)) return file
  throw notFound(`${file} (from ${origin}) does not exist`)
}

function notFound(message: string): HedgebotError {
  return new HedgebotError('config', message, {
    code: 'config_not_found',
    hint: 'create one with: hedgebot init, or name one with --config <file>',
  })
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch {
    return false
  }
}
