import { beforeEach, describe, expect, it } from 'vitest'
import type { Journal } from '../../src/ports.ts'
import { newHedge, newOrder } from './support/journal-factory.ts'
import {
  failureOf,
  type JournalHouse,
  LEASE_MS,
  makeHouse,
  takeAndRecord,
} from './support/journal-fixture.ts'

const KEY = { accountIndex: 1, apiKeyIndex: 5 }

let house: JournalHouse
let one: Journal
let two: Journal
let runId: string

beforeEach(() => {
  house = makeHouse()
  one = house.open('one')
  two = house.open('two')
  runId = one.beginRun({ command: 'open' }).run.runId
})

const take = (journal: Journal): number =>
  journal.transaction('normal', () => journal.takeLane(KEY))
const failureOfTake = (journal: Journal): string => failureOf(() => take(journal))

describe('taking a lane', () => {
  it('is refused until the nonce was read', () => {
    expect(one.lane(KEY)).toBeUndefined()
    expect(failureOfTake(one)).toBe('unknown_state:nonce_unknown')
    one.setNextNonce(KEY, 7)
    expect(one.lane(KEY)).toEqual({
      ...KEY,
      nextNonce: 7,
      state: 'free',
      ownerId: undefined,
      epoch: undefined,
      orderId: undefined,
    })
  })

  it('allots the nonce and holds the lane against everybody, ourselves included', () => {
    one.setNextNonce(KEY, 7)
    const order = takeAndRecord(one, KEY, { runId })
    expect(order.nonce).toBe(7)
    expect(two.lane(KEY)).toMatchObject({ state: 'held', ownerId: 'one', orderId: order.orderId })
    expect(failureOfTake(one)).toBe('busy:lane_held')
    expect(failureOfTake(two)).toBe('busy:lane_held')
    expect(() => take(two)).toThrow(/account 1, API key 5 .* "test one"/)
  })

  it('keeps keys of one account and accounts of one key apart', () => {
    const keys = [KEY, { accountIndex: 1, apiKeyIndex: 6 }, { accountIndex: 2, apiKeyIndex: 5 }]
    keys.forEach((key, position) => {
      one.setNextNonce(key, 10 * position)
      expect(takeAndRecord(one, key, { runId }).nonce).toBe(10 * position)
    })
  })

  it('belongs inside a transaction, together with its order', () => {
    one.setNextNonce(KEY, 7)
    expect(failureOf(() => one.takeLane(KEY))).toBe('bug:assertion_failed')
    expect(failureOfTake(one)).toBe('bug:assertion_failed')
    expect(one.lane(KEY)?.state).toBe('free')
    expect(takeAndRecord(one, KEY, { runId }).nonce).toBe(7)
  })

  it('leaves no trace when signing fails', () => {
    one.setNextNonce(KEY, 7)
    expect(() => {
      one.transaction('full', () => {
        one.takeLane(KEY)
        throw new Error('the passport does not match')
      })
    }).toThrow('passport')
    expect(one.lane(KEY)).toMatchObject({ state: 'free', nextNonce: 7 })
  })

  it('leaves the first of two lanes free when the second is held', () => {
    const other = { accountIndex: 2, apiKeyIndex: 5 }
    one.setNextNonce(KEY, 7)
    one.setNextNonce(other, 9)
    takeAndRecord(two, other, { runId })
    const both = (): void => {
      one.transaction('full', () => {
        one.recordOrder(newOrder(KEY, one.takeLane(KEY), { runId }))
        one.takeLane(other)
      })
    }
    expect(failureOf(both)).toBe('busy:lane_held')
    expect(one.lane(KEY)?.state).toBe('free')
    expect(one.ordersOfRun(runId)).toHaveLength(1)
  })
})

describe('an account in a live hedge', () => {
  beforeEach(() => {
    one.setNextNonce(KEY, 7)
    one.createHedges([newHedge(runId, [1, 2])])
  })

  it('gives its nonce to the owner of the hedge only, with the epoch', () => {
    expect(failureOfTake(two)).toBe('busy:lease_lost')
    takeAndRecord(one, KEY, { runId, hedgeId: 'h1' })
    expect(one.lane(KEY)).toMatchObject({ ownerId: 'one', epoch: 1 })
  })

  it('gives nothing to an owner whose hedge was claimed by another', async () => {
    await house.clock.advance(LEASE_MS)
    two.claimHedge('h1')
    expect(failureOfTake(one)).toBe('busy:lease_lost')
    expect(takeAndRecord(two, KEY, { runId, hedgeId: 'h1' }).nonce).toBe(7)
    expect(two.lane(KEY)).toMatchObject({ ownerId: 'two', epoch: 2 })
  })

  it('gives nothing while nobody owns the hedge', () => {
    one.releaseHedges()
    expect(failureOfTake(one)).toBe('busy:lease_lost')
    one.claimHedge('h1')
    expect(takeAndRecord(one, KEY, { runId }).nonce).toBe(7)
  })

  it('records no order for a hedge of somebody else', () => {
    const free = { accountIndex: 9, apiKeyIndex: 5 }
    two.setNextNonce(free, 1)
    const record = (): unknown => takeAndRecord(two, free, { runId, hedgeId: 'h1' })
    expect(failureOf(record)).toBe('busy:lease_lost')
    expect(two.lane(free)?.state).toBe('free')
  })
})

describe('freeing a lane', () => {
  beforeEach(() => {
    one.setNextNonce(KEY, 7)
    takeAndRecord(one, KEY, { runId })
  })

  it('moves a used nonce on', () => {
    one.freeLane(KEY, 'used')
    expect(one.lane(KEY)).toMatchObject({ state: 'free', nextNonce: 8, orderId: undefined })
    expect(takeAndRecord(two, KEY, { runId }).nonce).toBe(8)
  })

  it('gives an unused nonce back', () => {
    one.freeLane(KEY, 'unused')
    expect(takeAndRecord(two, KEY, { runId }).nonce).toBe(7)
  })

  it('never goes back behind what the venue said meanwhile', () => {
    one.setNextNonce(KEY, 12)
    one.freeLane(KEY, 'used')
    expect(one.lane(KEY)?.nextNonce).toBe(12)
  })

  it('is the right of its holder only', () => {
    expect(failureOf(() => two.freeLane(KEY, 'used'))).toBe('busy:lane_lost')
    one.freeLane(KEY, 'used')
    expect(failureOf(() => one.freeLane(KEY, 'used'))).toBe('busy:lane_lost')
    expect(one.lane(KEY)?.nextNonce).toBe(8)
  })
})

describe('setting the next nonce', () => {
  it('is refused while another living owner holds the lane', () => {
    one.setNextNonce(KEY, 7)
    takeAndRecord(one, KEY, { runId })
    expect(failureOf(() => two.setNextNonce(KEY, 8))).toBe('busy:lane_held')
    one.close()
    two.setNextNonce(KEY, 8)
    expect(two.lane(KEY)).toMatchObject({ state: 'held', nextNonce: 8 })
  })

  it('may go back: a transaction that expired unexecuted does not count at the venue', () => {
    one.setNextNonce(KEY, 7)
    one.setNextNonce(KEY, 6)
    expect(takeAndRecord(one, KEY, { runId }).nonce).toBe(6)
  })

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses %s', (nonce) => {
    expect(failureOf(() => one.setNextNonce(KEY, nonce))).toBe('bug:assertion_failed')
  })
})

describe('recording an order', () => {
  it('needs the nonce of the lane, a lane of ours, and no order in it', () => {
    one.setNextNonce(KEY, 7)
    const record = (nonce: (taken: number) => number): string =>
      failureOf(() =>
        one.transaction('normal', () =>
          one.recordOrder(newOrder(KEY, nonce(one.takeLane(KEY)), { runId })),
        ),
      )
    expect(record((taken) => taken + 1)).toBe('bug:assertion_failed')
    const withoutLane = (): unknown =>
      one.transaction('normal', () => one.recordOrder(newOrder(KEY, 7, { runId })))
    expect(failureOf(withoutLane)).toBe('busy:lane_lost')
    expect(failureOf(() => one.recordOrder(newOrder(KEY, 7, { runId })))).toBe(
      'bug:assertion_failed',
    )
    takeAndRecord(one, KEY, { runId })
    expect(failureOf(withoutLane)).toBe('bug:assertion_failed')
    expect(one.ordersOfRun(runId)).toHaveLength(1)
  })

  it('refuses a transaction hash that is known already', () => {
    one.setNextNonce(KEY, 7)
    const { txHash } = takeAndRecord(one, KEY, { runId })
    one.freeLane(KEY, 'used')
    const again = (): unknown => takeAndRecord(one, KEY, { runId, txHash })
    expect(failureOf(again)).toBe('bug:journal_rule_broken')
    expect(one.lane(KEY)).toMatchObject({ state: 'free', nextNonce: 8 })
  })
})

describe('replacing the order in a lane', () => {
  it('keeps both rows, the old one in doubt, and the lane held by the new one', () => {
    one.setNextNonce(KEY, 7)
    const old = takeAndRecord(one, KEY, { runId })
    const next = one.recordReplacement(
      old.orderId,
      newOrder(KEY, 7, { runId, purpose: 'displace' }),
    )
    expect(one.order(old.orderId)?.state).toBe('in_doubt')
    expect(next).toMatchObject({ state: 'prepared', nonce: 7, purpose: 'displace' })
    expect(one.lane(KEY)).toMatchObject({ state: 'held', orderId: next.orderId })
    expect(one.unsettledOrders().map((order) => order.orderId)).toEqual([old.orderId, next.orderId])
    one.freeLane(KEY, 'used')
    expect(one.lane(KEY)?.nextNonce).toBe(8)
  })

  it('leaves an old one that the venue accepted as it is', () => {
    one.setNextNonce(KEY, 7)
    const old = takeAndRecord(one, KEY, { runId })
    one.updateOrder(old.orderId, { state: 'accepted' })
    one.recordReplacement(old.orderId, newOrder(KEY, 7, { runId }))
    expect(one.order(old.orderId)?.state).toBe('accepted')
  })

  it('needs the very same nonce, the order that holds the lane, and the lane', () => {
    one.setNextNonce(KEY, 7)
    const old = takeAndRecord(one, KEY, { runId })
    const replace = (journal: Journal, orderId: number, nonce: number): string =>
      failureOf(() => journal.recordReplacement(orderId, newOrder(KEY, nonce, { runId })))
    expect(replace(one, old.orderId, 8)).toBe('bug:assertion_failed')
    expect(replace(one, old.orderId + 1, 7)).toBe('busy:lease_lost')
    expect(replace(two, old.orderId, 7)).toBe('busy:lane_lost')
    expect(one.order(old.orderId)?.state).toBe('prepared')
  })
})

describe('adopting a lane', () => {
  it('finds nothing in an unused one and hands back one that is free or ours', () => {
    expect(two.adoptLane(KEY)).toBeUndefined()
    one.setNextNonce(KEY, 7)
    expect(two.adoptLane(KEY)).toMatchObject({ state: 'free', nextNonce: 7 })
    takeAndRecord(two, KEY, { runId })
    expect(two.adoptLane(KEY)).toMatchObject({ state: 'held', ownerId: 'two' })
  })

  it('fails while the holder lives, with a hedge or without, and however long it takes', async () => {
    one.setNextNonce(KEY, 7)
    takeAndRecord(one, KEY, { runId })
    await house.clock.advance(LEASE_MS * 100)
    expect(two.adoptLane(KEY)).toBeUndefined()
    expect(two.lane(KEY)?.ownerId).toBe('one')
  })

  it('succeeds when the holder is gone, and makes its order ours to settle', () => {
    one.setNextNonce(KEY, 7)
    const order = takeAndRecord(one, KEY, { runId })
    expect(failureOf(() => two.updateOrder(order.orderId, { state: 'in_doubt' }))).toBe(
      'busy:lease_lost',
    )
    one.close()
    expect(two.adoptLane(KEY)).toMatchObject({
      state: 'held',
      ownerId: 'two',
      orderId: order.orderId,
    })
    two.updateOrder(order.orderId, { state: 'expired' })
    two.freeLane(KEY, 'unused')
    expect(takeAndRecord(two, KEY, { runId }).nonce).toBe(7)
  })

  it('needs the hedge first, and then takes it from a holder that stalled', async () => {
    one.setNextNonce(KEY, 7)
    one.createHedges([newHedge(runId, [1, 2])])
    const order = takeAndRecord(one, KEY, { runId, hedgeId: 'h1' })
    await house.clock.advance(LEASE_MS)
    expect(two.adoptLane(KEY)).toBeUndefined()
    two.claimHedge('h1')
    expect(two.adoptLane(KEY)).toMatchObject({ ownerId: 'two', epoch: 2, orderId: order.orderId })

    // The old holder wakes up: nothing it does counts any more.
    expect(failureOf(() => one.freeLane(KEY, 'used'))).toBe('busy:lane_lost')
    expect(failureOf(() => one.updateOrder(order.orderId, { state: 'accepted' }))).toBe(
      'busy:lease_lost',
    )
    const replacement = newOrder(KEY, 7, { runId, hedgeId: 'h1' })
    expect(failureOf(() => one.recordReplacement(order.orderId, replacement))).toBe(
      'busy:lane_lost',
    )
    const replaced = two.recordReplacement(order.orderId, replacement)
    expect(two.lane(KEY)?.orderId).toBe(replaced.orderId)
  })

  it('fails for a third one, although the first holder is gone', () => {
    const three = house.open('three')
    one.setNextNonce(KEY, 7)
    one.createHedges([newHedge(runId, [1, 2])])
    takeAndRecord(one, KEY, { runId, hedgeId: 'h1' })
    one.close()
    two.claimHedge('h1')
    expect(three.adoptLane(KEY)).toBeUndefined()
    expect(two.adoptLane(KEY)).toMatchObject({ ownerId: 'two' })
    expect(three.adoptLane(KEY)).toBeUndefined()
  })

  it('leaves a lane that a living owner holds for a hedge that it closed meanwhile', async () => {
    one.setNextNonce(KEY, 7)
    const [hedge] = one.createHedges([newHedge(runId, [1, 2])])
    if (hedge === undefined) throw new Error('no hedge')
    takeAndRecord(one, KEY, { runId, hedgeId: 'h1', purpose: 'cancel' })
    one.updateHedge(hedge, { state: 'closed' })
    two.createHedges([newHedge(runId, [1, 2])])
    for (let turn = 0; turn < 3; turn += 1) {
      await house.clock.advance(LEASE_MS - 1)
      expect(two.adoptLane(KEY)).toBeUndefined()
      one.renewLeases()
    }
    await house.clock.advance(LEASE_MS)
    expect(two.adoptLane(KEY)).toMatchObject({ ownerId: 'two' })
  })

  it('takes a lane that was held in an epoch that is over, though its holder lives', async () => {
    one.setNextNonce(KEY, 7)
    const [hedge] = one.createHedges([newHedge(runId, [1, 2])])
    if (hedge === undefined) throw new Error('no hedge')
    takeAndRecord(one, KEY, { runId, hedgeId: 'h1', purpose: 'cancel' })
    one.updateHedge(hedge, { state: 'closed' })
    await house.clock.advance(LEASE_MS)
    two.claimHedge('h1')
    two.releaseHedges()
    one.claimHedge('h1')
    expect(one.lane(KEY)).toMatchObject({ ownerId: 'one', epoch: 1 })
    expect(two.adoptLane(KEY)).toMatchObject({ ownerId: 'two' })
  })

  it('keeps what a dead owner held for a closed hedge, safe from a third one', () => {
    const three = house.open('three')
    one.setNextNonce(KEY, 7)
    const [hedge] = one.createHedges([newHedge(runId, [1, 2])])
    if (hedge === undefined) throw new Error('no hedge')
    const order = takeAndRecord(one, KEY, { runId, hedgeId: 'h1', purpose: 'cancel' })
    one.updateHedge(hedge, { state: 'closed' })
    one.close()
    expect(two.adoptLane(KEY)).toMatchObject({ ownerId: 'two', epoch: undefined })
    expect(three.adoptLane(KEY)).toBeUndefined()
    expect(two.updateOrder(order.orderId, { state: 'done' }).state).toBe('done')
  })
})
