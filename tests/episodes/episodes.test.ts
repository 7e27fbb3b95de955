/**
 * Swarms of seeded episodes. `EPISODES=n npx vitest run tests/episodes` adds n further seeds to every swarm; without it
 * the committed seeds run, about fifty episodes.
 */
import { describe, expect, it } from 'vitest'
import type { EpisodeEnd } from './episode.ts'
import { drawFaults, drawStorm, runEpisode } from './episode.ts'

/** `max_naked_ms`: the bound that the owner was promised. */
const NAKED_MAX_MS = 3000

/** Faults of messages; with an endpoint they strike sends alone. */
const SENDING = new Set([
  'lost-request',
  'lost-answer',
  'cut-answer',
  'delay',
  'http',
  'http-after',
])

const FURTHER = Number(process.env['EPISODES'] ?? 0)

function expectSafe(end: EpisodeEnd): void {
  const { findings, isFlat, wasHedged, unsettled, live } = end
  expect({ findings, isFlat, wasHedged, unsettled, live }).toEqual({
    findings: [],
    isFlat: true,
    wasHedged: true,
    unsettled: 0,
    live: 0,
  })
}

function seeds(from: number, count: number): readonly number[] {
  return Array.from({ length: count + FURTHER }, (_, at) => from + at)
}

describe('episodes: faults from a seed', () => {
  for (const seed of seeds(1, 18)) {
    const faults = drawFaults(seed)
    const names = faults.map((each) => each.effect.kind).join(', ')
    it(`seed ${seed} settles safely (${names || 'no fault'})`, async () => {
      expectSafe(await runEpisode({ seed, accounts: 4, faults }))
    })
  }
})

describe('episodes: faults that lose no read', () => {
  for (const seed of seeds(2000, 6)) {
    const faults = drawFaults(seed).map((each) => ({
      ...each,
      scope: SENDING.has(each.effect.kind)
        ? { ...each.scope, endpoint: 'jsonapi/sendtx' }
        : each.scope,
    }))
    it(`seed ${seed} is never naked for longer than promised`, async () => {
      const end = await runEpisode({ seed, accounts: 4, faults })
      expectSafe(end)
      expect(end.longestNakedMs).toBeLessThanOrEqual(NAKED_MAX_MS)
    })
  }
})

describe('episodes: storms, deaths, dead networks and Ctrl-C from a seed', () => {
  for (const seed of seeds(1, 14)) {
    it(`storm ${seed} settles safely`, async () => {
      expectSafe(await runEpisode(drawStorm(seed)))
    })
  }
})

describe('episodes: killed right after a commit', () => {
  for (let commits = 1; commits <= 12; commits += 1) {
    it(`of opening, number ${commits}: the next process finds its way`, async () => {
      const end = await runEpisode({ seed: 100 + commits, opening: { dieAfter: commits } })
      expectSafe(end)
      expect(end.longestNakedMs).toBeLessThanOrEqual(NAKED_MAX_MS)
    })
  }
  for (let commits = 1; commits <= 7; commits += 1) {
    it(`of closing, number ${commits}: the next process finds its way`, async () => {
      const end = await runEpisode({ seed: 200 + commits, closing: { dieAfter: commits } })
      expectSafe(end)
      expect(end.longestNakedMs).toBeLessThanOrEqual(NAKED_MAX_MS)
    })
  }
})
