/** Rounds of the whole program in which the search has found a hedge that was called closed and was not. */
import { describe, expect, it } from 'vitest'
import { closeAll, createWorld, openAll } from '../../episodes/world.ts'
import { createDraw } from './draw.ts'
import { createGarbledWire } from './garbled-wire.ts'

type Rewrite = (positions: unknown) => unknown

/** Every list of positions in every answer and frame, rewritten; undefined takes the member away. */
function withPositions(rewrite: Rewrite): (text: string) => string {
  const walk = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node
    if (Array.isArray(node)) return node.map(walk)
    const entries = Object.entries(node).map(([key, child]) => [
      key,
      key === 'positions' ? rewrite(child) : walk(child),
    ])
    return Object.fromEntries(entries)
  }
  return (text) => (text.includes('"positions"') ? JSON.stringify(walk(JSON.parse(text))) : text)
}

/** Opens a hedge, closes it over a wire that says positions in this way, and later over a good one. */
async function closeOver(change: (text: string) => string) {
  const world = createWorld({ seed: 5 })
  const ticks = () =>
    world.accounts.map(({ accountIndex }) =>
      Number(world.stage.core.account(accountIndex)?.positions.get(1)?.sizeTicks ?? 0n),
    )
  try {
    const opener = world.startBot()
    await world.clock.runUntil(openAll(world, opener), 60_000)
    opener.close()
    await world.clock.advance(20_000)
    const opened = ticks()
    const wire = createGarbledWire({
      clock: world.clock,
      change,
      draw: createDraw(1),
      answers: 0,
      frames: 0,
      untilMs: Infinity,
      onGarbled: () => undefined,
    })
    const closer = world.startBot({ command: 'close', suspension: wire })
    await world.clock.runUntil(
      closeAll(closer, { giveUpAfterMs: 60_000 }).catch(() => []),
      300_000,
    )
    const isCalledClosed = closer.journal.liveHedges().length === 0
    const after = ticks()
    closer.close()
    const last = world.startBot({ command: 'close' })
    await world.clock.runUntil(closeAll(last), 120_000)
    return { opened, isCalledClosed, after, end: ticks(), live: last.journal.liveHedges().length }
  } finally {
    world.close()
  }
}

describe('a hedge', () => {
  it.each<readonly [string, Rewrite]>([
    ['are missing', () => undefined],
    ['are null', () => null],
    ['are a text', () => 'none'],
    ['leave every market out', (positions) => (Array.isArray(positions) ? [] : {})],
  ])(
    'is not called closed while positions %s and it is open',
    async (_how, rewrite) => {
      const { opened, isCalledClosed, after, end, live } = await closeOver(withPositions(rewrite))
      expect(opened).toEqual([1_000, -1_000])
      if (isCalledClosed) expect(after).toEqual([0, 0])
      expect(after.map(Math.abs)).not.toContain(2_000)
      expect([end, live]).toEqual([[0, 0], 0])
    },
    60_000,
  )
})
