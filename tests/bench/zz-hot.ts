import { createWorld, openAll } from '../episodes/world.ts'
import { rehearseStop } from '../../src/engine/watch/rehearse-stop.ts'
const world = createWorld({ seed: 7 })
const bot = world.startBot()
const opened = await world.clock.runUntil(openAll(world, bot), 60_000)
const id = opened[0]!.hedgeId
bot.journal.claimHedge(id)
const N = Number(process.argv[2] ?? 600)
const ts: number[] = []
let ready = 0
for (let i = 0; i < N; i++) {
  const a = process.cpuUsage()
  const t = performance.now()
  ready = rehearseStop(bot.engine, id)
  const w = performance.now() - t
  const b = process.cpuUsage(a)
  ts.push(w)
  void b
  await new Promise((r) => setImmediate(r))
}
const med = (xs: number[]) => xs.toSorted((a, b) => a - b)[xs.length >> 1]!
for (let i = 0; i < N; i += (N / 12) | 0)
  console.log(i, med(ts.slice(i, i + 10)).toFixed(3), Math.min(...ts.slice(i, i + 10)).toFixed(3))
console.log('ready', ready, 'last100 median', med(ts.slice(-100)), 'min', Math.min(...ts))
world.close()
process.exit(0)
