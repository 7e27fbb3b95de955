/**
 * One episode: open under faults (perhaps killed on the way), open again with a second process, close with a third
 * (perhaps killed too), and a fourth that finds what is left. Faults end after a while; then everything must be
 * settled, flat and equal in journal and exchange.
 */
import type { Fault, FaultEffect } from '../../src/sim/faults/fault-plan.ts'
import { EVERYWHERE } from '../../src/sim/faults/fault-plan.ts'
import { createSeededRng } from '../../src/sim/market/seeded-rng.ts'
import { createAuditor } from './auditor.ts'
import type { Bot, World, WorldOptions } from './world.ts'
import { closeAll, createWorld, openAll } from './world.ts'

const BTC = 1
const LEG_TICKS = 1000n

/** Faults end here: then everything must settle. */
export const CALM_AFTER_MS = 40_000

/** What one process suffers beside the faults of the exchange. */
export interface Fate {
  /** Killed right after so many commits. */
  readonly dieAfter?: number
  /** Killed so long after its start. */
  readonly dieAtMs?: number
  /** Its network is down from this time after its start, for so long. */
  readonly downAtMs?: number
  readonly downForMs?: number
  /** Ctrl-C so long after its start. */
  readonly abortAtMs?: number
}

export interface Episode extends WorldOptions {
  /** Is shown the world before anything happens. */
  readonly prepare?: (world: World) => void
  /** Is shown the world at its end, before it is gone. */
  readonly inspect?: (world: World, bots: readonly Bot[]) => void
  readonly opening?: Fate
  readonly reopening?: Fate
  readonly closing?: Fate
}

export interface EpisodeEnd {
  readonly findings: readonly string[]
  readonly longestNakedMs: number
  readonly isFlat: boolean
  readonly wasHedged: boolean
  readonly opened: number
  readonly unsettled: number
  readonly live: number
  /** Requests counted in the fullest minute of any owner, by the client's own ledger. */
  readonly unitsMax: number
  readonly complaints: readonly string[]
}

/** Runs an episode to its end. */
export async function runEpisode(episode: Episode): Promise<EpisodeEnd> {
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
  episode.prepare?.(world)
  const bots: Bot[] = []
  const run = async (fate: Fate, command: string, work: (bot: Bot) => Promise<unknown>) => {
    const bot = world.startBot({ command })
    bots.push(bot)
    await attempt(world, { bot, fate, work: () => work(bot) })
    if (bot.isDead()) bot.close()
    return bot
  }
  try {
    const first = await run(episode.opening ?? {}, 'open', (bot) => openAll(world, bot))
    first.close()
    const second = await run(episode.reopening ?? {}, 'open', (bot) => openAll(world, bot))
    const wasHedged = auditor.isHedged() || second.isDead()
    const opened = second.isDead()
      ? 0
      : second.journal.liveHedges().filter((hedge) => hedge.state === 'open').length
    second.close()
    // What a dead process has sent last may still execute.
    if (second.isDead()) await world.clock.advance(1500)
    auditor.expectOnlyReductions()
    if (episode.closing !== undefined) {
      const closer = await run(episode.closing, 'close', closeAll)
      if (closer.isDead()) await run({}, 'close', closeAll)
    }
    await world.clock.advance(Math.max(0, CALM_AFTER_MS - world.clock.monotonicMs()))
    const last = await run({}, 'close', closeAll)
    await world.clock.advance(5000)
    episode.inspect?.(world, bots)
    return {
      findings: auditor.findings,
      longestNakedMs: auditor.longestNakedMs(),
      isFlat: auditor.isFlat(),
      wasHedged,
      opened,
      unsettled: last.journal.unsettledOrders().length,
      live: last.journal.liveHedges().length,
      unitsMax: Math.max(...bots.flatMap((bot) => [...bot.exchange.unitsSpent().values()])),
      complaints: bots.flatMap((bot) => bot.complaints),
    }
  } finally {
    auditor.stop()
    world.close()
  }
}

interface Attempt {
  readonly bot: Bot
  readonly fate: Fate
  readonly work: () => Promise<unknown>
}

/** A command may fail under faults; what it leaves behind is what counts. A dead process never returns. */
async function attempt(world: World, { bot, fate, work }: Attempt): Promise<void> {
  const { clock } = world
  const { dieAfter, dieAtMs, downAtMs, downForMs = 0, abortAtMs } = fate
  if (dieAfter !== undefined) bot.dieAfter(dieAfter)
  const timers = [
    ...(dieAtMs === undefined ? [] : [clock.setTimer(dieAtMs, () => bot.kill())]),
    ...(abortAtMs === undefined ? [] : [clock.setTimer(abortAtMs, () => bot.abort.abort())]),
    ...(downAtMs === undefined
      ? []
      : [
          clock.setTimer(downAtMs, () => bot.transport.setDown(true)),
          clock.setTimer(downAtMs + downForMs, () => bot.transport.setDown(bot.isDead())),
        ]),
  ]
  const end = { isDone: false }
  const done = work()
    .catch((error: unknown) => {
      bot.complaints.push(String(error))
    })
    .finally(() => {
      end.isDone = true
    })
  const dead = (async () => {
    while (!bot.isDead() && !end.isDone) await clock.sleep(50)
  })()
  await clock.runUntil(Promise.race([done, dead]), 600_000)
  for (const cancel of timers) cancel()
  if (!bot.isDead()) bot.transport.setDown(false)
}

/** A fault that ends with all others. */
function fault(effect: FaultEffect, scope: Partial<Fault['scope']> = {}): Fault {
  return { effect, scope: { ...EVERYWHERE, untilMs: CALM_AFTER_MS, ...scope } }
}

type Draw = (rng: { nextFloat(): number }) => Fault

/** What may go wrong in a swarm run while `max_naked_ms` is still to be kept; each seed switches most of it off. */
const MENU: readonly ((ratio: number) => Fault)[] = [
  (ratio) => fault({ kind: 'lost-request' }, { ratio }),
  (ratio) => fault({ kind: 'lost-answer' }, { ratio }),
  (ratio) => fault({ kind: 'cut-answer' }, { ratio }),
  (ratio) => fault({ kind: 'delay', minMs: 50, maxMs: 900 }, { ratio }),
  (ratio) => fault({ kind: 'delay-frames', minMs: 50, maxMs: 1200 }, { ratio }),
  (ratio) => fault({ kind: 'duplicate-frames' }, { ratio }),
  (ratio) => fault({ kind: 'reject', code: 21739 }, { ratio }),
  (ratio) => fault({ kind: 'sequencer-refusal', code: 21739 }, { ratio }),
  () => fault({ kind: 'thin-book', factor: 0.0005 }),
  (ratio) => fault({ kind: 'http', answer: '503' }, { ratio }),
  (ratio) => fault({ kind: 'http-after', answer: '500' }, { ratio }),
  (ratio) => fault({ kind: 'drop' }, { ratio: ratio / 5 }),
]

/** Faults of a seed. */
export function drawFaults(seed: number): Fault[] {
  const rng = createSeededRng(seed * 7919)
  return MENU.filter(() => rng.nextFloat() < 0.25).map((make) => make(0.05 + 0.3 * rng.nextFloat()))
}

/** Worse weather: whole ways to the exchange fail for seconds, so that no bound on naked time can be promised. */
const STORMS: readonly Draw[] = [
  (rng) => fault({ kind: 'half-open' }, window(rng, 0.5)),
  (rng) => fault({ kind: 'silent' }, window(rng, 0.5)),
  (rng) => fault({ kind: 'restricted' }, { ...window(rng, 0.2), maxTimes: 3 }),
  (rng) => fault({ kind: 'maintenance' }, window(rng, 1)),
  (rng) => fault({ kind: 'unreachable' }, window(rng, 0.4)),
  (rng) => fault({ kind: 'cut-request' }, window(rng, 0.5)),
  (rng) => fault({ kind: 'http', answer: '429' }, window(rng, 0.7)),
  (rng) => fault({ kind: 'http', answer: 'html' }, window(rng, 0.7)),
  (rng) => fault({ kind: 'http', answer: '403' }, window(rng, 0.7)),
  (rng) => fault({ kind: 'http-after', answer: 'garbage' }, window(rng, 0.7)),
  (rng) => fault({ kind: 'clock-skew', skewMs: Math.round(8000 * (rng.nextFloat() - 0.5)) }),
  (rng) => fault({ kind: 'delay', minMs: 500, maxMs: 8000 }, window(rng, 0.3)),
  (rng) => fault({ kind: 'delay-frames', minMs: 500, maxMs: 8000 }, window(rng, 0.3)),
  (rng) => fault({ kind: 'lost-answer' }, window(rng, 0.9)),
  (rng) => fault({ kind: 'drop' }, window(rng, 0.5)),
]

function window(rng: { nextFloat(): number }, ratioMax: number): Partial<Fault['scope']> {
  const fromMs = Math.floor(rng.nextFloat() * 8000)
  return {
    fromMs,
    untilMs: Math.min(CALM_AFTER_MS, fromMs + 500 + Math.floor(rng.nextFloat() * 12_000)),
    ratio: ratioMax * (0.1 + 0.9 * rng.nextFloat()),
  }
}

/** Storms of a seed, mostly none of a kind. */
export function drawStorms(rng: { nextFloat(): number }): Fault[] {
  return STORMS.filter(() => rng.nextFloat() < 0.15).map((draw) => draw(rng))
}

/** A whole episode of a seed: faults, storms, 2 to 6 accounts, deaths, aborts and dead networks. */
export function drawStorm(seed: number): Episode {
  const rng = createSeededRng(seed * 104_729)
  const accounts = 2 * (1 + Math.floor(rng.nextFloat() * 3))
  const mild = rng.nextFloat() < 0.5 ? drawFaults(seed) : []
  const storms = drawStorms(rng)
  return {
    seed,
    accounts,
    faults: [...mild, ...storms],
    opening: drawFate(rng),
    reopening: rng.nextFloat() < 0.3 ? drawFate(rng) : {},
    closing: drawFate(rng),
  }
}

function drawFate(rng: { nextFloat(): number }): Fate {
  const kind = Math.floor(rng.nextFloat() * 6)
  const atMs = Math.floor(rng.nextFloat() ** 2 * 6000)
  if (kind === 0) return { dieAfter: 1 + Math.floor(rng.nextFloat() * 30) }
  if (kind === 1) return { dieAtMs: atMs }
  if (kind === 2) return { downAtMs: atMs, downForMs: 200 + Math.floor(rng.nextFloat() * 8000) }
  if (kind === 3) return { abortAtMs: atMs }
  return {}
}
