/** Seeded episodes with watches. `EPISODES=n npx vitest run tests/episodes/watch` adds n further seeds. */
import { describe, expect, it } from 'vitest'
import { drawWatchEpisode, runWatchEpisode } from './watch-episode.ts'

const FURTHER = Number(process.env['EPISODES'] ?? 0)
const FROM = Number(process.env['EPISODES_FROM'] ?? 1)

describe('episodes with watches', () => {
  for (let seed = FROM; seed < FROM + 12 + FURTHER; seed += 1) {
    const episode = drawWatchEpisode(seed)
    const roles = episode.actors.map(({ role }) => role).join(', ')
    it(`seed ${seed} ends hedged, settled and then flat (${roles})`, async () => {
      const { findings, wasHedged, wasSettled, isFlat, live, unsettled } =
        await runWatchEpisode(episode)
      expect({ findings, wasHedged, wasSettled, isFlat, live, unsettled }).toEqual({
        findings: [],
        wasHedged: true,
        wasSettled: true,
        isFlat: true,
        live: [],
        unsettled: [],
      })
    })
  }
})
