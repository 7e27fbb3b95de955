import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../../src/sim/virtual-clock.ts'
import type { FrameMessage } from '../../../src/ui/live/draw-worker.ts'
import { openLiveScreen } from '../../../src/ui/live/live-screen.ts'
import type { LiveSource } from '../../../src/ui/live/live-view.ts'
import { ENTER_SCREEN, LEAVE_SCREEN } from '../../../src/ui/live/screen-codes.ts'
import { manyAccounts } from './sample-live.ts'

function start(change: { readonly source?: LiveSource; readonly isForeground?: boolean } = {}) {
  const clock = createVirtualClock()
  const posted: FrameMessage[] = []
  const log: string[] = []
  const listeners = new Map<string, () => void>()
  const listen = (name: string) => (listener: () => void) => {
    listeners.set(name, listener)
    return () => void listeners.delete(name)
  }
  const state = { isBehind: false, isForeground: change.isForeground ?? true, rows: 24 }
  let onText = (_text: string): void => {}
  let loseDrawing = (_reason: string): void => {}
  const screen = openLiveScreen({
    source: change.source ?? manyAccounts(200),
    clock,
    refreshMs: 1000,
    terminal: {
      size: () => ({ columns: 100, rows: state.rows }),
      onResize: listen('resize'),
      readKeys(listener) {
        onText = listener
        log.push('raw')
        return () => void log.push('cooked')
      },
      onJobControl: (name, listener) => listen(name)(listener),
      onEnding: listen('ending'),
      isForeground: () => state.isForeground,
      write: (text) => void log.push(text),
      interrupt: () => void log.push('interrupt'),
      suspend: () => void log.push('stopped'),
    },
    draw(onLost) {
      loseDrawing = onLost
      return {
        isBehind: () => state.isBehind,
        post: (message) => void posted.push(message),
        take: () => void log.push('take'),
        give: () => void log.push('give'),
        end: () => Promise.resolve(),
      }
    },
    onQuit: () => void log.push('quit'),
    onClose: (hedgeId) => void log.push(`close ${hedgeId}`),
    onLost: (reason) => void log.push(`lost ${reason}`),
  })
  return {
    clock,
    posted,
    log,
    screen,
    state,
    listeners,
    raise: (name: string) => listeners.get(name)?.(),
    type: (text: string) => onText(text),
    lose: (reason: string) => loseDrawing(reason),
    last: () => posted.at(-1),
  }
}

const ENTERED = ['raw', ENTER_SCREEN, 'give']
const LEFT = ['take', LEAVE_SCREEN, 'cooked']

describe('the live screen', () => {
  it('draws at once and then on its own time', async () => {
    const { clock, posted } = start()
    expect(posted).toHaveLength(1)
    await clock.advance(10_000)
    expect(posted).toHaveLength(11)
    expect(posted[0]?.isFull).toBe(true)
    expect(posted[1]?.isFull).toBe(false)
  })

  it('draws everything anew now and then, in case something else wrote', async () => {
    const { clock, posted } = start()
    await clock.advance(60_000)
    expect(posted.filter(({ isFull }) => isFull)).toHaveLength(3)
  })

  it('hands over visible hedges only', () => {
    const { posted, type, last } = start()
    expect(posted[0]?.view.hedges.length).toBeLessThan(10)
    expect(posted[0]?.view.rowCount).toBe(300)
    type('\u001b[F')
    expect(last()?.view.hedges.at(-1)?.hedgeId).toBe('h100')
  })

  it('waits for a slow terminal instead of queueing frames', async () => {
    const { clock, posted, state, type } = start()
    state.isBehind = true
    await clock.advance(60_000)
    type('?')
    expect(posted).toHaveLength(1)
    state.isBehind = false
    await clock.advance(25)
    expect(posted).toHaveLength(2)
    expect(posted[1]?.frame.controls.isHelpShown).toBe(true)
  })

  it('freezes rows with p and lets the head go on', async () => {
    let mark = 97_000
    const { clock, last, type } = start({ source: manyAccounts(20, () => mark) })
    const rowMark = () => last()?.view.hedges[0]?.legs[0]?.markPrice
    type('p')
    mark = 98_000
    await clock.advance(1000)
    expect(rowMark()).toBe('97000')
    expect(last()?.view.summary.markets[0]?.markPrice).toBe('98000.0')
    expect(last()?.frame.controls.pausedAtMs).toBe(clock.now() - 1000)
    type('p')
    expect(rowMark()).toBe('98000')
  })

  it('restores synchronously and once, on whatever way out', () => {
    const { screen, log, raise, posted, type } = start()
    raise('ending')
    raise('ending')
    screen.restore()
    screen.restore()
    type('q')
    expect(log).toEqual([...ENTERED, ...LEFT])
    expect(posted).toHaveLength(1)
  })

  it('leaves no timer and no listener behind', async () => {
    const { screen, clock, listeners, type } = start()
    type('\u001b')
    await screen.end()
    expect(clock.pendingCount()).toBe(0)
    expect(listeners.size).toBe(0)
  })

  it('comes back whole after a stop, also one it was not told of', () => {
    const { log, raise, last } = start()
    raise('suspend')
    expect(log.slice(3)).toEqual([...LEFT, 'stopped'])
    raise('continue')
    expect(log.slice(7)).toEqual(ENTERED)
    raise('continue')
    expect(log.slice(10)).toEqual([...LEFT, ...ENTERED])
    expect(last()?.isFull).toBe(true)
  })

  it('leaves the terminal alone in the background and comes when it is in front', async () => {
    const { log, state, clock, posted } = start({ isForeground: false })
    await clock.advance(5000)
    expect(log).toEqual([])
    expect(posted).toEqual([])
    state.isForeground = true
    await clock.advance(1000)
    expect(log).toEqual(ENTERED)
    expect(posted).toHaveLength(1)
  })

  it('ends itself, and not the watch, when the data or the thread fails', async () => {
    let fails = false
    const good = manyAccounts(4)
    const source: LiveSource = {
      ...good,
      summary() {
        if (fails) throw new Error('no summary')
        return good.summary()
      },
    }
    const broken = start({ source })
    fails = true
    await broken.clock.advance(1000)
    expect(broken.log).toEqual([...ENTERED, ...LEFT, 'lost no summary'])
    await broken.clock.advance(60_000)
    expect(broken.posted).toHaveLength(1)
    const dead = start()
    dead.lose('write EIO')
    dead.lose('write EIO')
    expect(dead.log).toEqual([...ENTERED, ...LEFT, 'lost write EIO'])
  })

  it('carries out what keys ask for', async () => {
    const { log, type, clock, last } = start()
    type('q')
    type('\u0003')
    type('ch2\ry')
    expect(log.slice(3)).toEqual(['quit', 'interrupt', 'close h2'])
    type('?')
    type('\u001b')
    expect(last()?.frame.controls.isHelpShown).toBe(true)
    await clock.advance(50)
    expect(last()?.frame.controls.isHelpShown).toBe(false)
  })

  it('shows a remark until the next key', () => {
    const { screen, last, type } = start()
    screen.remark('interrupted: coming to a safe end')
    expect(last()?.frame.controls.prompt).toContain('safe end')
    type('x')
    expect(last()?.frame.controls.prompt).toBe(undefined)
  })
})
