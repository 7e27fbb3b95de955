import { describe, expect, it } from 'vitest'
import type { Stall } from '../../src/engine/pulse.ts'
import { createPulse } from '../../src/engine/pulse.ts'
import type { Clock } from '../../src/ports.ts'
import { createVirtualClock } from '../../src/sim/virtual-clock.ts'

function start(clock: Clock) {
  const stalls: Stall[] = []
  return { stalls, pulse: createPulse(clock, (stall) => stalls.push(stall)) }
}

/** Time that passes without a timer of this process having run: what SIGSTOP looks like from inside. */
function createFrozenClock() {
  const time = { ms: 1000, wallMs: 5000 }
  const clock: Clock = {
    now: () => time.wallMs,
    monotonicMs: () => time.ms,
    sleep: () => Promise.resolve(),
    setTimer: () => () => undefined,
  }
  const pass = (ms: number, wallMs = ms): void => {
    time.ms += ms
    time.wallMs += wallMs
  }
  return { clock, pass }
}

describe('the pulse of a process', () => {
  it('finds nothing in a day of ordinary beats', async () => {
    const clock = createVirtualClock()
    const { stalls, pulse } = start(clock)
    await clock.advance(86_400_000)
    expect(pulse.restMs()).toBe(0)
    expect(stalls).toEqual([])
    pulse.stop()
  })

  it('notices a stall when it is asked, though no timer has run yet', () => {
    const { clock, pass } = createFrozenClock()
    const { stalls, pulse } = start(clock)
    pass(1500)
    expect(pulse.restMs()).toBeGreaterThan(0)
    expect(stalls).toEqual([{ stoodMs: 1500, jumpedMs: 0 }])
  })

  it('lets everything rest until what piled up is read, then goes on', () => {
    const { clock, pass } = createFrozenClock()
    const { stalls, pulse } = start(clock)
    pass(14_000)
    const restMs = pulse.restMs()
    pass(restMs - 1)
    expect(pulse.restMs()).toBe(1)
    pass(1)
    expect(pulse.restMs()).toBe(0)
    expect(stalls).toHaveLength(1)
  })

  it('does not take a slow second for a stall', () => {
    const { clock, pass } = createFrozenClock()
    const { stalls, pulse } = start(clock)
    for (let beat = 0; beat < 10; beat += 1) {
      pass(1000)
      expect(pulse.restMs()).toBe(0)
    }
    expect(stalls).toEqual([])
  })

  it.each([3_600_000, -3_600_000, 1_001, -1_001])(
    'notices a wall clock set by %d ms',
    (jumpedMs) => {
      const { clock, pass } = createFrozenClock()
      const { stalls, pulse } = start(clock)
      pass(200, 200 + jumpedMs)
      expect(pulse.restMs()).toBeGreaterThan(0)
      expect(stalls).toEqual([{ stoodMs: 200, jumpedMs }])
    },
  )

  it('stops beating when it is told to', async () => {
    const clock = createVirtualClock()
    const { stalls, pulse } = start(clock)
    pulse.stop()
    clock.jumpWall(10_000)
    await clock.advance(10_000)
    expect(stalls).toEqual([])
  })
})
