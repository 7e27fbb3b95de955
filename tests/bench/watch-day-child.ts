/**
 * A day of a watch on a virtual clock: production engine, client and journal over the memory transport, prices every
 * second, two stops and what was stopped opened again. Prints what it cost as JSON; run by `watch-day-bench.ts` with
 * `--expose-gc`.
 * @module
 */
import Database from 'better-sqlite3'
import { assert } from '../../src/errors.ts'
import { startWatch } from '../../src/engine/watch/watch.ts'
import { MARKET_SPECS } from '../../src/sim/core/market-list.ts'
import { lossOnly } from './bench-watch.ts'
import type { WatchDay } from './watch-day-bench.ts'
import { createWorld, openAll } from '../episodes/world.ts'

const HOURS = Number(process.argv[2])
const HOUR_MS = 3_600_000
const BTC = 1
/** The hours in which the price jumps over a stop, and comes back for a new opening. */
const STOP_HOURS = [7, 16]
/** 0.05 BTC lose their 100 USD at 2 %; at 2.4 % the exchange's own stops would come first. */
const SIZE_BASE = '0.05'
const JUMP_E9 = 22_000_000n

const collect = globalThis.gc
assert(collect !== undefined, 'run with --expose-gc')

const world = createWorld({
  seed: 11,
  accounts: 4,
  owners: 2,
  sizeBase: SIZE_BASE,
  // Other markets would cost the simulator time, and the watch none.
  stage: {
    collateralUsd: '5000',
    noiseBps: 2,
    markets: MARKET_SPECS.filter(({ marketIndex }) => marketIndex === BTC),
  },
})
const { clock, stage } = world
await openOnce()
const bot = world.startBot({ command: 'watch' })
const watch = await clock.runUntil(
  startWatch(bot.engine, {
    stopPolicy: lossOnly(world.policy.stopLossUsd),
    marketIndexes: [BTC],
    connectTimeoutMs: 15_000,
    mode: 'forever',
    forMs: undefined,
  }),
)
let ticks = 0
bot.engine.feed(BTC).onTick(() => (ticks += 1))
const heapMb: number[] = []
const startMs = performance.now()
const startCpu = process.cpuUsage()
for (let hour = 1; hour <= HOURS; hour += 1) {
  if (STOP_HOURS.includes(hour)) await stopAndOpenAgain()
  else await clock.advance(HOUR_MS)
  collect()
  heapMb.push(process.memoryUsage().heapUsed / 1_048_576)
}
const wallMs = performance.now() - startMs
const { user, system } = process.cpuUsage(startCpu)
const open = watch.hedges().filter(({ state }) => state === 'open').length
const closed = watch.hedges().filter(({ state }) => state === 'closed').length
watch.quit()
await clock.runUntil(watch.ended)
console.log(
  JSON.stringify({
    wallMs,
    cpuMs: (user + system) / 1_000,
    heapMb,
    ticks,
    open,
    closed,
    rows: rowsOf(world.journalFile),
    units: Object.fromEntries(bot.exchange.unitsSpent()),
    complaints: bot.complaints.length,
    complaintKinds: kindsOf(bot.complaints),
  } satisfies WatchDay),
)
world.close()

async function openOnce(): Promise<void> {
  const opener = world.startBot()
  await clock.runUntil(openAll(world, opener), 60_000)
  opener.close()
}

/** An hour with a jump over the stops of all hedges; in its second half they are opened again. */
async function stopAndOpenAgain(): Promise<void> {
  const parts = ['mark', 'index', 'book'] as const
  stage.priceHand.move({
    marketIndex: BTC,
    parts,
    overMs: 0,
    target: { kind: 'scale', byE9: JUMP_E9 },
  })
  await clock.advance(HOUR_MS / 2)
  stage.priceHand.release(BTC, parts)
  await clock.advance(HOUR_MS / 4)
  await openOnce()
  await clock.advance(HOUR_MS / 4)
}

function rowsOf(file: string): Readonly<Record<string, number>> {
  const database = new Database(file, { readonly: true })
  const tables = database
    .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
  const rows = tables.map(({ name }) => {
    const row = database.prepare<[], { n: number }>(`SELECT count(*) AS n FROM "${name}"`).get()
    return [name, row?.n ?? 0] as const
  })
  database.close()
  return Object.fromEntries(rows)
}

/** The same words with other figures are one kind. */
function kindsOf(complaints: readonly string[]): Readonly<Record<string, number>> {
  const kinds: Record<string, number> = {}
  for (const complaint of complaints) {
    const kind = complaint.replace(/[\d.]+/g, '#').slice(0, 120)
    kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  return kinds
}
