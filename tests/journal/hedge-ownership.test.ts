import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Journal } from '../../src/ports.ts'
import { newHedge } from './support/journal-factory.ts'
import {
  failureOf,
  type JournalHouse,
  LEASE_MS,
  makeHouse,
  takeAndRecord,
} from './support/journal-fixture.ts'

let house: JournalHouse
let one: Journal
let two: Journal

beforeEach(() => {
  house = makeHouse()
  one = house.open('one')
  two = house.open('two')
  const { runId } = one.beginRun({ command: 'open' }).run
  one.createHedges([newHedge(runId, [1, 2])])
})

describe('claiming a hedge', () => {
  it('fails while the owner lives and renews its lease in time', async () => {
    expect(two.claimHedge('h1')).toBeUndefined()
    for (let turn = 0; turn < 5; turn += 1) {
      await house.clock.advance(LEASE_MS - 1)
      expect(two.claimHedge('h1')).toBeUndefined()
      one.renewLeases()
    }
    expect(one.hedge('h1')).toMatchObject({ ownerId: 'one', epoch: 1 })
  })

  it('succeeds when the lease ran out although the owner lives, and fences the old owner', async () => {
    const before = one.hedge('h1')
    await house.clock.advance(LEASE_MS)
    expect(two.claimHedge('h1')).toMatchObject({
      ownerId: 'two',
      epoch: 2,
      leaseUntilMs: house.clock.now() + LEASE_MS,
    })
    if (before === undefined) throw new Error('no hedge')
    expect(failureOf(() => one.updateHedge(before, { attemptsUsed: 1 }))).toBe('busy:lease_lost')
    one.renewLeases()
    one.releaseHedges()
    expect(two.hedge('h1')).toMatchObject({ ownerId: 'two', epoch: 2 })
  })

  it('succeeds at once when the process of the owner is gone', () => {
    one.close()
    expect(two.isOwnerAlive('one')).toBe(false)
    expect(two.claimHedge('h1')).toMatchObject({ ownerId: 'two', epoch: 2 })
  })

  it('succeeds at once when the owner released it', () => {
    one.releaseHedges()
    expect(two.hedge('h1')).toMatchObject({ ownerId: undefined, epoch: 1 })
    expect(two.claimHedge('h1')).toMatchObject({ ownerId: 'two', epoch: 2 })
  })

  it('of our own only renews the lease', async () => {
    await house.clock.advance(LEASE_MS * 3)
    expect(one.claimHedge('h1')).toMatchObject({
      epoch: 1,
      leaseUntilMs: house.clock.now() + LEASE_MS,
    })
  })

  it('finds nothing under an unknown id', () => {
    expect(two.claimHedge('h7')).toBeUndefined()
  })

  it('lets the first of two take it', () => {
    const three = house.open('three')
    one.close()
    expect(two.claimHedge('h1')).toBeDefined()
    expect(three.claimHedge('h1')).toBeUndefined()
  })

  it('adopts nothing else: the lanes stay with the old owner', async () => {
    const key = { accountIndex: 1, apiKeyIndex: 5 }
    one.setNextNonce(key, 40)
    takeAndRecord(one, key, { runId: 'r1', hedgeId: 'h1' })
    await house.clock.advance(LEASE_MS)
    two.claimHedge('h1')
    expect(two.lane(key)).toMatchObject({ state: 'held', ownerId: 'one', epoch: 1 })
  })
})

describe('leases', () => {
  it('renew the hedges of ours and of nobody else', async () => {
    const { runId } = two.beginRun({ command: 'open' }).run
    two.createHedges([newHedge(runId, [3, 4])])
    const startMs = house.clock.now()
    await house.clock.advance(1_000)
    two.renewLeases()
    expect(one.hedge('h1')?.leaseUntilMs).toBe(startMs + LEASE_MS)
    expect(one.hedge('h2')?.leaseUntilMs).toBe(startMs + 1_000 + LEASE_MS)
  })

  it('survive a wall clock that is set back, as long as nobody dies', () => {
    house.clock.jumpWall(-3_600_000)
    expect(two.claimHedge('h1')).toBeUndefined()
    one.close()
    expect(two.claimHedge('h1')).toBeDefined()
  })
})

describe('the life of an owner', () => {
  const lockOf = (ownerId: string): string => join(dirname(house.file), 'locks', `${ownerId}.lock`)

  it('lasts from opening to closing, for ourselves and for others', () => {
    expect([one.isOwnerAlive('one'), two.isOwnerAlive('one')]).toEqual([true, true])
    expect(two.isOwnerAlive('one')).toBe(true)
    one.close()
    expect(two.isOwnerAlive('one')).toBe(false)
  })

  it('never began for somebody without a lock file', () => {
    expect(two.isOwnerAlive('nobody')).toBe(false)
  })

  it('ended when the lock file has no holder, and the file goes', () => {
    writeFileSync(lockOf('dead'), '')
    expect(two.isOwnerAlive('dead')).toBe(false)
    expect(existsSync(lockOf('dead'))).toBe(false)
  })

  it('is unknown, not over, when the lock file cannot be read', () => {
    writeFileSync(lockOf('strange'), 'not a lock file at all '.repeat(100))
    expect(failureOf(() => two.isOwnerAlive('strange'))).toBe('journal:journal_corrupt')
  })

  it('is cleared away by the next opening', () => {
    writeFileSync(lockOf('dead'), '')
    house.open('three')
    expect(existsSync(lockOf('dead'))).toBe(false)
    expect(existsSync(lockOf('one'))).toBe(true)
  })

  it('takes no id that could leave the folder', () => {
    expect(failureOf(() => two.isOwnerAlive('../journal'))).toBe('bug:assertion_failed')
    expect(failureOf(() => house.open('a/b'))).toBe('bug:assertion_failed')
  })
})
