/** A watch beside open, close and other watches: who owns, who acts, and that nothing is done twice. */
import { describe, expect, it } from 'vitest'
import { startWatch } from '../../../src/engine/watch/watch.ts'
import { closeAll, openAll } from '../../episodes/world.ts'
import { aim } from '../scenario.ts'
import {
  SAFE_END,
  STANDING,
  closingOrders,
  endOf,
  moveUsd,
  openAndWatch,
  run,
  standingOf,
  timeUntilFlat,
  watchOptions,
  watchScene,
} from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'

const build = watchScenes()

describe('a stop while another process opens', () => {
  it.each([300, 380, 450, 600, 900, 1500, 2500])(
    'at %d ms is carried out by the owner, which has the hedge',
    async (atMs) => {
      const at = build({
        accounts: 4,
        exchangeStops: false,
        // The opening takes its time.
        faults: () => [aim({ kind: 'thin-book', factor: 0.0004 }, { fromMs: 1500 })],
      })
      const { world, auditor } = at
      const { bot } = await watchScene(at)
      const startMs = world.clock.monotonicMs()
      const opener = world.startBot()
      const opening = openAll(world, opener)
      opening.catch(() => undefined)
      await world.clock.advance(atMs)
      moveUsd(at, -900)
      await run(
        at,
        opening.catch(() => []),
      )
      opener.close()
      await world.clock.advance(90_000 - (world.clock.monotonicMs() - startMs))
      // What came in at the new price stands; what lost too much is closed; nothing is naked.
      expect(auditor.isHedged()).toBe(true)
      expect(auditor.findings).toEqual([])
      expect(auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
      expect(bot.journal.unsettledOrders()).toEqual([])
      for (const hedge of bot.journal.recentHedges(10)) {
        const isFlat = hedge.legs.every(
          ({ accountIndex }) => auditor.positionTicks(accountIndex) === 0n,
        )
        expect(`${hedge.state} ${String(isFlat)}`).toMatch(/^(open false|(closed|aborted) true)$/)
      }
    },
  )

  it('in the same process is carried out beside the opening', async () => {
    for (const atMs of [300, 420, 700, 1500]) {
      const at = build({ accounts: 4, exchangeStops: false })
      const { world, auditor } = at
      const { bot, watch } = await watchScene(at)
      const opening = openAll(world, bot)
      opening.catch(() => undefined)
      await world.clock.advance(atMs)
      moveUsd(at, -900)
      await run(
        at,
        opening.catch(() => []),
      )
      await world.clock.advance(10_000)
      expect(auditor.isHedged()).toBe(true)
      expect(auditor.findings).toEqual([])
      expect(auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
      expect(bot.journal.unsettledOrders()).toEqual([])
      // What the opening left open is watched now by the same process.
      for (const hedge of watch.hedges().filter(({ state }) => state === 'open')) {
        expect(hedge.ownerId).toBe(bot.journal.ownerId)
      }
      at.close()
    }
  })
})

describe('a watch that opens beside itself', () => {
  it('takes over at once and stops what it opened', async () => {
    const at = build({ accounts: 4 })
    const { bot, watch } = await watchScene(at)
    await run(at, openAll(at.world, bot))
    await at.world.clock.advance(500)
    expect(watch.hedges().map(({ state, ownerId }) => [state, ownerId])).toEqual([
      ['open', bot.journal.ownerId],
      ['open', bot.journal.ownerId],
    ])
    at.auditor.expectOnlyReductions()
    moveUsd(at, 550)
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
    await at.world.clock.advance(1000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
  })
})

describe('close beside a watch', () => {
  it('is done by its warm sockets within half a second', async () => {
    const at = build({ accounts: 4 })
    const { bot } = await openAndWatch(at)
    const closer = at.world.startBot({ command: 'close' })
    await run(at, closer.engine.loadMarkets())
    const { clock } = at.world
    closer.journal.requestFlat('h1', 'user')
    closer.journal.requestFlat('h2', 'user')
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(520)
    await clock.advance(1000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(bot.journal.ordersOfRun(closer.engine.runId)).toEqual([])
    expect(at.auditor.longestNakedMs()).toBeLessThan(100)
  })

  it('and a stop may ask for flat at the same time: every leg is closed once', async () => {
    for (const leadMs of [-60, -20, 0, 10, 40, 80, 150, 400]) {
      const at = build({ accounts: 4, exchangeStops: false })
      const { clock } = at.world
      const { bot } = await openAndWatch(at)
      const closer = at.world.startBot({ command: 'close' })
      const stop = (): void => moveUsd(at, -550)
      if (leadMs < 0) {
        stop()
        await clock.advance(-leadMs)
      } else clock.setTimer(leadMs, stop)
      await run(at, closeAll(closer))
      await clock.advance(1000)
      expect(endOf(at, bot)).toEqual(SAFE_END)
      expect(at.auditor.longestNakedMs()).toBeLessThan(500)
      const filled = ['h1', 'h2'].flatMap((hedgeId) =>
        closingOrders(bot, hedgeId).filter((order) => order.filledBase.gt(0)),
      )
      expect(filled.map(({ account }) => account).toSorted()).toEqual([
        'account_1',
        'account_2',
        'account_3',
        'account_4',
      ])
      at.close()
    }
  })
})

describe('a second watch over the same accounts', () => {
  it('is refused while the first lives, and starts when it was killed', async () => {
    const at = build()
    const { bot } = await openAndWatch(at)
    const second = at.world.startBot({ command: 'watch' })
    await expect(run(at, startWatch(second.engine, watchOptions()))).rejects.toMatchObject({
      kind: 'busy',
      code: 'watch_running',
      exit: 6,
    })
    bot.kill()
    const third = await watchScene(at)
    expect(standingOf(at, third.bot)).toEqual(STANDING)
    moveUsd(at, -550)
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
    await at.world.clock.advance(1000)
    expect(endOf(at, third.bot)).toEqual(SAFE_END)
  })

  it('starts after the first has ended by itself', async () => {
    const at = build()
    const first = await openAndWatch(at)
    first.watch.quit()
    await run(at, first.ended)
    first.bot.close()
    const second = await watchScene(at)
    expect(standingOf(at, second.bot)).toEqual(STANDING)
  })
})

describe('the stops of the exchange beside a watch', () => {
  it('that fired while it was off: it finds both legs flat and sends nothing that adds', async () => {
    const at = build()
    const { bot: first } = await openAndWatch(at)
    first.kill()
    moveUsd(at, -700)
    await at.world.clock.advance(3000)
    expect(at.auditor.isFlat()).toBe(true)
    const { bot } = await watchScene(at)
    await at.world.clock.advance(5000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(closingOrders(bot, 'h1')).toEqual([])
  })

  it('of which only one fired while it was off: it closes the other leg', async () => {
    const at = build()
    const { bot: first } = await openAndWatch(at)
    first.kill()
    const { core } = at.world.stage
    // The short's own order is gone, as after a cancellation by hand.
    const [order] = core.activeOrders(at.indexes[1] ?? 0)
    expect(order).toBeDefined()
    core.drain(at.indexes[1] ?? 0, 930_000_000n, Math.trunc(at.world.clock.now()))
    moveUsd(at, -450)
    await at.world.clock.advance(1000)
    const { bot } = await watchScene(at)
    await at.world.clock.advance(5000)
    expect(at.auditor.isHedged()).toBe(true)
    expect(at.auditor.findings).toEqual([])
    expect(bot.journal.unsettledOrders()).toEqual([])
  })

  it('and its own in the same frame close every leg once', async () => {
    const at = build({ accounts: 4 })
    const { bot } = await openAndWatch(at)
    moveUsd(at, -650)
    expect(await timeUntilFlat(at)).toBeLessThanOrEqual(500)
    await at.world.clock.advance(3000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(at.auditor.longestNakedMs()).toBeLessThan(500)
  })

  it('stay where they are while nothing happens', async () => {
    const at = build({ faults: () => [aim({ kind: 'delay', minMs: 5, maxMs: 40 })] })
    await openAndWatch(at)
    const orders = at.indexes.map((index) => at.world.stage.core.activeOrders(index).length)
    expect(orders).toEqual([2, 2])
    await at.world.clock.advance(120_000)
    expect(at.indexes.map((index) => at.world.stage.core.activeOrders(index).length)).toEqual(
      orders,
    )
  })
})
