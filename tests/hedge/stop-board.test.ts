import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dec } from '../../src/hedge/decimal.ts'
import { known, unknown } from '../../src/hedge/known.ts'
import { createStopBoard } from '../../src/hedge/stop-board.ts'
import { NO_STOP_MEMORY } from '../../src/hedge/stop-memory.ts'
import type { StopPolicy } from '../../src/hedge/stop-policy.ts'
import { decideStops } from '../../src/hedge/stop-rules.ts'
import type { StopHedge } from '../../src/hedge/stop-snapshot.ts'
import { anyDec, btcMarket, dec, ethMarket } from './sample-market.ts'
import {
  NOW,
  anyStopHedge,
  anyStopPolicy,
  snapshotAt,
  stopHedge,
  stopLeg,
  stopPolicy,
} from './stop-samples.ts'

const BTC = btcMarket().marketIndex
const boardOf = (hedges: readonly StopHedge[], policy: StopPolicy = stopPolicy()) => {
  const board = createStopBoard(policy)
  for (const hedge of hedges) board.set(hedge)
  board.tick(BTC, known(dec(100_000), NOW), NOW)
  return board
}
const tickAt = (board: ReturnType<typeof boardOf>, mark: string | number | Dec, nowMs = NOW) =>
  board.tick(BTC, known(dec(mark.toString()), nowMs), nowMs)
const hitsAt = (board: ReturnType<typeof boardOf>, mark: string | number | Dec) =>
  tickAt(board, mark).hits.map(({ hedgeId, legIndex }) => `${hedgeId}:${legIndex}`)

describe('the board of stops', () => {
  it('reports the leg whose threshold a tick reaches', () => {
    const board = boardOf([stopHedge()])
    expect(hitsAt(board, 90_000.1)).toEqual([])
    expect(hitsAt(board, 90_000)).toEqual(['h1:0'])
    expect(hitsAt(board, 110_000)).toEqual(['h1:1'])
    expect(hitsAt(board, 100_000)).toEqual([])
  })

  it('keeps markets apart', () => {
    const eth = stopHedge({
      hedgeId: 'h2',
      market: ethMarket(),
      legs: [stopLeg('account_3 1 @ 3000'), stopLeg('account_4 -1 @ 3000')],
    })
    const board = boardOf([stopHedge(), eth])
    expect(hitsAt(board, 2900)).toEqual(['h1:0'])
    const tick = board.tick(ethMarket().marketIndex, known(dec(2900), NOW), NOW)
    expect(tick.hits.map(({ hedgeId }) => hedgeId)).toEqual(['h2'])
  })

  it('moves a level when size or entry changes, and takes it off with the hedge', () => {
    const board = boardOf([stopHedge()])
    board.set(
      stopHedge({ legs: [stopLeg('account_1 0.005 @ 100000'), stopLeg('account_2 0 @ 0')] }),
    )
    expect(board.levels('h1').map(({ triggerPrice }) => triggerPrice.toString())).toEqual(['80000'])
    expect(hitsAt(board, 90_000)).toEqual([])
    expect(hitsAt(board, 80_000)).toEqual(['h1:0'])
    board.remove('h1')
    board.remove('h1')
    expect(hitsAt(board, 1)).toEqual([])
    expect(board.levels('h1')).toEqual([])
  })

  it('replaces every level when the threshold changes', () => {
    const board = boardOf([stopHedge(), stopHedge({ hedgeId: 'h2' })])
    board.setPolicy(stopPolicy({ stopLossUsd: dec(50) }))
    expect(hitsAt(board, 95_000)).toEqual(['h1:0', 'h2:0'])
    board.setPolicy(stopPolicy({ stopLossUsd: dec(200) }))
    expect(hitsAt(board, 90_000)).toEqual([])
    expect(board.levels('h2').map(({ thresholdUsd }) => thresholdUsd.toString())).toEqual([
      '200',
      '200',
    ])
  })

  it('has no level for a hedge that closes already, nor for an unknown leg', () => {
    const board = boardOf([stopHedge({ target: 'flat' })])
    expect(hitsAt(board, 90_000)).toEqual([])
    const position = unknown('not connected')
    board.set(stopHedge({ legs: [stopLeg('account_1 0.01 @ 100000', { position })] }))
    expect(board.levels('h1')).toEqual([])
    board.set(stopHedge({ state: 'closed' }))
    expect(board.levels('h1')).toEqual([])
  })

  it('asks for a decision with the first mark and with the first one after a silence', () => {
    const board = createStopBoard(stopPolicy())
    board.set(stopHedge())
    const due = (nowMs: number) => tickAt(board, 100_000, nowMs).isDecisionDue
    expect([due(NOW), due(NOW + 5000), due(NOW + 10_001), due(NOW + 10_002)]).toEqual([
      true,
      false,
      true,
      false,
    ])
  })

  it('asks for one when frames came late, and the last that was judged was old by then', () => {
    const board = boardOf([stopHedge()])
    board.tick(BTC, known(dec(100_000), NOW), NOW + 4000)
    expect(board.tick(BTC, known(dec(100_000), NOW + 4000), NOW + 6000).isDecisionDue).toBe(true)
  })

  it('does nothing with a mark that is unknown or no price', () => {
    const board = boardOf([stopHedge()])
    for (const mark of [unknown('socket lost'), known(dec(0), NOW), known(dec('NaN'), NOW)]) {
      expect(board.tick(BTC, mark, NOW)).toEqual({ hits: [], isDecisionDue: false })
    }
  })

  it('asks at every tick while a hedge is lopsided and a rule counts its net result', () => {
    const lopsided = stopHedge({ legs: [stopLeg('account_1 0.01 @ 100000')] })
    const due = (hedges: readonly StopHedge[], changes: Partial<StopPolicy>) =>
      tickAt(boardOf(hedges, stopPolicy(changes)), 100_001).isDecisionDue
    expect(due([lopsided], { hedgeStopUsd: dec(10) })).toBe(true)
    expect(
      due([{ ...lopsided, state: 'closing', target: 'flat' }], { totalStopUsd: dec(10) }),
    ).toBe(true)
    expect(due([lopsided], {})).toBe(false)
    expect(due([stopHedge()], { hedgeStopUsd: dec(10) })).toBe(false)
  })

  it('is quiet again once the hedge is matched, closed or gone', () => {
    const lopsided = stopHedge({ legs: [stopLeg('account_1 0.01 @ 100000')] })
    const dueAfter = (change: (board: ReturnType<typeof boardOf>) => void) => {
      const board = boardOf([lopsided], stopPolicy({ hedgeStopUsd: dec(10) }))
      change(board)
      return tickAt(board, 100_001).isDecisionDue
    }
    const changes = [stopHedge(), { ...lopsided, state: 'closed' as const }].map(
      (hedge) => (board: ReturnType<typeof boardOf>) => {
        board.set(hedge)
      },
    )
    const remove = (board: ReturnType<typeof boardOf>) => {
      board.remove('h1')
    }
    expect([...changes, remove].map(dueAfter)).toEqual([false, false, false])
  })

  it('lets no tick pass that would have changed what is decided', () => {
    const anyHedges = fc.tuple(...['h1', 'h2', 'h3'].map((id) => anyStopHedge(id)))
    const anyMark = anyDec(900, 1100, 2)
    let passed = 0
    fc.assert(
      fc.property(
        anyHedges,
        anyStopPolicy,
        fc.tuple(anyMark, anyMark),
        (hedges, policy, [before, after]) => {
          const board = createStopBoard(policy)
          for (const hedge of hedges) board.set(hedge)
          tickAt(board, before)
          const decide = (mark: Dec, memory = NO_STOP_MEMORY) =>
            decideStops({ snapshot: snapshotAt(mark, hedges), policy, memory, nowMs: NOW })
          const first = decide(before)
          if (tickAt(board, after).isDecisionDue) return
          passed += 1
          const second = decide(after, first.memory)
          const ids = first.verdicts.map(({ hedgeId }) => hedgeId)
          expect(ids).toEqual(expect.arrayContaining(second.verdicts.map(({ hedgeId }) => hedgeId)))
          expect(second.memory).toBe(first.memory)
          if (ids.length > 0) return
          // An alert may calm down or end unnoticed until the next look; none may begin.
          const calm = first.alerts.map((alert) => ({ ...alert, isUrgent: false }))
          expect([...first.alerts, ...calm]).toEqual(expect.arrayContaining([...second.alerts]))
        },
      ),
      { numRuns: 1000 },
    )
    // Otherwise the board might simply say yes to everything.
    expect(passed).toBeGreaterThan(100)
  })

  it('stops what it holds when told the same things in any order', () => {
    const ids = ['h1', 'h2', 'h3', 'h4']
    const anyHedges = fc.tuple(...ids.map((id) => anyStopHedge(id)))
    fc.assert(
      fc.property(anyHedges, fc.shuffledSubarray(ids, { minLength: 4 }), (hedges, order) => {
        const turned = order.flatMap((id) => hedges.filter(({ hedgeId }) => hedgeId === id))
        const marks = [700, 900, 1000, 1100, 1300]
        const second = boardOf([...turned, ...turned])
        const first = boardOf(hedges)
        expect(marks.map((mark) => hitsAt(second, mark))).toEqual(
          marks.map((mark) => hitsAt(first, mark)),
        )
      }),
    )
  })
})
