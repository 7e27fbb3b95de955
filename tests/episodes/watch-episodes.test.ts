/** Seeded episodes with watches. `EPISODES=n npx vitest run tests/episodes/watch` adds n further seeds. */
import { describe, expect, it } from 'vitest'
import type { WatchEpisodeEnd } from './watch-episode.ts'
import { drawGuardedEpisode, drawWatchEpisode, runWatchEpisode } from './watch-episode.ts'

const FURTHER = Number(process.env['EPISODES'] ?? 0)
const FROM = Number(process.env['EPISODES_FROM'] ?? 1)

/** `max_naked_ms`: the bound that the owner was promised. */
const NAKED_MAX_MS = 3000

const SAFE = {
  findings: [],
  wasHedged: true,
  wasSettled: true,
  isFlat: true,
  live: [],
  unsettled: [],
}

function safetyOf(end: WatchEpisodeEnd): typeof SAFE | object {
  const { findings, wasHedged, wasSettled, isFlat, live, unsettled } = end
  return { findings, wasHedged, wasSettled, isFlat, live, unsettled }
}

describe('episodes with watches that come and go', () => {
  for (let seed = FROM; seed < FROM + 10 + FURTHER; seed += 1) {
    const episode = drawWatchEpisode(seed)
    const roles = episode.actors.map(({ role }) => role).join(', ')
    it(`seed ${seed} ends hedged, settled and then flat (${roles})`, async () => {
      expect(safetyOf(await runWatchEpisode(episode))).toEqual(SAFE)
    })
  }
})

describe('episodes under one watch that lives', () => {
  for (let seed = FROM; seed < FROM + 10 + FURTHER; seed += 1) {
    const episode = drawGuardedEpisode(seed)
    const faults = episode.faults.map(({ effect }) => effect.kind).join(', ')
    it(`seed ${seed} is never naked for longer than promised (${faults || 'no fault'})`, async () => {
      const end = await runWatchEpisode(episode)
      expect(safetyOf(end)).toEqual(SAFE)
      expect(end.longestNakedMs).toBeLessThanOrEqual(NAKED_MAX_MS)
      expect(end.events).toBeLessThan(120)
    })
  }
})
