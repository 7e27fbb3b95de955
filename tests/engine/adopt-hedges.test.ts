/** A journal that is lost, and the hedges that stand at the exchange all the same. */
import { describe, expect, it } from 'vitest'
import { adoptHedges } from '../../src/engine/adopt-hedges.ts'
import { missingFillLegs } from '../../src/engine/complete-fills.ts'
import { connectAccounts, connectMarket } from '../../src/engine/connect-accounts.ts'
import { driveHedge } from '../../src/engine/drive-hedge.ts'
import { reportHedges } from '../../src/engine/hedge-report.ts'
import { liveHedge, safetyExit } from '../../src/engine/outcome.ts'
import { prepareAdoption } from '../../src/engine/prepare-adoption.ts'
import type { OpeningRequest } from '../../src/engine/prepare-opening.ts'
import type { PreparedAdoption } from '../../src/engine/prepare-adoption.ts'
import { Dec, sumDec } from '../../src/hedge/decimal.ts'
import type { Hedge } from '../../src/hedge/ledger.ts'
import type { Bot } from '../episodes/world.ts'
import { closeAll, openAll } from '../episodes/world.ts'
import { keepScenes } from './keep-scenes.ts'
import type { Scene, SceneOptions } from './scenario.ts'
import { BTC, aim, createScene } from './scenario.ts'

const keep = keepScenes()

async function run<T>(at: Scene, work: Promise<T>): Promise<T> {
  return at.world.clock.runUntil(work, 200_000)
}

/** Open hedges whose process and journal are gone, and a process with an empty journal. */
async function loseJournal(options: SceneOptions = {}, change: Partial<OpeningRequest> = {}) {
  const at = keep(createScene({ accounts: 4, sizeBase: '0.05', ...options }))
  const first = at.world.startBot()
  const hedges = await run(at, openAll(at.world, first, change))
  expect(hedges.every(({ state }) => state === 'open')).toBe(true)
  first.close()
  return { at, hedges, bot: at.world.startBot({ command: 'adopt', journal: 'new' }) }
}

function prepare(at: Scene, bot: Bot): Promise<PreparedAdoption> {
  const { accounts, pairing, tradingPair, connectTimeoutMs } = at.world.request()
  return run(at, prepareAdoption(bot.engine, { accounts, pairing, tradingPair, connectTimeoutMs }))
}

/** Somebody trades by hand, or with another program. */
async function tradeByHand(at: Scene, account: number, base: string, market = BTC): Promise<void> {
  const hand = at.world.startBot({ command: 'hand', journal: 'hand' })
  const { engine } = hand
  const accountIndex = at.indexes[account] ?? 0
  await run(at, engine.loadMarkets())
  await run(at, connectAccounts(engine, [accountIndex], 15_000))
  await run(at, connectMarket(engine, market, 15_000))
  const { mark } = engine.feed(market).view()
  if (!mark.isKnown) throw new Error('no mark')
  const size = new Dec(base)
  const link = engine.link(accountIndex)
  const order = link.sign(
    {
      kind: 'order',
      market: engine.market(market),
      side: size.isNegative() ? 'sell' : 'buy',
      baseSize: size.abs(),
      price: mark.value.times(size.isNegative() ? '0.98' : '1.02').toDecimalPlaces(1),
      execution: 'market_ioc',
      isReduceOnly: false,
      clientOrderIndex: 42,
    },
    await run(at, link.readNextNonce('open')),
  )
  const answer = await run(at, link.send(order, { priority: 'open', via: 'auto' }))
  expect(answer.outcome).toBe('accepted')
  await at.world.clock.advance(2_000)
  hand.close()
}

/** What the exchange booked for accounts since they were opened. */
function bookedUsd(at: Scene, accounts: readonly number[]): string {
  const { core } = at.world.stage
  const trades = accounts.flatMap((index) =>
    core.accountTrades(index, 1000).map((trade) => {
      const side = trade.ask.accountIndex === index ? trade.ask : trade.bid
      return new Dec(side.realizedPnlMicros.toString()).div(1_000_000)
    }),
  )
  return sumDec(trades).toFixed()
}

function shapeOf({ name, legs }: Hedge) {
  return {
    name,
    legs: legs.map((leg) => ({
      account: leg.account,
      apiKeyIndex: leg.apiKeyIndex,
      side: leg.side,
      plannedBase: leg.plannedBase.toFixed(),
      leverage: leg.leverage.toFixed(),
      lastSeenBase: leg.lastSeenBase?.toFixed(),
      stopDown: leg.stopDown?.toFixed(),
      stopUp: leg.stopUp?.toFixed(),
      stopState: leg.stopState,
    })),
  }
}

function storyOf(bot: Bot, { hedgeId }: Hedge): readonly string[] {
  return bot.journal.events({ hedgeId, limit: 50 }).map(({ kind }) => kind)
}

describe('adopt after a lost journal', () => {
  it('rebuilds what was lost: legs, sizes, leverage, stops, fills and time of opening', async () => {
    const { at, hedges, bot } = await loseJournal()
    const prepared = await prepare(at, bot)
    expect(prepared.leftOut).toEqual([])
    const adopted = adoptHedges(bot.engine, prepared.hedges)
    expect(adopted.map(shapeOf)).toEqual(hedges.map(shapeOf))
    for (const [no, hedge] of adopted.entries()) {
      expect(hedge).toMatchObject({ state: 'open', target: 'open', ownerId: undefined })
      expect(Math.abs((hedge.openedAtMs ?? 0) - (hedges[no]?.openedAtMs ?? 0))).toBeLessThan(5_000)
      expect(missingFillLegs(bot.engine, hedge)).toEqual([])
      expect(storyOf(bot, hedge)).toEqual(['hedge_rebuilt'])
    }
    const reports = reportHedges(
      bot.engine,
      adopted.map((hedge) => liveHedge(bot.engine, hedge)),
    )
    expect(reports.map(({ stopState }) => stopState)).toEqual(['RESTING', 'RESTING'])
    expect(reports.map(safetyExit)).toEqual([0, 0])
    expect(reports.every(({ openingLegGapMs }) => (openingLegGapMs ?? 9_999) < 3_000)).toBe(true)
    expect(bot.journal.ordersOfRun(bot.engine.runId)).toEqual([])
  })

  it('lets the hedges be closed as if nothing had happened, with the result that the exchange booked', async () => {
    const { at, bot } = await loseJournal({ sizeBase: '0.01' })
    adoptHedges(bot.engine, (await prepare(at, bot)).hedges)
    await at.world.clock.advance(60_000)
    const closer = at.world.startBot({ command: 'close', journal: 'new' })
    at.auditor.expectOnlyReductions()
    const closed = await run(at, closeAll(closer))
    expect(closed.map(({ state, cause }) => [state, cause])).toEqual([
      ['closed', 'user'],
      ['closed', 'user'],
    ])
    expect(at.auditor.isFlat()).toBe(true)
    expect(at.auditor.findings).toEqual([])
    const reports = reportHedges(closer.engine, closed)
    const realized = reports.map(({ realizedPnlUsd }) => realizedPnlUsd?.toFixed())
    expect(realized).toEqual([
      bookedUsd(at, at.indexes.slice(0, 2)),
      bookedUsd(at, at.indexes.slice(2)),
    ])
    expect(realized).not.toContain('0')
    // Their stops are gone with them.
    const left = at.indexes.flatMap((index) => [...(at.world.stage.core.activeOrders(index) ?? [])])
    expect(left).toEqual([])
  })

  it('finds nothing more the second time', async () => {
    const { at, bot } = await loseJournal()
    adoptHedges(bot.engine, (await prepare(at, bot)).hedges)
    const again = await prepare(at, bot)
    expect(again.hedges).toEqual([])
    expect(again.leftOut.map(({ code }) => code)).toEqual(Array(4).fill('in_hedge'))
  })

  it('costs one request an account beside its connection', async () => {
    const { at, bot } = await loseJournal()
    await prepare(at, bot)
    expect(bot.requests.filter((path) => path === '/api/v1/trades')).toHaveLength(4)
  })
})

describe('a position by hand', () => {
  it('on an account beside the hedges is reported and never touched', async () => {
    const names = ['account_1', 'account_2', 'account_3', 'account_4']
    const selection = { kind: 'accounts', names } as const
    const { at, bot } = await loseJournal({ accounts: 6 }, { selection })
    await tradeByHand(at, 4, '0.01')
    const prepared = await prepare(at, bot)
    expect(prepared.hedges.map(({ name }) => name)).toEqual([
      'account_1+account_2',
      'account_3+account_4',
    ])
    expect(prepared.leftOut.map(({ account, code }) => `${account} ${code}`)).toEqual([
      'account_5 foreign_position',
      'account_6 flat',
    ])
    adoptHedges(bot.engine, prepared.hedges)
    await run(at, closeAll(bot))
    expect(at.indexes.map((index) => at.auditor.positionTicks(index))).toEqual([
      0n,
      0n,
      0n,
      0n,
      1000n,
      0n,
    ])
  })

  it('on top of a leg leaves the hedge to the owner, and the others are adopted', async () => {
    const { at, bot } = await loseJournal()
    await tradeByHand(at, 0, '0.01')
    const prepared = await prepare(at, bot)
    expect(prepared.hedges.map(({ name }) => name)).toEqual(['account_3+account_4'])
    expect(prepared.leftOut.map(({ account, code }) => `${account} ${code}`)).toEqual([
      'account_1 foreign_fills',
      'account_2 partner_unknown',
    ])
  })

  it('in another market is reported with its name', async () => {
    const { at, bot } = await loseJournal()
    await tradeByHand(at, 0, '0.1', 0)
    const prepared = await prepare(at, bot)
    expect(prepared.hedges).toHaveLength(2)
    expect(prepared.leftOut).toMatchObject([
      { account: 'account_1', code: 'foreign_position', market: 'ETH' },
    ])
  })
})

describe('a lopsided hedge', () => {
  it('is adopted and shrinks to what is matched when it is driven', async () => {
    const { at, bot } = await loseJournal({ accounts: 2 })
    await tradeByHand(at, 0, '-0.02')
    const prepared = await prepare(at, bot)
    expect(prepared.hedges.map(({ isEven }) => isEven)).toEqual([false])
    const [hedge] = adoptHedges(bot.engine, prepared.hedges)
    if (hedge === undefined) throw new Error('no hedge')
    expect(hedge.legs.map(({ plannedBase }) => plannedBase.toFixed())).toEqual(['0.03', '0.03'])
    const [report] = reportHedges(bot.engine, [hedge])
    expect(report && safetyExit(report)).toBe(4)
    bot.journal.claimHedge(hedge.hedgeId)
    await run(
      at,
      driveHedge(bot.engine, hedge.hedgeId, {
        isPlanner: false,
        mayStart: () => false,
        isDone: () => at.auditor.isHedged(),
        giveUpAtMs: at.world.clock.now() + 20_000,
      }),
    )
    expect(at.indexes.map((index) => at.auditor.positionTicks(index))).toEqual([3000n, -3000n])
  })

  it('with a leg that is gone is left out: nobody here holds the other side', async () => {
    const { at, bot } = await loseJournal({ accounts: 2 })
    await tradeByHand(at, 0, '-0.05')
    const prepared = await prepare(at, bot)
    expect(prepared.hedges).toEqual([])
    expect(prepared.leftOut.map(({ code }) => code)).toEqual(['flat', 'no_partner'])
  })
})

describe('what is missing', () => {
  it('are stops: they are placed anew when the hedge is driven', async () => {
    const { at, bot } = await loseJournal({ accounts: 2 })
    const hand = at.world.startBot({ command: 'hand', journal: 'hand' })
    await run(at, hand.engine.loadMarkets())
    await run(at, connectAccounts(hand.engine, at.indexes, 15_000))
    const link = hand.engine.link(at.indexes[0] ?? 0)
    const { liveOrders } = link.view()
    const orders = liveOrders.isKnown ? liveOrders.value : []
    expect(orders).toHaveLength(2)
    for (const { orderIndex } of orders) {
      const nonce = await run(at, link.readNextNonce('close'))
      const market = hand.engine.market(BTC)
      const cancel = link.sign({ kind: 'cancel', market, orderIndex }, nonce)
      await run(at, link.send(cancel, { priority: 'close', via: 'auto' }))
      await at.world.clock.advance(1_000)
    }
    hand.close()
    const [hedge] = adoptHedges(bot.engine, (await prepare(at, bot)).hedges)
    expect(hedge?.legs.map(({ stopState }) => stopState)).toEqual(['PENDING', 'RESTING'])
    bot.journal.claimHedge(hedge?.hedgeId ?? '')
    const isResting = (now: Hedge) => now.legs.every(({ stopState }) => stopState === 'RESTING')
    const end = await run(
      at,
      driveHedge(bot.engine, hedge?.hedgeId ?? '', {
        isPlanner: false,
        mayStart: () => false,
        isDone: isResting,
        giveUpAtMs: at.world.clock.now() + 20_000,
      }),
    )
    expect(isResting(end.hedge)).toBe(true)
  })

  it('is an account that cannot be read: its partner waits for it, the others are adopted', async () => {
    const { at, bot } = await loseJournal({
      faults: (indexes) => [
        aim(
          { kind: 'http', answer: '502' },
          { accountIndex: indexes[1] ?? 0, endpoint: 'trades', fromMs: 1_000 },
        ),
      ],
    })
    const prepared = await prepare(at, bot)
    expect(prepared.hedges.map(({ name }) => name)).toEqual(['account_3+account_4'])
    expect(prepared.leftOut.map(({ account, code }) => `${account} ${code}`)).toEqual([
      'account_1 partner_unknown',
      'account_2 unknown',
    ])
  })
})

describe('adopt does not write', () => {
  it('while a watch is live on the accounts', async () => {
    const { at, bot } = await loseJournal({ accounts: 2 })
    const prepared = await prepare(at, bot)
    const watcher = at.world.startBot({ command: 'watch', journal: 'new' })
    watcher.journal.claimWatch(at.indexes)
    await expect(prepare(at, bot)).rejects.toMatchObject({ kind: 'busy', code: 'watch_running' })
    expect(() => adoptHedges(bot.engine, prepared.hedges)).toThrow('live on these accounts')
    expect(bot.journal.liveHedges()).toEqual([])
  })

  it('what has changed since it was shown', async () => {
    const { at, bot } = await loseJournal()
    const prepared = await prepare(at, bot)
    await tradeByHand(at, 3, '0.01')
    expect(() => adoptHedges(bot.engine, prepared.hedges)).toThrow('account_4')
    expect(bot.journal.liveHedges()).toEqual([])
  })

  it('an account twice when two adopt at once', async () => {
    const { at, bot } = await loseJournal({ accounts: 2 })
    const prepared = await prepare(at, bot)
    const other = at.world.startBot({ command: 'adopt', journal: 'new' })
    const same = await prepare(at, other)
    adoptHedges(other.engine, same.hedges)
    expect(() => adoptHedges(bot.engine, prepared.hedges)).toThrow('is in hedge h1')
    expect(bot.journal.liveHedges()).toHaveLength(1)
  })
})
