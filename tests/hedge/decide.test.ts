import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/hedge/decide.ts'
import { Dec, sumDec } from '../../src/hedge/decimal.ts'
import { exposureOf, heldBase } from '../../src/hedge/exposure.ts'
import type { Action, HedgeFacts, LegFacts } from '../../src/hedge/hedge-facts.ts'
import { TIMING } from '../../src/hedge/hedge-facts.ts'
import { known, unknown } from '../../src/hedge/known.ts'
import {
  NOW_MS,
  POLICY,
  factsArbitrary,
  makeFacts,
  makeHedge,
  makeLeg,
  makeLegFacts,
  makeLevels,
  makePair,
} from './facts-arbitrary.ts'

type Kind = Action['kind']

function kinds(facts: HedgeFacts): readonly Kind[] {
  return decide(facts).actions.map((action) => action.kind)
}

function actionsOf<K extends Kind>(facts: HedgeFacts, kind: K) {
  return decide(facts).actions.filter(
    (action): action is Extract<Action, { readonly kind: K }> => action.kind === kind,
  )
}

function isPending(leg: LegFacts): boolean {
  return leg.held !== undefined || leg.awaited.length > 0
}

const RUNS = { numRuns: 3000 }

function always(check: (facts: HedgeFacts) => void): void {
  fc.assert(fc.property(factsArbitrary, check), RUNS)
}

describe('the rules of decide, for any hedge in any condition', () => {
  it('adds exposure only while planned or opening, in the planning run, before the deadline', () => {
    let added = 0
    always((facts) => {
      if (actionsOf(facts, 'add').length === 0) return
      added += 1
      expect(['planned', 'opening']).toContain(facts.hedge.state)
      expect(facts.hedge.target).toBe('open')
      expect(facts.isPlanner).toBe(true)
      expect(facts.isOpeningStopped).toBe(false)
      expect(facts.hedge.openDeadlineMs).toBeGreaterThan(facts.nowMs)
      expect(facts.hedge.attemptsUsed).toBeLessThan(POLICY.attempts)
    })
    expect(added).toBeGreaterThan(0)
  })

  it('rule 1 and 2: touches an unanswered transaction only through its own nonce', () => {
    always((facts) => {
      for (const action of decide(facts).actions) {
        if (action.kind === 'add' || action.kind === 'reduce') {
          for (const order of action.orders) {
            const held = facts.legs[order.legIndex]?.held
            if (held === undefined) continue
            expect(action.kind).toBe('reduce')
            expect('replacesOrderId' in order && order.replacesOrderId).toBe(held.orderId)
            expect(held.isInFlight).toBe(false)
          }
        }
        if (action.kind === 'resend' || action.kind === 'displace') {
          const held = facts.legs[action.legIndex]?.held
          expect(held?.orderId).toBe(action.orderId)
          expect(held?.isInFlight).toBe(false)
          expect(facts.nowMs).toBeLessThanOrEqual(held?.expiresAtMs ?? 0)
        }
        if (action.kind === 'set_leverage' || action.kind === 'place_stops') {
          for (const at of action.legIndexes) expect(facts.legs[at]?.held).toBeUndefined()
        }
        if (action.kind === 'cancel') expect(facts.legs[action.legIndex]?.held).toBeUndefined()
      }
    })
  })

  it('rule 2 and 3: adds nothing while any leg is pending, unknown or unsettled', () => {
    always((facts) => {
      if (actionsOf(facts, 'add').length === 0) return
      for (const leg of facts.legs) {
        expect(isPending(leg)).toBe(false)
        expect(leg.position.isKnown && leg.position.value.isSettled).toBe(true)
      }
    })
  })

  it('rule 3: says closed or aborted only when every leg was read flat and nothing is pending', () => {
    let ended = 0
    always((facts) => {
      const end = actionsOf(facts, 'become').find(
        (action) =>
          action.state === 'closed' ||
          (action.state === 'aborted' && facts.hedge.state !== 'planned'),
      )
      if (end === undefined) return
      ended += 1
      for (const leg of facts.legs) {
        const held = heldBase(leg)
        expect(isPending(leg)).toBe(false)
        expect(held.isKnown && held.value.lte(0)).toBe(true)
      }
    })
    expect(ended).toBeGreaterThan(0)
  })

  it('rule 4: signs a hedge only when every lane answered within two seconds', () => {
    always((facts) => {
      if (actionsOf(facts, 'add').length === 0) return
      for (const leg of facts.legs) {
        expect(leg.lastAnswerAgeMs ?? Infinity).toBeLessThanOrEqual(TIMING.freshAnswerMs)
      }
    })
  })

  it('rule 5: an addition never makes a lopsided hedge more lopsided, nor a leg larger than planned', () => {
    always((facts) => {
      for (const add of actionsOf(facts, 'add')) {
        const exposure = exposureOf(facts)
        if (!exposure.isKnown) throw new Error('added without knowing the exposure')
        const signed = add.orders.map(({ legIndex, baseSize }) => {
          const leg = facts.legs[legIndex]
          const held = leg === undefined ? undefined : heldBase(leg)
          if (leg === undefined || held?.isKnown !== true) throw new Error('unknown leg')
          expect(baseSize.gt(0)).toBe(true)
          expect(held.value.plus(baseSize).lte(leg.leg.plannedBase)).toBe(true)
          return leg.leg.side === 'long' ? baseSize : baseSize.negated()
        })
        const after = exposure.value.netBase.plus(sumDec(signed))
        expect(after.abs().lte(exposure.value.netBase.abs())).toBe(true)
      }
    })
  })

  it('rule 5: never adds after half of the naked deadline, nor after a refusal that cannot heal', () => {
    always((facts) => {
      if (actionsOf(facts, 'add').length === 0) return
      const { nakedSinceMs } = facts.hedge
      if (nakedSinceMs !== undefined && facts.hedge.state === 'opening') {
        expect(facts.nowMs).toBeLessThan(nakedSinceMs + POLICY.maxNakedMs / 2)
      }
      for (const leg of facts.legs) expect(leg.refusal?.canHeal ?? true).toBe(true)
    })
  })

  it('rule 6: reduces by no more than a known position, and never a leg that is known flat', () => {
    let reduced = 0
    always((facts) => {
      for (const action of actionsOf(facts, 'reduce')) {
        for (const { legIndex, baseSize } of action.orders) {
          const leg = facts.legs[legIndex]
          if (leg === undefined) throw new Error('no such leg')
          reduced += 1
          expect(baseSize.gt(0)).toBe(true)
          const held = heldBase(leg)
          const isSettled = leg.position.isKnown && leg.position.value.isSettled
          if (held.isKnown && isSettled) expect(baseSize.lte(held.value)).toBe(true)
        }
      }
    })
    expect(reduced).toBeGreaterThan(0)
  })

  it('rule 7: pauses between tries to reduce, and widens with every try', () => {
    always((facts) => {
      for (const action of actionsOf(facts, 'reduce')) {
        for (const { legIndex, step } of action.orders) {
          const leg = facts.legs[legIndex]
          // A closing that looks at the book widens by waiting, and where the book is unruly.
          if (facts.book === undefined) expect(step).toBe(leg?.reduceTries)
          expect(step).toBeGreaterThanOrEqual(leg?.reduceTries ?? 0)
          if (leg?.lastReduceAtMs === undefined) continue
          const last = TIMING.reducePauseMs.length - 1
          // A leg that stands alone does not sit out a long pause once the book shows enough for it.
          const tries = facts.book === undefined ? leg.reduceTries : Math.min(leg.reduceTries, 2)
          const pauseMs = TIMING.reducePauseMs[Math.min(tries, last)] ?? 0
          expect(facts.nowMs - leg.lastReduceAtMs).toBeGreaterThanOrEqual(pauseMs)
        }
      }
    })
  })

  it('rule 8: takes a leg for vanished only with a second source', () => {
    let closed = 0
    always((facts) => {
      const closing = actionsOf(facts, 'become').find((action) => action.cause === 'leg_vanished')
      if (closing === undefined) return
      closed += 1
      const proof = facts.legs.some(
        (leg) =>
          leg.position.isKnown &&
          leg.position.value.hasSecondSource &&
          leg.position.value.isSettled,
      )
      expect(proof).toBe(true)
    })
    expect(closed).toBeGreaterThan(0)
  })

  it('rule 9: leaves a position of the other direction alone', () => {
    always((facts) => {
      for (const action of actionsOf(facts, 'reduce')) {
        for (const { legIndex } of action.orders) {
          const leg = facts.legs[legIndex]
          if (leg === undefined || !leg.position.isKnown || !leg.position.value.isSettled) continue
          const held = heldBase(leg)
          expect(held.isKnown && held.value.gt(0)).toBe(true)
        }
      }
    })
  })

  it('rule 11: starts only with units to open and to unwind', () => {
    always((facts) => {
      if (facts.hedge.state !== 'planned' || actionsOf(facts, 'add').length === 0) return
      for (const leg of facts.legs) {
        expect(leg.openUnitsLeft).toBeGreaterThanOrEqual(2 * facts.legs.length)
      }
    })
  })

  it('never stands still: a live hedge that is not done acts, wakes later, or waits for an answer', () => {
    always((facts) => {
      if (facts.hedge.state === 'closed' || facts.hedge.state === 'aborted') {
        expect(decide(facts).actions).toEqual([])
        return
      }
      if (facts.hedge.state !== 'closing') return
      const decision = decide(facts)
      const isWaiting = facts.legs.some((leg) => leg.held?.isInFlight === true)
      expect(decision.actions.length > 0 || decision.wakeAtMs !== undefined || isWaiting).toBe(true)
    })
  })

  it('is deterministic', () => {
    always((facts) => {
      expect(decide(facts)).toEqual(decide(facts))
    })
  })
})

describe('opening', () => {
  it('sends all legs of a ready hedge at once, with stops', () => {
    const [add] = actionsOf(makeFacts(), 'add')
    expect(
      add?.orders.map((order) => [order.legIndex, order.baseSize.toString(), order.withStops]),
    ).toEqual([
      [0, '0.01', true],
      [1, '0.01', true],
    ])
    expect(kinds(makeFacts())).toEqual(['become', 'add'])
  })

  it('waits for the canary', () => {
    expect(kinds(makeFacts({ mayStart: false }))).toEqual([])
  })

  it('sets leverage first', () => {
    const facts = makeFacts()
    const legs = facts.legs.map((leg) => ({ ...leg, hasLeverage: known(false, NOW_MS) }))
    expect(kinds({ ...facts, legs })).toEqual(['set_leverage'])
  })

  it('asks silent lanes for a sign of life before signing', () => {
    const facts = makeFacts()
    const legs = facts.legs.map((leg, at) => (at === 1 ? { ...leg, lastAnswerAgeMs: 2001 } : leg))
    expect(actionsOf({ ...facts, legs }, 'probe')[0]?.legIndexes).toEqual([1])
  })

  it('refuses accounts with foreign positions or live orders of ours', () => {
    const foreign = makeFacts({ held: ['0', '0.5'] })
    expect(actionsOf(foreign, 'become')[0]).toMatchObject({
      state: 'aborted',
      cause: 'foreign_position',
    })
    const facts = makeFacts()
    const legs = facts.legs.map((leg) => ({ ...leg, liveOwnOrders: known(['7'], NOW_MS) }))
    expect(actionsOf({ ...facts, legs }, 'become')[0]).toMatchObject({ cause: 'own_orders_live' })
  })

  it('is open when every leg has its size', () => {
    const facts = makeFacts({ hedge: makeHedge({ state: 'opening' }), held: ['0.01', '0.01'] })
    expect(decide(facts).actions).toMatchObject([{ kind: 'become', state: 'open' }])
  })

  it('completes the lighter side up to what the heavier one has', () => {
    const hedge = makeHedge({ state: 'opening', attemptsUsed: 1, nakedSinceMs: NOW_MS - 50 })
    const [add] = actionsOf(makeFacts({ hedge, held: ['0.007', '0.002'] }), 'add')
    expect(add?.purpose).toBe('complete')
    expect(add?.orders.map((order) => [order.legIndex, order.baseSize.toString()])).toEqual([
      [1, '0.005'],
    ])
  })

  it('after half of the naked deadline reduces the heavier side instead', () => {
    const hedge = makeHedge({ state: 'opening', attemptsUsed: 1, nakedSinceMs: NOW_MS - 1500 })
    const facts = makeFacts({ hedge, held: ['0.007', '0.002'] })
    expect(kinds(facts)).toEqual(['reduce'])
    expect(actionsOf(facts, 'reduce')[0]?.orders[0]).toMatchObject({ legIndex: 0 })
    expect(actionsOf(facts, 'reduce')[0]?.orders[0]?.baseSize.toString()).toBe('0.005')
  })

  it('after a refusal that cannot heal reduces at once', () => {
    const hedge = makeHedge({ state: 'opening', attemptsUsed: 1, nakedSinceMs: NOW_MS })
    const facts = makeFacts({ hedge, held: ['0.01', '0'] })
    const legs = facts.legs.map((leg, at) =>
      at === 1 ? { ...leg, refusal: { code: 'not_enough_margin', canHeal: false } } : leg,
    )
    expect(kinds({ ...facts, legs })).toEqual(['reduce'])
  })

  it('reduces the filled side although the other is in doubt, once adding is over', () => {
    const hedge = makeHedge({ state: 'opening', attemptsUsed: 1, nakedSinceMs: NOW_MS - 1600 })
    const facts = makeFacts({ hedge, held: ['0.01', '0'] })
    const held = {
      orderId: 9,
      purpose: 'open' as const,
      isInFlight: false,
      sends: 3,
      lastSentAtMs: NOW_MS - 1000,
      expiresAtMs: NOW_MS + 9000,
    }
    const legs = facts.legs.map((leg, at) => (at === 1 ? { ...leg, held } : leg))
    expect(kinds({ ...facts, legs }).toSorted()).toEqual(['displace', 'reduce'])
  })

  it('keeps what is matched when the deadline is over, and aborts when nothing is', () => {
    const late = makeHedge({ state: 'opening', openDeadlineMs: NOW_MS - 1, attemptsUsed: 2 })
    expect(decide(makeFacts({ hedge: late, held: ['0.004', '0.004'] })).actions).toMatchObject([
      { kind: 'become', state: 'open' },
    ])
    expect(decide(makeFacts({ hedge: late })).actions).toMatchObject([
      { kind: 'become', state: 'aborted', cause: 'deadline' },
    ])
  })

  it('a run that did not plan the hedge only shrinks it', () => {
    const hedge = makeHedge({ state: 'opening', attemptsUsed: 1 })
    const facts = makeFacts({ hedge, held: ['0.01', '0.006'], isPlanner: false })
    expect(kinds(facts)).toEqual(['reduce'])
  })

  it('splits an excess over several legs of the heavy side', () => {
    const hedge = makeHedge({
      state: 'open',
      openedAtMs: NOW_MS - 60_000,
      legs: [
        makeLeg({ plannedBase: new Dec('0.005') }),
        makeLeg({ account: 'a3', accountIndex: 3, plannedBase: new Dec('0.005') }),
        makeLeg({ account: 'a2', accountIndex: 2, side: 'short' }),
      ],
    })
    const [reduce] = actionsOf(makeFacts({ hedge, held: ['0.005', '0.005', '0.002'] }), 'reduce')
    expect(reduce?.orders.map((order) => [order.legIndex, order.baseSize.toString()])).toEqual([
      [0, '0.005'],
      [1, '0.003'],
    ])
  })
})

describe('an unanswered transaction', () => {
  const held = {
    orderId: 7,
    purpose: 'close' as const,
    isInFlight: false,
    sends: 1,
    lastSentAtMs: NOW_MS - 10,
    expiresAtMs: NOW_MS + 14_000,
  }
  const closing = makeHedge({ state: 'closing', target: 'flat' })

  it('is sent again at once, the same bytes', () => {
    const facts = makeFacts({ hedge: closing, held: ['0.01', '0'] })
    const legs = facts.legs.map((leg, at) => (at === 0 ? { ...leg, held } : leg))
    expect(decide({ ...facts, legs }).actions).toMatchObject([{ kind: 'resend', orderId: 7 }])
  })

  it('waits between repetitions', () => {
    const facts = makeFacts({ hedge: closing, held: ['0.01', '0'] })
    const again = { ...held, sends: 3, lastSentAtMs: NOW_MS - 100 }
    const legs = facts.legs.map((leg, at) => (at === 0 ? { ...leg, held: again } : leg))
    const decision = decide({ ...facts, legs })
    expect(decision.actions).toEqual([])
    expect(decision.wakeAtMs).toBe(NOW_MS + 150)
  })

  it('after expiry and the grace its nonce is read', () => {
    const facts = makeFacts({ hedge: closing, held: ['0.01', '0'] })
    const dead = { ...held, expiresAtMs: NOW_MS - 2001 }
    const legs = facts.legs.map((leg, at) => (at === 0 ? { ...leg, held: dead } : leg))
    expect(decide({ ...facts, legs }).actions).toMatchObject([{ kind: 'read', what: 'nonce' }])
  })

  it('that would open is replaced by the close with the same nonce', () => {
    const facts = makeFacts({ hedge: closing, held: ['0', '0'] })
    const opening = { ...held, purpose: 'open' as const }
    const legs = facts.legs.map((leg, at) =>
      at === 0 ? { ...leg, held: opening, position: unknown('socket closed') } : leg,
    )
    const [reduce] = actionsOf({ ...facts, legs }, 'reduce')
    expect(reduce?.orders[0]?.replacesOrderId).toBe(7)
    expect(reduce?.orders[0]?.baseSize.toString()).toBe('0.01')
  })
})

describe('closing', () => {
  it('closes every leg in one batch, each its own size', () => {
    const hedge = makeHedge({ state: 'open', target: 'flat', cause: 'user' })
    const facts = makeFacts({ hedge, held: ['0.01', '0.008'] })
    expect(kinds(facts)).toEqual(['become', 'reduce'])
    const [reduce] = actionsOf(facts, 'reduce')
    expect(reduce?.orders.map((order) => order.baseSize.toString())).toEqual(['0.01', '0.008'])
  })

  it('without a read closes the larger of journal and last seen, and reads', () => {
    const hedge = makeHedge({ state: 'closing', target: 'flat' })
    const facts = makeFacts({ hedge })
    const legs = [
      makeLegFacts({
        leg: makeLeg({ lastSeenBase: new Dec('0.004') }),
        position: unknown('no answer'),
      }),
      ...facts.legs.slice(1),
    ]
    const decided = decide({ ...facts, legs }).actions
    expect(decided.map((action) => action.kind).toSorted()).toEqual(['read', 'reduce'])
    expect(actionsOf({ ...facts, legs }, 'reduce')[0]?.orders[0]?.baseSize.toString()).toBe('0.01')
  })

  it('cancels what rests after flat, then is closed', () => {
    const hedge = makeHedge({ state: 'closing', target: 'flat', cause: 'user' })
    const facts = makeFacts({ hedge })
    const legs = facts.legs.map((leg, at) =>
      at === 1 ? { ...leg, liveOwnOrders: known(['77', '78'], NOW_MS) } : leg,
    )
    expect(decide({ ...facts, legs }).actions).toMatchObject([{ kind: 'cancel', orderIndex: '77' }])
    expect(decide(facts).actions).toMatchObject([
      { kind: 'become', state: 'closed', cause: 'user' },
    ])
  })
})

describe('an open hedge', () => {
  const open = makeHedge({
    state: 'open',
    openedAtMs: NOW_MS - 60_000,
    legs: [
      makeLeg({ stopDown: new Dec(90_000), stopUp: new Dec(110_000) }),
      makeLeg({
        account: 'a2',
        accountIndex: 2,
        side: 'short',
        stopDown: new Dec(90_000),
        stopUp: new Dec(110_000),
      }),
    ],
  })

  it('places stops that are not seen resting, only for the legs that lack them', () => {
    const facts = makeFacts({
      hedge: open,
      held: ['0.01', '0.01'],
      wantedStops: makeLevels(),
    })
    const legs = facts.legs.map((leg, at) =>
      at === 0 ? { ...leg, stops: known(makePair(1), NOW_MS) } : leg,
    )
    expect(actionsOf({ ...facts, legs }, 'place_stops')[0]?.legIndexes).toEqual([1])
  })

  it('reads a leg that shows zero, and closes the rest once that is confirmed', () => {
    const facts = makeFacts({ hedge: open, held: ['0', '0.01'] })
    expect(kinds(facts)).toEqual(['read'])
    const legs = facts.legs.map((leg, at) =>
      at === 0
        ? {
            ...leg,
            position: known(
              { signedBase: new Dec(0), isSettled: true, hasSecondSource: true },
              NOW_MS,
            ),
          }
        : leg,
    )
    expect(actionsOf({ ...facts, legs }, 'become')[0]).toMatchObject({
      state: 'closing',
      cause: 'leg_vanished',
    })
  })
})
