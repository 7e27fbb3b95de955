import { describe, expect, it, vi } from 'vitest'
import { ENTER_SCREEN, LEAVE_SCREEN } from '../../../src/ui/live/screen-codes.ts'
import { HAS_TERMINAL, runOnTerminal } from './pseudo-terminal.ts'
import type { TerminalRun } from './pseudo-terminal.ts'

/** The terminal is the shell's again: left once for every time it was entered, nothing drawn since, modes as before. */
function expectRestored(run: TerminalRun, entered = 1): void {
  const text = run.text()
  expect(text.split(ENTER_SCREEN)).toHaveLength(entered + 1)
  expect(text.split(LEAVE_SCREEN)).toHaveLength(entered + 1)
  const after = text.slice(text.lastIndexOf(LEAVE_SCREEN) + LEAVE_SCREEN.length)
  // Colours of a printed stack are nobody's frame.
  expect(after).not.toContain('\u001b[?')
  expect(after).toMatch(/modes: .* icanon .* echo /)
  expect(after).toMatch(/modes: .*[ ;]isig /)
}

describe.skipIf(!HAS_TERMINAL)('the live screen on a real terminal', () => {
  it('comes and goes with q', async () => {
    const run = await runOnTerminal()
    run.type('q')
    await run.waitFor(/modes: /)
    expect(run.text()).toContain('ended by quit')
    expectRestored(run)
  })

  it('takes Ctrl-C for what it is', async () => {
    const run = await runOnTerminal()
    run.type('\u0003')
    await run.waitFor(/modes: /)
    expect(run.text()).toContain('ended by SIGINT')
    expect(run.text()).toContain('exit: 130')
    expectRestored(run)
  })

  it.each([
    ['an order from outside (SIGTERM)', 'none', 'SIGTERM', /exit: 143/],
    ['an exception nobody caught', 'throw', undefined, /a bug on purpose/],
    ['an end of the process somewhere else', 'exit', undefined, /exit: 9/],
  ] as const)('puts the terminal back after %s', async (_name, fault, signal, sign) => {
    const run = await runOnTerminal(fault)
    if (signal !== undefined) run.signal(signal)
    await run.waitFor(/modes: /)
    expect(run.text().slice(run.text().lastIndexOf(LEAVE_SCREEN))).toMatch(sign)
    expectRestored(run)
  })

  it('asks, closes a hedge, and shows what was typed', async () => {
    const run = await runOnTerminal()
    run.type('c')
    await run.waitFor(/close which hedge\?/)
    run.type('h3\r')
    await run.waitFor(/close h3 account_5\+account_6, all its legs/)
    run.type('y')
    await run.waitFor(/closing h3/)
    expect(run.said()).toBe('close h3')
  })

  it('suspends after a question and comes back with everything', async () => {
    const run = await runOnTerminal()
    run.type('\u001a')
    await run.waitFor(/suspend\? nothing is watched/)
    run.type('y')
    await vi.waitFor(() => expect(run.processState()).toBe('T'), 5000)
    run.goOn()
    // Shell and lender may both continue it: then it comes back twice.
    await vi.waitFor(() => {
      expect(run.text().split(ENTER_SCREEN).length).toBeGreaterThan(2)
      expect(run.text().split(ENTER_SCREEN).at(-1)).toContain('account_1 ')
    }, 5000)
    // Nothing was drawn between leaving and coming back.
    expect(run.text()).toContain(LEAVE_SCREEN + ENTER_SCREEN)
    run.signal('SIGTERM')
    await vi.waitFor(() => expect(run.isAlive()).toBe(false), 5000)
    await run.waitFor(/modes: /)
    expectRestored(run, run.text().split(ENTER_SCREEN).length - 1)
  })

  it('lives on without a terminal that was closed', async () => {
    const run = await runOnTerminal()
    run.hangUp()
    await vi.waitFor(() => expect(run.said()).toContain('hangup'), 5000)
    await vi.waitFor(() => expect(run.said()).toContain('lost: '), 5000)
  })
})
