/** Scenarios of DESIGN.md section 3 on the simulated exchange: production engine, client and journal. */
import { describe, expect, it } from 'vitest'
import { connectAccounts, connectMarket, ensureNonces } from '../../src/engine/connect-accounts.ts'
import { driveHedge } from '../../src/engine/drive-hedge.ts'
import { flattenAccounts } from '../../src/engine/flatten-accounts.ts'
import { recoverHedges, unfinishedHedges } from '../../src/engine/recover-hedges.ts'
import { sendBatch } from '../../src/engine/send-batch.ts'
import { isLiveState } from '../../src/hedge/ledger.ts'
import { closeAll, openAll } from '../episodes/world.ts'
import type { Bot } from '../episodes/world.ts'
import { keepScenes } from './keep-scenes.ts'
import type { Scene, SceneOptions } from './scenario.ts'
import { BTC, aim, countTurns, createScene } from './scenario.ts'

const keep = keepScenes()

function build(options: SceneOptions = {}): Scene {
  return keep(createScene(options))
}

async function run<T>(at: Scene, work: Promise<T>, limitMs = 120_000): Promise<T> {
  return at.world.clock.runUntil(work, limitMs)
}

/** Brings the links of a second process up, without opening anything. */
async function connect(at: Scene, bot: Bot): Promise<void> {
  await bot.engine.loadMarkets()
  await connectAccounts(bot.engine, at.indexes, 15_000)
  await connectMarket(bot.engine, BTC, 15_000)
}

describe('one leg fails while opening', () => {
  it('takes the other leg back when margin is refused', async () => {
    const at = build({
      faults: ([, second]) => [
        aim({ kind: 'reject', code: 21739 }, { accountIndex: second ?? 0, fromMs: 350 }),
      ],
    })
    const bot = at.world.startBot()
    const [hedge] = await run(at, openAll(at.world, bot))
    expect(hedge?.state).toBe('aborted')
    expect(hedge?.cause).toBe('not_enough_margin')
    expect(at.auditor.isFlat()).toBe(true)
    expect(at.auditor.findings).toEqual([])
    expect(at.auditor.longestNakedMs()).toBeLessThan(1500)
  })

  it.each(['lost-request', 'lost-answer'] as const)(
    'completes after a %s on the socket inside the naked limit',
    async (kind) => {
      const at = build({
        faults: ([, second]) => [
          aim({ kind }, { accountIndex: second ?? 0, endpoint: 'jsonapi/sendtx', maxTimes: 2 }),
        ],
      })
      const bot = at.world.startBot()
      const [hedge] = await run(at, openAll(at.world, bot))
      expect(hedge?.state).toBe(at.auditor.isFlat() ? 'aborted' : 'open')
      expect(at.auditor.isHedged()).toBe(true)
      expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
      expect(bot.journal.unsettledOrders()).toEqual([])
    },
  )

  it('ends the doubt of both transactions of one nonce as soon as it is known which executed', async () => {
    const at = build({
      faults: ([, second]) => [
        // The opening executes, its answer and its streams are late: it is displaced, and that comes too late.
        aim(
          { kind: 'lost-answer' },
          { accountIndex: second ?? 0, endpoint: 'jsonapi/sendtx', fromMs: 390, maxTimes: 1 },
        ),
        aim(
          { kind: 'delay-frames', minMs: 4000, maxMs: 4000 },
          { accountIndex: second ?? 0, fromMs: 412, untilMs: 3000 },
        ),
      ],
    })
    const bot = at.world.startBot()
    at.world.clock.setTimer(450, () => bot.abort.abort())
    await run(at, openAll(at.world, bot))
    const displacing = bot.journal
      .hedgesOfRun(bot.engine.runId)
      .flatMap((hedge) => bot.journal.ordersOfHedge(hedge.hedgeId))
      .filter((order) => order.purpose === 'displace')
    expect(displacing.map((order) => order.state)).toEqual(['displaced'])
    expect(at.auditor.isHedged()).toBe(true)
    expect(bot.journal.unsettledOrders()).toEqual([])
    expect(at.world.clock.monotonicMs()).toBeLessThan(8000)
  })
})

describe('an interrupted opening', () => {
  it('ends hedged or flat whenever the interruption comes', async () => {
    for (let atMs = 20; atMs <= 1400; atMs += 60) {
      const at = build({ seed: 40 })
      const bot = at.world.startBot()
      at.world.clock.setTimer(atMs, () => bot.abort.abort())
      await run(
        at,
        openAll(at.world, bot).catch(() => []),
      )
      await at.world.clock.advance(1000)
      expect({ atMs, isHedged: at.auditor.isHedged() }).toEqual({ atMs, isHedged: true })
      expect(at.auditor.findings).toEqual([])
      expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
      expect(bot.journal.unsettledOrders()).toEqual([])
      at.close()
    }
  })
})

describe('a market feed that falls silent', () => {
  it('does not keep a lopsided opening from being taken back', async () => {
    const at = build({
      faults: ([, second]) => [
        aim(
          { kind: 'delay-frames', minMs: 90_000, maxMs: 90_000 },
          { channel: 'market_stats', fromMs: 170 },
        ),
        aim(
          { kind: 'sequencer-refusal', code: 21739 },
          { accountIndex: second ?? 0, fromMs: 450, untilMs: 20_000 },
        ),
      ],
    })
    const bot = at.world.startBot()
    const [hedge] = await run(at, openAll(at.world, bot))
    expect(hedge?.state).toBe('aborted')
    expect(at.auditor.isFlat()).toBe(true)
    expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
  })
})

describe('two processes', () => {
  it('lets a close end a hedge that is ready while the same open still works on another', async () => {
    const at = build({
      accounts: 4,
      faults: ([, , , fourth]) =>
        ['sendTx', 'jsonapi/sendtx'].map((endpoint) =>
          aim({ kind: 'lost-request' }, { accountIndex: fourth ?? 0, endpoint, fromMs: 600 }),
        ),
    })
    const { world, auditor, indexes } = at
    const opener = world.startBot()
    const opening = openAll(world, opener)
    opening.catch(() => undefined)
    const closer = world.startBot({ command: 'close' })
    await run(at, connect(at, closer))
    while (!opener.journal.liveHedges().some((hedge) => hedge.state === 'open')) {
      await world.clock.advance(50)
    }
    await world.clock.advance(300)
    const [ready] = opener.journal.liveHedges().filter((hedge) => hedge.state === 'open')
    closer.journal.requestFlat(ready?.hedgeId ?? '', 'user')
    await world.clock.advance(1000)
    expect(opener.journal.hedge(ready?.hedgeId ?? '')?.state).toBe('closed')
    expect(indexes.slice(0, 2).map(auditor.positionTicks)).toEqual([0n, 0n])
    await run(at, opening)
    expect(auditor.isHedged()).toBe(true)
  })

  it('closes at once what another process is just opening', async () => {
    for (const atMs of [150, 250, 330, 420, 520, 700]) {
      const at = build({ seed: 60 })
      const { world, auditor } = at
      const opener = world.startBot()
      const opening = openAll(world, opener)
      opening.catch(() => undefined)
      await world.clock.advance(atMs)
      const closer = world.startBot({ command: 'close' })
      await run(at, closeAll(closer))
      await run(
        at,
        opening.catch(() => []),
      )
      const states = closer.journal.recentHedges(5).map((hedge) => hedge.state)
      expect(
        states.every((state) => !isLiveState(state)) || !auditor.isFlat(),
        `closed at ${atMs} ms: ${states.join()}`,
      ).toBe(true)
      expect(auditor.isHedged()).toBe(true)
      expect(auditor.findings).toEqual([])
      expect(auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
      at.close()
    }
  })

  it('sends nothing more once another process took over after a stall', async () => {
    const at = build({
      faults: ([, second]) => [
        aim({ kind: 'lost-request' }, { accountIndex: second ?? 0, fromMs: 400, untilMs: 4000 }),
      ],
    })
    const { world, auditor } = at
    const stalled = world.startBot()
    const opening = openAll(world, stalled)
    opening.catch(() => undefined)
    await world.clock.advance(900)
    const [hedge] = stalled.journal.liveHedges()
    // Its lease ran out while it did not run; the other one was there first.
    world.clock.jumpWall(6000)
    const other = world.startBot({ command: 'close' })
    expect(other.journal.claimHedge(hedge?.hedgeId ?? '')?.ownerId).toBe('bot-2')
    const before = other.journal.ordersOfRun(stalled.engine.runId)
    const sends = before.map((order) => order.sends)
    await run(at, opening)
    const after = other.journal.ordersOfRun(stalled.engine.runId)
    expect(after.map((order) => order.sends)).toEqual(sends)
    await run(at, closeAll(other))
    expect(auditor.isFlat()).toBe(true)
  })

  it('waits for a lane that another process holds, neither fighting nor spinning', async () => {
    const at = build({
      faults: ([first]) => [
        aim({ kind: 'lost-request' }, { accountIndex: first ?? 0, fromMs: 2000, untilMs: 3000 }),
      ],
    })
    const { world, auditor } = at
    const holder = world.startBot({ command: 'orders' })
    await run(at, connect(at, holder))
    await run(at, ensureNonces(holder.engine, holder.engine.accounts(), 'close'))
    await world.clock.advance(2100 - world.clock.monotonicMs())
    const [account] = holder.engine.accounts()
    if (account === undefined) throw new Error('a world has accounts')
    const [held] = sendBatch(holder.engine, {
      hedge: undefined,
      durability: 'normal',
      outgoing: [
        {
          lane: { ...account, account: account.name },
          market: holder.engine.market(BTC),
          purpose: 'displace',
          reason: 'never answered',
          priority: 'close',
          intent: () => 'displace',
        },
      ],
    })
    await world.clock.advance(1500)
    const opener = world.startBot()
    const turns = countTurns(opener)
    const opening = openAll(world, opener)
    await world.clock.advance(3000)
    expect(opener.journal.liveHedges().map((hedge) => hedge.state)).toEqual(['planned'])
    expect(opener.journal.order(held?.orderId ?? 0)?.sends).toBe(1)
    // Its process ends: the lane is taken over and settled, and the opening goes on.
    holder.close()
    const [hedge] = await run(at, opening)
    expect(hedge?.state).toBe('open')
    expect(auditor.isHedged()).toBe(true)
    expect(turns.turns()).toBeLessThan(1000)
    expect(opener.journal.unsettledOrders()).toEqual([])
  })
})

describe('what the exchange does to a leg', () => {
  it('closes the partner of a leg that was liquidated', async () => {
    const at = build()
    const { world, auditor, indexes } = at
    const bot = world.startBot()
    const [hedge] = await run(at, openAll(world, bot))
    const id = hedge?.hedgeId ?? ''
    expect(bot.journal.claimHedge(id)?.ownerId).toBe('bot-1')
    const driving = driveHedge(bot.engine, id, {
      isPlanner: false,
      mayStart: () => false,
      isDone: (now) => !isLiveState(now.state),
      giveUpAtMs: world.clock.now() + 60_000,
    })
    world.stage.core.drain(indexes[1] ?? 0, 999_000_000n, Math.trunc(world.clock.now()))
    const end = await run(at, driving)
    expect(end.hedge.state).toBe('closed')
    expect(auditor.isFlat()).toBe(true)
    expect(auditor.longestNakedMs()).toBeLessThan(3000)
  })

  it('protects a leg that was filled by several orders with stops for all of it', async () => {
    const at = build({ faults: () => [aim({ kind: 'thin-book', factor: 0.0002 })] })
    const { world, indexes } = at
    const bot = world.startBot()
    const [hedge] = await run(at, openAll(world, bot))
    expect(hedge?.state).toBe('open')
    const filled = bot.journal
      .ordersOfHedge(hedge?.hedgeId ?? '')
      .filter((order) => order.filledBase.gt(0))
    expect(filled.length).toBeGreaterThan(2)
    for (const index of indexes) {
      const stops = world.stage.core.activeOrders(index).filter((order) => order.reduceOnly)
      expect(stops.length).toBeGreaterThan(0)
      // Amount 0 follows the position, whatever orders made it.
      expect(stops.every((order) => order.isPositionTied)).toBe(true)
    }
  })
})

describe('another program with the same key', () => {
  it('stops openings, and closing goes on with the right nonce', async () => {
    const at = build({ accounts: 4 })
    const { world, auditor } = at
    const bot = world.startBot()
    await run(at, openAll(world, bot))
    bot.close()
    const stranger = world.startBot({ command: 'status' })
    await run(at, connect(at, stranger))
    const [first] = stranger.engine.accounts()
    if (first === undefined) throw new Error('a world has accounts')
    const link = stranger.engine.link(first.accountIndex)
    const nonce = await run(at, link.readNextNonce('close'))
    const foreign = link.signDisplacing(stranger.engine.market(BTC), nonce)
    const answer = await run(at, link.send(foreign, { priority: 'close', via: 'auto' }))
    expect(answer.outcome).toBe('accepted')
    const closer = world.startBot({ command: 'close' })
    const hedges = await run(at, closeAll(closer))
    expect(hedges.map((hedge) => hedge.state)).toEqual(['closed', 'closed'])
    expect(auditor.isFlat()).toBe(true)
    expect(closer.engine.openingStoppedBy()).toBe('foreign_nonce')
  })
})

describe('requests', () => {
  it('a quiet opening costs at most 5 units an account, and closing one', async () => {
    const at = build({ accounts: 6 })
    const bot = at.world.startBot()
    await run(at, openAll(at.world, bot))
    const units = [...bot.exchange.unitsSpent()].filter(([name]) => name !== 'market data')
    expect(units.length).toBe(6)
    expect(units.filter(([, spent]) => spent > 5)).toEqual([])
    bot.close()
    const closer = at.world.startBot({ command: 'close' })
    await run(at, closeAll(closer))
    expect([...closer.exchange.unitsSpent()].filter(([, spent]) => spent !== 1)).toEqual([])
  })

  it.each(['unreachable', 'lost-answer', 'maintenance'] as const)(
    'while everything is %s, the loop neither spins nor spends what closing needs',
    async (kind) => {
      const at = build({
        accounts: 4,
        faults: () => [aim({ kind }, { fromMs: 420, untilMs: 45_000 })],
      })
      const { world, auditor } = at
      const bot = world.startBot()
      const turns = countTurns(bot)
      const opening = openAll(world, bot)
      opening.catch(() => undefined)
      await world.clock.advance(41_000)
      const [first] = bot.engine.accounts()
      expect(bot.engine.link(first?.accountIndex ?? 0).unitsLeft('close')).toBeGreaterThanOrEqual(4)
      expect(turns.turns()).toBeLessThan(41 * 2 * 40)
      await world.clock.advance(60_000)
      const closer = world.startBot({ command: 'close' })
      await run(at, closeAll(closer))
      await run(
        at,
        opening.catch(() => []),
      )
      expect(auditor.isHedged()).toBe(true)
      expect(closer.journal.unsettledOrders()).toEqual([])
    },
  )
})

describe('flatten', () => {
  it('closes positions that the journal does not know, reduce-only', async () => {
    const at = build({ faults: () => [aim({ kind: 'lost-answer' }, { ratio: 0.3, fromMs: 3000 })] })
    const { world, auditor } = at
    const bot = world.startBot()
    const [hedge] = await run(at, openAll(world, bot))
    const claimed = bot.journal.claimHedge(hedge?.hedgeId ?? '')
    if (claimed === undefined) throw new Error('nobody else owns it')
    bot.journal.updateHedge(claimed, { state: 'closed' })
    auditor.expectOnlyReductions()
    const flattener = world.startBot({ command: 'close' })
    await run(at, connect(at, flattener))
    await run(at, ensureNonces(flattener.engine, flattener.engine.accounts(), 'close'))
    await world.clock.advance(Math.max(0, 3000 - world.clock.monotonicMs()))
    const results = await run(
      at,
      flattenAccounts(flattener.engine, flattener.engine.accounts(), {
        market: flattener.engine.market(BTC),
        giveUpAtMs: world.clock.now() + 60_000,
      }),
    )
    expect(results.map((each) => each.afterBase?.toString())).toEqual(['0', '0'])
    expect(auditor.isFlat()).toBe(true)
    expect(auditor.findings).toEqual([])
  })
})

describe('recovery', () => {
  it('never adds exposure for the planner that is gone', async () => {
    const at = build({ faults: () => [aim({ kind: 'thin-book', factor: 0.0005 })] })
    const { world, auditor } = at
    const first = world.startBot()
    const opening = openAll(world, first)
    opening.catch(() => undefined)
    while (first.journal.liveHedges().every((hedge) => hedge.attemptsUsed === 0)) {
      await world.clock.advance(20)
    }
    first.kill()
    await world.clock.advance(1000)
    auditor.expectOnlyReductions()
    const second = world.startBot()
    await run(at, connect(at, second))
    await run(
      at,
      recoverHedges(second.engine, unfinishedHedges(second.engine, new Set(at.indexes)), 15_000),
    )
    expect(auditor.findings).toEqual([])
    expect(auditor.isHedged()).toBe(true)
  })
})
