import { say } from './commit-then-send.ts'
import type { Engine } from './engine-context.ts'
import { logTrade } from './trade-log.ts'

/** Asks for the end of a hedge, whoever owns it, and says so; no effect when that was asked before. */
export function askFlat(engine: Engine, hedgeId: string, cause: string): void {
  engine.journal.requestFlat(hedgeId, cause)
  say(engine, () => logTrade(engine, 'hedge asked to close', { hedgeId, cause }))
}
