import type { ExitCode } from '../errors.ts'
import type { CommandIo } from '../ui/command-io.ts'
import { setPaused } from './pause.ts'

/** `hedgebot resume`: openings are allowed again. */
export async function runResume(io: CommandIo): Promise<ExitCode> {
  return setPaused(io, 'resume', false)
}
