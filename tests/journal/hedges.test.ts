import { beforeEach, describe, expect, it } from 'vitest'
import { Dec } from '../../src/hedge/decimal.ts'
import type { Hedge } from '../../src/hedge/ledger.ts'
import type { Journal } from '../../src/ports.ts'
import { leg, newHedge } from './support/journal-factory.ts'
import { failureOf, type JournalHouse, LEASE_MS, makeHouse } from './support/journal-fixture.ts'

let house: JournalHouse
let journal: Journal
let runId: string

beforeEach(() => {
  house = makeHouse()
  journal = house.open('one')
  runId = journal.beginRun({ command: 'open' }).run.runId
})

const create = (accounts: readonly [number, number], by = journal): Hedge => {
  const [hedge] = by.createHedges([newHedge(runId, accounts)])
  if (hedge === undefined) throw new Error('no hedge')
  return hedge
}

const close = (hedge: Hedge): Hedge =>
  journal.updateHedge(hedge, { state: 'closed', closedAtMs: house.clock.now() })

describe('creating hedges', () => {
  it('gives ids in order, and us as the owner with a lease', () => {
    const plans = [newHedge(runId, [1, 2]), newHedge(runId, [3, 4])]
    const hedges = journal.createHedges(plans)
    expect(hedges.map((hedge) => hedge.hedgeId)).toEqual(['h1', 'h2'])
    expect(hedges[0]).toEqual({
      ...plans[0],
      hedgeId: 'h1',
      ownerId: 'one',
      epoch: 1,
      createdAtMs: house.clock.now(),
      leaseUntilMs: house.clock.now() + LEASE_MS,
      openedAtMs: undefined,
      closedAtMs: undefined,
    })
    expect(journal.hedge('h1')).toEqual(hedges[0])
    expect(journal.hedge('h9')).toBeUndefined()
  })

  it('goes on counting in the next process', () => {
    create([1, 2])
    journal.close()
    const next = house.open('two')
    expect(create([3, 4], next).hedgeId).toBe('h2')
  })

  it('refuses an account that is in a live hedge, names both, and creates none', () => {
    create([1, 2])
    const plans = [newHedge(runId, [3, 4]), newHedge(runId, [5, 2])]
    const other = house.open('two')
    expect(failureOf(() => other.createHedges(plans))).toBe('busy:account_in_live_hedge')
    expect(() => other.createHedges(plans)).toThrow(
      /account a2 \(index 2\) is in hedge h1, held by "test one"/,
    )
    expect(other.liveHedges().map((hedge) => hedge.hedgeId)).toEqual(['h1'])
  })

  it('refuses an account that is in two of the new hedges', () => {
    const plans = [newHedge(runId, [1, 2]), newHedge(runId, [2, 3])]
    expect(failureOf(() => journal.createHedges(plans))).toBe('busy:account_in_live_hedge')
    expect(journal.liveHedges()).toEqual([])
  })

  it('refuses an account on both sides of one hedge as a mistake of ours', () => {
    expect(failureOf(() => create([1, 1]))).toBe('bug:journal_rule_broken')
  })

  it.each(['closed', 'aborted'] as const)('takes an account whose hedge is %s', (state) => {
    journal.updateHedge(create([1, 2]), { state })
    expect(create([2, 3]).hedgeId).toBe('h2')
  })
})

describe('reading hedges', () => {
  it('lists the live ones oldest first and the recent ones newest first, legs in their order', () => {
    create([9, 8])
    close(create([7, 6]))
    create([5, 4])
    const ids = (list: readonly Hedge[]): string[] => list.map((hedge) => hedge.hedgeId)
    expect(ids(journal.liveHedges())).toEqual(['h1', 'h3'])
    expect(ids(journal.recentHedges(2))).toEqual(['h3', 'h2'])
    expect(ids(journal.hedgesOfRun(runId))).toEqual(['h1', 'h2', 'h3'])
    expect(journal.hedgesOfRun('r9')).toEqual([])
    expect(journal.recentHedges(1)[0]?.legs.map((one) => one.accountIndex)).toEqual([5, 4])
  })
})

describe('updating a hedge', () => {
  it('changes what the patch names, and clears what it names as undefined', () => {
    const hedge = create([1, 2])
    journal.updateHedge(hedge, { nakedSinceMs: 1234, attemptsUsed: 2, cause: 'user' })
    journal.updateHedge(hedge, { nakedSinceMs: undefined, openedAtMs: 5678.9, state: 'open' })
    expect(journal.hedge('h1')).toEqual({
      ...hedge,
      state: 'open',
      attemptsUsed: 2,
      cause: 'user',
      nakedSinceMs: undefined,
      openedAtMs: 5678,
    })
  })

  it('keeps every digit of the legs', () => {
    const hedge = create([1, 2])
    const legs = [
      {
        ...leg(1, 'long'),
        lastSeenBase: new Dec('0.000000000000000001'),
        stopDown: new Dec('1e21'),
      },
      {
        ...leg(2, 'short'),
        lastSeenBase: new Dec('-281474976710655.12345678'),
        stopState: 'PENDING' as const,
      },
    ]
    journal.updateHedge(hedge, { legs })
    expect(journal.hedge('h1')?.legs).toEqual(legs)
  })

  it('refuses to change accounts, sides or number of the legs', () => {
    const hedge = create([1, 2])
    for (const legs of [
      [leg(1)],
      [leg(1, 'long'), leg(3, 'short')],
      [leg(1, 'short'), leg(2, 'long')],
    ]) {
      expect(failureOf(() => journal.updateHedge(hedge, { legs }))).toBe('bug:assertion_failed')
    }
    expect(journal.hedge('h1')).toEqual(hedge)
  })

  it.each(['closed', 'aborted'] as const)('never brings a hedge back that is %s', (state) => {
    const hedge = create([1, 2])
    journal.updateHedge(hedge, { state })
    expect(failureOf(() => journal.updateHedge(hedge, { state: 'open' }))).toBe(
      'bug:assertion_failed',
    )
  })

  it('refuses another epoch, another owner and an unknown id', () => {
    const hedge = create([1, 2])
    const stale = { hedgeId: 'h1', epoch: 0 }
    expect(failureOf(() => journal.updateHedge(stale, { attemptsUsed: 1 }))).toBe('busy:lease_lost')
    const other = house.open('two')
    expect(failureOf(() => other.updateHedge(hedge, { attemptsUsed: 1 }))).toBe('busy:lease_lost')
    const unknown = { hedgeId: 'h7', epoch: 1 }
    expect(failureOf(() => journal.updateHedge(unknown, {}))).toBe('refused:hedge_unknown')
    expect(journal.hedge('h1')).toEqual(hedge)
  })
})

describe('asking for flat', () => {
  it('works on a hedge of somebody else, who sees it', () => {
    create([1, 2])
    house.open('two').requestFlat('h1', 'user')
    expect(journal.hedge('h1')).toMatchObject({ target: 'flat', cause: 'user', ownerId: 'one' })
  })

  it('keeps the first cause', () => {
    create([1, 2])
    journal.requestFlat('h1', 'stop_loss')
    journal.requestFlat('h1', 'user')
    expect(journal.hedge('h1')?.cause).toBe('stop_loss')
  })

  it('is never taken back by an owner that has not looked yet', () => {
    const hedge = create([1, 2])
    house.open('two').requestFlat('h1', 'user')
    const updated = journal.updateHedge(hedge, { target: 'open', state: 'open', cause: undefined })
    expect(updated).toMatchObject({ target: 'flat', cause: 'user', state: 'open' })
    expect(journal.hedge('h1')).toMatchObject({ target: 'flat', cause: 'user' })
  })

  it('does nothing to a hedge that is closed, and refuses an unknown one', () => {
    close(create([1, 2]))
    journal.requestFlat('h1', 'user')
    expect(journal.hedge('h1')).toMatchObject({ target: 'open', cause: undefined })
    expect(failureOf(() => journal.requestFlat('h7', 'user'))).toBe('refused:hedge_unknown')
  })
})
