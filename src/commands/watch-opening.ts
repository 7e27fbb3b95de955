import { EXIT, HedgebotError } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import { openingRequest } from './opening-request.ts'
import { openingTalk } from './opening-talk.ts'
import { printRefusal } from './print-hedges.ts'
import { refuseAfterStops } from './watch-marks.ts'
import { showWatch } from './watch-run.ts'
import type { WatchRun } from './watch-run.ts'

/** Between two looks whether everything is flat. */
const LOOK_MS = 500

/**
 * `watch --open`: opens every hedge under the eyes of the watch that already runs. What cannot be opened ends the watch:
 * whoever asked for both does not go on with half of it unseen.
 */
export async function openWhileWatching(run: WatchRun): Promise<ExitCode> {
  const exit = await openAll(run)
  if (exit === EXIT.refused) {
    run.watch.quit()
    return exit
  }
  await showWatch(run)
  if (run.options.mode === 'until_flat') await quitWhenFlat(run)
  return exit
}

async function openAll(run: WatchRun): Promise<ExitCode> {
  const { io, context, engine } = run
  const { dailyStopLimit } = context.config.riskPolicy
  const stopMemory = () => engine.journal.stopMemory()
  await refuseAfterStops({ dailyStopLimit, nowMs: context.clock.now(), stopMemory })
  const [{ carryOutOpening }, { reportHedges }, { openExit }] = await Promise.all([
    import('../engine/carry-out-opening.ts'),
    import('../engine/hedge-report.ts'),
    import('../engine/outcome.ts'),
  ])
  const talk = openingTalk(io, engine, { isDryRun: false, isRecovering: false })
  const request = await openingRequest(context, ALL)
  const end = await carryOutOpening(engine, request, {
    ...talk,
    async confirm(prepared) {
      await talk.confirm(prepared)
      refuseUnwatched(run)
      await showWatch(run)
    },
  })
  if (end.kind === 'refused') {
    return printRefusal(io, { context, command: 'watch', points: end.prepared.points })
  }
  return openExit(engine, reportHedges(engine, end.hedges))
}

const ALL = {
  selection: { kind: 'all' },
  isFlipped: false,
  sizeBase: undefined,
  leverage: undefined,
} as const

/** A person may take longer to say yes than the watch was to run. */
function refuseUnwatched({ isOver }: WatchRun): void {
  if (!isOver()) return
  throw new HedgebotError('refused', 'the watch has ended meanwhile: nothing was sent', {
    code: 'watch_ended',
  })
}

async function quitWhenFlat({ watch, context, isOver }: WatchRun): Promise<void> {
  const { isLiveState } = await import('../hedge/ledger.ts')
  while (!isOver()) {
    if (!watch.hedges().some(({ state }) => isLiveState(state))) watch.quit()
    await Promise.race([context.clock.sleep(LOOK_MS), watch.ended])
  }
}
