import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../src/errors.ts'
import { confirmOnTerminal } from '../../src/ui/confirm.ts'

function terminal() {
  const input = new PassThrough()
  const output = new PassThrough()
  let shown = ''
  output.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
  })
  return {
    streams: { input, output },
    /** Types once the question is there. */
    type(text: string) {
      output.once('data', () => setImmediate(() => input.write(text)))
    },
    shown: () => shown,
  }
}

const ask = (options: Partial<Parameters<typeof confirmOnTerminal>[0]>) =>
  confirmOnTerminal({
    question: 'Open 10 hedges?',
    isYes: false,
    streams: undefined,
    signal: new AbortController().signal,
    ...options,
  })

describe('a question', () => {
  it('is answered by --yes without being asked', async () => {
    expect(await ask({ isYes: true })).toBe(true)
  })

  it('refuses when nobody can be asked', async () => {
    await expect(ask({})).rejects.toMatchObject({ code: 'confirmation_needed', exit: 2 })
  })

  it.each([
    ['y\n', true],
    ['yes\n', true],
    ['n\n', false],
    // Enter alone must never send an order.
    ['\n', false],
  ])('takes %j as %s', async (text, answer) => {
    const { streams, type, shown } = terminal()
    type(text)
    expect(await ask({ streams })).toBe(answer)
    expect(shown()).toContain('Open 10 hedges?')
  })

  it('ends with exit 130 when the person presses Ctrl-C', async () => {
    const { streams, type } = terminal()
    type('\u0003')
    await expect(ask({ streams })).rejects.toMatchObject({ code: 'interrupted', exit: 130 })
  })

  it('ends with the reason when the command is interrupted meanwhile', async () => {
    const { streams } = terminal()
    const controller = new AbortController()
    const reason = new HedgebotError('unknown_state', 'gave up', { code: 'timeout' })
    const asked = ask({ streams, signal: controller.signal })
    streams.output.once('data', () => controller.abort(reason))
    await expect(asked).rejects.toBe(reason)
  })
})
