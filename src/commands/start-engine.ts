import type { Context } from '../context.ts'
import type { Engine, Progress } from '../engine/engine-context.ts'
import type { CommandIo } from '../ui/command-io.ts'

/** Begins a run in the journal and builds its engine; what it reports goes to the person. */
export async function startEngine(
  io: CommandIo,
  context: Context,
  run: { readonly command: string; readonly onProgress?: (progress: Progress) => void },
): Promise<Engine> {
  const journal = await context.journal()
  const { runId } = journal.beginRun({ command: run.command }).run
  const onProgress = run.onProgress ?? ((progress: Progress) => sayProgress(io, progress))
  return context.engine({ runId, signal: io.signal, onProgress })
}

/** What matters always, the rest for the curious: what was noted they read in the log. */
export function sayProgress(io: CommandIo, { message, level, kind }: Progress): void {
  if (level !== 'info') io.out.warn(message)
  else if (kind === undefined) io.out.detail(message)
}
