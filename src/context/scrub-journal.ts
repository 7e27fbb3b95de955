import type { Journal } from '../ports.ts'

/**
 * The journal, with secrets taken out of every text before it is written: what the exchange, a proxy or a channel said
 * is part of events, outcomes and messages, and some of them say what they were sent. Mails are made of these texts too.
 */
export function scrubJournal(journal: Journal, scrub: (text: string) => string): Journal {
  return {
    ...journal,
    addEvent(event) {
      journal.addEvent({ ...event, message: scrub(event.message) })
    },
    recordOrder: (order) => journal.recordOrder({ ...order, reason: scrub(order.reason) }),
    recordReplacement: (heldOrderId, order) =>
      journal.recordReplacement(heldOrderId, { ...order, reason: scrub(order.reason) }),
    updateOrder: (orderId, patch) =>
      journal.updateOrder(
        orderId,
        patch.outcome === undefined ? patch : { ...patch, outcome: scrub(patch.outcome) },
      ),
    endRun(runId, end) {
      journal.endRun(runId, { ...end, result: scrub(end.result) })
    },
    saveNotifyMemory: (next, messages) =>
      journal.saveNotifyMemory(
        { ...next, text: scrubJson(next.text, scrub) },
        messages.map((one) => ({ ...one, message: scrubJson(one.message, scrub) })),
      ),
    openStage() {
      // Rehearsals do all that the real thing does, so that nothing of it is done for the first time.
      const stage = journal.openStage()
      return { ...stage, journal: scrubJournal(stage.journal, scrub) }
    },
    settleMessage(messageNo, end) {
      journal.settleMessage(
        messageNo,
        end.state === 'sent' ? end : { ...end, error: scrub(end.error) },
      )
    },
  }
}

/** Each text by itself: what is taken out of one must never take a part of the document with it. */
function scrubJson(json: string, scrub: (text: string) => string): string {
  return JSON.stringify(JSON.parse(json), (_, value: unknown) =>
    typeof value === 'string' ? scrub(value) : value,
  )
}
