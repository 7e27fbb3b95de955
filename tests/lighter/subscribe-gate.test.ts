import { describe, expect, it } from 'vitest'
import {
  createSubscribeGate,
  SUBSCRIBES_PER_MINUTE,
  UNANSWERED_MAX,
} from '../../src/lighter/subscribe-gate.ts'
import { createVirtualClock } from '../../src/sim/virtual-clock.ts'

describe('subscribe gate', () => {
  it('lets a bounded number of unanswered subscriptions through and the next after an answer', () => {
    const gate = createSubscribeGate(createVirtualClock())
    const started: number[] = []
    const tickets = Array.from({ length: 50 }, (_, at) => gate.enter(() => started.push(at)))
    expect(started).toHaveLength(UNANSWERED_MAX)
    tickets[0]?.leave()
    tickets[0]?.leave()
    expect(started).toHaveLength(UNANSWERED_MAX + 1)
    // One that still waits is given up: it never starts.
    tickets[UNANSWERED_MAX + 1]?.leave()
    tickets[1]?.leave()
    expect(started.at(-1)).toBe(UNANSWERED_MAX + 2)
  })

  it('spreads more than the venue takes in a minute', async () => {
    const clock = createVirtualClock()
    const gate = createSubscribeGate(clock)
    let started = 0
    for (let at = 0; at < SUBSCRIBES_PER_MINUTE + 10; at++) {
      const ticket = gate.enter(() => {
        started++
      })
      ticket.leave()
    }
    expect(started).toBe(SUBSCRIBES_PER_MINUTE)
    const late = gate.enter(() => {
      started++
    })
    await clock.advance(59_000)
    expect(started).toBe(SUBSCRIBES_PER_MINUTE)
    await clock.advance(2_000)
    expect(started).toBe(SUBSCRIBES_PER_MINUTE + 1)
    late.leave()
  })
})
