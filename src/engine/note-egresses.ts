import type { EgressMonitor } from '../ports.ts'
import type { Engine } from './engine-context.ts'
import { noteAnyway } from './note-anyway.ts'

/**
 * What happens to the egresses becomes part of the story, and a place that the venue does not serve ends openings
 * (DESIGN.md section 3, "Answers of the venue"). Returns what ends it.
 */
export function noteEgresses(engine: Engine, egresses: EgressMonitor): () => void {
  return egresses.onEvent(({ level, kind, message, account }) => {
    noteAnyway(engine, { level, kind, message, account })
    if (kind === 'egress_restricted') engine.stopOpening('restricted_region')
  })
}
