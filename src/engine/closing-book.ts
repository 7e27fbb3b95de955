/**
 * The book as a closing sees it, and what this process remembers about closings that a thin book holds back.
 * @module
 */
import { sumDec } from '../hedge/decimal.ts'
import type { Dec } from '../hedge/decimal.ts'
import type { ClosingBook, Decision } from '../hedge/hedge-facts.ts'
import { unknown } from '../hedge/known.ts'
import type { Known } from '../hedge/known.ts'
import type { Hedge } from '../hedge/ledger.ts'
import { isRecent } from '../hedge/past-time.ts'
import type { OrderSide } from '../hedge/side.ts'
import type { Engine } from './engine-context.ts'

/** Older levels are unknown: they hold nothing back. */
const BOOK_FRESH_MS = 2000

/** So long after a closing order was sent the levels may still show what it takes: delay of takers, frames, a margin. */
const CLAIM_MS = 1000

/** A closing order of this process, until the levels show what it took. */
export interface BookClaim {
  readonly hedgeId: string
  readonly marketIndex: number
  readonly side: OrderSide
  readonly baseSize: Dec
  readonly atMs: number
}

/** A closing that a thin book holds back, or has held back. */
export interface HeldBack {
  readonly sinceMs: number
  readonly thinSeenAtMs: number
  /** The side that the person was told about. */
  readonly waitsFor: 'bids' | 'asks'
}

/** What a closing may count on; undefined when the hedge is not to close. */
export function closingBook(engine: Engine, hedge: Hedge, nowMs: number): ClosingBook | undefined {
  if (hedge.target !== 'flat' && hedge.state !== 'closing') return undefined
  const { bids, asks } = engine.feed(hedge.marketIndex).view()
  const heldBack = engine.memory.heldBack.get(hedge.hedgeId)
  return {
    bids: freshLevels(bids, nowMs),
    asks: freshLevels(asks, nowMs),
    claimedBidsBase: claimedBase(engine, hedge, { side: 'sell', nowMs }),
    claimedAsksBase: claimedBase(engine, hedge, { side: 'buy', nowMs }),
    // Never ahead of now, also when the clock was set back meanwhile.
    heldBackSinceMs: heldBack === undefined ? undefined : Math.min(heldBack.sinceMs, nowMs),
    thinSeenAtMs: heldBack === undefined ? undefined : Math.min(heldBack.thinSeenAtMs, nowMs),
  }
}

/** Remembers what a closing order is about to take from the book, so that other hedges do not count on it. */
export function claimBook(engine: Engine, claim: Omit<BookClaim, 'atMs'>): void {
  const { memory, clock } = engine
  const nowMs = clock.now()
  const live = memory.bookClaims.filter(({ atMs }) => isRecent(atMs, nowMs, CLAIM_MS))
  memory.bookClaims.splice(0, memory.bookClaims.length, ...live, { ...claim, atMs: nowMs })
}

/** Remembers that a decision holds a closing back, and says so once for each side of the book. */
export function noteHeldBack(engine: Engine, hedge: Hedge, { waitsFor }: Decision): void {
  if (waitsFor === undefined) return
  const { heldBack } = engine.memory
  const nowMs = engine.clock.now()
  const before = heldBack.get(hedge.hedgeId)
  const isTold = before?.waitsFor === waitsFor
  const levels = engine.feed(hedge.marketIndex).view()[waitsFor]
  heldBack.set(hedge.hedgeId, {
    sinceMs: Math.min(before?.sinceMs ?? nowMs, nowMs),
    // A book that is unknown was not seen thin: its memory fades.
    thinSeenAtMs: freshLevels(levels, nowMs).isKnown
      ? nowMs
      : Math.min(before?.thinSeenAtMs ?? nowMs, nowMs),
    waitsFor,
  })
  if (isTold) return
  const what = waitsFor === 'bids' ? 'long' : 'short'
  engine.note({
    level: 'warning',
    kind: 'closing_held_back',
    message:
      `${hedge.hedgeId} ${hedge.name}: waiting for ${waitsFor}: the book cannot take the ${what} side now, ` +
      'and the other side alone would leave it naked',
    hedgeId: hedge.hedgeId,
  })
}

function freshLevels<T>(levels: Known<T>, nowMs: number): Known<T> {
  if (!levels.isKnown || Math.abs(nowMs - levels.atMs) <= BOOK_FRESH_MS) return levels
  return unknown(`the order book is ${nowMs - levels.atMs} ms old`)
}

function claimedBase(
  { memory }: Engine,
  hedge: Hedge,
  { side, nowMs }: { readonly side: OrderSide; readonly nowMs: number },
): Dec {
  return sumDec(
    memory.bookClaims
      .filter(
        (claim) =>
          claim.side === side &&
          claim.marketIndex === hedge.marketIndex &&
          claim.hedgeId !== hedge.hedgeId &&
          isRecent(claim.atMs, nowMs, CLAIM_MS),
      )
      .map((claim) => claim.baseSize),
  )
}
