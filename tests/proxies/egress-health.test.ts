import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EgressHealth, Observation } from '../../src/proxies/egress-health.ts'
import {
  afterDoubt,
  ANSWER_PATIENCE_MS,
  answerPatienceMs,
  BLOCKED_MS,
  connectPatienceMs,
  DOUBTS_MAX,
  DOUBT_MS,
  FIRST_HOLD_MS,
  FIRST_PROBE_MS,
  FORGIVE_MS,
  isProbeDue,
  isSettled,
  LONGEST_HOLD_MS,
  LONGEST_PATIENCE_MS,
  LONGEST_PROBE_MS,
  newHealth,
  observe,
  PATIENCE_MS,
  settledAtMs,
} from '../../src/proxies/egress-health.ts'

const OK: Observation = { kind: 'ok', connectedInMs: 40 }
const REFUSED: Observation = { kind: 'failed', reason: 'refused', isSure: true }
const LOST: Observation = { kind: 'failed', reason: 'reset', isSure: false }

/** One observation after the other, each at its time. */
function after(...seen: readonly (readonly [atMs: number, observation: Observation])[]) {
  return seen.reduce((health, [atMs, one]) => observe(health, one, atMs), newHealth(0))
}

describe('an egress', () => {
  it('is down as soon as it surely fails, and says why and since when', () => {
    expect(after([10, OK], [500, REFUSED])).toMatchObject({
      condition: 'down',
      reason: 'refused',
      sinceMs: 500,
      probeAtMs: 500 + FIRST_PROBE_MS,
    })
  })

  it('is in doubt after a failure that may be the net’s, and down after several without a success', () => {
    expect(after([0, LOST])).toMatchObject({ condition: 'degraded', reason: 'reset' })
    expect(after([0, LOST], [1, LOST], [2, OK])).toMatchObject({ condition: 'healthy', doubts: 0 })
    const many = Array.from({ length: DOUBTS_MAX }, (_, at) => [at, LOST] as const)
    expect(after(...many).condition).toBe('down')
  })

  it('is out of doubt again when nothing follows', () => {
    const doubted = after([100, LOST])
    expect(isProbeDue(doubted, 100 + DOUBT_MS - 1)).toBe(false)
    expect(isProbeDue(doubted, 100 + DOUBT_MS)).toBe(true)
    expect(afterDoubt(doubted, 100 + DOUBT_MS)).toMatchObject({ condition: 'healthy', doubts: 0 })
    const down = after([100, REFUSED])
    expect(afterDoubt(down, 99_999)).toBe(down)
  })

  it('that the firewall shut out is not asked before a minute has passed', () => {
    const blocked = after([0, { kind: 'failed', reason: 'blocked', isSure: true }])
    expect(isProbeDue(blocked, BLOCKED_MS - 1)).toBe(false)
    expect(isProbeDue(blocked, BLOCKED_MS)).toBe(true)
  })

  it('that leads to a place which is not served stays out of use', () => {
    const restricted = after([0, { kind: 'failed', reason: 'restricted', isSure: true }])
    const later = observe(observe(restricted, OK, 10), LOST, 20)
    expect(later).toEqual(restricted)
    expect(restricted).toMatchObject({ condition: 'restricted', probeAtMs: undefined })
  })

  it('gets its accounts back after it was well for a while, longer with every time that it failed', () => {
    const once = after([0, REFUSED], [5_000, OK])
    expect(isSettled(once, 5_000 + FIRST_HOLD_MS - 1)).toBe(false)
    expect(isSettled(once, 5_000 + FIRST_HOLD_MS)).toBe(true)
    const twice = observe(observe(once, REFUSED, 30_000), OK, 40_000)
    expect(settledAtMs(twice) - 40_000).toBe(2 * FIRST_HOLD_MS)
    const forgiven = observe(twice, OK, 40_000 + FORGIVE_MS)
    expect(settledAtMs(forgiven)).toBeLessThanOrEqual(40_000 + FORGIVE_MS)
  })

  it('is asked more and more seldom while it stays down', () => {
    let health = after([0, REFUSED])
    const pauses: number[] = []
    for (let at = 0; at < 9; at += 1) {
      const askedMs = health.probeAtMs ?? Number.NaN
      health = observe(health, REFUSED, askedMs)
      pauses.push((health.probeAtMs ?? Number.NaN) - askedMs)
    }
    expect(pauses.toSorted((a, b) => a - b)).toEqual(pauses)
    expect(pauses.at(-1)).toBe(LONGEST_PROBE_MS)
  })

  it('that always takes long is given longer, within limits', () => {
    const connecting = (connectedInMs: number) =>
      connectPatienceMs(observe(newHealth(0), { kind: 'ok', connectedInMs }, 0))
    expect(connectPatienceMs(newHealth(0))).toBe(PATIENCE_MS)
    expect([40, 1_000, 60_000].map(connecting)).toEqual([PATIENCE_MS, 3_000, LONGEST_PATIENCE_MS])
  })

  it('whose answers take long is waited for longer before another one is asked as well', () => {
    const answering = (answeredInMs: number) =>
      answerPatienceMs(observe(newHealth(0), { kind: 'ok', answeredInMs }, 0))
    expect([20, 400, 60_000].map(answering)).toEqual([
      ANSWER_PATIENCE_MS,
      1_600,
      LONGEST_PATIENCE_MS,
    ])
  })

  it('is not asked later because many used it while it was down', () => {
    const down = after([0, REFUSED])
    expect(observe(down, REFUSED, 100).probeAtMs).toBe(down.probeAtMs)
  })
})

const anySeen = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 120_000 }),
    observation: fc.oneof(
      fc.record({ kind: fc.constant('ok' as const), connectedInMs: fc.nat(5_000) }),
      fc.record({
        kind: fc.constant('failed' as const),
        reason: fc.constantFrom('refused', 'reset', 'blocked', 'no_answer', 'restricted'),
        isSure: fc.boolean(),
      }),
    ),
  }),
  { maxLength: 60 },
)

describe('whatever is seen of an egress', () => {
  it('a success ends everything but a restriction, and nothing waits longer than its limit', () => {
    fc.assert(
      fc.property(anySeen, (seen) => {
        let health: EgressHealth = newHealth(0)
        let nowMs = 0
        for (const { afterMs, observation } of seen) {
          nowMs += afterMs
          health = observe(health, observation, nowMs)
          const isOut = health.condition === 'restricted'
          if (observation.kind === 'ok' && !isOut) expect(health.condition).toBe('healthy')
          expect(health.probeAtMs === undefined).toBe(isSettled(health, nowMs) || isOut)
          expect((health.probeAtMs ?? nowMs) - nowMs).toBeLessThanOrEqual(LONGEST_PROBE_MS)
          expect(settledAtMs(health) - health.sinceMs).toBeLessThanOrEqual(LONGEST_HOLD_MS)
          expect(health.sinceMs).toBeLessThanOrEqual(nowMs)
        }
      }),
    )
  })
})
