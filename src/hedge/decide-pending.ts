/**
 * What to do about transactions whose answer or outcome is not known (DESIGN.md section 3, rules 1 and 2).
 * @module
 */
import type { Action, AwaitedOrder, HedgeFacts, HeldTransaction, LegFacts } from './hedge-facts.ts'
import { TIMING, pauseOf } from './hedge-facts.ts'
import type { OrderPurpose } from './ledger.ts'

/** Actions that are due now, and when to look again. */
export interface Step {
  readonly actions: readonly Action[]
  readonly wakeAtMs: number | undefined
}

/** No action, and no reason to look again before something changes. */
export const NOTHING: Step = { actions: [], wakeAtMs: undefined }

/** Several steps at once: all their actions, the earliest wake-up. */
export function joinSteps(steps: readonly Step[]): Step {
  const wakes = steps.flatMap((step) => (step.wakeAtMs === undefined ? [] : [step.wakeAtMs]))
  return {
    actions: steps.flatMap((step) => step.actions),
    wakeAtMs: wakes.length === 0 ? undefined : Math.min(...wakes),
  }
}

/** One action now. */
export function act(action: Action): Step {
  return { actions: [action], wakeAtMs: undefined }
}

/** Nothing now, look again later. */
export function wakeAt(atMs: number): Step {
  return { actions: [], wakeAtMs: atMs }
}

/** True for transactions that can add exposure when they execute late. */
export function isAdding(purpose: OrderPurpose): boolean {
  return purpose === 'open' || purpose === 'complete'
}

/** True for transactions that change the size of a position when they execute. */
export function isMoving(purpose: OrderPurpose): boolean {
  return isAdding(purpose) || isReducing(purpose)
}

/** True for transactions that take exposure away when they execute. */
export function isReducing(purpose: OrderPurpose): boolean {
  return purpose === 'reduce' || purpose === 'close' || purpose === 'flatten'
}

/** True while a transaction of this leg has no known outcome. */
export function isPending(leg: LegFacts): boolean {
  return leg.held !== undefined || leg.awaited.length > 0
}

/** True while the legs of a hedge do not make up for each other, as far as is known. */
export function isNaked({ hedge }: Pick<HedgeFacts, 'hedge'>): boolean {
  return hedge.nakedSinceMs !== undefined
}

interface PendingContext {
  readonly legIndex: number
  readonly nowMs: number
  /** False when an adding order is no longer wanted: then its nonce is displaced instead of sent again. */
  readonly isAddingWanted: boolean
  /** False when nothing is left to reduce: the same for a reducing order. Left out: true. */
  readonly isReducingWanted?: boolean
  /** True while the hedge is lopsided: then an outcome that no stream tells is asked for sooner. */
  readonly isNaked: boolean
}

/** The next step for everything of one leg whose outcome is open. */
export function settlePending(leg: LegFacts, context: PendingContext): Step {
  const steps = leg.awaited.map((order) => readAwaited(order, context))
  if (leg.held !== undefined) steps.push(settleHeld(leg.held, context))
  return joinSteps(steps)
}

/** Rule 1: the very same bytes again, or another transaction with the same nonce; after expiry the nonce is read. */
export function settleHeld(held: HeldTransaction, context: PendingContext): Step {
  if (held.isInFlight || held.isOthers === true) return NOTHING
  const { legIndex, nowMs } = context
  const dueMs = held.lastSentAtMs + pauseAfter(held)
  if (nowMs < dueMs) return wakeAt(dueMs)
  const { orderId } = held
  if (nowMs > held.expiresAtMs + TIMING.expiryGraceMs) {
    const reason = 'the transaction has expired unanswered: is its nonce used?'
    return act({ kind: 'read', legIndex, what: 'nonce', orderId, reason })
  }
  if (nowMs > held.expiresAtMs) return wakeAt(held.expiresAtMs + TIMING.expiryGraceMs + 1)
  if (isUnwanted(held, context)) {
    const reason =
      'no longer wanted while its outcome is unknown: its nonce is taken by a harmless transaction'
    return act({ kind: 'displace', legIndex, orderId, reason })
  }
  return act({ kind: 'resend', legIndex, orderId, reason: 'unanswered: the same bytes again' })
}

/** The venue refuses copies of what cannot reduce any more until they expire: that would be 15 s of doubt for nothing. */
function isUnwanted({ purpose }: HeldTransaction, context: PendingContext): boolean {
  if (isAdding(purpose)) return !context.isAddingWanted
  return isReducing(purpose) && context.isReducingWanted === false
}

/** After expiry the nonce is read with growing pauses: each read costs a unit that a close may need. */
function pauseAfter(held: HeldTransaction): number {
  const sinceExpiryMs = held.lastSentAtMs - held.expiresAtMs - TIMING.expiryGraceMs
  const pauseMs = pauseOf(TIMING.resendMs, held.sends - 1)
  return Math.max(pauseMs, Math.min(sinceExpiryMs, TIMING.longestReadPauseMs))
}

function readAwaited(order: AwaitedOrder, context: PendingContext): Step {
  const { legIndex, nowMs } = context
  const usualMs = context.isNaked ? TIMING.nakedReadMs : TIMING.settleReadMs
  const firstMs = order.acceptedAtMs + (order.isReadDue === true ? 0 : usualMs)
  const dueMs =
    order.lastReadAtMs === undefined ? firstMs : order.lastReadAtMs + readPauseMs(order.reads)
  if (nowMs < dueMs) return wakeAt(dueMs)
  const reason = 'accepted, but no stream has told its outcome'
  return act({ kind: 'read', legIndex, what: 'order', orderId: order.orderId, reason })
}

function readPauseMs(reads: number): number {
  return Math.min(TIMING.readPauseMs * 2 ** Math.min(reads, 10), TIMING.longestReadPauseMs)
}

/** Reads an account whose position no stream tells, with growing pauses: each read costs three units. */
export function readUnknown(leg: LegFacts, legIndex: number, nowMs: number): Step {
  const pauseMs = readPauseMs(Math.max(0, (leg.accountReads ?? 0) - 1))
  const graceMs = (leg.unsettledSinceMs ?? -Infinity) + TIMING.unsettledGraceMs
  const dueMs = Math.max(graceMs, (leg.lastAccountReadAtMs ?? -Infinity) + pauseMs)
  if (nowMs < dueMs) return wakeAt(dueMs)
  const reason = leg.position.isKnown
    ? 'the position row lacks a known fill'
    : `position unknown: ${leg.position.reason}`
  return act({ kind: 'read', legIndex, what: 'account', orderId: undefined, reason })
}
