/**
 * One episode as data: who has which accounts, what each process does and suffers, what happens to prices, positions,
 * proxies and the exchange. Everything comes from the seed.
 * @module
 */
import type { OpeningRequest } from '../../../src/engine/prepare-opening.ts'
import { Dec } from '../../../src/hedge/decimal.ts'
import type { RiskPolicy } from '../../../src/hedge/policy.ts'
import type { ProxyTrouble } from '../../episodes/proxy-troubles.ts'
import { drawProxyTroubles } from '../../episodes/proxy-troubles.ts'
import type { Draw } from './draw.ts'
import { createDraw } from './draw.ts'
import type { Weather } from './weather.ts'
import { CALM_AFTER_MS, drawWeather } from './weather.ts'

/** What one process does, from when on, and what happens to it. Times of its fate count from its start. */
export interface ProofActor {
  readonly role: 'open' | 'watch' | 'close'
  readonly atMs: number
  readonly dieAtMs?: number
  /** Right after so many commits. */
  readonly dieAfter?: number
  readonly abortAtMs?: number
  /** Stands still from then, for so long. */
  readonly sleep?: { readonly atMs: number; readonly forMs: number }
}

/** What happens to prices, positions and clocks. */
export interface ProofBlow {
  readonly atMs: number
  readonly kind: 'move' | 'mark' | 'hand' | 'drain' | 'foreign' | 'jump'
  /** Dollars, ticks, dollars of collateral, ticks of another market, or milliseconds of the wall clock. */
  readonly by: number
  readonly place: number
}

/** How the last hedges end. */
export type LastAct = 'stop' | 'exchange_stop' | 'close'

export interface ProofEpisode {
  readonly seed: number
  readonly accounts: number
  readonly owners: number
  /** Base coins, by place. */
  readonly sizes: readonly string[]
  readonly pairing: OpeningRequest['pairing']
  /** Places of the accounts of each hedge. */
  readonly hedges: readonly (readonly number[])[]
  readonly policy: Partial<RiskPolicy>
  readonly weather: Weather
  readonly proxies: number
  readonly hasFailover: boolean
  readonly troubles: readonly ProxyTrouble[]
  readonly actors: readonly ProofActor[]
  readonly blows: readonly ProofBlow[]
  /** When the mail server does not work. */
  readonly mailDown: { readonly fromMs: number; readonly untilMs: number } | undefined
  readonly lastAct: LastAct
}

/** USD that a leg may lose: 0.01 BTC lose it when the mark moves by 500 USD. */
export const STOP_USD = new Dec(5)

/** Draws an episode. */
export function drawProofEpisode(seed: number): ProofEpisode {
  const draw = createDraw(seed, 'episode')
  const groups = drawGroups(draw)
  const accounts = groups.length === 0 ? drawCount(draw) : groups.flat(2).length
  const isPooled = draw.chance(0.4)
  return {
    seed,
    accounts,
    // Whoever has 40 accounts of one owner opens for ten minutes.
    owners: Math.max(1, Math.ceil(accounts / draw.whole(2, 5))),
    ...layout(draw, groups, accounts),
    policy: drawPolicy(draw),
    weather: drawWeather(seed),
    ...(isPooled
      ? { ...drawPool(seed), hasFailover: draw.chance(0.8) }
      : { proxies: 0, troubles: [], hasFailover: true }),
    actors: drawActors(createDraw(seed, 'actors')),
    blows: drawBlows(createDraw(seed, 'blows'), accounts),
    mailDown: draw.chance(0.5)
      ? { fromMs: draw.whole(0, 20_000), untilMs: draw.whole(20_000, CALM_AFTER_MS) }
      : undefined,
    lastAct: draw.oneOf(['stop', 'stop', 'exchange_stop', 'close']),
  }
}

function drawPool(seed: number) {
  const { troubles } = drawProxyTroubles(seed, { spares: 1 })
  return { proxies: 3, troubles }
}

/** Mostly few, sometimes as many as a large customer has. */
function drawCount(draw: Draw): number {
  if (draw.chance(0.06)) return 2 * draw.whole(8, 20)
  return 2 * draw.whole(1, 3)
}

/** Places of longs and shorts of each group; none for pairs in the order of the configuration. */
function drawGroups(draw: Draw): readonly (readonly [longs: number[], shorts: number[]])[] {
  if (!draw.chance(0.35)) return []
  let next = 0
  const take = (count: number): number[] => Array.from({ length: count }, () => next++)
  return Array.from({ length: draw.whole(1, 2) }, () => [
    take(draw.whole(1, 3)),
    take(draw.whole(1, 3)),
  ])
}

function layout(
  draw: Draw,
  groups: ReturnType<typeof drawGroups>,
  accounts: number,
): Pick<ProofEpisode, 'sizes' | 'pairing' | 'hedges'> {
  const nameOf = (place: number): string => `account_${place + 1}`
  if (groups.length === 0) {
    const sizes = Array.from({ length: accounts }, (_, place) =>
      place % 2 === 0 && draw.chance(0.3) ? '0.008' : '0.01',
    )
    return {
      sizes,
      pairing: { kind: 'config_order' },
      hedges: Array.from({ length: accounts / 2 }, (_, at) => [2 * at, 2 * at + 1]),
    }
  }
  return {
    sizes: Array.from({ length: accounts }, () => draw.oneOf(['0.01', '0.01', '0.007', '0.012'])),
    pairing: {
      kind: 'groups',
      groups: groups.map(([longs, shorts], at) => ({
        name: `group_${at + 1}`,
        long: longs.map(nameOf),
        short: shorts.map(nameOf),
        positionSizeBase: undefined,
      })),
    },
    hedges: groups.map(([longs, shorts]) => [...longs, ...shorts]),
  }
}

function drawPolicy(draw: Draw): Partial<RiskPolicy> {
  return {
    stopLossUsd: STOP_USD,
    isExchangeStopOn: draw.chance(0.8),
    maxNakedMs: draw.oneOf([2_000, 3_000, 3_000, 5_000]),
    attempts: draw.whole(2, 6),
    leaseMs: draw.oneOf([3_000, 5_000, 8_000]),
    openTimeoutMs: draw.oneOf([10_000, 30_000, 30_000]),
  }
}

function drawActors(draw: Draw): readonly ProofActor[] {
  const actors = [
    drawActor(draw, 'open', draw.whole(0, 1_500)),
    ...Array.from({ length: draw.whole(1, 3) }, (_, turn) =>
      drawActor(draw, 'watch', turn * 9_000 + draw.whole(0, 4_000)),
    ),
  ]
  if (draw.chance(0.4)) actors.push(drawActor(draw, 'open', draw.whole(8_000, 23_000)))
  if (draw.chance(0.4)) actors.push(drawActor(draw, 'close', draw.whole(3_000, 28_000)))
  // A second process of the same kind at the same moment.
  if (draw.chance(0.15)) actors.push(drawActor(draw, 'open', actors[0]?.atMs ?? 0))
  return actors
}

function drawActor(draw: Draw, role: ProofActor['role'], atMs: number): ProofActor {
  const kind = draw.whole(0, 8)
  const laterMs = draw.whole(0, 12_000)
  return {
    role,
    atMs,
    ...(kind === 0 || kind === 1 ? { dieAfter: draw.whole(1, 40) } : {}),
    ...(kind === 2 || kind === 3 ? { dieAtMs: laterMs } : {}),
    ...(kind === 4 ? { abortAtMs: laterMs } : {}),
    ...(kind === 5 || kind === 6
      ? { sleep: { atMs: laterMs, forMs: draw.whole(500, 12_000) } }
      : {}),
  }
}

function drawBlows(draw: Draw, accounts: number): readonly ProofBlow[] {
  return Array.from({ length: draw.whole(0, 5) }, () => {
    const atMs = draw.whole(1_500, 31_000)
    const place = draw.whole(0, accounts - 1)
    const sign = draw.chance(0.5) ? -1 : 1
    const kind = draw.oneOf<ProofBlow['kind']>([
      'move',
      'move',
      'move',
      'mark',
      'hand',
      'hand',
      'drain',
      'foreign',
      'jump',
    ])
    return { atMs, place, kind, by: sizeOfBlow(draw, kind, sign) }
  })
}

function sizeOfBlow(draw: Draw, kind: ProofBlow['kind'], sign: number): number {
  switch (kind) {
    case 'move':
      return sign * draw.whole(300, 900)
    case 'mark':
      return sign * draw.whole(450, 650)
    case 'hand':
      return draw.whole(100, 1_200)
    case 'drain':
      return draw.whole(900, 999)
    case 'foreign':
      return sign * draw.whole(10, 200)
    case 'jump':
      return sign * draw.whole(500, 20_000)
  }
}
