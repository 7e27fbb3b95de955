import type { Context } from '../context.ts'
import type { Engine } from '../engine/engine-context.ts'
import type { LeftOutAccount, PreparedAdoption } from '../engine/prepare-adoption.ts'
import { EXIT, HedgebotError, worstExit } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { Hedge } from '../hedge/ledger.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { AdoptOptions } from '../ui/command-options.ts'
import { openingRequest } from './opening-request.ts'
import { printHedges } from './print-hedges.ts'
import { startEngine } from './start-engine.ts'
import { withContext } from './with-context.ts'

/** `hedgebot adopt`: the journal's hedges from what the venue shows with our tag; sends no order (CLI.md). */
export async function runAdopt(io: CommandIo, options: AdoptOptions): Promise<ExitCode> {
  return withContext(io, 'adopt', async (context) => {
    const engine = await startEngine(io, context, { command: 'adopt' })
    const prepared = await prepare(io, context, engine)
    const { renderAdoption } = await import('../ui/render-adoption.ts')
    io.out.line(renderAdoption(prepared, io.style))
    if (options.isDryRun || prepared.hedges.length === 0) {
      return finish({ io, context, engine, prepared, hedges: [], isDryRun: options.isDryRun })
    }
    await confirm(io, prepared)
    const { adoptHedges } = await import('../engine/adopt-hedges.ts')
    const hedges = adoptHedges(engine, prepared.hedges)
    return finish({ io, context, engine, prepared, hedges, isDryRun: false })
  })
}

async function prepare(io: CommandIo, context: Context, engine: Engine): Promise<PreparedAdoption> {
  const [{ prepareAdoption }, request] = await Promise.all([
    import('../engine/prepare-adoption.ts'),
    openingRequest(context, {
      selection: { kind: 'all' },
      isFlipped: false,
      sizeBase: undefined,
      leverage: undefined,
    }),
  ])
  const progress = io.progress('reading positions, orders and fills')
  try {
    return await prepareAdoption(engine, request)
  } finally {
    progress.stop()
  }
}

async function confirm(io: CommandIo, { hedges }: PreparedAdoption): Promise<void> {
  const count = hedges.length === 1 ? 'this hedge' : `these ${hedges.length} hedges`
  // Another machine has a journal of its own: nothing here can see whether it is live.
  const question = `Adopt ${count}? (No other hedgebot may be at work on these accounts.)`
  if (await io.confirm(question)) return
  throw new HedgebotError('refused', 'not confirmed: nothing was written', {
    code: 'not_confirmed',
  })
}

interface AdoptEnd {
  readonly io: CommandIo
  readonly context: Context
  readonly engine: Engine
  readonly prepared: PreparedAdoption
  readonly hedges: readonly Hedge[]
  readonly isDryRun: boolean
}

async function finish(end: AdoptEnd): Promise<ExitCode> {
  const { io, context, engine, prepared } = end
  const [{ reportHedges }, { liveHedge, safetyExit }, { adoptionFields }] = await Promise.all([
    import('../engine/hedge-report.ts'),
    import('../engine/outcome.ts'),
    import('../ui/adoption-document.ts'),
  ])
  // For the margins, as status does; what cannot be read now is shown as unknown.
  const indexes = end.hedges.flatMap(({ legs }) => legs.map(({ accountIndex }) => accountIndex))
  await Promise.allSettled(indexes.map((index) => engine.link(index).readAccount('read')))
  const reports = reportHedges(
    engine,
    end.hedges.map((hedge) => liveHedge(engine, hedge)),
  )
  const found = worstExit([...reports.map(safetyExit), ...prepared.leftOut.map(leftOutExit)])
  const { tellOwner } = await import('./tell-owner.ts')
  const exit = end.isDryRun
    ? found
    : await tellOwner(io, context, { command: 'adopt', exit: found })
  if (reports.length > 0)
    io.out.note('hedgebot watch follows them from here; hedgebot close ends them')
  const document = await printHedges(io, {
    context,
    command: 'adopt',
    exit,
    reports,
    extra: { dry_run: end.isDryRun, ...adoptionFields(prepared) },
  })
  engine.journal.endRun(engine.runId, { exit, result: JSON.stringify(document) })
  return exit
}

/** Something of ours that nobody looks after is incomplete; what could not be read is unknown. */
function leftOutExit({ code }: LeftOutAccount): ExitCode {
  switch (code) {
    case 'unknown':
      return EXIT.unknown
    case 'foreign_fills':
    case 'in_other_hedge':
    case 'partner_unknown':
    case 'no_partner':
    case 'ambiguous':
      return EXIT.incomplete
    case 'flat':
    case 'disabled':
    case 'in_hedge':
    case 'foreign_position':
      return EXIT.done
  }
}
