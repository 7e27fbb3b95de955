import type { OpeningTalk } from '../engine/carry-out-opening.ts'
import type { Engine } from '../engine/engine-context.ts'
import type { PreparedOpening } from '../engine/prepare-opening.ts'
import { HedgebotError } from '../errors.ts'
import type { CommandIo } from '../ui/command-io.ts'

/** The steps of an opening as `open` and `watch --open` show them and ask about them. */
export function openingTalk(
  io: CommandIo,
  engine: Engine,
  how: Pick<OpeningTalk, 'isDryRun' | 'isRecovering'>,
): OpeningTalk {
  return {
    ...how,
    onPrepared({ leftOut }) {
      for (const { account, reason } of leftOut) io.out.note(`${account} left out: ${reason}`)
    },
    async showPlan(prepared) {
      const [{ planView }, { renderPlan }] = await Promise.all([
        import('../engine/plan-view.ts'),
        import('../ui/render-plan.ts'),
      ])
      io.out.line(renderPlan(planView(engine, prepared), io.style))
      await printWarnings(io, prepared)
    },
    async confirm({ hedges }) {
      if (await io.confirm(`Open ${hedges.length} hedges?`)) return
      throw new HedgebotError('refused', 'not confirmed: nothing was sent', {
        code: 'not_confirmed',
      })
    },
  }
}

async function printWarnings(io: CommandIo, prepared: PreparedOpening): Promise<void> {
  const warnings = prepared.points.filter((point) => point.level === 'warning')
  if (warnings.length === 0) return
  const { renderPoints } = await import('../ui/render-points.ts')
  io.out.note(renderPoints(warnings, io.style))
}
