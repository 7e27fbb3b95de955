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
  } finally {
    context.close()
  }
}
