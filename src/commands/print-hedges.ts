import type { Context } from '../context.ts'
import type { Engine } from '../engine/engine-context.ts'
import type { HedgeReport } from '../engine/hedge-report.ts'
import { EXIT } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { PreflightPoint } from '../hedge/preflight-facts.ts'
import type { CommandIo } from '../ui/command-io.ts'

interface HedgePrint {
  readonly context: Context
  readonly command: string
  readonly exit: ExitCode
  readonly reports: readonly HedgeReport[]
  /** More fields of the document, already snake_case. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** Prints hedges as a table and as a document; returns the document for the journal. */
export async function printHedges(io: CommandIo, print: HedgePrint): Promise<object> {
  const { context, command, exit, reports } = print
  const { hedgesDocument } = await import('../ui/json-documents.ts')
  if (reports.length > 0) {
    const { renderHedges } = await import('../ui/render-hedges.ts')
    io.out.line(renderHedges(reports, io.style))
  }
  const document = {
    ...hedgesDocument(resultContext(context, command, exit), reports),
    ...print.extra,
  }
  io.out.json(document)
  return document
}

/** Prints why nothing was sent. */
export async function printRefusal(
  io: CommandIo,
  refusal: {
    readonly context: Context
    readonly command: string
    readonly points: readonly PreflightPoint[]
  },
): Promise<ExitCode> {
  const { context, command } = refusal
  const points = refusal.points.filter((point) => point.level !== 'ok')
  const [{ renderPoints }, { checkDocument }] = await Promise.all([
    import('../ui/render-points.ts'),
    import('../ui/json-documents.ts'),
  ])
  io.out.warn(renderPoints(points, io.style))
  io.out.warn('nothing was sent')
  const { tellOwner } = await import('./tell-owner.ts')
  const errors = points.filter(({ level }) => level === 'error')
  const reason = errors.map(({ message }) => message).join('; ')
  const exit = await tellOwner(io, context, { command, exit: EXIT.refused, reason })
  io.out.json(checkDocument(resultContext(context, command, exit), points))
  return exit
}

/** The head of a document of this run. */
export function resultContext(context: Context, command: string, exit: ExitCode) {
  return { command, atMs: context.clock.now(), network: context.config.network, exit }
}

/** What may stand alone, for a second Ctrl-C. Synchronous: the process ends right after it. */
export function sayLive(io: CommandIo, engine: Engine): void {
  for (const hedge of engine.journal.liveHedges()) {
    const sizes = hedge.legs.map(
      (leg) => `${leg.account} ${leg.lastSeenBase?.toString() ?? 'unknown'}`,
    )
    io.out.warn(`${hedge.hedgeId} ${hedge.name} ${hedge.state}: ${sizes.join(', ')}`)
  }
}
