import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Choice } from '../../src/proxies/choose-egress.ts'
import { chooseEgress, nextEgress } from '../../src/proxies/choose-egress.ts'
import type { EgressCondition } from '../../src/proxies/egress-health.ts'
import { newHealth } from '../../src/proxies/egress-health.ts'

const NOW_MS = 1_000_000

/** A pool from letters to conditions; `settling` ones came back a moment ago. */
function choice(
  pool: Readonly<Record<string, EgressCondition | 'settling'>>,
  rest: Partial<Choice> & { readonly loads?: Readonly<Record<string, number>> } = {},
): Choice {
  const candidates = Object.entries(pool).map(([name, condition]) => ({
    name,
    load: rest.loads?.[name] ?? 0,
    health:
      condition === 'settling'
        ? { ...newHealth(NOW_MS), trips: 1 }
        : { ...newHealth(0), condition },
  }))
  return { home: 'a', current: 'a', canMove: true, candidates, ...rest }
}

describe('the egress of an account', () => {
  it('is its own while that works', () => {
    expect(chooseEgress(choice({ a: 'healthy', b: 'healthy' }), NOW_MS)).toBe('a')
  })

  it('is the one with the least load when its own fails or is in doubt', () => {
    const loads = { b: 9, c: 3 }
    for (const a of ['down', 'degraded'] as const) {
      expect(chooseEgress(choice({ a, b: 'healthy', c: 'healthy' }, { loads }), NOW_MS)).toBe('c')
    }
  })

  it('stays the other one until its own has been well for a while', () => {
    const current = 'b'
    expect(chooseEgress(choice({ a: 'settling', b: 'healthy' }, { current }), NOW_MS)).toBe('b')
    expect(chooseEgress(choice({ a: 'healthy', b: 'healthy' }, { current }), NOW_MS)).toBe('a')
    expect(chooseEgress(choice({ a: 'settling', b: 'down' }, { current }), NOW_MS)).toBe('a')
  })

  it('is its own when none works: one has to be tried', () => {
    expect(chooseEgress(choice({ a: 'down', b: 'down' }, { current: 'b' }), NOW_MS)).toBe('a')
  })

  it('does not change between doubtful ones', () => {
    const pool = { a: 'degraded', b: 'degraded', c: 'degraded' } as const
    expect(chooseEgress(choice(pool, { current: 'c' }), NOW_MS)).toBe('c')
    expect(chooseEgress(choice({ ...pool, c: 'down' }, { current: 'c' }), NOW_MS)).toBe('a')
  })

  it('is not looked for elsewhere when the venue does not serve the place of its own', () => {
    expect(chooseEgress(choice({ a: 'restricted', b: 'healthy' }), NOW_MS)).toBe('a')
    expect(
      nextEgress(choice({ a: 'restricted', b: 'healthy' }, { tried: new Set(['a']) }), NOW_MS),
    ).toBeUndefined()
  })

  it('avoids what the other socket uses, unless there is nothing else', () => {
    const avoid = 'a'
    expect(chooseEgress(choice({ a: 'healthy', b: 'degraded' }, { avoid }), NOW_MS)).toBe('b')
    expect(chooseEgress(choice({ a: 'healthy', b: 'down' }, { avoid }), NOW_MS)).toBe('a')
  })
})

const anyChoice = fc
  .record({
    conditions: fc.array(fc.constantFrom('healthy', 'degraded', 'down', 'restricted', 'settling'), {
      minLength: 1,
      maxLength: 5,
    }),
    loads: fc.array(fc.nat(20), { minLength: 5, maxLength: 5 }),
    home: fc.nat(4),
    current: fc.nat(4),
    avoid: fc.option(fc.nat(4), { nil: undefined }),
    tried: fc.array(fc.nat(4), { maxLength: 4 }),
    canMove: fc.boolean(),
  })
  .map(({ conditions, loads, home, current, avoid, tried, canMove }) => {
    const nameAt = (at: number) => `p${at % conditions.length}`
    const pool = Object.fromEntries(conditions.map((condition, at) => [`p${at}`, condition]))
    return choice(pool, {
      home: nameAt(home),
      current: nameAt(current),
      canMove,
      avoid: avoid === undefined ? undefined : nameAt(avoid),
      tried: new Set(tried.map(nameAt)),
      loads: Object.fromEntries(loads.map((load, at) => [`p${at}`, load])),
    })
  })

describe('whatever the pool is like', () => {
  it('the choice is of the pool, pinned accounts stay, and nobody goes to what is restricted or down but home', () => {
    fc.assert(
      fc.property(anyChoice, (options) => {
        const chosen = chooseEgress(options, NOW_MS)
        expect(options.candidates.map(({ name }) => name)).toContain(chosen)
        if (!options.canMove) expect(chosen).toBe(options.home)
        const { condition } = options.candidates.find(({ name }) => name === chosen)?.health ?? {}
        if (chosen !== options.home) expect(['healthy', 'degraded']).toContain(condition)
      }),
    )
  })

  it('a choice that was made is made again: nothing flaps while nothing changes', () => {
    fc.assert(
      fc.property(anyChoice, (options) => {
        const current = chooseEgress(options, NOW_MS)
        expect(chooseEgress({ ...options, current }, NOW_MS)).toBe(current)
      }),
    )
  })

  it('trying one after the other ends, and tries none twice', () => {
    fc.assert(
      fc.property(anyChoice, (options) => {
        const tried = new Set([chooseEgress({ ...options, tried: new Set() }, NOW_MS)])
        for (;;) {
          const next = nextEgress({ ...options, tried }, NOW_MS)
          if (next === undefined) break
          expect(tried.has(next)).toBe(false)
          tried.add(next)
        }
        expect(tried.size).toBeLessThanOrEqual(options.candidates.length)
      }),
    )
  })
})
