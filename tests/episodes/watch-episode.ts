/**
 * One episode with watches: processes that open, watch and close come, stand still and die by a script of the seed,
 * while prices go through levels, legs are cut by hand and faults strike. When all is calm again one watch must have
 * everything settled and hedged; then a last crash stops all of it.
 */
import { startWatch } from '../../src/engine/watch/watch.ts'
import type { Fault } from '../../src/sim/faults/fault-plan.ts'
import { createSeededRng } from '../../src/sim/market/seeded-rng.ts'
import type { Scene } from '../engine/scenario.ts'
import { reduceByHand } from '../engine/watch/support/by-hand.ts'
import { createSuspension } from '../engine/watch/support/suspension.ts'
import {
  ALL_PARTS,
  STOP_USD,
  moveUsd,
  setPrice,
  watchOptions,
} from '../engine/watch/support/watch-scene.ts'
import { createAuditor } from './auditor.ts'
import { CALM_AFTER_MS, drawFaults, drawStorms } from './episode.ts'
import type { Bot, World } from './world.ts'
import { closeAll, createWorld, openAll } from './world.ts'

/** What one process does, from when on, and what happens to it. */
export interface Actor {
  readonly role: 'open' | 'watch' | 'close'
  readonly atMs: number
  /** After its start. */
  readonly dieAtMs?: number | undefined
  readonly dieAfter?: number | undefined
  readonly abortAtMs?: number | undefined
  /** Stands still from then, for so long. */
  readonly sleep?: { readonly atMs: number; readonly forMs: number } | undefined
}

/** What happens to prices and positions. */
export interface Blow {
  readonly atMs: number
  readonly kind: 'move' | 'mark' | 'hand' | 'jump'
  /** Dollars, ticks, or milliseconds of the wall clock. */
  readonly by: number
  readonly place: number
}

export interface WatchEpisode {
  readonly seed: number
  readonly accounts: number
  readonly faults: readonly Fault[]
  readonly actors: readonly Actor[]
  readonly blows: readonly Blow[]
  /** As a world has them; default none. */
  readonly proxies?: number
  readonly hasFailover?: boolean
  /** Is shown the world before anything happens. */
  readonly prepare?: (world: World) => void
  /** Is shown the last process before the world is gone, and when the world began. */
  readonly inspect?: (last: Bot, startMs: number) => void
}

export interface WatchEpisodeEnd {
  readonly findings: readonly string[]
  readonly longestNakedMs: number
  /** Once all was calm, under one watch. */
  readonly wasHedged: boolean
  readonly wasSettled: boolean
  readonly isFlat: boolean
  readonly live: readonly string[]
  readonly unsettled: readonly string[]
  readonly events: number
  readonly unitsMax: number
}

/** Time for one watch to put everything in order. */
const ORDER_MS = 40_000

/** Runs an episode to its end. */
export async function runWatchEpisode(episode: WatchEpisode): Promise<WatchEpisodeEnd> {
  const { seed, accounts, faults, actors, blows, proxies = 0, hasFailover = true } = episode
  const world = createWorld({
    seed,
    accounts,
    proxies,
    hasFailover,
    faults: [...faults],
    policy: { stopLossUsd: STOP_USD },
    stage: { noiseBps: 2 },
  })
  const indexes = world.accounts.map((account) => account.accountIndex)
  const auditor = createAuditor({
    clock: world.clock,
    core: world.stage.core,
    marketIndex: 1,
    hedges: indexes.flatMap((index, at) => (at % 2 === 0 ? [[index, indexes[at + 1] ?? 0]] : [])),
    legTicksMax: 1000n,
  })
  episode.prepare?.(world)
  const at: Scene = { world, auditor, indexes, close: () => world.close() }
  const { clock } = world
  const bots: Bot[] = []
  const startMs = clock.now()
  try {
    for (const actor of actors) clock.setTimer(actor.atMs, () => bots.push(start(world, actor)))
    for (const blow of blows) clock.setTimer(blow.atMs, () => strikeBlow(at, blow))
    await clock.advance(CALM_AFTER_MS)
    for (const bot of bots) bot.kill()
    await clock.advance(1500)
    auditor.expectOnlyReductions()
    const last = world.startBot({ command: 'watch' })
    const watch = await clock.runUntil(startWatch(last.engine, watchOptions()), 60_000)
    watch.ended.catch(() => undefined)
    await clock.advance(ORDER_MS)
    const wasHedged = auditor.isHedged()
    const wasSettled = await settles(world, last)
    moveUsd(at, -2500)
    await clock.advance(20_000)
    episode.inspect?.(last, startMs)
    return {
      findings: auditor.findings,
      longestNakedMs: auditor.longestNakedMs(),
      wasHedged,
      wasSettled,
      isFlat: auditor.isFlat(),
      live: last.journal.liveHedges().map(({ hedgeId, state }) => `${hedgeId} ${state}`),
      unsettled: last.journal.unsettledOrders().map(({ purpose, state }) => `${purpose} ${state}`),
      events: last.journal.events({ limit: 100_000 }).length,
      unitsMax: Math.max(0, ...last.exchange.unitsSpent().values()),
    }
  } finally {
    auditor.stop()
    world.close()
  }
}

/** A stop may be replaced at just this moment: what is on its way settles soon. */
async function settles({ clock }: World, { journal }: Bot): Promise<boolean> {
  for (let waited = 0; waited < 5_000 && journal.unsettledOrders().length > 0; waited += 100) {
    await clock.advance(100)
  }
  return journal.unsettledOrders().length === 0
}

/** Commands may fail under faults or find another one there first; what they leave is what counts. */
function start(world: World, actor: Actor): Bot {
  const { clock } = world
  const { role, dieAtMs, dieAfter, abortAtMs, sleep } = actor
  const suspension = createSuspension(clock)
  const bot = world.startBot({ command: role, suspension })
  if (dieAfter !== undefined) bot.dieAfter(dieAfter)
  if (dieAtMs !== undefined) clock.setTimer(dieAtMs, () => bot.kill())
  if (abortAtMs !== undefined) clock.setTimer(abortAtMs, () => bot.abort.abort())
  if (sleep !== undefined) {
    clock.setTimer(sleep.atMs, () => suspension.suspend())
    clock.setTimer(sleep.atMs + sleep.forMs, () => suspension.resume())
  }
  void work(world, bot, role).catch((error: unknown) => {
    bot.complaints.push(String(error))
  })
  return bot
}

async function work(world: World, bot: Bot, role: Actor['role']): Promise<void> {
  if (role === 'open') await openAll(world, bot)
  else if (role === 'close') await closeAll(bot, { giveUpAfterMs: 20_000 })
  else {
    const watch = await startWatch(bot.engine, watchOptions())
    await watch.ended
  }
  // A command that is done is a process that is gone.
  if (!bot.isDead()) bot.close()
}

function strikeBlow(at: Scene, { kind, by, place }: Blow): void {
  const { core } = at.world.stage
  if (kind === 'move') moveUsd(at, by, { parts: ALL_PARTS })
  else if (kind === 'mark') moveUsd(at, by, { parts: ['mark', 'index'] })
  else if (kind === 'jump') at.world.clock.jumpWall(by)
  else {
    const index = at.indexes[place % at.indexes.length] ?? 0
    const held = core.account(index)?.positions.get(1)?.sizeTicks ?? 0n
    const heldTicks = Number(held < 0n ? -held : held)
    const cut = heldTicks - by < STOPPABLE_TICKS ? heldTicks : by
    if (heldTicks > 0) reduceByHand(at, place % at.indexes.length, cut)
    if (core.markets.get(1) === undefined) setPrice(at, 1n)
  }
}

/** What is smaller loses less than its limit in the last crash, and rightly stays. */
const STOPPABLE_TICKS = 250

type Draw = { nextFloat(): number }

/** A whole script of a seed. */
export function drawWatchEpisode(seed: number): WatchEpisode {
  const rng = createSeededRng(seed * 15_485_863)
  const accounts = 2 * (1 + Math.floor(rng.nextFloat() * 2))
  const isStormy = rng.nextFloat() < 0.5
  const watches = 1 + Math.floor(rng.nextFloat() * 3)
  const actors: Actor[] = [
    drawActor(rng, 'open', rng.nextFloat() * 1500),
    ...Array.from({ length: watches }, (_, turn) =>
      drawActor(rng, 'watch', turn * 9000 + rng.nextFloat() * 4000),
    ),
  ]
  if (rng.nextFloat() < 0.4) actors.push(drawActor(rng, 'open', 8000 + rng.nextFloat() * 15_000))
  if (rng.nextFloat() < 0.4) actors.push(drawActor(rng, 'close', 3000 + rng.nextFloat() * 25_000))
  return {
    seed,
    accounts,
    faults: [
      ...(rng.nextFloat() < 0.6 ? drawFaults(seed) : []),
      ...(isStormy ? drawStorms(rng) : []),
    ],
    actors,
    blows: Array.from({ length: Math.floor(rng.nextFloat() * 5) }, () => drawBlow(rng)),
  }
}

/** Faults that lose no read, as in the episodes without a watch. */
const SENDING: ReadonlySet<string> = new Set([
  'lost-request',
  'lost-answer',
  'cut-answer',
  'delay',
  'http',
  'http-after',
])

/** Others come and die, but one watch lives through all of it, and every read comes through. */
export function drawGuardedEpisode(seed: number): WatchEpisode {
  const episode = drawWatchEpisode(seed)
  const faults = drawFaults(seed)
    .filter(({ effect }) => effect.kind !== 'thin-book')
    .map((fault) => ({
      ...fault,
      scope: SENDING.has(fault.effect.kind)
        ? { ...fault.scope, endpoint: 'jsonapi/sendtx' }
        : fault.scope,
    }))
  return {
    ...episode,
    faults: seed % 2 === 0 ? faults : [],
    blows: episode.blows.filter(({ kind }) => kind !== 'jump'),
    actors: [
      { role: 'watch', atMs: 0 },
      ...episode.actors
        .filter(({ role }) => role !== 'watch')
        // An owner that stands still keeps its hedges until its lease is over.
        .map((actor) => ({ ...actor, sleep: undefined })),
    ],
  }
}

function drawActor(rng: Draw, role: Actor['role'], atMs: number): Actor {
  const kind = Math.floor(rng.nextFloat() * 8)
  const laterMs = Math.floor(rng.nextFloat() * 12_000)
  const forMs = 500 + Math.floor(rng.nextFloat() * 9000)
  return {
    role,
    atMs: Math.floor(atMs),
    ...(kind === 0 ? { dieAfter: 1 + Math.floor(rng.nextFloat() * 40) } : {}),
    ...(kind === 1 || kind === 2 ? { dieAtMs: laterMs } : {}),
    ...(kind === 3 ? { abortAtMs: laterMs } : {}),
    ...(kind === 4 || kind === 5 ? { sleep: { atMs: laterMs, forMs } } : {}),
  }
}

function drawBlow(rng: Draw): Blow {
  const atMs = 1500 + Math.floor(rng.nextFloat() * 30_000)
  const place = Math.floor(rng.nextFloat() * 4)
  const pick = rng.nextFloat()
  const sign = rng.nextFloat() < 0.5 ? -1 : 1
  if (pick < 0.5) return { atMs, place, kind: 'move', by: sign * (450 + rng.nextFloat() * 400) }
  if (pick < 0.65) return { atMs, place, kind: 'mark', by: sign * (450 + rng.nextFloat() * 200) }
  if (pick < 0.9) return { atMs, place, kind: 'hand', by: 100 + Math.floor(rng.nextFloat() * 900) }
  return { atMs, place, kind: 'jump', by: sign * Math.floor(rng.nextFloat() * 20_000) }
}
