/** What the journal must say once everything is over and no process runs. */
import type { Journal } from '../../../src/ports.ts'
import { createJournal } from '../../../src/journal/create-journal.ts'
import { createSystemRng } from '../../../src/system/system-rng.ts'
import type { ProcessWorld } from './process-world.ts'

const HEDGES_MAX = 100

/** One sentence for everything in it that is unfinished. */
export function auditJournal(world: ProcessWorld): readonly string[] {
  return readJournal(world, (journal) => [
    ...journal.liveHedges().map(({ hedgeId, state }) => `journal: ${hedgeId} is still ${state}`),
    ...journal
      .unsettledOrders()
      .map(({ orderId, state, purpose }) => `journal: order ${orderId} (${purpose}) is ${state}`),
    ...heldLanes(journal, world),
  ])
}

/** One sentence for every trade at the exchange that is no fill in the journal, and for every fill that is no trade. */
export function auditFills(world: ProcessWorld): readonly string[] {
  return readJournal(world, (journal) => differingFills(journal, world))
}

function readJournal<T>(world: ProcessWorld, read: (journal: Journal) => T): T {
  const journal = createJournal({
    file: world.journalFile,
    clock: world.clock,
    rng: createSystemRng(),
    owner: { ownerId: `auditor-${process.pid}`, pid: process.pid, command: 'audit' },
    leaseMs: 5000,
  })
  try {
    return read(journal)
  } finally {
    journal.close()
  }
}

function heldLanes(journal: Journal, { stage }: ProcessWorld): readonly string[] {
  return stage.accounts
    .filter((account) => journal.lane(account)?.state === 'held')
    .map(({ name }) => `journal: the lane of ${name} is still held`)
}

/** Each of our trades at the exchange is one fill of a hedge in the journal, and there is no other. */
function differingFills(journal: Journal, { audit }: ProcessWorld): readonly string[] {
  const fills = journal
    .recentHedges(HEDGES_MAX)
    .flatMap(({ hedgeId }) => journal.fillsOfHedge(hedgeId))
    .map(({ tradeId, accountIndex, side, baseSize }) =>
      [tradeId, accountIndex, baseSize.times(side === 'buy' ? 1 : -1).toString()].join(' '),
    )
  const trades = audit
    .trades()
    .map(({ tradeId, accountIndex, ticks }) =>
      [tradeId, accountIndex, String(Number(ticks) / 1e5)].join(' '),
    )
  return [
    ...without(trades, fills).map((trade) => `journal: lacks the trade ${trade}`),
    ...without(fills, trades).map((fill) => `journal: has a fill that never was: ${fill}`),
  ]
}

function without(some: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others)
  return some.filter((one) => !known.has(one))
}
