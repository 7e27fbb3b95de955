import { describe, expect, it } from 'vitest'
import { unknown } from '../../src/hedge/known.ts'
import { positionIn } from '../../src/hedge/venue-view.ts'
import { accountView, positionsOf, venuePosition } from './sample-preflight.ts'

describe('the position of an account in a market', () => {
  const row = venuePosition('0.5')
  const view = accountView({ positions: positionsOf(row) })

  it('is its row', () => {
    expect(positionIn(view, 1)).toEqual({ isKnown: true, value: row, atMs: 1 })
  })

  it('without a row is known to be none', () => {
    expect(positionIn(view, 0)).toEqual({ isKnown: true, value: undefined, atMs: 1 })
  })

  it('is unknown, not none, when the positions of the account are', () => {
    const gone = accountView({ positions: unknown('socket closed') })
    expect(positionIn(gone, 1)).toEqual(unknown('socket closed'))
  })
})
