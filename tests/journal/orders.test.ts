import { beforeEach, describe, expect, it } from 'vitest'
import { Dec } from '../../src/hedge/decimal.ts'
import type { LedgerOrder } from '../../src/hedge/ledger.ts'
import type { Journal, NewOrder } from '../../src/ports.ts'
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
let runId: string

beforeEach(() => {
  house = makeHouse()
  one = house.open('one')
  runId = one.beginRun({ command: 'open' }).run.runId
  one.setNextNonce(KEY, 7)
})

/** Records an order and frees the lane, as after a refusal or an acceptance. */
function recordOne(rest: Partial<NewOrder> = {}): LedgerOrder {
  const order = takeAndRecord(one, KEY, { runId, ...rest })
  one.freeLane(KEY, 'used')
  return order
}

describe('an order', () => {
  it('comes back as it was recorded, prepared and handed over once', () => {
    one.createHedges([newHedge(runId, [1, 2])])
    const plan = newOrder(KEY, 7, {
      runId,
      hedgeId: 'h1',
      clientOrderIndex: 2 ** 48 - 1,
      baseSize: new Dec('281474976710655.000000000000001'),
      txInfo: '{"Sig":"AbC+/=","Nonce":7}',
    })
    const recorded = one.transaction('full', () => {
      one.takeLane(KEY)
      return one.recordOrder(plan)
    })
    expect(recorded).toEqual({
      ...plan,
      orderId: recorded.orderId,
      state: 'prepared',
      sends: 1,
      filledBase: new Dec(0),
      averagePrice: undefined,
      outcome: undefined,
      preparedAtMs: house.clock.now(),
      answeredAtMs: undefined,
      settledAtMs: undefined,
    })
    expect(one.order(recorded.orderId)).toEqual(recorded)
    expect(one.order(recorded.orderId + 1)).toBeUndefined()
  })

  it('keeps what is missing missing', () => {
    const order = recordOne({ side: undefined, baseSize: undefined, price: undefined })
    expect(one.order(order.orderId)).toMatchObject({
      hedgeId: undefined,
      side: undefined,
      baseSize: undefined,
      price: undefined,
    })
  })

  it('changes what a patch names', () => {
    const order = recordOne()
    const patch = {
      state: 'done',
      sends: 2,
      filledBase: new Dec('0.001'),
      averagePrice: new Dec('65000.123456789012345678'),
      outcome: 'filled',
      settledAtMs: 99,
    } as const
    expect(one.updateOrder(order.orderId, patch)).toEqual({ ...order, ...patch })
    one.updateOrder(order.orderId, { outcome: undefined })
    expect(one.order(order.orderId)).toEqual({ ...order, ...patch, outcome: undefined })
  })

  it('refuses a hash that is not one', () => {
    expect(failureOf(() => recordOne({ txHash: 'ABC' }))).toBe('bug:assertion_failed')
  })
})

describe('changing an order', () => {
  it('is refused to others while the owner of its hedge lives', async () => {
    const two = house.open('two')
    one.createHedges([newHedge(runId, [1, 2])])
    const { orderId } = recordOne({ hedgeId: 'h1' })
    const update = (journal: Journal): string =>
      failureOf(() => journal.updateOrder(orderId, { state: 'accepted' }))
    expect(update(two)).toBe('busy:lease_lost')
    await house.clock.advance(LEASE_MS)
    two.claimHedge('h1')
    expect(update(one)).toBe('busy:lease_lost')
    expect(update(two)).toBe('nothing was thrown')
  })

  it('is open to everybody when its owner is gone', () => {
    const two = house.open('two')
    const { orderId } = recordOne()
    one.close()
    expect(two.updateOrder(orderId, { state: 'done' }).state).toBe('done')
  })

  it('needs an order', () => {
    expect(failureOf(() => one.updateOrder(99, { state: 'done' }))).toBe('bug:assertion_failed')
  })
})

describe('finding orders', () => {
  it('lists them by hedge and by run, oldest first', () => {
    one.createHedges([newHedge(runId, [1, 2])])
    const [first, second, third] = [
      recordOne({ hedgeId: 'h1' }),
      recordOne(),
      recordOne({ hedgeId: 'h1' }),
    ]
    expect(one.ordersOfHedge('h1')).toEqual([first, third])
    expect(one.ordersOfRun(runId)).toEqual([first, second, third])
    expect(one.ordersOfHedge('h2')).toEqual([])
  })

  it('lists as unsettled what is prepared, in doubt or accepted', () => {
    const states = [
      'prepared',
      'in_doubt',
      'accepted',
      'done',
      'refused',
      'displaced',
      'expired',
    ] as const
    for (const state of states) one.updateOrder(recordOne().orderId, { state })
    expect(one.unsettledOrders().map((order) => order.state)).toEqual(states.slice(0, 3))
  })

  it('knows an order by account and client order index, the newest when the index came round', () => {
    const index = one.nextClientOrderIndex()
    recordOne({ clientOrderIndex: index })
    const newest = recordOne({ clientOrderIndex: index })
    expect(one.findOrderByClientIndex(1, index)).toEqual(newest)
    expect(one.findOrderByClientIndex(2, index)).toBeUndefined()
    expect(one.findOrderByClientIndex(1, index + 1)).toBeUndefined()
  })

  it('never takes an order without a client order index for one that has it', () => {
    recordOne({ clientOrderIndex: 0 })
    expect(one.findOrderByClientIndex(1, 0)).toBeUndefined()
  })
})
