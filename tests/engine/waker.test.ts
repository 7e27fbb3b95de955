import { describe, expect, it } from 'vitest'
import { accountKey, createWaker } from '../../src/engine/waker.ts'
import { createVirtualClock } from '../../src/sim/virtual-clock.ts'

/** Waits, and says when it was woken. */
function sleepers(...each: readonly (readonly string[] | undefined)[]) {
  const clock = createVirtualClock()
  const waker = createWaker(clock)
  const woken: number[] = []
  each.forEach((keys, at) => {
    void waker.wait(1_000, keys).then(() => woken.push(at))
  })
  return { clock, waker, woken }
}

describe('the waker', () => {
  it('wakes those who wait for a key and those who wait for anything, and nobody else', async () => {
    const { clock, waker, woken } = sleepers(
      ['h1', accountKey(7)],
      ['h2', accountKey(8)],
      undefined,
    )
    waker.wake(accountKey(7))
    await clock.advance(0)
    expect(woken).toEqual([0, 2])
    waker.wake('h1')
    await clock.advance(0)
    expect(woken).toEqual([0, 2])
    waker.wake('h2')
    await clock.advance(0)
    expect(woken).toEqual([0, 2, 1])
  })

  it('wakes everybody without a key, each once', async () => {
    const { clock, waker, woken } = sleepers(['h1', 'h2'], ['h2', 'h1'], undefined)
    waker.wake()
    waker.wake()
    await clock.advance(2_000)
    expect(woken.toSorted((a, b) => a - b)).toEqual([0, 1, 2])
  })

  it('lets go when the time is over', async () => {
    const { clock, woken } = sleepers(['h1'], undefined)
    await clock.advance(999)
    expect(woken).toEqual([])
    await clock.advance(1)
    expect(woken).toEqual([0, 1])
  })
})
