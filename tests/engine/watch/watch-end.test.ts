import { describe, expect, it } from 'vitest'
import type { EndFacts } from '../../../src/engine/watch/watch-end.ts'
import { createWatchEnd } from '../../../src/engine/watch/watch-end.ts'
import type { WatchOptions } from '../../../src/engine/watch/watch.ts'
import type { Hedge } from '../../../src/hedge/ledger.ts'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'

const WHOLE = {
  state: 'open',
  target: 'open',
  nakedSinceMs: undefined,
  legs: [{ stopState: 'RESTING' }, { stopState: 'RESTING' }],
} as unknown as Hedge

function start(
  mode: WatchOptions['mode'],
  { forMs, signal }: { readonly forMs?: number; readonly signal?: AbortSignal } = {},
) {
  const clock = createVirtualClock()
  const facts: { -readonly [K in keyof EndFacts]: EndFacts[K] } = { live: [], isDriven: false }
  const end = createWatchEnd({ clock, signal }, { mode, forMs }, () => facts)
  return { clock, facts, end }
}

describe('a watch', () => {
  it('goes on for ever with nothing open', async () => {
    const { clock, end } = start('forever')
    end.connected()
    await clock.advance(1_000_000)
    expect(end.reason()).toBeUndefined()
  })

  it('ends when it is told to, interrupted, or out of time', async () => {
    const quitting = start('forever').end
    quitting.quit()
    expect(quitting.reason()).toBe('quit')
    const abort = new AbortController()
    const interrupted = start('forever', { signal: abort.signal }).end
    expect(interrupted.reason()).toBeUndefined()
    abort.abort()
    expect(interrupted.reason()).toBe('interrupted')
    const timed = start('forever', { forMs: 5000 })
    await timed.clock.advance(4999)
    expect(timed.end.reason()).toBeUndefined()
    await timed.clock.advance(1)
    expect(timed.end.reason()).toBe('time')
  })

  it('until flat ends when nothing is live and nothing is being opened', () => {
    const { facts, end } = start('until_flat')
    facts.live = [WHOLE]
    expect(end.reason()).toBeUndefined()
    facts.live = []
    facts.isDriven = true
    expect(end.reason()).toBeUndefined()
    facts.isDriven = false
    expect(end.reason()).toBe('flat')
  })
})

describe('one look', () => {
  it('waits until everything was heard and had a moment', async () => {
    const { clock, facts, end } = start('once')
    facts.live = [WHOLE]
    await clock.advance(5000)
    expect(end.reason()).toBeUndefined()
    end.connected()
    expect(end.reason()).toBe('once')
  })

  it.each([
    { state: 'closing' },
    { target: 'flat' },
    { nakedSinceMs: 1 },
    { legs: [{ stopState: 'PENDING' }] },
  ] as unknown as Partial<Hedge>[])('waits for a hedge that is not settled: %j', async (change) => {
    const { clock, facts, end } = start('once')
    end.connected()
    facts.live = [{ ...WHOLE, ...change }]
    await clock.advance(10_000)
    expect(end.reason()).toBeUndefined()
    await clock.advance(50_000)
    expect(end.reason()).toBe('once')
  })
})
