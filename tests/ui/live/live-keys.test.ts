import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeKeys } from '../../../src/ui/live/decode-keys.ts'
import { FIRST_STATE, pressKey, promptOf } from '../../../src/ui/live/live-keys.ts'
import type { LiveEffect, LiveState } from '../../../src/ui/live/live-keys.ts'

const entries = [
  { hedgeId: 'h1', name: 'majors', legs: 2 },
  { hedgeId: 'h2', name: 'twins', legs: 2 },
  { hedgeId: 'h3', name: 'twins', legs: 4 },
]
const around = { entries, rowCount: 11, bodyRows: 4 }

function press(input: string, from: LiveState = FIRST_STATE) {
  const effects: LiveEffect[] = []
  let state = from
  for (const key of decodeKeys(input).keys) {
    const outcome = pressKey(state, key, around)
    state = outcome.state
    if (outcome.effect !== undefined) effects.push(outcome.effect)
  }
  return { state, effects, prompt: promptOf(state) }
}

const PAGE_DOWN = '\u001b[6~'
const END = '\u001b[F'
const HOME = '\u001b[H'

describe('keys of the live table', () => {
  it('quit with q', () => {
    expect(press('q').effects).toEqual([{ kind: 'quit' }])
  })

  it('close a hedge only after id, Enter and an explicit yes', () => {
    expect(press('ch1').prompt).toContain('h1_')
    expect(press('ch1\r')).toMatchObject({ effects: [], prompt: expect.stringContaining('majors') })
    expect(press('ch1\ry').effects).toEqual([{ kind: 'close', hedgeId: 'h1' }])
    expect(press('cmajors\rY').effects).toEqual([{ kind: 'close', hedgeId: 'h1' }])
  })

  it.each([
    'ch1\r\r',
    'ch1\rn',
    'ch1\rq',
    'c\ry',
    'ch9\ry',
    'ctwins\ry',
    'ch1\u007f\u007f\ry',
    'y',
  ])('send nothing for %j', (input) => {
    expect(press(input).effects).toEqual([])
  })

  it('say why nothing is closed', () => {
    expect(press('ch9\r').prompt).toBe('no hedge called "h9"; nothing is closed')
    expect(press('ctwins\r').prompt).toBe('2 hedges called "twins"; nothing is closed')
    expect(press('ch1\rn').prompt).toBe('h1 is not closed')
  })

  it('are letters while a hedge is being named', () => {
    expect(press('cqp?').effects).toEqual([])
    expect(press('cqp?').prompt).toContain('qp?_')
  })

  it('hand Ctrl-C on from everywhere', () => {
    for (const before of ['', 'c', 'ch1\r', '?', '\u001a']) {
      expect(press(`${before}\u0003`).effects).toEqual([{ kind: 'interrupt' }])
    }
  })

  it('suspend only after a question, since nothing is watched meanwhile', () => {
    expect(press('\u001a')).toMatchObject({
      effects: [],
      prompt: expect.stringContaining('no stop'),
    })
    expect(press('\u001an').effects).toEqual([])
    expect(press('\u001ay').effects).toEqual([{ kind: 'suspend' }])
  })

  it('scroll inside the table', () => {
    expect(press(PAGE_DOWN).state.scroll).toBe(4)
    expect(press(`${PAGE_DOWN}\u001b[A`).state.scroll).toBe(3)
    expect(press(END).state.scroll).toBe(7)
    expect(press(END + HOME).state.scroll).toBe(0)
    expect(press('\u001b[A').state.scroll).toBe(0)
  })

  it('pause and go on, show help and leave it', () => {
    expect(press('p').state.isPaused).toBe(true)
    expect(press('pp').state.isPaused).toBe(false)
    expect(press('?').state.mode.kind).toBe('help')
    expect(press('?q')).toMatchObject({ effects: [], state: { mode: { kind: 'table' } } })
  })

  it('never close without y right after the question, whatever is typed', () => {
    const some = fc.constantFrom('c', 'h', '1', '\r', 'y', 'n', 'q', '\u007f', '\u001b[A', '?', 'p')
    fc.assert(
      fc.property(fc.array(some, { maxLength: 30 }), (pieces) => {
        let state = FIRST_STATE
        for (const piece of pieces) {
          for (const key of decodeKeys(piece).keys) {
            const outcome = pressKey(state, key, around)
            if (outcome.effect?.kind === 'close') {
              expect(state.mode).toMatchObject({ kind: 'confirm', hedgeId: outcome.effect.hedgeId })
              expect(piece).toBe('y')
            }
            expect(outcome.state.scroll).toBeLessThanOrEqual(7)
            state = outcome.state
          }
        }
      }),
    )
  })
})
