import { EXIT } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { CommandIo } from '../ui/command-io.ts'
import { resultContext } from './print-hedges.ts'
import { withContext } from './with-context.ts'

/** `hedgebot pause`: stops all openings everywhere; closing and stops go on. */
export async function runPause(io: CommandIo): Promise<ExitCode> {
  return setPaused(io, 'pause', true)
}

/** Sets or clears the flag that every opening looks at. */
export async function setPaused(
  io: CommandIo,
  command: 'pause' | 'resume',
  isPaused: boolean,
): Promise<ExitCode> {
  return withContext(io, command, async (context) => {
    const journal = await context.journal()
    const wasPaused = journal.pausedSince() !== undefined
    if (wasPaused !== isPaused) {
      journal.setPaused(isPaused)
      journal.addEvent({
        level: 'info',
        kind: isPaused ? 'paused' : 'resumed',
        message: isPaused ? 'openings are paused' : 'openings are allowed again',
        runId: undefined,
        hedgeId: undefined,
        account: undefined,
      })
    }
    const state = isPaused ? 'paused: nothing is opened; closing and stops go on' : 'not paused'
    io.out.line(
      wasPaused === isPaused ? `already so: openings are ${state}` : `openings are ${state}`,
    )
    const { plainDocument } = await import('../ui/json-documents.ts')
    io.out.json(plainDocument(resultContext(context, command, EXIT.done), { paused: isPaused }))
    return EXIT.done
  })
}
