/**
 * Allots nonces, signs, records and sends: everything of one tick in one journal transaction before the first byte
 * leaves (DESIGN.md section 3: record, then send).
 * @module
 */
import { ZERO } from '../hedge/decimal.ts'
import { isAdding } from '../hedge/decide-pending.ts'
import type { Intent } from '../hedge/intent.ts'
import type { Hedge, LedgerOrder, OrderPurpose } from '../hedge/ledger.ts'
import type { MarketInfo } from '../hedge/market.ts'
import type { HedgePatch, LaneKey, SendAnswer, SignedTransaction, SpendPriority } from '../ports.ts'
import { messageOf } from '../errors.ts'
import { applyAnswer } from './apply-answer.ts'
import { commitThenSend, sendAfterCommit } from './commit-then-send.ts'
import type { Engine } from './engine-context.ts'
import { sayPrepared, saySent } from './trade-log.ts'
import { accountKey } from './waker.ts'

/** One transaction to be: who sends it, what it says, and why. */
export interface Outgoing {
  readonly lane: LaneKey & { readonly account: string }
  readonly market: MarketInfo
  readonly purpose: OrderPurpose
  readonly reason: string
  readonly priority: SpendPriority
  /** Takes the nonce of this unanswered transaction instead of a new one. */
  readonly replacesOrderId?: number | undefined
  /** Builds the intent; `displace` asks for the harmless transaction. */
  readonly intent: (nextClientOrderIndex: () => number) => Intent | 'displace'
}

export interface Batch {
  /** The hedge that must still be ours when the nonces are allotted; undefined for orders outside hedges. */
  readonly hedge: Hedge | undefined
  readonly patch?: HedgePatch
  /** `full` before exposure is added, `normal` is enough for what only reduces. */
  readonly durability: 'full' | 'normal'
  readonly outgoing: readonly Outgoing[]
}

/**
 * Records the batch and starts all sends, inside a turn after its commit; answers are applied as they come. Returns the
 * recorded orders.
 * @throws HedgebotError kind `busy` (lane or lease), `unknown_state` (nonce), `signer`, `journal`; then nothing left
 */
export function sendBatch(engine: Engine, batch: Batch): readonly LedgerOrder[] {
  const { hedge, outgoing } = batch
  const startedMs = engine.clock.monotonicMs()
  const recorded: LedgerOrder[] = []
  commitThenSend(engine, batch.durability, () => {
    // Also without a change: it proves owner and epoch in the transaction that allots the nonces.
    if (hedge !== undefined) engine.journal.updateHedge(hedge, batch.patch ?? {})
    for (const item of outgoing) {
      const order = recordOne(engine, hedge, item)
      recorded.push(order)
      const { market, replacesOrderId } = item
      sayPrepared(engine, order, { symbol: market.symbol, replacesOrderId })
      sendAfterCommit(engine, () => {
        if (isTooLate(engine, order, startedMs)) dropUnsent(engine, order)
        else void transmit(engine, order, { priority: item.priority, via: 'auto' })
      })
    }
  })
  return recorded
}

/** A process that stood still between signing and sending is no longer sure of anything (DESIGN.md section 3). */
const STALL_MS = 1_000

/**
 * What adds exposure was meant for a moment that is over. What only reduces still goes while its hedge is ours: on a
 * disk that takes seconds nothing would ever be closed otherwise.
 */
function isTooLate(engine: Engine, order: LedgerOrder, startedMs: number): boolean {
  if (engine.clock.monotonicMs() - startedMs <= STALL_MS) return false
  if (isAdding(order.purpose) || order.hedgeId === undefined) return true
  const lane = engine.journal.lane(order)
  return lane?.orderId !== order.orderId
}

function dropUnsent(engine: Engine, order: LedgerOrder): void {
  const message = 'this process stood still after signing it: not sent'
  recordAnswer(engine, order, { outcome: 'not_sent', message })
}

/** Sends recorded bytes once and applies the answer. Never rejects. */
export async function transmit(
  engine: Engine,
  order: LedgerOrder,
  options: { readonly priority: SpendPriority; readonly via: 'auto' | 'rest' },
): Promise<SendAnswer> {
  const { memory } = engine
  memory.inFlight.add(order.orderId)
  memory.lastSentAtMs.set(order.orderId, engine.clock.now())
  const answering = sendOnce(engine, order, options)
  saySent(engine, order, options.via)
  const answer = await answering
  memory.inFlight.delete(order.orderId)
  recordAnswer(engine, order, answer)
  return answer
}

function recordAnswer(engine: Engine, order: LedgerOrder, answer: SendAnswer): void {
  try {
    applyAnswer(engine, order.orderId, answer)
  } catch (error) {
    engine.logger.error('an answer could not be recorded', {
      orderId: order.orderId,
      error: messageOf(error),
    })
    engine.stopOpening('journal')
  }
  engine.waker.wake(accountKey(order.accountIndex))
}

async function sendOnce(
  engine: Engine,
  order: LedgerOrder,
  options: { readonly priority: SpendPriority; readonly via: 'auto' | 'rest' },
): Promise<SendAnswer> {
  try {
    return await engine.link(order.accountIndex).send(order, options)
  } catch (error) {
    return { outcome: 'in_doubt', message: messageOf(error) }
  }
}

function recordOne(engine: Engine, hedge: Hedge | undefined, item: Outgoing): LedgerOrder {
  const { journal } = engine
  const { lane, market, replacesOrderId } = item
  const link = engine.link(lane.accountIndex)
  const intent = item.intent(() => journal.nextClientOrderIndex())
  const replaced = replacesOrderId === undefined ? undefined : journal.order(replacesOrderId)
  const nonce = replaced?.nonce ?? journal.takeLane(lane)
  const signed =
    intent === 'displace' ? link.signDisplacing(market, nonce) : link.sign(intent, nonce)
  const order = {
    ...signedFields(signed),
    ...intentFields(intent),
    hedgeId: hedge?.hedgeId,
    runId: engine.runId,
    account: lane.account,
    accountIndex: lane.accountIndex,
    apiKeyIndex: lane.apiKeyIndex,
    marketIndex: market.marketIndex,
    purpose: item.purpose,
    reason: item.reason,
    markPrice: markOf(engine, market, intent),
  }
  return replaced === undefined
    ? journal.recordOrder(order)
    : journal.recordReplacement(replaced.orderId, order)
}

/** What a fill is compared with later: the mark of the moment, where something is traded. */
function markOf(engine: Engine, { marketIndex }: MarketInfo, intent: Intent | 'displace') {
  if (intent === 'displace' || intent.kind !== 'order') return undefined
  const { mark } = engine.feed(marketIndex).view()
  return mark.isKnown ? mark.value : undefined
}

function signedFields(signed: SignedTransaction) {
  const { nonce, txHash, txType, txInfo, expiresAtMs } = signed
  return { nonce, txHash, txType, txInfo, expiresAtMs }
}

function intentFields(intent: Intent | 'displace') {
  if (intent !== 'displace' && intent.kind === 'order') {
    const { clientOrderIndex, side, baseSize, price, isReduceOnly } = intent
    return { clientOrderIndex, side, baseSize, price, isReduceOnly }
  }
  const first =
    intent !== 'displace' && intent.kind === 'stops'
      ? (intent.stops.down ?? intent.stops.up)
      : undefined
  return {
    clientOrderIndex: first?.clientOrderIndex ?? 0,
    side: undefined,
    baseSize: first === undefined ? undefined : ZERO,
    price: first?.worstPrice,
    isReduceOnly: first !== undefined,
  }
}
