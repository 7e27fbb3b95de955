import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** What decides where the state lives. */
export interface StateDirOptions {
  /** `state_dir` as written; relative to `configFolder`. */
  readonly configured: string | undefined
  readonly configFolder: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * The absolute state directory: `state_dir` relative to the configuration file, else `$XDG_STATE_HOME/hedgebot`, else
 * `~/.local/state/hedgebot` (CLI.md "Global").
 */
export function resolveStateDir(options: StateDirOptions): string {
  const { configured, configFolder, env } = options
  if (configured !== undefined) return resolve(configFolder, expandHome(configured, env))
  const xdg = env['XDG_STATE_HOME']
  // The XDG specification says that relative values are to be ignored.
  if (xdg?.startsWith('/') === true) return join(xdg, 'hedgebot')
  return join(homeOf(env), '.local', 'state', 'hedgebot')
}

/** Replaces a leading `~/`, which only a shell would otherwise do. */
export function expandHome(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  return path === '~' || path.startsWith('~/') ? join(homeOf(env), path.slice(1)) : path
}

function homeOf(env: Readonly<Record<string, string | undefined>>): string {
  const home = env['HOME']
  return home === undefined || home === '' ? homedir() : home
}
