import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBudget, MARKET_DATA, type Spending } from '../../src/lighter/budget.ts'
import { RESERVE_PER_ACCOUNT } from '../../src/lighter/budget-buckets.ts'
import { DOCUMENTED_LIMITS, type RequestLimits } from '../../src/lighter/request-limits.ts'
import { LONGEST_CLOSURE_MS } from '../../src/lighter/bucket-closures.ts'
import { WINDOW_MS } from '../../src/lighter/spend-ledger.ts'
import { createVirtualClock } from '../../src/sim/virtual-clock.ts'
import { createListLogger, createSpendList } from './support/client.ts'

const STANDARD_LIMIT = DOCUMENTED_LIMITS.requests
const OWNER = '0x15f43D1f2DeE81424aFd891943262aa90F22cc2A'

function setUp(
  accounts: readonly { name: string; egress?: string; owner?: string }[],
  limits: RequestLimits = DOCUMENTED_LIMITS,
) {
  const clock = createVirtualClock()
  const spend = createSpendList()
  const logger = createListLogger()
  const budget = createBudget({
    clock,
    spend,
    logger,
    limits,
    accounts: accounts.map(({ name, egress = 'direct', owner }, at) => ({
      ref: { name, egress, accountIndex: at + 1, apiKeyIndex: 5 },
      l1Address: owner,
    })),
  })
  const tryAs = (over: Partial<Spending> = {}): boolean =>
    budget.trySpend({
      account: 'a',
      egress: 'direct',
      isAuthenticated: true,
      isSend: false,
      priority: 'read',
      ...over,
    }) === undefined
  const spendAll = (over: Partial<Spending> = {}): number => {
    let count = 0
    while (tryAs(over)) count++
    return count
  }
  return { clock, spend, logger, budget, tryAs, spendAll }
}

/** Sends of one turn leave before the store is written. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function budgetOf(owner: string, left: number, limit = STANDARD_LIMIT) {
  return { owner: owner.toLowerCase(), left, limit, closedForMs: 0 }
}

describe('budget', () => {
  it('that the venue calls empty is empty for all but what closes, longer with every time, until it serves again', async () => {
    const { clock, budget, tryAs } = setUp([
      { name: 'a', owner: OWNER },
      { name: 'b', owner: '0x02' },
    ])
    const counted = { account: 'a', egress: 'direct', isAuthenticated: true, isSend: false }
    const closedForMs = async () => {
      budget.noteLimited(counted, 'too_many')
      // What was under way at the same time says nothing new.
      budget.noteLimited(counted, 'too_many')
      expect(tryAs({ priority: 'close' })).toBe(true)
      expect(tryAs({ account: 'b' })).toBe(true)
      expect(budget.unitsLeft('a', 'open')).toBe(0)
      expect(budget.unitsLeft('a', 'close')).toBeGreaterThan(0)
      const startMs = clock.monotonicMs()
      while (!tryAs()) await clock.advance(100)
      return clock.monotonicMs() - startMs
    }
    expect([await closedForMs(), await closedForMs(), await closedForMs()]).toEqual([
      2_000, 4_000, 8_000,
    ])
    budget.noteServed(counted)
    expect(await closedForMs()).toBe(2_000)
  })

  it('of an address that the firewall shuts out is closed for a minute, with a token or without', async () => {
    const { clock, budget, tryAs } = setUp([{ name: 'a', owner: OWNER }])
    const counted = { account: 'a', egress: 'direct', isAuthenticated: true, isSend: false }
    budget.noteLimited(counted, 'firewall')
    await clock.advance(LONGEST_CLOSURE_MS - 1)
    expect([tryAs(), tryAs({ isAuthenticated: false })]).toEqual([false, false])
    expect([tryAs({ egress: 'proxy_1' }), tryAs({ priority: 'close' })]).toEqual([true, true])
    await clock.advance(1)
    expect(tryAs()).toBe(true)
  })

  it('keeps three units an account for closing and lets closing use them', () => {
    const { spendAll, budget } = setUp([
      { name: 'a', owner: OWNER },
      { name: 'b', owner: OWNER },
    ])
    expect(spendAll()).toBe(STANDARD_LIMIT - 2 * RESERVE_PER_ACCOUNT)
    expect(spendAll({ priority: 'open' })).toBe(0)
    expect(budget.unitsLeft('a', 'open')).toBe(0)
    expect(budget.unitsLeft('b', 'close')).toBe(2 * RESERVE_PER_ACCOUNT)
    expect(spendAll({ priority: 'close', account: 'b' })).toBe(2 * RESERVE_PER_ACCOUNT)
  })

  it('tells for each owner what closing may still spend', () => {
    const other = OWNER.replace('0x15', '0x16')
    const { spendAll, budget } = setUp([
      { name: 'a', owner: OWNER },
      { name: 'b', owner: OWNER },
      { name: 'c', owner: other },
      { name: 'd' },
    ])
    spendAll()
    expect(budget.budgets()).toEqual([
      budgetOf(OWNER, 2 * RESERVE_PER_ACCOUNT),
      budgetOf(other, STANDARD_LIMIT),
      budgetOf('unknown', STANDARD_LIMIT),
    ])
    budget.setOwner('d', other)
    budget.setTier('a', 'premium')
    const [paid, standard, ...rest] = budget.budgets()
    expect(paid).toEqual(budgetOf(OWNER, 4_000, 4_000))
    expect(standard?.left).toBe(STANDARD_LIMIT)
    expect(rest).toEqual([])
  })

  it('frees units as the minute rolls', async () => {
    const { clock, spendAll } = setUp([{ name: 'a', owner: OWNER }])
    const first = spendAll()
    await clock.advance(WINDOW_MS - 1)
    expect(spendAll()).toBe(0)
    await clock.advance(1)
    expect(spendAll()).toBe(first)
  })

  it('counts with a token only on the owner, without one on the egress too', async () => {
    const { spend, tryAs } = setUp([{ name: 'a', owner: OWNER }])
    const owner = `owner:${OWNER.toLowerCase()}`
    tryAs()
    await endOfTurn()
    expect(spend.entries.map(({ bucket }) => bucket)).toEqual([owner])
    tryAs({ isAuthenticated: false, isSend: true })
    await endOfTurn()
    expect(spend.entries.slice(1).map(({ bucket }) => bucket)).toEqual(['egress:direct', owner])
    tryAs({ account: undefined, isAuthenticated: false })
    await endOfTurn()
    expect(spend.entries.slice(3).map(({ bucket }) => bucket)).toEqual(['egress:direct'])
  })

  it('writes into the store right after the turn that spends, and counts at once', async () => {
    const { spend, tryAs, budget } = setUp([{ name: 'a', owner: OWNER }])
    const left = budget.unitsLeft('a', 'close')
    spend.record({ bucket: `owner:${OWNER.toLowerCase()}`, units: 1, atMs: Date.UTC(2026, 10, 1) })
    tryAs()
    tryAs()
    expect(spend.entries).toHaveLength(1)
    expect(budget.unitsLeft('a', 'close')).toBe(left - 3)
    await endOfTurn()
    expect(spend.entries).toHaveLength(3)
    expect(budget.unitsLeft('a', 'close')).toBe(left - 3)
  })

  it('counts nothing when one of two buckets is full', async () => {
    const { spendAll, spend, tryAs } = setUp([{ name: 'a', owner: OWNER }])
    spendAll({ account: undefined, isAuthenticated: false, priority: 'close' })
    await endOfTurn()
    const before = spend.entries.length
    expect(tryAs({ isAuthenticated: false, isSend: true, priority: 'close' })).toBe(false)
    await endOfTurn()
    expect(spend.entries).toHaveLength(before)
    expect(tryAs({ priority: 'close' })).toBe(true)
  })

  it('shares with other processes through the store', () => {
    const { spend, clock, budget } = setUp([{ name: 'a', owner: OWNER }])
    const bucket = `owner:${OWNER.toLowerCase()}`
    spend.record({ bucket, units: 50, atMs: clock.now() })
    expect(budget.unitsLeft('a', 'close')).toBe(10)
    expect(budget.unitsLeft('a', 'open')).toBe(7)
  })

  it('puts accounts of unknown owner into one bucket and moves what they spent', () => {
    const { budget, spendAll, tryAs } = setUp([{ name: 'a' }, { name: 'b' }])
    for (let at = 0; at < 10; at++) tryAs()
    expect(budget.unitsLeft('b', 'close')).toBe(STANDARD_LIMIT - 10)
    budget.setOwner('a', OWNER)
    expect(budget.unitsLeft('a', 'close')).toBe(STANDARD_LIMIT - 10)
    expect(budget.unitsLeft('b', 'close')).toBe(STANDARD_LIMIT - 10)
    expect(spendAll({ priority: 'close' })).toBe(STANDARD_LIMIT - 10)
  })

  it('can start with twenty accounts on one egress', () => {
    const names = Array.from({ length: 20 }, (_, at) => ({ name: `a${at}` }))
    const { budget } = setUp(names)
    expect(budget.unitsLeft('a0', 'read')).toBe(STANDARD_LIMIT / 2)
  })

  it('knows the wider limits of a paid tier', () => {
    const { budget, spendAll } = setUp([{ name: 'a', owner: OWNER }])
    budget.setTier('a', 'premium')
    expect(spendAll({ isSend: true, priority: 'close' })).toBe(4_000)
    expect(spendAll({ priority: 'close' })).toBe(80)
    budget.setTier('a', 'standard')
    expect(budget.unitsLeft('a', 'close')).toBe(0)
  })

  it('counts reads of a paid tier by their weight, and those of a standard one as requests', () => {
    const paid = setUp([{ name: 'a', owner: OWNER }])
    paid.budget.setTier('a', 'plus')
    expect(paid.spendAll({ path: '/api/v1/nextNonce', priority: 'close' })).toBe(4_000)
    const mixed = setUp([{ name: 'a', owner: OWNER }])
    mixed.budget.setTier('a', 'plus')
    expect(mixed.spendAll({ path: '/api/v1/trades', priority: 'close' })).toBe(40)
    const standard = setUp([{ name: 'a', owner: OWNER }])
    expect(standard.spendAll({ path: '/api/v1/nextNonce', priority: 'close' })).toBe(STANDARD_LIMIT)
    // Never more than the weighted limit: 24,000 of 600 each are 40, and two units each let 30 through.
    const heavy = setUp([{ name: 'a', owner: OWNER }])
    expect(heavy.spendAll({ path: '/api/v1/trades', priority: 'close' })).toBe(30)
  })

  it('keeps changes of leverage below their own limit, whatever the tier', () => {
    const { budget, spendAll, tryAs } = setUp([{ name: 'a', owner: OWNER }])
    budget.setTier('a', 'premium')
    expect(spendAll({ isSend: true, txType: 20, priority: 'open' })).toBe(40)
    expect(tryAs({ isSend: true, txType: 14, priority: 'open' })).toBe(true)
  })

  it('keeps to other limits where the configuration names them', () => {
    const limits = { requests: 30, weight: 600, sends: 5, leverageUpdates: 2 }
    const standard = setUp([{ name: 'a', owner: OWNER }], limits)
    expect(standard.spendAll({ isSend: true, priority: 'close' })).toBe(30)
    const paid = setUp([{ name: 'a', owner: OWNER }], limits)
    paid.budget.setTier('a', 'premium')
    expect(paid.spendAll({ isSend: true, priority: 'close' })).toBe(5)
    expect(paid.spendAll({ priority: 'close' })).toBe(2)
    expect(paid.spendAll({ isSend: true, txType: 20, priority: 'close' })).toBe(0)
  })

  it('reports what each account spent', () => {
    const { budget, tryAs } = setUp([{ name: 'a' }])
    tryAs()
    tryAs({ isAuthenticated: false, isSend: true })
    tryAs({ account: undefined, isAuthenticated: false })
    expect([...budget.unitsSpent()]).toEqual([
      ['a', 2],
      [MARKET_DATA, 1],
    ])
  })

  it('goes on counting alone when the store fails: a close must not fail by it', async () => {
    const { spend, logger, spendAll } = setUp([{ name: 'a', owner: OWNER }])
    spend.record = () => {
      throw new Error('disk full')
    }
    expect(spendAll({ priority: 'close' })).toBe(STANDARD_LIMIT)
    await endOfTurn()
    expect(logger.lines[0]?.[0]).toBe('error')
  })

  it('never lets more than the limit through in any minute', () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 9_000 }),
      priority: fc.constantFrom('open', 'read', 'close'),
      isAuthenticated: fc.boolean(),
      account: fc.constantFrom('a', 'b'),
    })
    return fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 80, maxLength: 200 }), async (steps) => {
        const { clock, spend, tryAs } = setUp([
          { name: 'a', owner: OWNER },
          { name: 'b', owner: OWNER },
        ])
        for (const { waitMs, ...spending } of steps) {
          if (waitMs > 8_000) await clock.advance(waitMs)
          tryAs({ ...spending, priority: spending.priority as 'open', isSend: true })
        }
        for (const { bucket, atMs } of spend.entries) {
          const inWindow = spend.entries.filter(
            (entry) =>
              entry.bucket === bucket && entry.atMs <= atMs && entry.atMs > atMs - WINDOW_MS,
          )
          expect(inWindow.length).toBeLessThanOrEqual(STANDARD_LIMIT)
        }
      }),
      { numRuns: 30 },
    )
  })
})
