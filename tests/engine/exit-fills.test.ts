/** Hedges that got flat while no process of ours ran: what the report says of them afterwards. */
import { describe, expect, it } from 'vitest'
import { connectAccounts, connectMarket } from '../../src/engine/connect-accounts.ts'
import {
  missingFillLegs,
  readMissingFills,
  recordKnownFills,
} from '../../src/engine/complete-fills.ts'
import { reportHedges } from '../../src/engine/hedge-report.ts'
import { Dec, sumDec } from '../../src/hedge/decimal.ts'
import type { Hedge } from '../../src/hedge/ledger.ts'
import { closeAll, openAll } from '../episodes/world.ts'
import type { Bot } from '../episodes/world.ts'
import { keepScenes } from './keep-scenes.ts'
import type { Scene, SceneOptions } from './scenario.ts'
import { BTC, aim, createScene } from './scenario.ts'

const keep = keepScenes()

/** An open hedge whose process is gone. */
async function openAndLeave(options: SceneOptions = {}): Promise<Scene> {
  const at = keep(createScene({ sizeBase: '0.05', ...options }))
  const bot = at.world.startBot()
  const [hedge] = await run(at, openAll(at.world, bot))
  expect(hedge?.state).toBe('open')
  bot.close()
  return at
}

async function run<T>(at: Scene, work: Promise<T>): Promise<T> {
  return at.world.clock.runUntil(work, 200_000)
}

/** A fall that fires the stops of both legs. */
async function fall(at: Scene): Promise<void> {
  at.world.stage.priceHand.move({
    marketIndex: BTC,
    parts: ['mark', 'index', 'book'],
    overMs: 60_000,
    target: { kind: 'scale', byE9: -40_000_000n },
  })
  await at.world.clock.advance(90_000)
}

/** What the exchange booked for the accounts of the hedge since it was opened. */
function bookedUsd(at: Scene): string {
  const { core } = at.world.stage
  const trades = at.indexes.flatMap((index) =>
    core.accountTrades(index, 1000).map((trade) => {
      const side = trade.ask.accountIndex === index ? trade.ask : trade.bid
      return new Dec(side.realizedPnlMicros.toString()).div(1_000_000)
    }),
  )
  return sumDec(trades).toFixed()
}

function reportOf(bot: Bot, hedge: Hedge | undefined) {
  const [report] = reportHedges(bot.engine, hedge === undefined ? [] : [hedge])
  if (report === undefined) throw new Error('no hedge')
  return report
}

describe('stops that fired while no process ran', () => {
  it('are the cause that close tells, with the result that the exchange booked', async () => {
    const at = await openAndLeave()
    await fall(at)
    expect(at.auditor.isFlat()).toBe(true)
    const closer = at.world.startBot({ command: 'close' })
    const [hedge] = await run(at, closeAll(closer))
    expect(hedge).toMatchObject({ state: 'closed', cause: 'exchange_stop' })
    expect(closer.journal.hedge(hedge?.hedgeId ?? '')?.cause).toBe('exchange_stop')
    const report = reportOf(closer, hedge)
    expect(report.realizedPnlUsd?.toFixed()).toBe(bookedUsd(at))
    expect(report.realizedPnlUsd?.isZero()).toBe(false)
    expect(report.closingLegGapMs).toBeLessThan(2_000)
    expect(missingFillLegs(closer.engine, hedge as Hedge)).toEqual([])
    expect(closer.requests.filter((path) => path === '/api/v1/trades')).toHaveLength(2)
    expect(closer.complaints.some((line) => line.includes('its stops on the exchange fired'))).toBe(
      true,
    )
  })

  it('are still closed in bounded time when their fills cannot be read', async () => {
    const at = await openAndLeave({
      faults: () => [aim({ kind: 'http', answer: '502' }, { endpoint: 'trades', fromMs: 1_000 })],
    })
    await fall(at)
    const closer = at.world.startBot({ command: 'close' })
    const startMs = at.world.clock.now()
    const [hedge] = await run(at, closeAll(closer))
    expect(hedge).toMatchObject({ state: 'closed', cause: 'user' })
    expect(at.world.clock.now() - startMs).toBeLessThan(8_000)
    expect(closer.complaints.some((line) => line.includes('its result is incomplete'))).toBe(true)
  })
})

describe('what else flattens a hedge', () => {
  it('is told apart: legs that were liquidated', async () => {
    const at = await openAndLeave()
    const { core } = at.world.stage
    for (const index of at.indexes) {
      core.drain(index, 965_000_000n, Math.trunc(at.world.clock.now()))
    }
    await at.world.clock.advance(5_000)
    expect(at.auditor.isFlat()).toBe(true)
    const closer = at.world.startBot({ command: 'close' })
    const [hedge] = await run(at, closeAll(closer))
    expect(hedge).toMatchObject({ state: 'closed', cause: 'liquidation' })
    expect(reportOf(closer, hedge).realizedPnlUsd?.toFixed()).toBe(bookedUsd(at))
  })

  it('keeps the cause of the owner when one leg was closed by us', async () => {
    const at = await openAndLeave()
    const [first = 0] = at.indexes
    at.world.stage.core.drain(first, 965_000_000n, Math.trunc(at.world.clock.now()))
    await at.world.clock.advance(5_000)
    const closer = at.world.startBot({ command: 'close' })
    const [hedge] = await run(at, closeAll(closer))
    expect(hedge).toMatchObject({ state: 'closed', cause: 'user' })
    expect(reportOf(closer, hedge).realizedPnlUsd?.toFixed()).toBe(bookedUsd(at))
    expect(at.auditor.isFlat()).toBe(true)
  })

  it('costs no read when our own orders closed it', async () => {
    const at = await openAndLeave()
    const closer = at.world.startBot({ command: 'close' })
    const [hedge] = await run(at, closeAll(closer))
    expect(hedge).toMatchObject({ state: 'closed', cause: 'user' })
    expect(closer.requests).not.toContain('/api/v1/trades')
    expect(reportOf(closer, hedge).realizedPnlUsd?.toFixed()).toBe(bookedUsd(at))
  })
})

describe('fills of a live hedge', () => {
  it('are recorded from the streams, whosever order they were, and only once', async () => {
    const at = await openAndLeave()
    const watcher = at.world.startBot({ command: 'watch' })
    const { engine, journal } = watcher
    await run(at, engine.loadMarkets())
    await run(at, connectAccounts(engine, at.indexes, 15_000))
    await run(at, connectMarket(engine, BTC, 15_000))
    const [hedge] = journal.liveHedges()
    if (hedge === undefined) throw new Error('a hedge is open')
    expect(missingFillLegs(engine, hedge)).toEqual([])
    const before = journal.fillsOfHedge(hedge.hedgeId).length
    await fall(at)
    expect(missingFillLegs(engine, hedge)).toEqual(hedge.legs.map((leg) => leg.accountIndex))
    expect(recordKnownFills(engine, hedge)).toBe(true)
    expect(recordKnownFills(engine, hedge)).toBe(false)
    expect(missingFillLegs(engine, hedge)).toEqual([])
    expect(journal.fillsOfHedge(hedge.hedgeId).length).toBeGreaterThan(before)
    // Nothing is missing: no request.
    expect(await run(at, readMissingFills(engine, hedge, 'read'))).toBe(true)
    expect(watcher.requests).not.toContain('/api/v1/trades')
  })

  it('of another round on the same account are not taken', async () => {
    const at = await openAndLeave()
    const second = at.world.startBot()
    const [first] = await run(at, closeAll(second))
    const [next] = await run(at, openAll(at.world, second))
    if (first === undefined || next === undefined) throw new Error('two rounds')
    const counts = () =>
      [first, next].map(({ hedgeId }) => second.journal.fillsOfHedge(hedgeId).length)
    const before = counts()
    expect(recordKnownFills(second.engine, first)).toBe(false)
    expect(recordKnownFills(second.engine, next)).toBe(false)
    expect(counts()).toEqual(before)
    expect(missingFillLegs(second.engine, next)).toEqual([])
  })
})
