/**
 * Plays the seeds that its parent sends, one after the other.
 * @module
 */
import { drawProofEpisode } from './proof-episode.ts'
import { runProofEpisode } from './run-proof-episode.ts'
import type { SeedResult } from './run-seeds.ts'
import { watchRejections } from './watch-rejections.ts'

const rejections = watchRejections()

process.on('message', ({ seed }: { readonly seed: number }) => {
  void play(seed).then((result) => process.send?.(result))
})
process.on('disconnect', () => process.exit(0))

async function play(seed: number): Promise<SeedResult> {
  const startMs = performance.now()
  rejections.length = 0
  try {
    const end = await runProofEpisode(drawProofEpisode(seed))
    const findings = [...end.findings, ...rejections.map((text) => `nobody caught: ${text}`)]
    return { seed, end: { ...end, findings }, tookMs: performance.now() - startMs }
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { seed, error: text.slice(0, 2_000), tookMs: performance.now() - startMs }
  }
}
