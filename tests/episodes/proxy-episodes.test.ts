/**
 * Seeded episodes through a pool of proxies that fail and come back. `EPISODES=n npx vitest run tests/episodes/proxy` adds
 * n further seeds to every swarm, `EPISODES_FROM` says where they begin.
 */
import { describe, expect, it } from 'vitest'
import { drawStorm, runEpisode } from './episode.ts'
import { drawProxyTroubles, plan } from './proxy-troubles.ts'
import type { ProxyTrouble } from './proxy-troubles.ts'
import { drawGuardedEpisode, drawWatchEpisode, runWatchEpisode } from './watch-episode.ts'

const FURTHER = Number(process.env['EPISODES'] ?? 0)
const FROM = Number(process.env['EPISODES_FROM'] ?? 20)

/** `max_naked_ms`: the bound that the owner was promised. */
const NAKED_MAX_MS = 3000

const SAFE = { findings: [], wasHedged: true, isFlat: true }

function seeds(count: number): readonly number[] {
  return Array.from({ length: count + FURTHER }, (_, at) => FROM + at)
}

function told(troubles: readonly ProxyTrouble[]): string {
  return troubles.map(({ place, mode }) => `${place} ${mode}`).join(', ')
}

describe('storms through a pool that fails', () => {
  for (const seed of seeds(10)) {
    const { troubles, proxies = 0 } = drawProxyTroubles(seed, { spares: 0 })
    it(`seed ${seed} settles safely (${told(troubles)})`, async () => {
      const storm = drawStorm(seed)
      const end = await runEpisode({ ...storm, proxies, prepare: (world) => plan(world, troubles) })
      expect(end).toMatchObject({ ...SAFE, live: 0, unsettled: 0 })
    })
  }
})

describe('no fault but those of proxies, one of which is well', () => {
  for (const seed of seeds(10)) {
    const { troubles, proxies = 0 } = drawProxyTroubles(seed, { spares: 1 })
    it(`seed ${seed}: open and close are never naked for longer than promised (${told(troubles)})`, async () => {
      const end = await runEpisode({
        seed,
        accounts: 6,
        owners: 6,
        closing: {},
        proxies,
        prepare: (world) => plan(world, troubles),
      })
      expect(end).toMatchObject({ ...SAFE, live: 0, unsettled: 0 })
      expect(end.longestNakedMs).toBeLessThanOrEqual(NAKED_MAX_MS)
    })
  }
})

describe('watches that come and go, through a pool that fails', () => {
  for (const seed of seeds(10)) {
    const { troubles, proxies = 0 } = drawProxyTroubles(seed, { spares: 0 })
    it(`seed ${seed} ends hedged, settled and then flat (${told(troubles)})`, async () => {
      const episode = drawWatchEpisode(seed)
      const end = await runWatchEpisode({
        ...episode,
        proxies,
        prepare: (world) => plan(world, troubles),
      })
      expect(end).toMatchObject({ ...SAFE, wasSettled: true, live: [], unsettled: [] })
    })
  }
})

describe('one watch that lives, no fault but those of proxies, one of which is well', () => {
  for (const seed of seeds(10)) {
    const { troubles, proxies = 0 } = drawProxyTroubles(seed, { spares: 1 })
    it(`seed ${seed} is never naked for longer than promised (${told(troubles)})`, async () => {
      const episode = drawGuardedEpisode(seed)
      const end = await runWatchEpisode({
        ...episode,
        faults: [],
        // What others do to a leg whose stream is silent is seen when the silence is: that bound is another one.
        blows: episode.blows.filter(({ kind }) => kind !== 'hand'),
        proxies,
        prepare: (world) => plan(world, troubles),
      })
      expect(end).toMatchObject({ ...SAFE, wasSettled: true, live: [], unsettled: [] })
      expect(end.longestNakedMs).toBeLessThanOrEqual(NAKED_MAX_MS)
    })
  }
})
