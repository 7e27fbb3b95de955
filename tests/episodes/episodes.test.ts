import { describe, expect, it } from 'vitest'
import type { Fault, FaultEffect } from '../../src/sim/faults/fault-plan.ts'
import { EVERYWHERE } from '../../src/sim/faults/fault-plan.ts'
import { createSeededRng } from '../../src/sim/market/seeded-rng.ts'
import { createAuditor } from './auditor.ts'
import type { Bot, World, WorldOptions } from './world.ts'
import { closeAll, createWorld, openAll } from './world.ts'

const BTC = 1
const LEG_TICKS = 1000n

/** `max_naked_ms`: the bound that the owner was promised. */
const NAKED_MAX_MS = 3000

/** Faults end here: then everything must settle. */
const CALM_AFTER_MS = 40_000

interface EpisodeEnd {
  readonly findings: readonly string[]
  readonly longestNakedMs: number
  readonly isFlat: boolean
  readonly wasHedged: boolean
  readonly opened: number
  readonly unsettled: number
  readonly live: number
  readonly complaints: readonly string[]
}

interface Episode extends WorldOptions {
  /** Kills the first process after so many commits. */
  readonly dieAfter?: number
}

/**
 * Open under faults (perhaps killed on the way), open again with a second process, then close. Faults stop after a
 * while; at the end everything must be settled, flat and equal in journal and exchange.
 */
async function runEpisode(episode: Episode): Promise<EpisodeEnd> {
  const world = createWorld(episode)
  const accounts = world.accounts.map((account) => account.accountIndex)
  const hedges = accounts.flatMap((account, at) =>
    at % 2 === 0 ? [[account, accounts[at + 1] ?? account]] : [],
  )
  const auditor = createAuditor({
    clock: world.clock,
    core: world.stage.core,
    marketIndex: BTC,
    hedges,
    legTicksMax: LEG_TICKS,
  })
  try {
    const first = world.startBot()
    if (episode.dieAfter !== undefined) first.dieAfter(episode.dieAfter)
    await attempt(world, first, () => openAll(world, first))
    first.close()
    const second = world.startBot()
    await attempt(world, second, () => openAll(world, second))
    const wasHedged = auditor.isHedged()
    const opened = second.journal.liveHedges().filter((hedge) => hedge.state === 'open').length
    auditor.expectOnlyReductions()
    await world.clock.advance(Math.max(0, CALM_AFTER_MS - world.clock.monotonicMs()))
    const third = world.startBot({ command: 'close' })
    await attempt(world, third, () => closeAll(third))
    await world.clock.advance(5000)
    return {
      findings: auditor.findings,
      longestNakedMs: auditor.longestNakedMs(),
      isFlat: auditor.isFlat(),
      wasHedged,
      opened,
      unsettled: third.journal.unsettledOrders().length,
      live: third.journal.liveHedges().length,
      complaints: [...first.complaints, ...second.complaints, ...third.complaints],
    }
  } finally {
    auditor.stop()
    world.close()
  }
}

/** A command may fail under faults; what it leaves behind is what counts. A dead process never returns. */
async function attempt(world: World, bot: Bot, work: () => Promise<unknown>): Promise<void> {
  const done = work().then(
    () => undefined,
    (error: unknown) => {
      bot.complaints.push(String(error))
    },
  )
  const dead = (async () => {
    while (!bot.isDead()) await world.clock.sleep(50)
  })()
  await world.clock.runUntil(Promise.race([done, dead]), 600_000)
}

function expectSafe(end: EpisodeEnd, nakedMaxMs: number): void {
  if (process.env['EPISODE_TRACE'] !== undefined)
    process.stderr.write(
      `naked ${end.longestNakedMs} opened ${end.opened} ${end.complaints.join(' | ')}\n`,
    )
  expect({ ...end, complaints: undefined, longestNakedMs: 0, opened: 0 }).toEqual({
    findings: [],
    longestNakedMs: 0,
    opened: 0,
    isFlat: true,
    wasHedged: true,
    unsettled: 0,
    live: 0,
    complaints: undefined,
  })
  expect(end.longestNakedMs).toBeLessThanOrEqual(nakedMaxMs)
}

function fault(effect: FaultEffect, scope: Partial<Fault['scope']> = {}): Fault {
  return { effect, scope: { ...EVERYWHERE, untilMs: CALM_AFTER_MS, ...scope } }
}

/** What may go wrong in a swarm run; each seed switches most of it off. */
const MENU: readonly ((ratio: number) => Fault)[] = [
  (ratio) => fault({ kind: 'lost-request' }, { ratio }),
  (ratio) => fault({ kind: 'lost-answer' }, { ratio }),
  (ratio) => fault({ kind: 'cut-answer' }, { ratio }),
  (ratio) => fault({ kind: 'delay', minMs: 50, maxMs: 900 }, { ratio }),
  (ratio) => fault({ kind: 'delay-frames', minMs: 50, maxMs: 1200 }, { ratio }),
  (ratio) => fault({ kind: 'duplicate-frames' }, { ratio }),
  (ratio) => fault({ kind: 'reject', code: 21739 }, { ratio, endpoint: 'jsonapi/sendtx' }),
  (ratio) => fault({ kind: 'sequencer-refusal', code: 21739 }, { ratio }),
  () => fault({ kind: 'thin-book', factor: 0.0005 }),
  (ratio) => fault({ kind: 'http', answer: '503' }, { ratio }),
  (ratio) => fault({ kind: 'http-after', answer: '500' }, { ratio }),
  (ratio) => fault({ kind: 'drop' }, { ratio: ratio / 5 }),
]

function drawFaults(seed: number): Fault[] {
  const rng = createSeededRng(seed * 7919)
  const faults = MENU.filter(() => rng.nextFloat() < 0.25).map((make) =>
    make(0.05 + 0.3 * rng.nextFloat()),
  )
  return faults
}

describe('episodes: faults from a seed', () => {
  for (let seed = 1; seed <= 24; seed += 1) {
    const faults = drawFaults(seed)
    const names = faults.map((each) => each.effect.kind).join(', ')
    it(`seed ${seed} settles safely (${names || 'no fault'})`, async () => {
      expectSafe(await runEpisode({ seed, accounts: 4, faults }), NAKED_MAX_MS)
    })
  }
})

describe('episodes: killed right after a commit', () => {
  for (let commits = 1; commits <= 16; commits += 1) {
    it(`after commit ${commits} the next process finds its way`, async () => {
      expectSafe(await runEpisode({ seed: 100 + commits, dieAfter: commits }), NAKED_MAX_MS)
    })
  }
})
