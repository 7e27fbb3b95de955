import { worstExit } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import { interruptedExit } from './interrupted-exit.ts'
import { loadSafety, showWatch } from './watch-run.ts'
import type { WatchRun } from './watch-run.ts'

/**
 * Shows a watch until it is over. Returns what its opening came to, 0 without one. A failure here ends the watch safely
 * before it is thrown.
 */
export async function seeToItsEnd(run: WatchRun): Promise<ExitCode> {
  const { watch, voice } = run
  try {
    const opened = await showAndOpen(run)
    await watch.ended
    return opened
  } catch (error) {
    watch.quit()
    await watch.ended.catch(() => undefined)
    throw error
  } finally {
    await voice.end()
  }
}

async function showAndOpen(run: WatchRun): Promise<ExitCode> {
  const { mode, isOpening } = run.options
  if (isOpening) {
    const { openWhileWatching } = await import('./watch-opening.ts')
    return openWhileWatching(run)
  }
  if (mode !== 'once') await showWatch(run)
  return 0
}

/** Prints what stands at the end, as a table or as the last document, and ends the run in the journal. */
export async function conclude(run: WatchRun, opened: ExitCode): Promise<ExitCode> {
  const { io, engine, source } = run
  const [{ renderHedges }, { watchDocument }, safety] = await Promise.all([
    import('../ui/render-hedges.ts'),
    import('../ui/live/watch-documents.ts'),
    loadSafety(run),
  ])
  const { tellOwner } = await import('./tell-owner.ts')
  const exit = await tellOwner(io, run.context, {
    command: 'watch',
    exit: interruptedExit(io, worstExit([safety(), opened])),
  })
  const reports = source.reports()
  const document = watchDocument(source, exit)
  engine.journal.endRun(engine.runId, { exit, result: JSON.stringify(document) })
  io.out.line(reports.length === 0 ? 'no hedge is open' : renderHedges(reports, io.style))
  io.out.json(document)
  return exit
}
