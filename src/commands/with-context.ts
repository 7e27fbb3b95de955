import type { Context } from '../context.ts'
import type { ExitCode } from '../errors.ts'
import type { LogEntry } from '../system/logger.ts'
import type { CommandIo } from '../ui/command-io.ts'

/** How long sockets and first snapshots may take before an account counts as unreadable. */
export const CONNECT_TIMEOUT_MS = 15_000

/** Runs a command with its context and closes everything afterwards. */
export async function withContext(
  io: CommandIo,
  command: string,
  work: (context: Context) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { createContext } = await import('../context.ts')
  const { configFile, insecurePermissions } = io.globals
  const { env, cwd, home } = io
  const context = await createContext({
    command,
    configFile,
    insecurePermissions,
    env,
    cwd,
    home,
    onLog: io.globals.isVerbose ? await loadLogLines(io) : undefined,
    onLogLost: (folder, error) => io.out.warn(lostLogText(folder, error)),
  })
  io.attach({
    network: context.config.network,
    scrub: context.scrub,
    logBug: context.logBug,
  })
  try {
    if (context.config.warnings.length > 0) {
      const { renderConfigPoint } = await import('../config/config-point.ts')
      for (const point of context.config.warnings) io.out.note(renderConfigPoint(point))
    }
    return await work(context)
  } catch (error) {
    if (context.telling.isTelling) await tellFailure(io, context, { command, error })
    throw error
  } finally {
    context.close()
  }
}

/** The log as text for a person. */
async function loadLogLines(io: CommandIo): Promise<(entry: LogEntry) => void> {
  const { renderLogLine } = await import('../ui/render-log-line.ts')
  return (entry) => io.out.log(entry.message, renderLogLine(entry))
}

function lostLogText(folder: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return `the log in ${folder} cannot be written${code}: lines of it are lost, everything else goes on`
}

/** A mistake in what was typed is for whoever typed it. */
async function tellFailure(
  io: CommandIo,
  context: Context,
  { command, error }: { readonly command: string; readonly error: unknown },
): Promise<void> {
  const [{ EXIT, HedgebotError, messageOf }, { tellOwner }] = await Promise.all([
    import('../errors.ts'),
    import('./tell-owner.ts'),
  ])
  const exit = error instanceof HedgebotError ? error.exit : EXIT.bug
  if (error instanceof HedgebotError && error.kind === 'usage') return
  await tellOwner(io, context, { command, exit, reason: messageOf(error) })
}
