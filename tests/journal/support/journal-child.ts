/**
 * A process of its own with a journal of its own, driven over IPC: `[job, ...arguments]` in, `{ value }` or
 * `{ failure }` out. Run by `journal-process.ts`.
 */
import { writeSync } from 'node:fs'
import { createJournal } from '../../../src/journal/create-journal.ts'
import { createSystemClock } from '../../../src/system/system-clock.ts'
import { createSystemRng } from '../../../src/system/system-rng.ts'
import { HedgebotError } from '../../../src/errors.ts'
import { newHedge, newOrder } from './journal-factory.ts'

const [file = '', ownerId = '', leaseMs = ''] = process.argv.slice(2)

const journal = createJournal({
  file,
  clock: createSystemClock(),
  rng: createSystemRng(),
  owner: { ownerId, pid: process.pid, command: 'child' },
  leaseMs: Number(leaseMs),
  busyTimeoutMs: 10_000,
})

const KEY = { accountIndex: 1, apiKeyIndex: 5 }

const jobs: Readonly<Record<string, (...args: never[]) => unknown>> = {
  claimHedge: (hedgeId: string) => journal.claimHedge(hedgeId),
  createHedge: (runId: string, accounts: [number, number]) =>
    journal.createHedges([newHedge(runId, accounts)]),
  adoptLane: () => journal.adoptLane(KEY),
  holdLane: (runId: string, hedgeId: string) => hold(runId, hedgeId).orderId,
  raceForNonces: (runId: string, rounds: number) => raceForNonces(runId, rounds),
  raceForHedges: (runId: string, rounds: number) => raceForHedges(runId, rounds),
  raceForIndices: (rounds: number) =>
    Array.from({ length: rounds }, () => journal.nextClientOrderIndex()),
  hangInTransaction: (runId: string) => hangInTransaction(runId),
}

process.on('message', ([job, ...args]: [string, ...never[]]) => {
  try {
    process.send?.({ value: jobs[job]?.(...args) ?? null })
  } catch (error) {
    const failure = error instanceof HedgebotError ? `${error.kind}:${error.code}` : String(error)
    process.send?.({ failure })
  }
})
process.send?.({ value: 'open' })

function hold(
  runId: string,
  hedgeId?: string,
): { readonly orderId: number; readonly nonce: number } {
  return journal.transaction('normal', () =>
    journal.recordOrder(newOrder(KEY, journal.takeLane(KEY), { runId, hedgeId })),
  )
}

/** Takes the lane until so many nonces are used; every third is given back. */
function raceForNonces(runId: string, rounds: number): number[] {
  const used: number[] = []
  for (let turn = 0; used.length < rounds; turn += 1) {
    try {
      const { nonce } = hold(runId)
      const isUsed = turn % 3 !== 0
      journal.freeLane(KEY, isUsed ? 'used' : 'unused')
      if (isUsed) used.push(nonce)
    } catch (error) {
      if (!(error instanceof HedgebotError) || error.code !== 'lane_held') throw error
    }
  }
  return used
}

/** Wants the same accounts as everybody else. */
function raceForHedges(runId: string, rounds: number): string[] {
  const won: string[] = []
  for (let round = 0; round < rounds; round += 1) {
    try {
      const hedges = journal.createHedges([newHedge(runId, [100 + round, 200 + round])])
      won.push(...hedges.map((hedge) => hedge.hedgeId))
    } catch (error) {
      if (!(error instanceof HedgebotError) || error.code !== 'account_in_live_hedge') throw error
    }
  }
  return won
}

/** Stands still for ever with an open transaction that has taken a lane; says so first. */
function hangInTransaction(runId: string): void {
  journal.transaction('full', () => {
    journal.setPaused(true)
    journal.recordOrder(newOrder(KEY, journal.takeLane(KEY), { runId }))
    writeSync(1, 'hanging')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
}
