import type { Context } from '../context.ts'
import type { ExitCode } from '../errors.ts'
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
  const context = await createContext({ command, configFile, insecurePermissions, env, cwd, home })
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
