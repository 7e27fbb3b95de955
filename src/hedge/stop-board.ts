/**
 * Tells for every mark tick whether anything can have changed for the stop rules, so that `decideStops` runs only then.
 * Three things make a tick matter: a leg's level is reached; a hedge is lopsided, so that its net result moves with
 * price; the mark was old, or never seen, until now. A hedge whose legs cancel out has the same net result at every
 * mark.
 * @module
 */
import type { Dec } from './decimal.ts'
import { sumDec } from './decimal.ts'
import type { Known } from './known.ts'
import { isLiveState } from './ledger.ts'
import type { LegStopLevel, StopLadder } from './stop-levels.ts'
import { addLevel, createStopLadder, legStopLevel, removeLevel, stopsHit } from './stop-levels.ts'
import type { StopPolicy } from './stop-policy.ts'
import { assertStopPolicy, hasNetRules } from './stop-policy.ts'
import type { StopHedge } from './stop-snapshot.ts'
import { isFresh, isPrice } from './stop-snapshot.ts'

/** What one tick means. */
export interface StopTick {
  /**
   * Legs whose loss has reached the threshold by the positions that the board was last told. Whether those are fresh is
   * for `decideStops` and `decideOwnStops` to say.
   */
  readonly hits: readonly LegStopLevel[]
  /** True when `decideStops` may find something that it did not find the last time. */
  readonly isDecisionDue: boolean
}

/** The levels of all hedges; the memory of the hot path. Changed in place. */
export interface StopBoard {
  /** A hedge is new or something about it changed. Levels of a hedge that closes already are taken off. */
  set(hedge: StopHedge): void
  remove(hedgeId: string): void
  /** New limits: every level is computed anew. */
  setPolicy(policy: StopPolicy): void
  tick(marketIndex: number, mark: Known<Dec>, nowMs: number): StopTick
  /** Levels of a hedge, for display; legs that hold nothing or are unknown have none. */
  levels(hedgeId: string): readonly LegStopLevel[]
}

interface Entry {
  readonly hedge: StopHedge
  readonly levels: readonly LegStopLevel[]
}

interface MarketBoard {
  readonly ladder: StopLadder
  /** Hedges whose net result moves with price. */
  readonly lopsided: Set<string>
  lastMarkAtMs: number | undefined
}

const NOTHING: StopTick = { hits: [], isDecisionDue: false }

/** An empty board. */
export function createStopBoard(initialPolicy: StopPolicy): StopBoard {
  assertStopPolicy(initialPolicy)
  let policy = initialPolicy
  const entries = new Map<string, Entry>()
  const markets = new Map<number, MarketBoard>()

  const remove = (hedgeId: string): void => {
    const entry = entries.get(hedgeId)
    if (entry === undefined) return
    const board = marketOf(markets, entry.hedge.market.marketIndex)
    for (const level of entry.levels) removeLevel(board.ladder, level)
    board.lopsided.delete(hedgeId)
    entries.delete(hedgeId)
  }

  const set = (hedge: StopHedge): void => {
    remove(hedge.hedgeId)
    const levels = levelsOf(hedge, policy)
    const board = marketOf(markets, hedge.market.marketIndex)
    for (const level of levels) addLevel(board.ladder, level)
    if (isLopsided(hedge)) board.lopsided.add(hedge.hedgeId)
    entries.set(hedge.hedgeId, { hedge, levels })
  }

  return {
    set,
    remove,
    setPolicy: (next) => {
      assertStopPolicy(next)
      policy = next
      const hedges = Array.from(entries.values(), ({ hedge }) => hedge)
      hedges.forEach(set)
    },
    tick: (marketIndex, mark, nowMs) => {
      if (!mark.isKnown || !isPrice(mark.value)) return NOTHING
      const board = marketOf(markets, marketIndex)
      const { lastMarkAtMs } = board
      // The mark before is fresh even now: whatever was decided since saw a fresh one.
      const { staleAfterMs } = policy
      const wasOld = lastMarkAtMs === undefined || !isFresh(lastMarkAtMs, { nowMs, staleAfterMs })
      board.lastMarkAtMs = mark.atMs
      const hits = stopsHit(board.ladder, mark.value)
      const isNetMoved = board.lopsided.size > 0 && hasNetRules(policy)
      if (hits.length === 0 && !wasOld && !isNetMoved) return NOTHING
      return { hits, isDecisionDue: true }
    },
    levels: (hedgeId) => entries.get(hedgeId)?.levels ?? [],
  }
}

function marketOf(markets: Map<number, MarketBoard>, marketIndex: number): MarketBoard {
  const existing = markets.get(marketIndex)
  if (existing !== undefined) return existing
  const board = { ladder: createStopLadder(), lopsided: new Set<string>(), lastMarkAtMs: undefined }
  markets.set(marketIndex, board)
  return board
}

function levelsOf(hedge: StopHedge, policy: StopPolicy): readonly LegStopLevel[] {
  if (hedge.target === 'flat' || !isLiveState(hedge.state)) return []
  const levels = hedge.legs.map(({ position }, legIndex) =>
    position.isKnown
      ? legStopLevel({
          hedgeId: hedge.hedgeId,
          legIndex,
          position: position.value,
          thresholdUsd: policy.stopLossUsd,
          market: hedge.market,
        })
      : undefined,
  )
  return levels.filter((level) => level !== undefined)
}

/** Also while it closes: the total counts it still. With an unknown leg its net result is unknown at every mark. */
function isLopsided({ legs, state }: StopHedge): boolean {
  if (!isLiveState(state)) return false
  const sizes = legs.map(({ position }) =>
    position.isKnown ? position.value.signedBase : undefined,
  )
  const known = sizes.filter((size) => size !== undefined)
  return known.length === sizes.length && !sumDec(known).isZero()
}
