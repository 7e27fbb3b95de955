import { expect, it } from 'vitest'
import { createExecutionQueue } from '../../../src/sim/gateway/execution-queue.ts'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'

it('executes what is due although real timers fire early', async () => {
  const clock = createVirtualClock()
  // As on a real clock in a busy turn: the wait counts from the start of the turn, 5 ms ago.
  const early = {
    ...clock,
    setTimer: (ms: number, callback: () => void) => clock.setTimer(ms > 10 ? ms - 5 : ms, callback),
  }
  const startMs = clock.monotonicMs()
  const executed: [string, number][] = []
  const queue = createExecutionQueue<string>(early, (item) => {
    executed.push([item, clock.monotonicMs() - startMs])
  })
  queue.add(startMs + 300, 'first')
  queue.add(startMs + 301, 'second')
  queue.add(startMs + 100, 'earlier')
  await clock.runUntil(clock.sleep(1_000), 2_000)
  expect(executed).toEqual([
    ['earlier', 100],
    ['first', 300],
    ['second', 301],
  ])
  expect(queue.size()).toBe(0)
})
