import type { Engine } from './engine-context.ts'

/** Drops what this process remembers about a hedge that is over: a watch lives for months. */
export function forgetHedge(engine: Engine, hedgeId: string): void {
  const { memory, journal } = engine
  for (const { orderId } of journal.ordersOfHedge(hedgeId)) {
    for (const byOrder of [
      memory.inFlight,
      memory.lastSentAtMs,
      memory.orderReads,
      memory.readsDue,
      memory.refusals,
      memory.cancelTargets,
    ]) {
      byOrder.delete(orderId)
    }
  }
  const { blocked, heldBack, stops, fillRevisions } = memory
  for (const byHedge of [blocked, heldBack, stops, fillRevisions]) byHedge.delete(hedgeId)
}
