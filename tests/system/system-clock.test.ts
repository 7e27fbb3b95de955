import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { createSystemRng } from '../../src/system/system-rng.ts'

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('tells wall time and a time that only grows', () => {
    const clock = createSystemClock()
    expect(clock.now()).toBe(Date.now())
    const before = clock.monotonicMs()
    vi.advanceTimersByTime(5)
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before)
  })

  it('calls back once, and never after a cancel', () => {
    const clock = createSystemClock()
    const [kept, cancelled] = [vi.fn<() => void>(), vi.fn<() => void>()]
    clock.setTimer(100, kept)
    clock.setTimer(100, cancelled)()
    vi.advanceTimersByTime(99)
    expect(kept).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1_000)
    expect(kept).toHaveBeenCalledTimes(1)
    expect(cancelled).not.toHaveBeenCalled()
  })

  it('waits for months, which a plain timer would cut to nothing', () => {
    const clock = createSystemClock()
    const callback = vi.fn<() => void>()
    const waitMs = 60 * 86_400_000
    const cancel = clock.setTimer(waitMs, callback)
    vi.advanceTimersByTime(waitMs - 1)
    expect(callback).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(callback).toHaveBeenCalledTimes(1)
    cancel()
  })

  it('sleeps, and stops sleeping with the reason of the signal', async () => {
    const clock = createSystemClock()
    const slept = clock.sleep(50)
    vi.advanceTimersByTime(50)
    await slept
    const controller = new AbortController()
    const reason = new Error('enough')
    const aborted = clock.sleep(1_000, controller.signal)
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    await expect(clock.sleep(1, controller.signal)).rejects.toBe(reason)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the system randomness', () => {
  it('is uniform enough and of the asked length', () => {
    const rng = createSystemRng()
    const values = Array.from({ length: 2_000 }, () => rng.nextFloat())
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05)
    expect(rng.nextBytes(33)).toHaveLength(33)
    expect(rng.nextBytes(32)).not.toEqual(rng.nextBytes(32))
  })
})
