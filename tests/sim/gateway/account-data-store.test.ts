import { array, assert as checkAll, integer, property, tuple, uniqueArray } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSampleRing } from '../../../src/sim/core/sample-ring.ts'
import { type Page, pageOf } from '../../../src/sim/gateway/rest-page.ts'
import { TX_STATUS, type TransactionRecord } from '../../../src/sim/gateway/transaction-record.ts'
import { createTransactionStore } from '../../../src/sim/gateway/transaction-store.ts'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'

function recordOf(at: number, info = 'x'.repeat(450)): TransactionRecord {
  return {
    hash: at.toString(16).padStart(80, '0'),
    txType: 14,
    info,
    accountIndex: 3 + (at % 20),
    apiKeyIndex: 5,
    l1Address: '0x0',
    nonce: BigInt(at),
    expireAtMs: 0,
    queuedAtMs: 0,
    acceptedMonotonicMs: 0,
    settledMonotonicMs: 0,
    status: TX_STATUS.executed,
    eventInfo: '',
    blockHeight: at,
    sequenceIndex: at,
    executedAtMs: 0,
    transactionTimeUs: 0n,
  }
}

describe('the transaction store', () => {
  it('keeps what fits and forgets the oldest everywhere', () => {
    const store = createTransactionStore(createVirtualClock(), 0)
    const count = 50_000
    for (let at = 1; at <= count; at += 1) {
      const record = recordOf(at)
      store.add(record)
      store.sequenced(record.hash, at)
    }
    const kept = store.shownBelow(Number.MAX_SAFE_INTEGER, count, () => true)
    expect(kept.length).toBeGreaterThan(5_000)
    expect(kept.length * (450 + 1_400)).toBeLessThan(20_000_000)
    expect(kept[0]?.sequenceIndex).toBe(count)
    const oldest = count - kept.length + 1
    expect(store.shownBySequence(oldest)?.sequenceIndex).toBe(oldest)
    expect(store.shownBySequence(oldest - 1)).toBeUndefined()
    expect(store.shownByHash(recordOf(oldest - 1).hash)).toBeUndefined()
    const own = store.ofAccount(3)
    expect(own.length).toBeLessThanOrEqual(1_000)
    expect(own.every((record) => record.sequenceIndex >= oldest)).toBe(true)
  })

  it('lists pages below a sequence index, one account at a time', () => {
    const store = createTransactionStore(createVirtualClock(), 0)
    for (let at = 1; at <= 100; at += 1) {
      store.add(recordOf(at))
      store.sequenced(recordOf(at).hash, at)
    }
    const isOwn = (record: TransactionRecord) => record.accountIndex === 3
    const indexes = store.shownBelow(81, 2, isOwn).map((record) => record.sequenceIndex)
    expect(indexes).toEqual([80, 60])
  })
})

describe('the sample ring', () => {
  it('answers as a list of all its newest rows would', () => {
    const steps = array(tuple(integer({ min: 1, max: 5 }), integer({ min: 0, max: 3 })), {
      maxLength: 60,
    })
    checkAll(
      property(integer({ min: 1, max: 12 }), steps, (capacity, moves) => {
        const ring = createSampleRing(capacity, 2)
        const list: bigint[][] = []
        let now = 0n
        for (const [ahead, value] of moves) {
          now += BigInt(ahead)
          const row = [now, BigInt(value)]
          ring.push(row)
          if (list.at(-1)?.[1] !== row[1]) list.push(row)
        }
        const kept = list.slice(-capacity)
        for (let at = 0n; at <= now + 1n; at += 1n) {
          expect(ring.lastUntil(at)).toEqual(kept.findLast(([time = 0n]) => time <= at))
        }
      }),
    )
  })
})

describe('pages', () => {
  it('of any size show every row once, whatever ends meanwhile', () => {
    const rows = uniqueArray(integer({ min: 1, max: 500 }), { maxLength: 60 })
    checkAll(
      property(rows, rows, integer({ min: 1, max: 20 }), (first, newer, limit) => {
        const falling = (ids: readonly number[]) => [...new Set(ids)].sort((a, b) => b - a)
        let items = falling(first)
        const seen: number[] = []
        let cursor: string | undefined = ''
        while (cursor !== undefined) {
          const params: Record<string, string> = { limit: String(limit), cursor }
          const page: Page<number> = pageOf(items, { params, placeOf: (id) => [BigInt(id), 0n] })
          seen.push(...page.rows)
          cursor = page.nextCursor
          items = falling([...items, ...newer.map((id) => id + 500)])
        }
        expect(seen).toEqual(falling(first))
      }),
    )
  })
})
