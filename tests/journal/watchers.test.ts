import { beforeEach, describe, expect, it } from 'vitest'
import type { Journal } from '../../src/ports.ts'
import { newHedge } from './support/journal-factory.ts'
import { failureOf, type JournalHouse, makeHouse } from './support/journal-fixture.ts'

let house: JournalHouse
let one: Journal
let two: Journal

beforeEach(() => {
  house = makeHouse()
  one = house.open('one')
  two = house.open('two')
})

describe('watching accounts', () => {
  it('is for one living process at a time', () => {
    one.claimWatch([1, 2])
    expect(failureOf(() => two.claimWatch([2, 3]))).toBe('busy:watch_running')
    expect(failureOf(() => one.claimWatch([1, 2]))).toBe('nothing was thrown')
  })

  it('takes no account when one of them is taken', () => {
    one.claimWatch([2])
    expect(failureOf(() => two.claimWatch([3, 2]))).toBe('busy:watch_running')
    expect(failureOf(() => one.claimWatch([3]))).toBe('nothing was thrown')
  })

  it('lets processes with other accounts watch beside each other', () => {
    one.claimWatch([1, 2])
    expect(failureOf(() => two.claimWatch([3, 4]))).toBe('nothing was thrown')
  })

  it('is free again when the process is gone', () => {
    one.claimWatch([1, 2])
    expect(two.watchOwner()).toMatchObject({ ownerId: 'one' })
    one.close()
    expect(two.watchOwner()).toBeUndefined()
    expect(failureOf(() => two.claimWatch([1, 2]))).toBe('nothing was thrown')
  })

  it('does not count ourselves as somebody who watches', () => {
    one.claimWatch([1])
    expect(one.watchOwner()).toBeUndefined()
  })
})

describe('news from other processes', () => {
  it('are told once, and our own changes are none', () => {
    const { runId } = one.beginRun({ command: 'open' }).run
    two.hasChangedElsewhere()
    expect(two.hasChangedElsewhere()).toBe(false)
    one.createHedges([newHedge(runId, [1, 2])])
    expect(two.hasChangedElsewhere()).toBe(true)
    expect(two.hasChangedElsewhere()).toBe(false)
    two.requestFlat('h1', 'user')
    expect(two.hasChangedElsewhere()).toBe(false)
    expect(one.hasChangedElsewhere()).toBe(true)
  })
})

describe('releasing', () => {
  it('gives up the named hedges only', () => {
    const { runId } = one.beginRun({ command: 'open' }).run
    one.createHedges([newHedge(runId, [1, 2]), newHedge(runId, [3, 4])])
    one.releaseHedges(['h1'])
    expect(two.claimHedge('h1')?.ownerId).toBe('two')
    expect(two.claimHedge('h2')).toBeUndefined()
  })

  it('never touches a hedge of somebody else', () => {
    const { runId } = one.beginRun({ command: 'open' }).run
    one.createHedges([newHedge(runId, [1, 2])])
    two.releaseHedges(['h1'])
    expect(two.claimHedge('h1')).toBeUndefined()
  })
})

describe('the memory of the stops', () => {
  it('is kept as it was written', () => {
    expect(one.stopMemory()).toBeUndefined()
    one.saveStopMemory('{"hedges":[]}')
    one.saveStopMemory('{"hedges":[1]}')
    expect(two.stopMemory()).toBe('{"hedges":[1]}')
  })
})
