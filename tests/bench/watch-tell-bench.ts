/**
 * The same stops with and without an owner who is told, in turns: every stop is a message, and the mail server hangs.
 * @module
 */
import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { openAll } from './bench-watch.ts'
import { type Section, goal, rounded, spreadOf } from './figures.ts'
import { startSimProcess } from './sim-process.ts'
import type { StopTimes } from './watch-stop-bench.ts'
import { BENCH_WORLD, TICKS_PER_SECOND, checkFlat, runRound, sizeOf } from './watch-stop-bench.ts'

const ROUNDS = 8

/** Measures both. */
export async function benchWatchTell(): Promise<Section> {
  const sim = await startSimProcess(BENCH_WORLD)
  const dead = await startDeadServer()
  const problems: string[] = []
  const silent: StopTimes[] = []
  const told: StopTimes[] = []
  try {
    const { markUsd, arrivalPort } = await sim.ask('look')
    for (let at = 0; at < ROUNDS; at += 1) {
      await sim.ask({ priceUsd: String(markUsd) })
      problems.push(...(await openAll(sim.configFile, sizeOf)))
      await sim.ask({ ticksPerSecond: TICKS_PER_SECOND })
      // One, two, two, one: both sides see the machine in the same mood.
      const isTold = at % 4 === 1 || at % 4 === 2
      const mode = isTold ? 'tell' : 'watch'
      const round = await runRound(sim, { mode, arrivalPort, deadMailPort: dead.port })
      problems.push(...round.problems)
      ;(isTold ? told : silent).push(...round.times)
      await sim.ask({ ticksPerSecond: 0 })
      await checkFlat(sim, problems)
    }
    if (dead.connections() === 0) problems.push('nothing was sent to the mail server')
  } finally {
    await sim.close()
    dead.close()
  }
  return { ...summarize(silent, told), problems: problems.slice(0, 5) }
}

function summarize(
  silent: readonly StopTimes[],
  told: readonly StopTimes[],
): Pick<Section, 'figures' | 'goals'> {
  const spread = (times: readonly StopTimes[]) =>
    spreadOf(times.map(({ fromFrameMs }) => fromFrameMs))
  const [without, beside] = [spread(silent), spread(told)]
  const times = rounded(beside.p50 / without.p50)
  return {
    figures: {
      how: `${told.length} stops told to a mail server that hangs, ${silent.length} told to nobody`,
      frameToOrdersMs: { told: beside, silent: without },
      times,
    },
    goals: [goal('watchTell.times', times, 1.25)],
  }
}

async function startDeadServer() {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    sockets.push(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.length,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
