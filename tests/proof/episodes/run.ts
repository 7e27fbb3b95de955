/**
 * Episodes by the thousand, and one of them again as a story.
 *
 *     npm run soak -- --episodes 10000 [--from 1] [--processes 2]
 *     npm run soak -- --replay 1234
 * @module
 */
import { parseArgs } from 'node:util'
import { print } from '../print.ts'
import { replay } from './replay.ts'
import { isBad, runSeeds } from './run-seeds.ts'
import type { SeedResult } from './run-seeds.ts'

const { values } = parseArgs({
  options: {
    episodes: { type: 'string', default: '500' },
    from: { type: 'string', default: '1' },
    processes: { type: 'string' },
    replay: { type: 'string' },
  },
})

process.exitCode =
  values.replay === undefined
    ? await soak(Number(values.from), Number(values.episodes))
    : await replay(Number(values.replay))
process.exit()

async function soak(from: number, count: number): Promise<number> {
  const startMs = performance.now()
  const results: SeedResult[] = []
  const { processes } = values
  await runSeeds({
    seeds: Array.from({ length: count }, (_, at) => from + at),
    ...(processes === undefined ? {} : { processes: Number(processes) }),
    onResult(result) {
      results.push(result)
      if (isBad(result)) tell(result)
      if (results.length % 100 === 0) sum(results, { count, startMs })
    },
  })
  sum(results, { count, startMs })
  const bad = results.filter(isBad)
  print(`${results.length} episodes, ${bad.length} with a violation`)
  return bad.length === 0 ? 0 : 1
}

function tell({ seed, end, error }: SeedResult): void {
  print(`seed ${seed}:`)
  for (const text of error === undefined ? (end?.findings ?? []) : [error])
    print(`  ${text.split('\n').slice(0, 6).join('\n  ')}`)
  print(`  again, as a story: npm run soak -- --replay ${seed}`)
}

function sum(
  results: readonly SeedResult[],
  { count, startMs }: { readonly count: number; readonly startMs: number },
): void {
  const ends = results.flatMap(({ end }) => end ?? [])
  const total = (of: (end: (typeof ends)[number]) => number): number =>
    ends.reduce((all, end) => all + of(end), 0)
  const seconds = (performance.now() - startMs) / 1000
  print(
    `${results.length} of ${count} in ${seconds.toFixed(0)} s: ${total(({ opened }) => opened)} hedges opened, ` +
      `${total(({ trades }) => trades)} trades, ${total(({ messages }) => messages)} messages, ` +
      `naked in calm at most ${Math.max(0, ...ends.map(({ calmNakedMs }) => calmNakedMs))} ms, ` +
      `${results.filter(isBad).length} with a violation`,
  )
}
