import type { Context } from '../context.ts'
import type { OpeningEnd } from '../engine/carry-out-opening.ts'
import type { Engine } from '../engine/engine-context.ts'
import { EXIT, HedgebotError } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { Journal } from '../ports.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { OpenOptions } from '../ui/command-options.ts'
import { interruptedExit } from './interrupted-exit.ts'
import { openingRequest } from './opening-request.ts'
import { printHedges, printRefusal, sayLive } from './print-hedges.ts'
import { noteUnwatched, refuseAfterStops } from './watch-marks.ts'
import { withContext } from './with-context.ts'

/** `hedgebot open`: plan, check, ask, open, verify (CLI.md). */
export async function runOpen(io: CommandIo, options: OpenOptions): Promise<ExitCode> {
  return withContext(io, 'open', (context) => runInContext(io, context, options))
}

async function runInContext(
  io: CommandIo,
  context: Context,
  options: OpenOptions,
): Promise<ExitCode> {
  await refuseLateStart(context, options)
  const journal = await context.journal()
  const { run, isExisting } = journal.beginRun({
    command: 'open',
    ...(options.runKey === undefined ? {} : { runKey: options.runKey }),
  })
  if (isExisting && run.result !== undefined) {
    io.out.line(`run ${options.runKey ?? run.runId} has finished already; nothing was done`)
    io.out.json(JSON.parse(run.result) as object)
    return (run.exit ?? EXIT.done) as ExitCode
  }
  await lookAtWatch({ io, context, options, journal })
  const progress = io.progress('connecting')
  try {
    const engine = await context.engine({
      runId: run.runId,
      signal: io.signal,
      onProgress: ({ message, level, kind }) => {
        if (level !== 'info') io.out.warn(message)
        // With `--verbose` the log says what was noted.
        else if (kind === undefined || !io.globals.isVerbose) progress.update(message)
      },
    })
    return await openAndReport({ io, context, options, engine })
  } catch (error) {
    throw asRefusal(error, journal.ordersOfRun(run.runId).length > 0)
  } finally {
    progress.stop()
  }
}

/** Limits that need a watch: which are kept by nobody now, and whether today's stops are used up. */
async function lookAtWatch(open: Omit<OpenRun, 'engine'> & { readonly journal: Journal }) {
  const { io, context, options, journal } = open
  noteUnwatched(io, context.config, () => journal.watchOwner())
  if (options.isDryRun) return
  const { dailyStopLimit } = context.config.riskPolicy
  await refuseAfterStops({
    dailyStopLimit,
    nowMs: context.clock.now(),
    stopMemory: () => journal.stopMemory(),
  })
}

/** A venue that cannot be read has refused the opening when nothing was sent: exit 1, not 5 (CLI.md). */
function asRefusal(error: unknown, hasSent: boolean): unknown {
  if (!(error instanceof HedgebotError) || error.exit !== EXIT.unknown || hasSent) return error
  const { kind, message, code, hint, isRetryable } = error
  return new HedgebotError(kind, message, {
    code,
    isRetryable,
    exit: EXIT.refused,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  })
}

interface OpenRun {
  readonly io: CommandIo
  readonly context: Context
  readonly options: OpenOptions
  readonly engine: Engine
}

async function openAndReport(open: OpenRun): Promise<ExitCode> {
  const { io, engine, context, options } = open
  const [{ carryOutOpening }, { openingTalk }] = await Promise.all([
    import('../engine/carry-out-opening.ts'),
    import('./opening-talk.ts'),
  ])
  const talk = openingTalk(io, engine, { isDryRun: options.isDryRun, isRecovering: true })
  const end = await carryOutOpening(engine, await openingRequest(context, options), {
    ...talk,
    async confirm(prepared) {
      await talk.confirm(prepared)
      io.onSecondInterrupt(() => sayLive(io, engine))
    },
  })
  if (end.kind === 'refused') {
    return printRefusal(io, { context, command: 'open', points: end.prepared.points })
  }
  if (end.kind === 'already_open') {
    io.out.line('it is already so: every hedge that was asked for is open')
  }
  return finish(open, end)
}

async function finish(open: OpenRun, end: OpeningEnd): Promise<ExitCode> {
  const { io, context, engine } = open
  const [{ reportHedges }, { openExit, liveHedge }] = await Promise.all([
    import('../engine/hedge-report.ts'),
    import('../engine/outcome.ts'),
  ])
  const opened = reportHedges(engine, end.hedges)
  const already = reportHedges(
    engine,
    end.prepared.alreadyOpen.map((hedge) => liveHedge(engine, hedge)),
  )
  const traded = interruptedExit(io, openExit(engine, [...opened, ...already]))
  const exit = end.kind === 'planned' ? traded : await tell(open, traded)
  const document = await printHedges(io, {
    context,
    command: 'open',
    exit,
    reports: end.kind === 'planned' ? [] : [...opened, ...already],
    extra: await openExtras(engine, end),
  })
  if (end.kind === 'planned') return EXIT.done
  engine.journal.endRun(engine.runId, { exit, result: JSON.stringify(document) })
  return exit
}

async function tell({ io, context }: OpenRun, exit: ExitCode): Promise<ExitCode> {
  const { tellOwner } = await import('./tell-owner.ts')
  return tellOwner(io, context, { command: 'open', exit })
}

async function openExtras(engine: Engine, end: OpeningEnd) {
  const { planView } = await import('../engine/plan-view.ts')
  const { planDocument } = await import('../ui/json-documents.ts')
  return {
    plan: planDocument(planView(engine, end.prepared)),
    left_out: end.prepared.leftOut,
    units: Object.fromEntries(engine.exchange.unitsSpent()),
  }
}

async function refuseLateStart(context: Context, { notAfter }: OpenOptions): Promise<void> {
  if (notAfter === undefined) return
  const { parseNotAfter } = await import('./not-after.ts')
  const limitMs = parseNotAfter(notAfter, context.clock.now())
  if (context.clock.now() <= limitMs) return
  throw new HedgebotError('refused', `it is later than ${notAfter}: nothing was sent`, {
    code: 'too_late',
    hint: 'a late start was refused by --not-after',
  })
}
