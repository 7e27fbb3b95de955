/**
 * The transaction that stands before every opening: prove ownership, take two lanes, record two orders. Beside it, in
 * turns, the cheapest thing that SQLite can do on the same disk: a bare transaction that inserts two short rows.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { createJournal } from '../../src/journal/create-journal.ts'
import type { Hedge } from '../../src/hedge/ledger.ts'
import type { Journal } from '../../src/ports.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { createSystemRng } from '../../src/system/system-rng.ts'
import { newHedge, newOrder } from '../journal/support/journal-factory.ts'
import { type Section, spreadOf, timesLess } from './figures.ts'

const TRANSACTIONS = 400
const WARM_UP = 50
const DURABILITIES = ['full', 'normal'] as const
type Durability = (typeof DURABILITIES)[number]

/** Measures both durabilities. */
export function benchJournal(): Section {
  const folder = mkdtempSync(join(tmpdir(), 'hedgebot-bench-journal-'))
  const journal = createJournal({
    file: join(folder, 'net', 'journal.db'),
    clock: createSystemClock(),
    rng: createSystemRng(),
    owner: { ownerId: 'bench', pid: process.pid, command: 'bench' },
    leaseMs: 600_000,
  })
  const bare = openBare(join(folder, 'bare.db'))
  try {
    const { problems, times } = measure(journal, bare)
    const figures = Object.fromEntries(
      DURABILITIES.map((durability) => {
        const oursMs = spreadOf(times[durability].ours)
        const bareMs = spreadOf(times[durability].bare)
        return [durability, { oursMs, bareMs, timesBare: timesLess(bareMs.p50, oursMs.p50) }]
      }),
    )
    const how = `${TRANSACTIONS} transactions each: 2 lanes taken, 2 orders recorded`
    return { figures: { how, ...figures }, goals: [], problems }
  } finally {
    journal.close()
    bare.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function measure(journal: Journal, bare: Bare) {
  const { runId } = journal.beginRun({ command: 'bench' }).run
  const [hedge] = journal.createHedges([newHedge(runId, [1, 2])])
  if (hedge === undefined) throw new Error('no hedge was created')
  for (const leg of hedge.legs) journal.setNextNonce(leg, 0)
  const times = { full: { ours: [], bare: [] }, normal: { ours: [], bare: [] } } as Record<
    Durability,
    { ours: number[]; bare: number[] }
  >
  for (let at = -WARM_UP; at < TRANSACTIONS; at += 1) {
    for (const durability of DURABILITIES) {
      const ours = timeOf(() => recordOpening(journal, hedge, durability))
      for (const leg of hedge.legs) journal.freeLane(leg, 'used')
      const counterpart = timeOf(() => bare.insertTwo(durability))
      if (at < 0) continue
      times[durability].ours.push(ours)
      times[durability].bare.push(counterpart)
    }
  }
  const recorded = journal.ordersOfHedge(hedge.hedgeId).length
  const wanted = 2 * DURABILITIES.length * (TRANSACTIONS + WARM_UP)
  const problems = recorded === wanted ? [] : [`${recorded} of ${wanted} orders are in the journal`]
  return { times, problems }
}

/** What the engine does before the first byte leaves; signing is not in it. */
function recordOpening(journal: Journal, hedge: Hedge, durability: Durability): void {
  journal.transaction(durability, () => {
    journal.updateHedge(hedge, { attemptsUsed: 1 })
    for (const { accountIndex, apiKeyIndex } of hedge.legs) {
      const key = { accountIndex, apiKeyIndex }
      const clientOrderIndex = journal.nextClientOrderIndex()
      const { runId, hedgeId } = hedge
      journal.recordOrder(
        newOrder(key, journal.takeLane(key), { runId, hedgeId, clientOrderIndex }),
      )
    }
  })
}

interface Bare {
  insertTwo(durability: Durability): void
  close(): void
}

function openBare(file: string): Bare {
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.exec('CREATE TABLE entries (id INTEGER PRIMARY KEY, what TEXT) STRICT')
  const insert = database.prepare('INSERT INTO entries (what) VALUES (?)')
  const insertTwo = database.transaction(() => {
    insert.run('one leg')
    insert.run('the other')
  })
  return {
    insertTwo(durability) {
      database.pragma(`synchronous = ${durability}`)
      insertTwo.immediate()
    },
    close: () => database.close(),
  }
}

function timeOf(work: () => void): number {
  const startMs = performance.now()
  work()
  return performance.now() - startMs
}
