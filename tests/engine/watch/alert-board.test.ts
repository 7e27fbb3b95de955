import { describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/engine/engine-context.ts'
import { createAlertBoard } from '../../../src/engine/watch/alert-board.ts'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'

function start() {
  const clock = createVirtualClock()
  const notes: string[] = []
  const note: Engine['note'] = ({ level, kind, message }) =>
    notes.push(`${level} ${kind}: ${message}`)
  const board = createAlertBoard({ clock, note } as unknown as Engine)
  return { clock, notes, board }
}

const STALE = { level: 'warning', kind: 'mark_stale', message: 'BTC is old' } as const

describe('an alert', () => {
  it('is told once for as long as it holds, and when it is over, with how long it lasted', async () => {
    const { clock, notes, board } = start()
    for (let second = 0; second < 30; second += 1) {
      board.raise('market/1', STALE)
      await clock.advance(1000)
    }
    board.clear('market/1')
    board.clear('market/1')
    expect(notes).toEqual([
      'warning mark_stale: BTC is old',
      'info mark_stale_over: over after 30.0 s: BTC is old',
    ])
  })

  it('is told again when it gets worse, not when it gets better', () => {
    const { notes, board } = start()
    board.raise('a', STALE)
    board.raise('a', { ...STALE, level: 'alert' })
    board.raise('a', STALE)
    expect(notes).toEqual(['warning mark_stale: BTC is old', 'alert mark_stale: BTC is old'])
  })

  it('stands apart from others of its kind', () => {
    const { notes, board } = start()
    board.raise('market/1', STALE)
    board.raise('market/2', STALE)
    expect(notes).toHaveLength(2)
    board.clear('market/1')
    expect(board.isRaised('market/1')).toBe(false)
    expect(board.isRaised('market/2')).toBe(true)
  })

  it('is told anew when it comes back', () => {
    const { notes, board } = start()
    board.raise('a', STALE)
    board.clear('a')
    board.raise('a', STALE)
    expect(notes).toHaveLength(3)
  })
})
