/**
 * `npm run bench`: prints one JSON document with every figure, its counterpart from the same run and its goal. A missed
 * goal fails nothing; what did not work at all ends with exit 1.
 *
 *     npm run bench [-- signer journal startup units opening stopRules simThroughput ...]
 * @module
 */
import { availableParallelism, cpus, loadavg } from 'node:os'
import type { Section } from './figures.ts'
import { benchJournal } from './journal-bench.ts'
import { benchLiveTable } from './live-table-bench.ts'
import { benchOpening } from './opening-bench.ts'
import { benchProxyPath } from './proxy-path-bench.ts'
import { benchSigner } from './signer-bench.ts'
import { benchSimDay } from './sim-day-bench.ts'
import { benchSimThroughput } from './sim-throughput-bench.ts'
import { benchStartup } from './startup-bench.ts'
import { benchStopRules } from './stop-rules-bench.ts'
import { benchUnits } from './units-bench.ts'
import { benchWatchDay } from './watch-day-bench.ts'
import { benchWatchLoad } from './watch-load-bench.ts'
import { benchWatchTell } from './watch-tell-bench.ts'
import { benchWatchStop } from './watch-stop-bench.ts'
import { benchWayChoice } from './way-choice-bench.ts'

const SECTIONS: Readonly<Record<string, () => Section | Promise<Section>>> = {
  signer: async () => ({ figures: await benchSigner(), goals: [], problems: [] }),
  journal: benchJournal,
  startup: benchStartup,
  opening: benchOpening,
  units: benchUnits,
  stopRules: benchStopRules,
  liveTable: benchLiveTable,
  proxyPath: benchProxyPath,
  wayChoice: benchWayChoice,
  simThroughput: benchSimThroughput,
  simDay: benchSimDay,
  watchStop: benchWatchStop,
  watchTell: benchWatchTell,
  watchLoad: benchWatchLoad,
  watchDay: benchWatchDay,
}

process.exitCode = await main(process.argv.slice(2))

async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((name) => SECTIONS[name] === undefined)
  if (unknown.length > 0) {
    console.error(
      `no such part: ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`,
    )
    return 2
  }
  const startMs = performance.now()
  const loadBefore = loadavg()[0]
  const parts: Record<string, Section> = {}
  for (const [name, bench] of Object.entries(SECTIONS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    parts[name] = await guarded(bench)
  }
  const all = Object.values(parts)
  const isWorking = all.every((part) => part.problems.length === 0)
  const document = {
    schema: 'hedgebot/bench/1',
    at: new Date().toISOString(),
    machine: { ...machineFacts(), loadBefore },
    isWorking,
    areGoalsMet: all.every((part) => part.goals.every((goal) => goal.ok)),
    durationMs: Math.round(performance.now() - startMs),
    ...Object.fromEntries(
      Object.entries(parts).map(([name, { figures, ...rest }]) => [name, { ...figures, ...rest }]),
    ),
  }
  console.log(JSON.stringify(document, undefined, 2))
  return isWorking ? 0 : 1
}

async function guarded(bench: () => Section | Promise<Section>): Promise<Section> {
  try {
    return await bench()
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { figures: {}, goals: [], problems: [problem] }
  }
}

function machineFacts() {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
  }
}
