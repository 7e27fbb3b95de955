import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { NO_CONTROLS } from '../../../src/ui/live/render-live.ts'
import { frameText } from '../../../src/ui/live/screen-codes.ts'
import { wholeView } from '../../../src/ui/live/live-view.ts'
import { startDrawing } from '../../../src/ui/live/start-drawing.ts'
import { openTerminal } from '../../../src/ui/live/terminal-output.ts'
import { ROOT } from '../../source-files.ts'
import { manyAccounts, sampleSource } from './sample-live.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hedgebot-live-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const message = (isFull: boolean, rows = 24) => ({
  view: wholeView(sampleSource()),
  frame: { columns: 80, rows, controls: NO_CONTROLS },
  isFull,
})

const MAKE_PIPE = 'mkfifo'

/** A terminal that takes 64 kB and then nothing more. */
function stalledTerminal(name: string): { readonly path: string; drain(): string } {
  const path = join(folder, name)
  execFileSync(MAKE_PIPE, [path])
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  onTestFinished(() => closeSync(fd))
  return {
    path,
    drain() {
      const bytes = Buffer.alloc(1 << 20)
      return bytes.subarray(0, readSync(fd, bytes)).toString()
    },
  }
}

describe('a frame', () => {
  const before = ['one', 'two', 'full']

  it('is drawn whole when nothing is known', () => {
    const text = frameText({ lines: before, before: undefined, columns: 4 })
    expect(text).toContain('\u001b[2J')
    expect(text).toContain('\u001b[1;1Hone\u001b[K')
    // Erasing after a full line would take its last cell away.
    expect(text).toContain('\u001b[3;1Hfull\u001b[?2026l')
  })

  it('is only what changed', () => {
    const text = frameText({ lines: ['one', 'zwei', 'full'], before, columns: 4 })
    expect(text).toBe('\u001b[?2026h\u001b[2;1Hzwei\u001b[?2026l')
    expect(frameText({ lines: before, before, columns: 4 })).toBe('')
  })
})

describe('the drawing thread', () => {
  it('finds its file from source and draws only what changed', async () => {
    const path = join(folder, 'screen')
    writeFileSync(path, '')
    const onLost = vi.fn()
    const drawing = startDrawing({ hasColor: false, onLost, paths: [path] })
    drawing.post(message(true))
    await vi.waitFor(() => expect(drawing.isBehind()).toBe(false), 10_000)
    expect(onLost).not.toHaveBeenCalled()
    expect(readFileSync(path, 'utf8')).toContain('account_1')
    writeFileSync(path, '')
    drawing.post(message(false))
    await vi.waitFor(() => expect(drawing.isBehind()).toBe(false), 10_000)
    await drawing.end()
    expect(readFileSync(path, 'utf8').replaceAll('\0', '')).toBe('')
  })

  it('draws nothing while the terminal is taken, and everything when it comes back', async () => {
    const path = join(folder, 'taken')
    writeFileSync(path, '')
    const drawing = startDrawing({ hasColor: false, onLost: vi.fn(), paths: [path] })
    drawing.take()
    drawing.post(message(true))
    await vi.waitFor(() => expect(drawing.isBehind()).toBe(false), 10_000)
    expect(readFileSync(path, 'utf8')).toBe('')
    drawing.give()
    drawing.post(message(false))
    await vi.waitFor(() => expect(drawing.isBehind()).toBe(false), 10_000)
    await drawing.end()
    expect(readFileSync(path, 'utf8')).toContain('account_1')
  })

  it('is left behind by a terminal that takes nothing, and gives it back at once', async () => {
    const { path } = stalledTerminal('stalled')
    const drawing = startDrawing({ hasColor: false, onLost: vi.fn(), paths: [path] })
    for (let frame = 0; frame < 40; frame += 1) {
      drawing.post({
        ...message(true),
        view: wholeView(manyAccounts(200)),
        frame: { columns: 200, rows: 200, controls: NO_CONTROLS },
      })
    }
    await new Promise((resolve) => setTimeout(resolve, 2500))
    expect(drawing.isBehind()).toBe(true)
    const startMs = performance.now()
    drawing.take()
    expect(performance.now() - startMs).toBeLessThan(100)
    // A thread held by the kernel would never end, and the process would wait for it.
    await drawing.end()
  })

  it('says once that the terminal is gone', async () => {
    const onLost = vi.fn()
    const full = startDrawing({ hasColor: false, onLost, paths: ['/dev/full'] })
    full.post(message(true))
    full.post(message(true))
    await vi.waitFor(() => expect(onLost).toHaveBeenCalled(), 10_000)
    await full.end()
    expect(onLost).toHaveBeenCalledTimes(1)
    expect(onLost.mock.calls[0]?.[0]).toContain('ENOSPC')
  })

  it('finds its file in the compiled program', () => {
    const compiled = join(ROOT, 'dist', 'ui', 'live', 'start-drawing.js')
    expect(existsSync(compiled), 'build the program first').toBe(true)
    const path = join(folder, 'compiled')
    writeFileSync(path, '')
    const code = `
      const { startDrawing } = await import(${JSON.stringify(compiled)})
      const drawing = startDrawing({ hasColor: false, onLost: (why) => { throw new Error(why) }, paths: [${JSON.stringify(path)}] })
      drawing.post(${JSON.stringify(message(true))})
      while (drawing.isBehind()) await new Promise((resolve) => setTimeout(resolve, 10))
      await drawing.end()`
    execFileSync(process.execPath, ['--input-type=module', '-e', code], { timeout: 20_000 })
    expect(readFileSync(path, 'utf8')).toContain('account_1')
  })
})

describe('output to a terminal that takes nothing', () => {
  it('ends when it is told to, without waiting in the kernel', () => {
    const { path, drain } = stalledTerminal('output')
    const output = openTerminal([path])
    const waits: number[] = []
    const isOver = (waitedMs: number) => waits.push(waitedMs) > 0 && waitedMs >= 50
    expect(output.write('x'.repeat(1 << 20), isOver)).toBe(false)
    expect(waits.at(-1)).toBe(50)
    expect(drain()).toMatch(/^x+$/)
    expect(output.write('again', isOver)).toBe(true)
    output.close()
  })
})
