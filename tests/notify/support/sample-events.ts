import type { JournalEvent } from '../../../src/ports.ts'

let serial = 0

/** An event of the journal; only what matters is said. */
export function eventOf(
  kind: string,
  atMs: number,
  rest: Partial<JournalEvent> = {},
): JournalEvent {
  serial += 1
  return {
    eventId: serial,
    atMs,
    level: 'alert',
    kind,
    message: `${kind} at ${atMs}`,
    runId: undefined,
    hedgeId: undefined,
    account: undefined,
    ...rest,
  }
}
