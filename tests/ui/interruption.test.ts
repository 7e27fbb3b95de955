import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../src/sim/virtual-clock.ts'
import { createInterruption } from '../../src/ui/interruption.ts'

function start(timeoutMs?: number) {
  const clock = createVirtualClock()
  const listeners = new Map<string, () => void>()
  const said: string[] = []
  const exits: number[] = []
  const interruption = createInterruption({
    clock,
    timeoutMs,
    signals: {
      on(name, listener) {
        listeners.set(name, listener)
        return () => listeners.delete(name)
      },
    },
    say: (text) => said.push(text),
    exit: (code) => exits.push(code),
  })
  return {
    clock,
    interruption,
    said,
    exits,
    listeners,
    raise: (name: string) => listeners.get(name)?.(),
  }
}

describe('an interruption', () => {
  it.each([
    ['SIGINT', 'SIGINT', 130],
    ['SIGTERM', 'SIGTERM', 143],
    // The terminal window was closed: the hedge must still come to a safe end.
    ['SIGHUP', 'SIGTERM', 143],
  ])('by %s aborts once and knows why', (signal, cause, exit) => {
    const { interruption, raise } = start()
    raise(signal)
    expect(interruption.signal.aborted).toBe(true)
    expect(interruption.signal.reason).toMatchObject({ exit })
    expect(interruption.interruptedBy()).toBe(cause)
  })

  it('by --timeout comes on time and not before', async () => {
    const { clock, interruption } = start(90_000)
    await clock.advance(89_999)
    expect(interruption.signal.aborted).toBe(false)
    await clock.advance(1)
    expect(interruption.interruptedBy()).toBe('timeout')
    expect(interruption.signal.reason).toMatchObject({ code: 'timeout', exit: 5 })
  })

  it('says that a second Ctrl-C stops at once', () => {
    const { said, raise } = start()
    raise('SIGINT')
    expect(said.join()).toContain('Ctrl-C again stops at once')
  })

  it('ends the process with exit 4 at the second Ctrl-C, after the hook', () => {
    const { interruption, raise, exits } = start()
    const order: string[] = []
    interruption.onSecondInterrupt(() => order.push(`hook before ${exits.length} exits`))
    raise('SIGINT')
    expect(order).toEqual([])
    raise('SIGINT')
    expect(order).toEqual(['hook before 0 exits'])
    expect(exits).toEqual([4])
  })

  it('ends the process even when the hook fails', () => {
    const { interruption, raise, exits } = start()
    interruption.onSecondInterrupt(() => {
      throw new Error('no journal')
    })
    raise('SIGINT')
    expect(() => raise('SIGINT')).toThrow('no journal')
    expect(exits).toEqual([4])
  })

  it('ends with 130 at the second Ctrl-C when nothing can be naked', () => {
    const { raise, exits } = start()
    raise('SIGINT')
    raise('SIGINT')
    expect(exits).toEqual([130])
  })

  it('takes Ctrl-C after --timeout as the first one', async () => {
    const { clock, interruption, raise, exits } = start(1_000)
    await clock.advance(1_000)
    raise('SIGINT')
    expect(exits).toEqual([])
    expect(interruption.interruptedBy()).toBe('timeout')
  })

  it('leaves no listener and no timer behind', () => {
    const { clock, interruption, listeners } = start(1_000)
    interruption.dispose()
    expect(listeners.size).toBe(0)
    expect(clock.pendingCount()).toBe(0)
  })
})
