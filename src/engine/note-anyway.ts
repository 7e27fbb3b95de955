import type { Engine, NotedEvent } from './engine-context.ts'
import { logNote } from './trade-log.ts'

/**
 * Notes what went wrong when the journal itself may be what went wrong (a full disk, a file that is gone): then the log
 * and the person hear of it all the same. Never throws.
 */
export function noteAnyway(engine: Engine, event: NotedEvent): void {
  try {
    engine.note(event)
  } catch {
    const { kind, message, level, hedgeId, account } = event
    engine.report({ level, kind, message, hedgeId, account })
    logNote(engine, event, 'error')
    engine.unrecorded(event)
  }
}
