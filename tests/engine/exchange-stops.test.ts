/** The life of the stops on the exchange, on the simulated one: production engine, client and journal. */
import { describe, expect, it } from 'vitest'
import {
  connectAccounts,
  connectMarket,
  ensureNonces,
  keepLeases,
} from '../../src/engine/connect-accounts.ts'
import { driveHedge } from '../../src/engine/drive-hedge.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import type { Hedge } from '../../src/hedge/ledger.ts'
import { isLiveState } from '../../src/hedge/ledger.ts'
import type { RiskPolicy } from '../../src/hedge/policy.ts'
import type { SimOrder } from '../../src/sim/core/core-model.ts'
import { closeAll, openAll } from '../episodes/world.ts'
import { cancelTx, orderTx } from '../sim/core/core-fixture.ts'
import { keepScenes } from './keep-scenes.ts'
import type { Scene, SceneOptions } from './scenario.ts'
import { BTC, aim, createScene } from './scenario.ts'

const DAY_MS = 86_400_000

const keep = keepScenes()

/** A world in which one hedge stands and the process that opened it is gone. */
async function standing(options: SceneOptions = {}): Promise<Scene> {
  const scene = keep(createScene({ stage: { noiseBps: 0 }, ...options }))
  const bot = scene.world.startBot()
  const [hedge] = await scene.world.clock.runUntil(openAll(scene.world, bot), 60_000)
  expect(hedge?.state).toBe('open')
  bot.close()
  return scene
}

/** A process that looks after the hedge until it is told to end, or the hedge is over. */
async function watch(at: Scene, policy: Partial<RiskPolicy> = {}) {
  const { world, indexes } = at
  const bot = world.startBot({ command: 'watch', policy })
  const { engine, journal } = bot
  await world.clock.runUntil(
    (async () => {
      await engine.loadMarkets()
      await connectAccounts(engine, indexes, 15_000)
      await connectMarket(engine, BTC, 15_000)
      await ensureNonces(engine, engine.accounts(), 'close')
    })(),
    30_000,
  )
  const [live] = journal.liveHedges()
  const hedgeId = live?.hedgeId ?? ''
  expect(journal.claimHedge(hedgeId)?.hedgeId).toBe(hedgeId)
  const stopRenewing = keepLeases(engine)
  let isOver = false
  const driving = driveHedge(engine, hedgeId, {
    isPlanner: false,
    mayStart: () => false,
    isDone: (now) => isOver || !isLiveState(now.state),
    giveUpAtMs: undefined,
  })
  driving.catch(() => undefined)
  return {
    bot,
    hedge: (): Hedge | undefined => journal.hedge(hedgeId),
    states: () => journal.hedge(hedgeId)?.legs.map((leg) => leg.stopState),
    orders: (purpose: string) =>
      journal.ordersOfHedge(hedgeId).filter((order) => order.purpose === purpose),
    async end() {
      isOver = true
      await world.clock.runUntil(driving, 60_000)
      stopRenewing()
      bot.close()
    },
  }
}

/** What rests for the accounts, from the exchange's own books: triggers in USD, the lower one first. */
function triggers(at: Scene): readonly (readonly number[])[] {
  return at.indexes.map((index) =>
    resting(at, index)
      .map((order) => Number(order.triggerTicks) / 10)
      .toSorted((a, b) => a - b),
  )
}

function resting(at: Scene, index: number): readonly SimOrder[] {
  return at.world.stage.core.activeOrders(index).filter((order) => order.triggerTicks > 0n)
}

/** Something that the owner does on the venue's own page. */
function byHand(at: Scene, tx: Parameters<typeof at.world.stage.core.execute>[0]): void {
  const nowMs = Math.trunc(at.world.clock.now())
  const { error } = at.world.stage.core.execute(tx, { nowMs, hash: 'ab'.repeat(40) })
  expect(error).toBeUndefined()
}

/** Cancels every stop of an account as its owner would. */
function cancelByHand(at: Scene, place: number): void {
  const index = at.indexes[place] ?? 0
  for (const { orderIndex } of resting(at, index)) byHand(at, cancelTx(index, orderIndex, BTC))
}

function moveTo(at: Scene, price: number): void {
  at.world.stage.priceHand.move({
    marketIndex: BTC,
    parts: ['mark', 'index', 'book'],
    overMs: 0,
    target: { kind: 'hold', toTicks: BigInt(Math.round(price * 10)) },
  })
}

function pairOf(at: Scene): readonly [number, number] {
  const [first, second] = triggers(at)
  expect(first).toHaveLength(2)
  expect(second).toEqual(first)
  return [first?.[0] ?? 0, first?.[1] ?? 0]
}

describe('stops that rest as they should', () => {
  it('are left alone and cost nothing', async () => {
    const at = await standing()
    const before = pairOf(at)
    const watcher = await watch(at)
    await at.world.clock.advance(180_000)
    expect(watcher.states()).toEqual(['RESTING', 'RESTING'])
    expect(watcher.orders('stops')).toEqual([])
    expect(pairOf(at)).toEqual(before)
    await watcher.end()
  })
})

describe('a new threshold', () => {
  it('replaces the pairs that an earlier process left, without a moment in which nothing rests', async () => {
    const at = await standing()
    const [down, up] = pairOf(at)
    const bare: number[] = []
    const stop = at.world.stage.core.subscribe(() => {
      for (const index of at.indexes) if (resting(at, index).length < 2) bare.push(index)
    })
    await at.world.clock.advance(60_000)
    const watcher = await watch(at, { stopLossUsd: new Dec(50) })
    await at.world.clock.advance(10_000)
    const [newDown, newUp] = pairOf(at)
    expect((newDown - down) / 6000).toBeCloseTo(1, 2)
    expect((up - newUp) / 6000).toBeCloseTo(1, 2)
    expect(watcher.states()).toEqual(['RESTING', 'RESTING'])
    expect(bare).toEqual([])
    expect(watcher.hedge()?.legs[0]?.stopDown?.toNumber()).toBe(newDown)
    // One unit a leg to place, one for each order of the old pair, and no read.
    expect(watcher.orders('stops')).toHaveLength(2)
    expect(watcher.orders('cancel')).toHaveLength(4)
    expect([...watcher.bot.exchange.unitsSpent().values()].filter((spent) => spent > 3)).toEqual([])
    stop()
    await watcher.end()
  })

  it('is finished by the next process when this one dies between new and old', async () => {
    const at = await standing()
    await at.world.clock.advance(60_000)
    const policy = { stopLossUsd: new Dec(50) }
    const first = await watch(at, policy)
    while (triggers(at).every((prices) => prices.length < 4)) await at.world.clock.advance(20)
    first.bot.kill()
    await at.world.clock.advance(6000)
    expect(triggers(at).flat().length).toBeGreaterThan(4)
    const second = await watch(at, policy)
    await at.world.clock.advance(10_000)
    pairOf(at)
    expect(second.orders('stops')).toHaveLength(2)
    await second.end()
  })

  it('brings stops to a leg for which none could be reached, and takes them away again', async () => {
    const at = await standing({
      policy: { stopLossUsd: new Dec(50_000) },
      stage: { noiseBps: 0, collateralUsd: '100000' },
    })
    expect(triggers(at)).toEqual([[], []])
    const watcher = await watch(at)
    await at.world.clock.advance(5000)
    expect(watcher.states()).toEqual(['NOT_REACHABLE', 'NOT_REACHABLE'])
    await watcher.end()
    const near = await watch(at, { stopLossUsd: new Dec(100) })
    await at.world.clock.advance(5000)
    pairOf(at)
    expect(near.states()).toEqual(['RESTING', 'RESTING'])
    await near.end()
    const far = await watch(at, { stopLossUsd: new Dec(50_000) })
    await at.world.clock.advance(10_000)
    expect(triggers(at)).toEqual([[], []])
    expect(far.states()).toEqual(['NOT_REACHABLE', 'NOT_REACHABLE'])
    expect(far.hedge()?.legs[0]?.stopDown).toBeUndefined()
    await far.end()
  })

  it('switched off: what rests is cancelled, and the state says so', async () => {
    const at = await standing()
    pairOf(at)
    const watcher = await watch(at, { isExchangeStopOn: false })
    await at.world.clock.advance(10_000)
    expect(triggers(at)).toEqual([[], []])
    expect(watcher.states()).toEqual(['OFF', 'OFF'])
    expect(watcher.hedge()?.state).toBe('open')
    await watcher.end()
  })
})

describe('a hedge that changes', () => {
  it('gets new levels when it shrank', async () => {
    const at = await standing()
    const [down, up] = pairOf(at)
    await at.world.clock.advance(60_000)
    const watcher = await watch(at)
    await at.world.clock.advance(2000)
    byHand(
      at,
      orderTx({
        account: at.indexes[0] ?? 0,
        market: BTC,
        side: 'sell',
        type: 1,
        size: 400n,
        price: BigInt(Math.round((down + up) * 5 * 0.97)),
        reduceOnly: true,
      }),
    )
    await at.world.clock.advance(20_000)
    expect(at.indexes.map(at.auditor.positionTicks)).toEqual([600n, -600n])
    const [newDown, newUp] = pairOf(at)
    // 120 USD over 0.006 instead of 0.01 BTC.
    expect(Math.round((newUp - newDown) / 1000)).toBe(40)
    expect(watcher.states()).toEqual(['RESTING', 'RESTING'])
    await watcher.end()
  })

  it('has its levels moved at once when collateral went away, and both legs with it', async () => {
    const at = await standing()
    const [down, up] = pairOf(at)
    const watcher = await watch(at)
    await at.world.clock.advance(2000)
    const entry = (down + up) / 2
    // What is left lets the long live for about 6 % of its notional.
    const leftUsd = entry * 0.01 * 0.07
    const drained = BigInt(Math.round((1000 - leftUsd) * 1_000_000))
    at.world.stage.core.drain(at.indexes[0] ?? 0, drained, Math.trunc(at.world.clock.now()))
    await at.world.clock.advance(10_000)
    const [newDown, newUp] = pairOf(at)
    expect(newDown).toBeGreaterThan(down + 1000)
    expect(newDown).toBeLessThan(entry)
    expect(newUp / up).toBeCloseTo(1, 3)
    expect(watcher.hedge()?.state).toBe('open')
    // One read asked for the new liquidation price: the stream tells only the balance.
    expect(watcher.bot.requests.filter((path) => path.endsWith('/account'))).toHaveLength(1)
    await watcher.end()
  })

  it('closes both legs when liquidation is nearer than any stop could be', async () => {
    const at = await standing()
    const [down, up] = pairOf(at)
    const watcher = await watch(at)
    await at.world.clock.advance(2000)
    const leftUsd = ((down + up) / 2) * 0.01 * 0.018
    const drained = BigInt(Math.round((1000 - leftUsd) * 1_000_000))
    at.world.stage.core.drain(at.indexes[0] ?? 0, drained, Math.trunc(at.world.clock.now()))
    await at.world.clock.advance(5000)
    expect(watcher.hedge()).toMatchObject({ state: 'closed', cause: 'liquidation_near' })
    expect(at.auditor.isFlat()).toBe(true)
    expect(at.auditor.longestNakedMs()).toBeLessThan(1000)
    expect(triggers(at)).toEqual([[], []])
    await watcher.end()
  })

  it('closes when mark is past a level that does not rest', async () => {
    const at = await standing({ policy: { isExchangeStopOn: false } })
    expect(triggers(at)).toEqual([[], []])
    const mark = Number(at.world.stage.core.markets.get(BTC)?.markTicks ?? 0n) / 10
    moveTo(at, mark * 0.97)
    await at.world.clock.advance(2000)
    const watcher = await watch(at, { isExchangeStopOn: true, stopLossUsd: new Dec(10) })
    await at.world.clock.advance(5000)
    expect(watcher.hedge()).toMatchObject({ state: 'closed', cause: 'stop_loss' })
    expect(at.auditor.isFlat()).toBe(true)
    expect(watcher.orders('stops')).toEqual([])
    await watcher.end()
  })
})

describe('stops that are gone or old', () => {
  it('are placed again when somebody cancelled them at the venue', async () => {
    const at = await standing()
    const before = pairOf(at)
    const watcher = await watch(at)
    await at.world.clock.advance(2000)
    cancelByHand(at, 1)
    await at.world.clock.advance(6000)
    expect(pairOf(at)).toEqual(before)
    expect(watcher.states()).toEqual(['RESTING', 'RESTING'])
    expect(at.auditor.isHedged()).toBe(true)
    await watcher.end()
  })

  it('refused for a while: UNPROTECTED with one alarm, then RESTING', async () => {
    const at = await standing({
      faults: ([, second]) => [
        aim(
          { kind: 'reject', code: 21739 },
          { accountIndex: second ?? 0, fromMs: 10_000, untilMs: 100_000 },
        ),
      ],
    })
    const { clock } = at.world
    const watcher = await watch(at)
    await clock.advance(11_000 - clock.monotonicMs())
    cancelByHand(at, 1)
    await clock.advance(25_000 - clock.monotonicMs())
    expect(watcher.states()).toEqual(['RESTING', 'UNPROTECTED'])
    const tries = watcher.orders('stops').length
    expect(tries).toBeGreaterThanOrEqual(3)
    await clock.advance(90_000 - clock.monotonicMs())
    expect(watcher.orders('stops').length - tries).toBeLessThanOrEqual(4)
    await clock.advance(180_000 - clock.monotonicMs())
    expect(watcher.states()).toEqual(['RESTING', 'RESTING'])
    pairOf(at)
    const alarms = watcher.bot.journal
      .events({ hedgeId: watcher.hedge()?.hedgeId ?? '', limit: 500 })
      .filter((event) => event.kind === 'unprotected')
    expect(alarms).toHaveLength(1)
    await watcher.end()
  })

  it('are renewed in the last week of their life', async () => {
    const at = await standing()
    const { clock } = at.world
    const before = pairOf(at)
    const expiriesOf = () =>
      at.indexes.flatMap((index) => resting(at, index)).map((o) => o.expiryMs)
    const old = expiriesOf()
    clock.jumpWall(20 * DAY_MS)
    const early = await watch(at)
    await clock.advance(5000)
    expect(expiriesOf()).toEqual(old)
    await early.end()
    clock.jumpWall(2 * DAY_MS)
    const watcher = await watch(at)
    await clock.advance(10_000)
    expect(pairOf(at).map((price, at) => Math.abs(price - (before[at] ?? 0)) < 80)).toEqual([
      true,
      true,
    ])
    expect(expiriesOf().every((expiryMs) => expiryMs > clock.now() + 27 * DAY_MS)).toBe(true)
    expect(watcher.states()).toEqual(['RESTING', 'RESTING'])
    await watcher.end()
  })

  it('that came with an entry filled in parts cover the whole leg afterwards', async () => {
    const at = await standing({ faults: () => [aim({ kind: 'thin-book', factor: 0.0002 })] })
    const watcher = await watch(at)
    await at.world.clock.advance(10_000)
    expect(watcher.orders('stops').length).toBeGreaterThan(0)
    expect(triggers(at).every((prices) => prices.length === 2)).toBe(true)
    for (const index of at.indexes) {
      const size = at.auditor.positionTicks(index)
      const held = size < 0n ? -size : size
      for (const order of resting(at, index)) {
        expect(order.baseTicks === 0n || order.baseTicks >= held).toBe(true)
      }
    }
    await watcher.end()
  })
})

describe('bad weather', () => {
  it.each([1, 2, 3])(
    'while answers and frames get lost, stops go from level to level and end as wanted (seed %i)',
    async (seed) => {
      const storm = { ratio: 0.25, fromMs: 3000, untilMs: 150_000 }
      const at = await standing({
        seed,
        faults: (indexes) =>
          indexes.flatMap((accountIndex) => [
            aim({ kind: 'lost-answer' }, { ...storm, accountIndex }),
            aim({ kind: 'lost-request' }, { ...storm, accountIndex }),
            aim(
              { kind: 'sequencer-refusal', code: 21739 },
              { ...storm, accountIndex, ratio: 0.15 },
            ),
            aim({ kind: 'delay-frames', minMs: 50, maxMs: 1500 }, { ...storm, accountIndex }),
            aim({ kind: 'http', answer: '503' }, { ...storm, accountIndex, ratio: 0.1 }),
          ]),
      })
      await at.world.clock.advance(60_000)
      for (const [stopLossUsd, ms] of [
        [50, 20_000],
        [80, 65_000],
        [60, 150_000],
      ] as const) {
        const watcher = await watch(at, { stopLossUsd: new Dec(stopLossUsd) })
        await at.world.clock.advance(ms)
        expect(watcher.hedge()?.state).toBe('open')
        if (stopLossUsd === 60) {
          const [down, up] = pairOf(at)
          expect((up - down) / 2 / 7200).toBeCloseTo(1, 2)
          expect(watcher.states()).toEqual(['RESTING', 'RESTING'])
          expect(watcher.bot.journal.unsettledOrders()).toEqual([])
        }
        watcher.bot.kill()
        await at.world.clock.advance(6000)
      }
      expect(at.auditor.isHedged()).toBe(true)
      expect(at.auditor.findings).toEqual([])
    },
  )
})

describe('nobody runs', () => {
  it.each(['down', 'up'] as const)(
    'price goes through the %s level: both legs are flat, and no order of ours is left',
    async (direction) => {
      const at = await standing()
      const [down, up] = pairOf(at)
      moveTo(at, direction === 'down' ? down - 1 : up + 1)
      await at.world.clock.advance(2000)
      expect(at.auditor.isFlat()).toBe(true)
      expect(triggers(at)).toEqual([[], []])
      expect(at.auditor.longestNakedMs()).toBeLessThan(100)
      const closer = at.world.startBot({ command: 'close' })
      const [hedge] = await at.world.clock.runUntil(closeAll(closer), 60_000)
      expect(hedge?.state).toBe('closed')
    },
  )

  it('and the exchange closes while a process looks on: it only writes down the end', async () => {
    const at = await standing()
    const [down] = pairOf(at)
    const watcher = await watch(at)
    await at.world.clock.advance(2000)
    moveTo(at, down - 1)
    await at.world.clock.advance(10_000)
    expect(at.auditor.isFlat()).toBe(true)
    expect(watcher.hedge()?.state).toBe('closed')
    expect(at.auditor.findings).toEqual([])
    await watcher.end()
  })
})
