import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli.ts'
import { createFakeSignals } from './sim-cli.ts'

/** Runs `hedgebot demo --fast`, and sends a signal as soon as a text has been printed. */
async function runDemo(stop?: { readonly at: string; readonly signal: 'SIGINT' | 'SIGTERM' }) {
  const signals = createFakeSignals()
  let printed = ''
  let isSent = false
  const write = (more: string) => {
    printed += more
    if (stop === undefined || isSent || !printed.includes(stop.at)) return
    isSent = true
    signals.emit(stop.signal)
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

const FLAT = "The exchange's own books: no account holds a position."

describe('hedgebot demo', () => {
  it('opens, watches one hedge come to its loss limit, closes the rest, and says so by the exchange', async () => {
    const { exit, printed } = await runDemo()
    const chapters = printed.split('\n').filter((line) => line.startsWith('$ '))
    expect(chapters).toEqual([
      '$ hedgebot open --all',
      '$ hedgebot watch',
      '$ hedgebot close --all',
    ])
    expect(printed).toContain(
      "The exchange's own books: account_1 and account_2 are flat, 18 other accounts hold their positions.",
    )
    expect(printed).toContain(FLAT)
    expect(exit).toBe(0)
  }, 60_000)

  it.each([
    ['opening: all legs', 'SIGINT', 130],
    ['hedges open |', 'SIGINT', 130],
    ['hedgebot close --all', 'SIGTERM', 143],
  ] as const)(
    'interrupted at "%s" closes what is open and says which signal it was: %s',
    async (at, signal, code) => {
      const { exit, printed } = await runDemo({ at, signal })
      expect(printed).toContain('$ hedgebot close --all')
      expect(printed).toContain(FLAT)
      expect(exit).toBe(code)
    },
    60_000,
  )

  it('watches nothing on an exchange that it was told to leave', async () => {
    const { printed } = await runDemo({ at: 'opening: all legs', signal: 'SIGINT' })
    expect(printed).not.toContain('$ hedgebot watch')
  }, 60_000)
})
