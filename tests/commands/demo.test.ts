import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli.ts'
import { createFakeSignals } from './sim-cli.ts'

/** Runs `hedgebot demo --fast` and sends a signal as soon as a text has been printed. */
async function demoStoppedAt(text: string, signal: 'SIGINT' | 'SIGTERM') {
  const signals = createFakeSignals()
  let printed = ''
  let isSent = false
  const write = (more: string) => {
    printed += more
    if (isSent || !printed.includes(text)) return
    isSent = true
    signals.emit(signal)
  }
  const exit = await runCli(['demo', '--fast'], {
    stdout: { write },
    stderr: { write },
    isTerminal: false,
    columns: 160,
    env: {},
    cwd: tmpdir(),
    signals,
  })
  return { exit, printed }
}

describe('hedgebot demo', () => {
  it.each([
    ['opening: all legs', 'SIGINT', 130],
    ['hedgebot close --all', 'SIGTERM', 143],
  ] as const)(
    'interrupted at "%s" closes what is open and says which signal it was: %s',
    async (text, signal, code) => {
      const { exit, printed } = await demoStoppedAt(text, signal)
      expect(printed).toContain('$ hedgebot close --all')
      expect(printed).toContain("The exchange's own books: no account holds a position.")
      expect(exit).toBe(code)
    },
    60_000,
  )

  it('shows no status of an exchange that it was told to leave', async () => {
    const { printed } = await demoStoppedAt('opening: all legs', 'SIGINT')
    expect(printed).not.toContain('$ hedgebot status')
  }, 60_000)
})
