import { inspect } from 'node:util'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { carryOutStops } from '../../../src/engine/watch/carry-out-stops.ts'
import { keepRehearsed, rehearseStop } from '../../../src/engine/watch/rehearse-stop.ts'
import type { Hedge } from '../../../src/hedge/ledger.ts'
import type { StopVerdict } from '../../../src/hedge/stop-verdict.ts'
import type { AccountLink, JournalStage } from '../../../src/ports.ts'
import type { Bot, World } from '../../episodes/world.ts'
import { createWorld, openAll } from '../../episodes/world.ts'

let world: World
let bot: Bot
let hedge: Hedge
let stages: JournalStage[]

beforeEach(async () => {
  stages = []
  world = createWorld({ seed: 7 })
  bot = world.startBot({ command: 'watch' })
  const [opened] = await world.clock.runUntil(openAll(world, bot), 60_000)
  const claimed = bot.journal.claimHedge(opened?.hedgeId ?? '')
  if (claimed === undefined) throw new Error('the hedge is ours')
  hedge = claimed
})

afterEach(() => {
  for (const stage of stages) stage.close()
  world.close()
})

function rehearse({ engine, journal }: Bot = bot): number {
  const stage = journal.openStage()
  stages.push(stage)
  return rehearseStop(engine, stage, hedge.hedgeId)
}

const STOP: StopVerdict = {
  hedgeId: 'h1',
  closes: 'hedge',
  cause: 'stop_loss',
  legIndex: 0,
  valueUsd: undefined,
  limitUsd: undefined,
  reason: 'it lost enough',
}

/** Every row of the journal. */
function wholeJournal(): unknown {
  const database = new Database(world.journalFile, { readonly: true })
  const tables = database
    .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
  const rows = tables.map(({ name }) => [name, database.prepare(`SELECT * FROM "${name}"`).all()])
  database.close()
  return rows
}

/** What the process remembers, as text. */
function memoryOf({ engine }: Bot): string {
  return inspect({ ...engine.memory, pulse: undefined }, { depth: 8 })
}

function positions(): readonly (bigint | undefined)[] {
  return world.accounts.map(
    ({ accountIndex }) => world.stage.core.account(accountIndex)?.positions.get(1)?.sizeTicks,
  )
}

describe('a rehearsed stop', () => {
  it('has both closing orders ready, and leaves the journal as it was', () => {
    const before = wholeJournal()
    expect(rehearse()).toBe(2)
    expect(wholeJournal()).toEqual(before)
  })

  it('sends nothing, spends nothing, remembers nothing and says nothing', async () => {
    const unitsBefore = new Map(bot.exchange.unitsSpent())
    const memoryBefore = memoryOf(bot)
    const heldBefore = positions()
    for (let at = 0; at < 5; at += 1) rehearse()
    await world.clock.advance(2_000)
    expect(positions()).toEqual(heldBefore)
    expect(bot.exchange.unitsSpent()).toEqual(unitsBefore)
    expect(memoryOf(bot)).toBe(memoryBefore)
    expect(bot.complaints).toEqual([])
    expect(bot.engine.isOpeningStopped()).toBe(false)
  })

  it('does not stand in the way of the real one', async () => {
    for (let at = 0; at < 5; at += 1) rehearse()
    carryOutStops(bot.engine, {
      verdicts: [STOP],
      hedges: [],
      remember: () => undefined,
      onUndone: () => undefined,
    })
    rehearse()
    await world.clock.advance(2_000)
    expect(positions().map((ticks) => ticks ?? 0n)).toEqual([0n, 0n])
    expect(bot.journal.hedge(hedge.hedgeId)?.cause).toBe('stop_loss')
  })

  it('waits for nobody who writes, and keeps nobody from writing', () => {
    const other = world.startBot({ command: 'close' })
    other.journal.transaction('normal', () => {
      other.journal.setPaused(true)
      expect(rehearse()).toBe(2)
    })
    let commits = 0
    const { engine } = bot
    const writing = (accountIndex: number): AccountLink => {
      const link = engine.link(accountIndex)
      return {
        ...link,
        // In the middle of the rehearsed turn.
        sign: (intent, nonce) => {
          other.journal.setPaused(false)
          commits += 1
          return link.sign(intent, nonce)
        },
      }
    }
    expect(rehearse({ ...bot, engine: { ...engine, link: writing } })).toBe(2)
    expect(commits).toBe(2)
  })

  it('does nothing for a hedge of another process', () => {
    const other = world.startBot({ command: 'watch' })
    expect(rehearse(other)).toBe(0)
  })

  it('is repeated while the watch lives, and only then', async () => {
    let count = 0
    const sign = bot.engine.link(hedge.legs[0]?.accountIndex ?? 0).sign
    const engine = {
      ...bot.engine,
      link: (accountIndex: number) => ({
        ...bot.engine.link(accountIndex),
        sign: (...args: Parameters<typeof sign>) => {
          count += 1
          return bot.engine.link(accountIndex).sign(...args)
        },
      }),
    }
    const stop = keepRehearsed(engine, () => bot.journal.liveHedges())
    await world.clock.advance(2_500)
    const early = count
    expect(early).toBeGreaterThan(20)
    stop()
    await world.clock.advance(2_500)
    expect(count).toBe(early)
  })
})
