import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Journal } from '../../src/ports.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { newHedge } from './support/journal-factory.ts'
import { failureOf, type JournalHouse, makeHouse } from './support/journal-fixture.ts'
import { startJournalProcess } from './support/journal-process.ts'

const KEY = { accountIndex: 1, apiKeyIndex: 5 }

let house: JournalHouse
let journal: Journal
let runId: string

beforeEach(() => {
  house = makeHouse()
  journal = house.open('parent', { clock: createSystemClock(), leaseMs: 60_000 })
  runId = journal.beginRun({ command: 'open' }).run.runId
  journal.setNextNonce(KEY, 0)
})

describe('two processes on one journal', () => {
  it('never get one nonce twice, and lose none', async () => {
    const rounds = 300
    const children = await Promise.all(
      ['a', 'b'].map((ownerId) => startJournalProcess(house.file, ownerId)),
    )
    const results = (await Promise.all(
      children.map((child) => child.run('raceForNonces', runId, rounds)),
    )) as number[][]
    const used = results.flat().sort((a, b) => a - b)
    expect(used).toEqual(Array.from({ length: 2 * rounds }, (_, nonce) => nonce))
    expect(journal.lane(KEY)).toMatchObject({ state: 'free', nextNonce: 2 * rounds })
  })

  it('never get one account into two hedges, nor one index twice', async () => {
    const children = await Promise.all(
      ['a', 'b'].map((ownerId) => startJournalProcess(house.file, ownerId)),
    )
    const won = (await Promise.all(
      children.map((child) => child.run('raceForHedges', runId, 100)),
    )) as string[][]
    expect(won.flat().sort()).toEqual(
      journal
        .liveHedges()
        .map((hedge) => hedge.hedgeId)
        .sort(),
    )
    expect(won.flat()).toHaveLength(100)

    const indices = (await Promise.all(
      children.map((child) => child.run('raceForIndices', 500)),
    )) as number[][]
    expect(new Set(indices.flat()).size).toBe(1000)
  })

  it('know of each other that they live, refuse to share an owner id, and see changes at once', async () => {
    const child = await startJournalProcess(house.file, 'a')
    expect(journal.isOwnerAlive('a')).toBe(true)
    expect(failureOf(() => house.open('a'))).toBe('busy:owner_alive')
    await child.run('createHedge', runId, [1, 2])
    expect(journal.hedge('h1')).toMatchObject({ ownerId: 'a', epoch: 1 })
    expect(() => journal.createHedges([newHedge(runId, [2, 3])])).toThrow(/"child" \(process \d+\)/)
    await expect(child.run('createHedge', runId, [2, 3])).rejects.toThrow(
      'busy:account_in_live_hedge',
    )
  })
})

describe('a process that is killed', () => {
  it('frees its hedges and lanes at once', async () => {
    const child = await startJournalProcess(house.file, 'a')
    await child.run('createHedge', runId, [1, 2])
    const orderId = await child.run('holdLane', runId, 'h1')
    expect(journal.claimHedge('h1')).toBeUndefined()
    expect(journal.adoptLane(KEY)).toBeUndefined()
    await child.kill()
    expect(journal.isOwnerAlive('a')).toBe(false)
    expect(existsSync(join(dirname(house.file), 'locks', 'a.lock'))).toBe(false)
    expect(journal.claimHedge('h1')).toMatchObject({ ownerId: 'parent', epoch: 2 })
    expect(journal.adoptLane(KEY)).toMatchObject({ ownerId: 'parent', epoch: 2, orderId })
    expect(journal.unsettledOrders()).toMatchObject([{ orderId, state: 'prepared', nonce: 0 }])
  })

  it('leaves nothing of the transaction it was in, and its lock blocks nobody', async () => {
    const child = await startJournalProcess(house.file, 'a')
    const hasty = house.open('hasty', { busyTimeoutMs: 20 })
    await child.runForEver('hangInTransaction', runId)
    expect(failureOf(() => hasty.setPaused(true))).toBe('journal:journal_locked')
    // Reading goes on while somebody else writes.
    expect(hasty.pausedSince()).toBeUndefined()
    await child.kill()
    expect(journal.lane(KEY)).toMatchObject({ state: 'free', nextNonce: 0 })
    expect(journal.unsettledOrders()).toEqual([])
    expect(journal.pausedSince()).toBeUndefined()
    journal.setPaused(true)
    expect(hasty.pausedSince()).toBeDefined()
  })

  it('is succeeded by exactly one of two that both want its hedge', async () => {
    const [victim, ...heirs] = await Promise.all(
      ['a', 'b', 'c'].map((ownerId) => startJournalProcess(house.file, ownerId)),
    )
    await victim?.run('createHedge', runId, [1, 2])
    await victim?.kill()
    const claims = await Promise.all(heirs.map((heir) => heir.run('claimHedge', 'h1')))
    expect(claims.filter((claim) => claim !== null)).toMatchObject([{ epoch: 2 }])
  })
})

describe('a process that stands still', () => {
  it('loses its hedge when the lease runs out, and cannot act on it when it wakes up', async () => {
    const child = await startJournalProcess(house.file, 'a', 150)
    await child.run('createHedge', runId, [1, 2])
    child.signal('SIGSTOP')
    expect(journal.isOwnerAlive('a')).toBe(true)
    await expect
      .poll(() => journal.claimHedge('h1'), { timeout: 5_000 })
      .toMatchObject({ epoch: 2 })
    child.signal('SIGCONT')
    await expect(child.run('holdLane', runId, 'h1')).rejects.toThrow('busy:lease_lost')
    expect(await child.run('claimHedge', 'h1')).toBeNull()
    expect(journal.lane(KEY)?.state).toBe('free')
  })
})
