import { EXIT } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { CommandIo } from '../ui/command-io.ts'

/** Interrupted and safe is 130 or 143; what is worse wins. */
export function interruptedExit(
  { interruptedBy }: Pick<CommandIo, 'interruptedBy'>,
  exit: ExitCode,
): ExitCode {
  if (interruptedBy === undefined || exit === EXIT.exposed || exit === EXIT.unknown) return exit
  if (interruptedBy === 'SIGINT') return EXIT.interrupted
  return interruptedBy === 'SIGTERM' ? EXIT.terminated : exit
}
