import type { Context } from '../context.ts'
import type { Engine } from '../engine/engine-context.ts'
import type { CommandIo } from '../ui/command-io.ts'

/** Begins a run in the journal and builds its engine; what it reports goes to the person. */
export async function startEngine(
  io: CommandIo,
  context: Context,
  command: string,
): Promise<Engine> {
  const journal = await context.journal()
  const { run } = journal.beginRun({ command })
  return context.engine({
    runId: run.runId,
    signal: io.signal,
    onProgress: ({ message, level }) => {
      if (level === 'info') io.out.detail(message)
      else io.out.warn(message)
    },
  })
}
