import { PassThrough } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { createProgressFactory } from '../../src/ui/progress.ts'

const flags = { isJson: false, isQuiet: false, color: false }

function lines() {
  const written: string[] = []
  return { written, write: (text: string) => written.push(text) }
}

describe('progress', () => {
  it('is one line for every change without a terminal', () => {
    const { written, write } = lines()
    const { start } = createProgressFactory({ globals: flags, streams: undefined, write })
    const step = start('connecting')
    step.update('connecting')
    step.update('opening')
    step.succeed('open')
    expect(written).toEqual(['connecting', 'opening', 'open'])
  })

  it.each([
    ['--json', { ...flags, isJson: true }],
    ['--quiet', { ...flags, isQuiet: true }],
  ])('is silent with %s', (_name, globals) => {
    const { written, write } = lines()
    const step = createProgressFactory({ globals, streams: undefined, write }).start('connecting')
    step.update('opening')
    step.fail('failed')
    expect(written).toEqual([])
  })

  it('draws on the terminal, makes room for other output and ends where it is', async () => {
    const output = new PassThrough()
    let shown = ''
    output.on('data', (chunk: Buffer) => {
      shown += chunk.toString()
    })
    // A terminal stream, as far as the spinner asks.
    Object.assign(output, {
      isTTY: true,
      columns: 80,
      clearLine: () => (shown += '<clear>'),
      cursorTo: () => true,
      moveCursor: () => true,
    })
    vi.stubEnv('CI', undefined)
    vi.stubEnv('TERM', 'xterm')
    const streams = { input: new PassThrough(), output }
    const factory = createProgressFactory({ globals: flags, streams, write: () => {} })
    const step = factory.start('connecting')
    await vi.waitFor(() => expect(shown).toContain('connecting'))
    const resume = factory.pause()
    const paused = shown.length
    factory.around(() => {})
    await new Promise((done) => setTimeout(done, 250))
    expect(shown.slice(paused).replaceAll('<clear>', '')).toBe('')
    resume()
    await vi.waitFor(() => expect(shown.slice(paused)).toContain('connecting'))
    step.update('opening')
    factory.around(() => output.write('a remark\n'))
    step.succeed('open')
    step.stop()
    await vi.waitFor(() => expect(shown).toMatch(/a remark\n[^]*open\n/))
    const length = shown.length
    factory.around(() => {})
    factory.stopAll()
    expect(shown.length).toBe(length)
    vi.unstubAllEnvs()
  })
})
