/** Closing on the simulator's live market while one side of its book is empty or thin. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Hedge, LedgerOrder } from '../../src/hedge/ledger.ts'
import type { BookWeather, MarketScene } from '../../src/sim/market/market-scene.ts'
import { FAIR_WEATHER } from '../../src/sim/market/market-scene.ts'
import { createScene as createMarketScene } from '../../src/sim/market/scenarios.ts'
import type { StageOptions } from '../../src/sim/stage/stage.ts'
import type { Scene } from '../engine/scenario.ts'
import { createScene } from '../engine/scenario.ts'
import type { Bot } from './world.ts'
import { closeAll, openAll } from './world.ts'

type SceneOf = NonNullable<StageOptions['sceneOf']>

let scene: Scene | undefined

afterEach(() => {
  scene?.close()
  scene = undefined
})

interface Round {
  readonly at: Scene
  readonly bot: Bot
  readonly hedges: readonly Hedge[]
  readonly states: readonly string[]
  readonly closingMs: number
  /** Naked for so long at a time while closing. */
  readonly nakedMs: number
  /** What all accounts together won; fees are zero. */
  readonly pnlUsd: number
  /** Orders that took from positions, in the order of their preparation. */
  readonly closes: readonly LedgerOrder[]
}

interface RoundOptions {
  readonly sceneOf: SceneOf
  readonly accounts: number
  /** On the world's clock. */
  readonly openAtMs: number
  readonly closeAtMs: number
  readonly mayHoldBack?: boolean
  readonly giveUpAfterMs?: number
}

/** Opens, waits, closes; nothing but the market is in the way. */
async function playRound(options: RoundOptions): Promise<Round> {
  const { sceneOf, accounts, openAtMs, closeAtMs, ...closing } = options
  const at = createScene({ seed: 1, accounts, owners: accounts, stage: { sceneOf } })
  scene = at
  const { clock } = at.world
  const before = worthUsd(at)
  await clock.advance(openAtMs)
  const bot = at.world.startBot()
  const opened = await clock.runUntil(openAll(at.world, bot), 20_000)
  expect(opened.every((hedge) => hedge.state === 'open')).toBe(true)
  const openingNakedMs = at.auditor.longestNakedMs()
  await clock.advance(closeAtMs - clock.monotonicMs())
  at.auditor.expectOnlyReductions()
  const startedMs = clock.monotonicMs()
  const hedges = await clock.runUntil(closeAll(bot, closing), 300_000)
  const longestMs = at.auditor.longestNakedMs()
  return {
    at,
    bot,
    hedges,
    states: hedges.map((hedge) => hedge.state),
    closingMs: clock.monotonicMs() - startedMs,
    nakedMs: longestMs > openingNakedMs ? longestMs : 0,
    pnlUsd: worthUsd(at) - before,
    closes: hedges
      .flatMap((hedge) => bot.journal.ordersOfHedge(hedge.hedgeId))
      .filter((order) => order.purpose === 'close'),
  }
}

function worthUsd({ indexes, world }: Scene): number {
  const collaterals = indexes.map((index) => world.stage.core.account(index)?.collateralE12 ?? 0n)
  return Number(collaterals.reduce((sum, each) => sum + each, 0n) / 10n ** 6n) / 1e6
}

/** A quiet market whose bids are another matter. */
function calmBut(weather: (elapsedMs: number) => Partial<BookWeather>): SceneOf {
  return (start): MarketScene => ({
    ...createMarketScene('calm', start),
    weather: (elapsedMs) => ({ ...FAIR_WEATHER, ...weather(elapsedMs) }),
  })
}

function messagesOf(bot: Bot): readonly string[] {
  return bot.complaints.filter((line) => line.includes('waiting for') && !line.includes('{'))
}

describe('closing in a crash without bids', () => {
  const crash = {
    sceneOf: (start) => createMarketScene('crash', start),
    accounts: 4,
    openAtMs: 55_000,
    closeAtMs: 63_000,
  } satisfies RoundOptions

  it('waits with both legs on, then closes both: never naked', async () => {
    const round = await playRound(crash)
    expect(round.states).toEqual(['closed', 'closed'])
    expect(round.nakedMs).toBeLessThan(50)
    expect(round.pnlUsd).toBeGreaterThan(-10)
    expect(round.closingMs).toBeLessThan(45_000)
    expect(round.at.auditor.findings).toEqual([])
    expect(messagesOf(round.bot)).toEqual([
      expect.stringContaining('h1 account_1+account_2: waiting for bids'),
      expect.stringContaining('h2 account_3+account_4: waiting for bids'),
    ])
  })

  it.each([61_000, 62_300])(
    'judges bids that are still there but falling, %i ms after the start: no leg is left behind',
    async (closeAtMs) => {
      const round = await playRound({ ...crash, closeAtMs })
      expect(round.states).toEqual(['closed', 'closed'])
      expect(round.nakedMs).toBeLessThan(50)
      expect(round.pnlUsd).toBeGreaterThan(-10)
    },
  )

  it('without looking at the book the short legs go at once, and the long ones stand alone', async () => {
    const round = await playRound({ ...crash, mayHoldBack: false })
    expect(round.states).toEqual(['closed', 'closed'])
    expect(round.nakedMs).toBeGreaterThan(10_000)
    expect(round.pnlUsd).toBeLessThan(-30)
  })
})

describe('closing in a quiet market whose bids are gone', () => {
  const gone = (fromMs: number, untilMs: number) =>
    calmBut((ms) => ({ bidDepth: ms >= fromMs && ms < untilMs ? 0 : 1 }))

  it('goes out within a second of their return, both legs in one instant', async () => {
    const round = await playRound({
      sceneOf: gone(10_000, 20_000),
      accounts: 2,
      openAtMs: 5000,
      closeAtMs: 15_000,
    })
    expect(round.states).toEqual(['closed'])
    expect(round.closingMs).toBeGreaterThan(4500)
    expect(round.closingMs).toBeLessThan(7500)
    expect(round.nakedMs).toBeLessThan(50)
    expect(new Set(round.closes.map((order) => order.preparedAtMs)).size).toBe(1)
    expect(round.closes).toHaveLength(2)
  })

  it('gives up at its time limit with the hedge whole, and the next close finds it', async () => {
    const round = await playRound({
      sceneOf: gone(10_000, 77_000),
      accounts: 2,
      openAtMs: 5000,
      closeAtMs: 15_000,
      giveUpAfterMs: 20_000,
    })
    expect(round.states).toEqual(['closing'])
    expect(round.nakedMs).toBe(0)
    expect(round.closes).toEqual([])
    expect(round.at.auditor.isFlat()).toBe(false)
    const { clock } = round.at.world
    const again = await clock.runUntil(closeAll(round.bot), 200_000)
    expect(again.map((hedge) => hedge.state)).toEqual(['closed'])
    expect(round.at.auditor.longestNakedMs()).toBeLessThan(50)
    expect(round.at.auditor.isFlat()).toBe(true)
    // After its patience it asked the exchange itself: the long leg alone, which nobody took.
    const closes = round.bot.journal
      .ordersOfHedge('h1')
      .filter(({ purpose }) => purpose === 'close')
    const tried = closes.filter((order) => order.filledBase.isZero())
    expect(tried.length).toBeGreaterThan(0)
    expect(new Set(tried.map((order) => order.account))).toEqual(new Set(['account_1']))
  })
})

describe('closing several hedges into thin bids', () => {
  const thin = {
    sceneOf: calmBut((ms) => ({ bidDepth: ms < 10_000 ? 1 : 0.0001 })),
    accounts: 6,
    openAtMs: 5000,
    closeAtMs: 15_000,
  } satisfies RoundOptions

  it('shares what there is: no hedge counts on what another has just sent', async () => {
    const round = await playRound(thin)
    expect(round.states).toEqual(['closed', 'closed', 'closed'])
    // What was shown may be gone when the orders arrive: then the difference is taken back at once.
    expect(round.nakedMs).toBeLessThan(500)
    const firstAtMs = Math.min(...round.closes.map((order) => order.preparedAtMs))
    const first = round.closes.filter((order) => order.preparedAtMs === firstAtMs)
    const sizeOf = (side: string) =>
      first
        .filter((order) => order.side === side)
        .reduce((sum, order) => sum + (order.baseSize?.toNumber() ?? 0), 0)
    expect(sizeOf('sell')).toBe(sizeOf('buy'))
    expect(sizeOf('sell')).toBeLessThan(0.02)
    expect(round.pnlUsd).toBeGreaterThan(-5)
  })

  it('without looking at the book every hedge is naked for longer', async () => {
    const round = await playRound({ ...thin, mayHoldBack: false })
    expect(round.nakedMs).toBeGreaterThan(900)
    expect(round.pnlUsd).toBeLessThan(-10)
  })
})
