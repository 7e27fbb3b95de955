import type { Context } from '../context.ts'
import type { Engine } from '../engine/engine-context.ts'
import type { PreparedOpening } from '../engine/prepare-opening.ts'
import { EXIT, HedgebotError } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { Hedge } from '../hedge/ledger.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { OpenOptions } from '../ui/command-options.ts'
import { openingRequest } from './opening-request.ts'
import { printHedges, printRefusal, sayLive } from './print-hedges.ts'
import { CONNECT_TIMEOUT_MS, withContext } from './with-context.ts'

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
  const { refuseUnenforced } = await import('./unenforced-options.ts')
  refuseUnenforced(context.config)
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
  const progress = io.progress('connecting')
  try {
    const engine = await context.engine({
      runId: run.runId,
      signal: io.signal,
      onProgress: ({ message, level }) => {
        if (level === 'info') progress.update(message)
        else io.out.warn(message)
      },
    })
    return await openAndReport({ io, context, options, engine })
  } catch (error) {
    throw asRefusal(error, journal.ordersOfRun(run.runId).length > 0)
  } finally {
    progress.stop()
  }
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
  const [{ prepareOpening }, { recoverHedges, unfinishedHedges }] = await Promise.all([
    import('../engine/prepare-opening.ts'),
    import('../engine/recover-hedges.ts'),
  ])
  const request = await openingRequest(context, options)
  await engine.loadMarkets()
  const indexes = new Set(request.accounts.map((account) => account.accountIndex))
  if (!options.isDryRun) {
    await recoverHedges(engine, unfinishedHedges(engine, indexes), CONNECT_TIMEOUT_MS)
  }
  const prepared = await prepareOpening(engine, request)
  for (const { account, reason } of prepared.leftOut) io.out.note(`${account} left out: ${reason}`)
  if (prepared.hedges.length === 0) return nothingToDo(open, prepared)
  if (prepared.points.some((point) => point.level === 'error')) {
    return printRefusal(io, { context, command: 'open', points: prepared.points })
  }
  const { planView } = await import('../engine/plan-view.ts')
  const { renderPlan } = await import('../ui/render-plan.ts')
  io.out.line(renderPlan(planView(engine, prepared), io.style))
  await printWarnings(io, prepared)
  if (options.isDryRun) return finish(open, { hedges: [], prepared, isDryRun: true })
  if (!(await io.confirm(`Open ${prepared.hedges.length} hedges?`))) {
    throw new HedgebotError('refused', 'not confirmed: nothing was sent', { code: 'not_confirmed' })
  }
  const { openHedges } = await import('../engine/open-hedges.ts')
  io.onSecondInterrupt(() => sayLive(io, engine))
  const hedges = await openHedges(engine, prepared.hedges)
  return finish(open, { hedges, prepared, isDryRun: false })
}

async function nothingToDo(open: OpenRun, prepared: PreparedOpening): Promise<ExitCode> {
  if (prepared.alreadyOpen.length === 0) {
    throw new HedgebotError('refused', 'no two accounts to hedge with each other', {
      code: 'nothing_to_open',
    })
  }
  const { io, engine } = open
  const { connectAccounts } = await import('../engine/connect-accounts.ts')
  const legs = prepared.alreadyOpen.flatMap((hedge) => hedge.legs)
  await connectAccounts(
    engine,
    legs.map((leg) => leg.accountIndex),
    CONNECT_TIMEOUT_MS,
  )
  io.out.line('it is already so: every hedge that was asked for is open')
  return finish(open, { hedges: [], prepared, isDryRun: false })
}

async function finish(
  open: OpenRun,
  end: {
    readonly hedges: readonly Hedge[]
    readonly prepared: PreparedOpening
    readonly isDryRun: boolean
  },
): Promise<ExitCode> {
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
  const exit = interruptedExit(io, openExit(engine, [...opened, ...already]))
  const document = await printHedges(io, {
    context,
    command: 'open',
    exit,
    reports: end.isDryRun ? [] : [...opened, ...already],
    extra: await openExtras(engine, end),
  })
  if (end.isDryRun) return EXIT.done
  engine.journal.endRun(engine.runId, { exit, result: JSON.stringify(document) })
  return exit
}

/** Interrupted and safe is 130 or 143; what is worse wins. */
function interruptedExit(io: CommandIo, exit: ExitCode): ExitCode {
  if (io.interruptedBy === undefined || exit === EXIT.exposed || exit === EXIT.unknown) return exit
  if (io.interruptedBy === 'SIGINT') return EXIT.interrupted
  return io.interruptedBy === 'SIGTERM' ? EXIT.terminated : exit
}

async function openExtras(engine: Engine, end: { readonly prepared: PreparedOpening }) {
  const { planView } = await import('../engine/plan-view.ts')
  const { planDocument } = await import('../ui/json-documents.ts')
  return {
    plan: planDocument(planView(engine, end.prepared)),
    left_out: end.prepared.leftOut,
    units: Object.fromEntries(engine.exchange.unitsSpent()),
  }
}

async function printWarnings(io: CommandIo, prepared: PreparedOpening): Promise<void> {
  const warnings = prepared.points.filter((point) => point.level === 'warning')
  if (warnings.length === 0) return
  const { renderPoints } = await import('../ui/render-points.ts')
  io.out.note(renderPoints(warnings, io.style))
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
