import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import { Dec } from '../../src/hedge/decimal.ts'
import type { LedgerFill } from '../../src/hedge/ledger.ts'
import {
  composeClientOrderIndex,
  instanceOfClientOrderIndex,
} from '../../src/hedge/client-order-index.ts'
import type { Journal, NewEvent, VenueIdentity } from '../../src/ports.ts'
import { newHedge } from './support/journal-factory.ts'
import {
  failureOf,
  type JournalHouse,
  makeHouse,
  takeAndRecord,
} from './support/journal-fixture.ts'

let house: JournalHouse
let one: Journal

beforeEach(() => {
  house = makeHouse()
  one = house.open('one')
})

/** Another program's look into the file. */
function withFile<T>(work: (database: Database.Database) => T): T {
  const database = new Database(house.file)
  try {
    return work(database)
  } finally {
    database.close()
  }
}

describe('the venue', () => {
  const venue: VenueIdentity = { network: 'testnet', chainId: 300, contractAddress: '0xAbC' }

  it('is bound once, and known again in another spelling and process', () => {
    one.bindVenue(venue)
    const two = house.open('two')
    for (const contractAddress of ['0xAbC', '0xabc']) {
      const bind = (): void => {
        two.bindVenue({ ...venue, contractAddress })
      }
      expect(failureOf(bind)).toBe('nothing was thrown')
    }
  })

  it.each([
    { ...venue, network: 'mainnet' },
    { ...venue, chainId: 304 },
    { ...venue, contractAddress: '0xdef' },
  ])('is never another one: %o', (other) => {
    one.bindVenue(venue)
    expect(failureOf(() => one.bindVenue(other))).toBe('config:journal_of_other_venue')
    one.bindVenue(venue)
  })
})

describe('runs', () => {
  it('count, and end once with exit code and result', () => {
    const { run, isExisting } = one.beginRun({ command: 'open' })
    expect(isExisting).toBe(false)
    expect(run).toEqual({
      runId: 'r1',
      runKey: undefined,
      command: 'open',
      startedAtMs: house.clock.now(),
      endedAtMs: undefined,
      exit: undefined,
      result: undefined,
    })
    expect(one.beginRun({ command: 'open' }).run.runId).toBe('r2')
    one.endRun('r1', { exit: 0, result: '{}' })
    expect(failureOf(() => one.endRun('r1', { exit: 1, result: '{}' }))).toBe(
      'bug:assertion_failed',
    )
    expect(failureOf(() => one.endRun('r9', { exit: 1, result: '{}' }))).toBe(
      'bug:assertion_failed',
    )
  })

  it('with the same key are the same run, finished or not', () => {
    const first = one.beginRun({ command: 'open', runKey: 'night' })
    expect(one.beginRun({ command: 'open', runKey: 'night' })).toEqual({
      ...first,
      isExisting: true,
    })
    one.endRun(first.run.runId, { exit: 3, result: '{"ok":false}' })
    expect(house.open('two').beginRun({ command: 'open', runKey: 'night' })).toEqual({
      isExisting: true,
      run: { ...first.run, endedAtMs: house.clock.now(), exit: 3, result: '{"ok":false}' },
    })
    expect(one.beginRun({ command: 'open', runKey: 'day' }).isExisting).toBe(false)
  })

  it('are not started a second time while their process lives, and taken over when it is gone', () => {
    const two = house.open('two')
    one.beginRun({ command: 'open', runKey: 'night' })
    const again = (): unknown => two.beginRun({ command: 'open', runKey: 'night' })
    expect(failureOf(again)).toBe('busy:run_in_progress')
    one.close()
    expect(again()).toMatchObject({ isExisting: true, run: { runId: 'r1', endedAtMs: undefined } })
    two.endRun('r1', { exit: 0, result: '{}' })
  })
})

describe('pause', () => {
  it('lasts from the first call to resume, for every process', async () => {
    expect(one.pausedSince()).toBeUndefined()
    const startMs = house.clock.now()
    one.setPaused(true)
    await house.clock.advance(500)
    one.setPaused(true)
    const two = house.open('two')
    expect(two.pausedSince()).toBe(startMs)
    two.setPaused(false)
    two.setPaused(false)
    expect(one.pausedSince()).toBeUndefined()
  })
})

describe('client order indices', () => {
  const setCounter = (counter: number): void => {
    withFile((database) => {
      database
        .prepare("INSERT OR REPLACE INTO meta VALUES ('client_order_counter', ?)")
        .run(String(counter))
    })
  }

  it('are given once, in both processes of a journal', () => {
    const two = house.open('two')
    const indices = [one, two, one, one, two, two].map((journal) => journal.nextClientOrderIndex())
    expect(new Set(indices).size).toBe(6)
    expect(indices.map(instanceOfClientOrderIndex)).toEqual(indices.map(() => one.instance))
    expect(indices[0]).toBe(composeClientOrderIndex(one.instance, 0))
  })

  it('leave a gap in a new process, for commits that a power failure took', () => {
    const before = one.nextClientOrderIndex()
    one.close()
    expect(house.open('two').nextClientOrderIndex()).toBeGreaterThanOrEqual(before + 1000)
  })

  it('leave the gap also when the first use was rolled back', () => {
    one.nextClientOrderIndex()
    const two = house.open('two')
    expect(() => {
      two.transaction('normal', () => {
        two.nextClientOrderIndex()
        throw new Error('later')
      })
    }).toThrow('later')
    expect(two.nextClientOrderIndex()).toBeGreaterThan(composeClientOrderIndex(one.instance, 1000))
  })

  it('come round after 2^24 and pass over what may be live: column, signed text, live hedge', () => {
    const { runId } = one.beginRun({ command: 'open' }).run
    one.createHedges([newHedge(runId, [1, 2])])
    const key = { accountIndex: 1, apiKeyIndex: 5 }
    one.setNextNonce(key, 0)
    const at = (counter: number): number => composeClientOrderIndex(one.instance, counter)
    const record = (state: 'prepared' | 'done', counter: number, hedgeId?: string): void => {
      const order = takeAndRecord(one, key, {
        runId,
        hedgeId,
        clientOrderIndex: at(counter),
        txInfo: `{"Orders":[{"ClientOrderIndex":${at(counter)}},{"ClientOrderIndex":${at(counter + 1)}}]}`,
      })
      one.updateOrder(order.orderId, { state })
      one.freeLane(key, 'used')
    }
    record('prepared', 0)
    record('done', 2, 'h1')
    record('done', 4)
    one.nextClientOrderIndex()
    setCounter(2 ** 24 - 1)
    expect([1, 2, 3].map(() => one.nextClientOrderIndex())).toEqual([at(2 ** 24 - 1), at(4), at(5)])
  })
})

describe('spent units', () => {
  const startMs = 1_800_000_000_000

  it('add up over processes, per bucket, from a time on', () => {
    const two = house.open('two')
    one.record({ bucket: '0xowner', units: 2, atMs: startMs })
    two.record({ bucket: '0xowner', units: 3, atMs: startMs + 1000 })
    one.record({ bucket: 'direct', units: 7, atMs: startMs + 1000 })
    two.record({ bucket: '0xowner', units: 1, atMs: startMs + 1000.7 })
    expect(two.spentSince('0xowner', startMs)).toBe(6)
    expect(one.spentSince('0xowner', startMs + 1)).toBe(4)
    expect(one.spentSince('0xowner', startMs + 1001)).toBe(0)
    expect(one.spentSince('elsewhere', 0)).toBe(0)
  })

  it('are forgotten after two minutes, and when they lie in an impossible future', () => {
    const far = [startMs - 120_001, startMs - 120_000, startMs + 120_000, startMs + 120_001]
    for (const atMs of far) one.record({ bucket: 'b', units: 1, atMs })
    withFile((database) => {
      database.exec(`INSERT INTO spend VALUES ('b', ${startMs + 3_600_000}, 50)`)
    })
    one.record({ bucket: 'b', units: 1, atMs: startMs })
    const kept = withFile((database) => database.prepare('SELECT at_ms FROM spend').pluck().all())
    expect(kept).toEqual([startMs, startMs + 120_000])
  })

  it.each([0, -1, 1.5, Number.NaN])('are counted: %s is a mistake', (units) => {
    const record = (): void => {
      one.record({ bucket: 'b', units, atMs: startMs })
    }
    expect(failureOf(record)).toBe('bug:assertion_failed')
  })

  it('are found through one index', () => {
    const plan = withFile((database) =>
      database
        .prepare(
          'EXPLAIN QUERY PLAN SELECT total(units) FROM spend WHERE bucket = ? AND at_ms >= ?',
        )
        .all('b', 0),
    )
    expect(plan).toMatchObject([
      { detail: 'SEARCH spend USING PRIMARY KEY (bucket=? AND at_ms>?)' },
    ])
  })
})

describe('events', () => {
  const event = (message: string, hedgeId?: string): NewEvent => ({
    level: 'warning',
    kind: 'order_in_doubt',
    message,
    runId: 'r1',
    hedgeId,
    account: 'a1',
  })

  it('come back newest first, of one hedge or of all', () => {
    for (const [message, hedgeId] of [
      ['a', 'h1'],
      ['b', 'h2'],
      ['c', undefined],
      ['d', 'h1'],
    ] as const) {
      one.addEvent(event(message, hedgeId))
    }
    const messages = (filter: { hedgeId?: string; limit: number }): string[] =>
      one.events(filter).map((found) => found.message)
    expect(messages({ limit: 3 })).toEqual(['d', 'c', 'b'])
    expect(messages({ hedgeId: 'h1', limit: 9 })).toEqual(['d', 'a'])
    expect(one.events({ limit: 1 })).toEqual([
      { ...event('d', 'h1'), eventId: 4, atMs: house.clock.now() },
    ])
  })

  it('cannot be changed or deleted, not even in the file', () => {
    one.addEvent(event('a'))
    withFile((database) => {
      expect(() => database.exec("UPDATE events SET message = 'b'")).toThrow('append only')
      expect(() => database.exec('DELETE FROM events')).toThrow('append only')
    })
    expect(one.events({ limit: 9 })).toHaveLength(1)
  })
})

describe('fills', () => {
  const fill = (rest: Partial<LedgerFill> = {}): LedgerFill => ({
    tradeId: '17',
    accountIndex: 1,
    hedgeId: 'h1',
    clientOrderIndex: 123,
    marketIndex: 1,
    side: 'buy',
    baseSize: new Dec('0.0005'),
    price: new Dec('65000.1'),
    feeUsd: new Dec('-0.00000001'),
    realizedPnlUsd: undefined,
    counterAccountIndex: '281474976710654',
    atMs: 1000,
    ...rest,
  })

  beforeEach(() => {
    one.createHedges([newHedge(one.beginRun({ command: 'open' }).run.runId, [1, 2])])
  })

  it('are recorded once, by time, one for each account of ours in the trade', () => {
    const late = fill({ tradeId: '16', atMs: 2000, realizedPnlUsd: new Dec('1.5') })
    const partner = fill({ accountIndex: 2, side: 'sell', atMs: 1000.9 })
    one.recordFills([late, fill()])
    one.recordFills([fill({ price: new Dec(1) }), partner])
    one.recordFills([])
    expect(one.fillsOfHedge('h1')).toEqual([fill(), { ...partner, atMs: 1000 }, late])
    expect(one.fillsOfHedge('h2')).toEqual([])
  })

  it('are recorded all or none', () => {
    const bad = fill({ tradeId: '18', side: 'up' as 'buy' })
    expect(failureOf(() => one.recordFills([fill(), bad]))).toBe('bug:journal_rule_broken')
    expect(one.fillsOfHedge('h1')).toEqual([])
  })
})

describe('facts of an account', () => {
  it('are unknown until saved, and replaced by newer ones', () => {
    expect(one.accountFacts(7)).toBeUndefined()
    one.saveAccountFacts(7, { l1Address: '0xabc' })
    one.saveAccountFacts(7, { l1Address: '0xdef' })
    expect(one.accountFacts(7)).toEqual({ l1Address: '0xdef' })
  })
})
