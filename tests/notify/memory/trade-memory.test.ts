import { describe, expect, it } from 'vitest'
import type {
  HedgeProgress,
  TradeMemory,
  TradeTiming,
} from '../../../src/notify/memory/trade-memory.ts'
import { NO_TRADES, dueTrades, takeTradeEvent } from '../../../src/notify/memory/trade-memory.ts'
import { eventOf } from '../support/sample-events.ts'

const DONE: HedgeProgress = { isLive: false, isOpening: false, isComplete: true }
const LIVE: HedgeProgress = { isLive: true, isOpening: false, isComplete: false }

function memoryOf(...events: readonly (readonly [kind: string, hedgeId: string, atMs: number])[]) {
  return events.reduce<TradeMemory>(
    (memory, [kind, hedgeId, atMs]) => takeTradeEvent(memory, eventOf(kind, atMs, { hedgeId })),
    NO_TRADES,
  )
}

function due(memory: TradeMemory, timing: Partial<TradeTiming>) {
  const { topics, memory: rest } = dueTrades(memory, {
    nowMs: 0,
    isFinal: false,
    progress: () => DONE,
    moving: { opening: 0, closing: 0 },
    ...timing,
  })
  const texts = topics.map((topic) =>
    topic.topic === 'stopping'
      ? `stopping ${topic.stops.map(({ hedgeId }) => hedgeId).join()}`
      : `${topic.topic} ${topic.hedgeIds.join()}`,
  )
  return { texts, rest }
}

describe('openings', () => {
  const memory = memoryOf(['hedge_open', 'h1', 0], ['hedge_aborted', 'h2', 3_000])

  it('of one run are one message: while others are being opened it waits', () => {
    expect(due(memory, { nowMs: 10_000, moving: { opening: 1, closing: 0 } }).texts).toEqual([])
    const { texts, rest } = due(memory, { nowMs: 10_000 })
    expect(texts).toEqual(['opened h1,h2'])
    expect(rest).toEqual(NO_TRADES)
  })

  it('are told after five minutes whatever else is going on, and at once when the command ends', () => {
    const moving = { opening: 1, closing: 0 }
    expect(due(memory, { nowMs: 300_000, moving }).texts).toHaveLength(1)
    expect(due(memory, { nowMs: 100, moving, isFinal: true }).texts).toHaveLength(1)
  })
})

describe('ends', () => {
  const memory = memoryOf(
    ['hedge_open', 'h1', 0],
    ['hedge_closed', 'h1', 1_000],
    ['hedge_closed', 'h2', 1_500],
  )

  it('wait for their fills and for what closes with them, but not for ever', () => {
    const isMissing = (hedgeId: string): HedgeProgress =>
      hedgeId === 'h2' ? { ...DONE, isComplete: false } : DONE
    expect(due(memory, { nowMs: 5_000, progress: isMissing }).texts).toEqual([])
    expect(due(memory, { nowMs: 5_000, moving: { opening: 0, closing: 1 } }).texts).toEqual([])
    expect(due(memory, { nowMs: 5_000 }).texts).toEqual(['ended h1,h2'])
    expect(due(memory, { nowMs: 17_000, progress: isMissing }).texts).toEqual(['ended h1,h2'])
    expect(due(memory, { nowMs: 31_000, moving: { opening: 0, closing: 1 } }).texts).toEqual([
      'ended h1,h2',
    ])
  })

  it('that nobody was told had begun are told as ends alone', () => {
    expect(memory.openings).toEqual([])
  })
})

describe('stops', () => {
  const memory = memoryOf(['stop_loss', 'h1', 0], ['stop_loss', 'h2', 0])
  const progress = (): HedgeProgress => LIVE

  it('are told with their end when that comes soon', () => {
    expect(due(memory, { nowMs: 14_999, progress }).texts).toEqual([])
    const ended = takeTradeEvent(
      takeTradeEvent(memory, eventOf('hedge_closed', 600, { hedgeId: 'h1' })),
      eventOf('hedge_closed', 700, { hedgeId: 'h2' }),
    )
    const { texts, rest } = due(ended, { nowMs: 3_000 })
    expect(texts).toEqual(['ended h1,h2'])
    expect(rest).toEqual(NO_TRADES)
  })

  it('are told as not done when they are not, once, and their end later', () => {
    const first = due(memory, { nowMs: 15_000, progress })
    expect(first.texts).toEqual(['stopping h1,h2'])
    expect(due(first.rest, { nowMs: 60_000, progress }).texts).toEqual([])
    const ended = takeTradeEvent(first.rest, eventOf('hedge_closed', 61_000, { hedgeId: 'h1' }))
    expect(due(ended, { nowMs: 70_000 }).texts).toEqual(['ended h1'])
  })

  it('are not told as not done because another command ends', () => {
    expect(due(memory, { nowMs: 100, progress, isFinal: true }).texts).toEqual([])
  })
})
