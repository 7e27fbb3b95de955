import { EXIT, HedgebotError } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { ExplainOptions } from '../ui/command-options.ts'
import { resultContext } from './print-hedges.ts'
import { withContext } from './with-context.ts'

const EVENTS_MAX = 1000
const HEDGES_MAX = 5000

/** `hedgebot explain`: why each order of a hedge was sent and what became of it, from the journal. */
export async function runExplain(io: CommandIo, { id }: ExplainOptions): Promise<ExitCode> {
  return withContext(io, 'explain', async (context) => {
    const journal = await context.journal()
    const hedge =
      journal.hedge(id) ??
      journal.recentHedges(HEDGES_MAX).find((candidate) => candidate.name === id)
    if (hedge === undefined) {
      throw new HedgebotError('refused', `the journal knows no hedge ${id}`, {
        code: 'hedge_unknown',
        hint: 'hedge ids are h1, h2, ...; a name finds its newest round',
      })
    }
    const { hedgeId } = hedge
    const view = {
      hedge,
      events: journal.events({ hedgeId, limit: EVENTS_MAX }),
      orders: journal.ordersOfHedge(hedgeId),
      fills: journal.fillsOfHedge(hedgeId),
    }
    const [{ renderStory }, { explainDocument }] = await Promise.all([
      import('../ui/render-story.ts'),
      import('../ui/json-documents.ts'),
    ])
    io.out.line(renderStory(view, io.style))
    io.out.json(explainDocument(resultContext(context, 'explain', EXIT.done), view))
    return EXIT.done
  })
}
