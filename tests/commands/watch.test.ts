import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HedgebotError } from '../../src/errors.ts'
import type { ScreenParts } from '../../src/ui/live/live-screen.ts'
import { createFakeWatches } from './fake-watch.ts'
import type { FakeWatches } from './fake-watch.ts'
import type { FakeSignals, SimSession } from './sim-cli.ts'
import { createFakeSignals, runLine, startSession } from './sim-cli.ts'

const current: { watches: FakeWatches } = { watches: createFakeWatches() }
vi.mock('../../src/engine/watch/watch.ts', () => ({
  startWatch: (...of: Parameters<FakeWatches['startWatch']>) => current.watches.startWatch(...of),
}))

let session: SimSession | undefined

beforeEach(() => {
  current.watches = createFakeWatches()
})

afterEach(async () => {
  await session?.close()
  session = undefined
})

const documentsOf = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

async function startOpened(): Promise<SimSession> {
  session = await startSession()
  expect((await session.hedgebot('open --all')).exit).toBe(0)
  return session
}

/** Sends a signal when the watch runs and has shown something. */
function signalOnStart(signals: FakeSignals, name: 'SIGINT' | 'SIGTERM'): void {
  current.watches.onStart = ({ clock }) => void clock.setTimer(50, () => signals.emit(name))
}

describe('watch --once', () => {
  it('prints one document, with the loss limits of the legs', async () => {
    const { hedgebot } = await startOpened()
    const { exit, stdout } = await hedgebot('watch --once')
    expect(exit).toBe(0)
    const documents = documentsOf(stdout)
    expect(documents).toHaveLength(1)
    expect(documents[0]).toMatchObject({
      schema: 'hedgebot/watch/1',
      exit: 0,
      kind: 'summary',
      hedges: [{ hedge_id: 'h1', state: 'open', legs: [{ stop_price: '1' }, {}] }],
      totals: { hedges: 1, open: 1, exposed: 0 },
      markets: [{ market: 'BTC', mark_price: '100000' }],
      openings_paused: false,
    })
    expect(current.watches.started[0]?.options.mode).toBe('once')
  })

  it('prints the table of status', async () => {
    const { configFile } = await startOpened()
    const { exit, stdout } = await runLine(['--config', configFile], 'watch --once')
    expect(exit).toBe(0)
    expect(stdout).toContain('account_1')
    expect(stdout).toContain('1 hedge open')
  })

  it('says when nothing is open', async () => {
    session = await startSession()
    const { exit, stdout } = await runLine(['--config', session.configFile], 'watch --once')
    expect([exit, stdout]).toEqual([0, 'no hedge is open\n'])
  })

  it.each([
    [{ isExposed: true }, 4],
    [{ isUnknown: true }, 5],
    [{ stopState: 'UNPROTECTED' }, 3],
  ] as const)('ends for %j with %i', async (change, wanted) => {
    const { hedgebot } = await startOpened()
    current.watches.changeReport = (report) => ({ ...report, ...change })
    expect((await hedgebot('watch --once')).exit).toBe(wanted)
  })
})

describe('watch without a terminal', () => {
  it('prints a document for the beginning, every event and the end', async () => {
    const { hedgebot } = await startOpened()
    const signals = createFakeSignals()
    current.watches.onStart = (engine) => {
      engine.clock.setTimer(100, () => {
        engine.note({ level: 'info', kind: 'mark_back', message: 'fresh again', hedgeId: 'h1' })
        engine.report({ level: 'info', message: 'a sign of life' })
        engine.note({ level: 'alert', kind: 'leg_stale', message: 'silent', account: 'account_1' })
        signals.emit('SIGTERM')
      })
    }
    const { exit, stdout, stderr } = await hedgebot('watch', { signals })
    expect(exit).toBe(143)
    const documents = documentsOf(stdout)
    expect(documents.map(({ kind }) => kind)).toEqual(['summary', 'event', 'event', 'summary'])
    expect(documents[1]).toMatchObject({
      event: { level: 'info', kind: 'mark_back', hedge_id: 'h1', account: null },
    })
    expect(documents[2]).toMatchObject({ event: { kind: 'leg_stale', account: 'account_1' } })
    expect(documents.at(-1)).toMatchObject({ exit: 143 })
    expect(stderr).toContain('alert account_1: silent')
    expect(stderr).not.toContain('fresh again')
  })

  it('prints sentences, and what stands at the end', async () => {
    const { configFile } = await startOpened()
    const signals = createFakeSignals()
    signalOnStart(signals, 'SIGINT')
    const { exit, stdout } = await runLine(['--config', configFile], 'watch', { signals })
    expect(exit).toBe(130)
    expect(stdout).toMatch(/^\S+Z sim \| 1 of 1 hedges open \| P&L \S+ USD/)
    expect(stdout).toContain('1 hedge open, net exposure 0.00 USD')
  })

  it('is exposed first and interrupted second', async () => {
    const { hedgebot } = await startOpened()
    const signals = createFakeSignals()
    signalOnStart(signals, 'SIGINT')
    current.watches.changeReport = (report) => ({ ...report, isExposed: true })
    expect((await hedgebot('watch', { signals })).exit).toBe(4)
  })

  it('ends by itself after --for', async () => {
    const { hedgebot } = await startOpened()
    expect((await hedgebot('watch --for 200ms')).exit).toBe(0)
    expect(current.watches.started[0]?.options).toMatchObject({ mode: 'forever', forMs: 200 })
  })

  it('gives the watch the limits of the configuration', async () => {
    session = await startSession({
      config: {
        extraYaml:
          'risk:\n  hedge_stop_usd: 20\n  trailing_usd: 7.5\n  daily_stop_limit: 3\nwatch:\n  stale_after_ms: 2000\n',
      },
    })
    await session.hedgebot('watch --for 50ms')
    const { stopPolicy, marketIndexes } = current.watches.started[0]?.options ?? {}
    expect(marketIndexes).toEqual([1])
    expect(JSON.parse(JSON.stringify(stopPolicy))).toMatchObject({
      stopLossUsd: '100',
      hedgeStopUsd: '20',
      trailingUsd: '7.5',
      dailyStopLimit: 3,
      staleAfterMs: 2000,
    })
  })

  it.each(['--for never', '--for 0s'])('does not understand "%s"', async (option) => {
    session = await startSession()
    const { exit, json } = await session.hedgebot(`watch ${option}`)
    expect([exit, json.error?.code]).toEqual([2, 'for_invalid'])
    expect(current.watches.started).toEqual([])
  })

  it('is busy while another one watches', async () => {
    session = await startSession()
    current.watches.isBusy = true
    expect((await session.hedgebot('watch')).exit).toBe(6)
  })

  it('says as its last document why it could not go on', async () => {
    const { hedgebot } = await startOpened()
    current.watches.onStart = ({ clock }, fail) =>
      void clock.setTimer(50, () =>
        fail(new HedgebotError('journal', 'the disk is full', { code: 'journal_full' })),
      )
    const { exit, stdout } = await hedgebot('watch')
    expect(exit).toBe(70)
    expect(documentsOf(stdout).at(-1)).toMatchObject({ error: { code: 'journal_full' } })
  })
})

describe('watch --open', () => {
  it('opens everything under its eyes and goes on', async () => {
    session = await startSession({ accounts: 4 })
    const signals = createFakeSignals()
    current.watches.onStart = ({ clock, journal }) => {
      const look = (): void => {
        const live = journal.liveHedges()
        const isReady = live.length === 2 && live.every(({ state }) => state === 'open')
        clock.setTimer(isReady ? 500 : 50, isReady ? () => signals.emit('SIGINT') : look)
      }
      look()
    }
    const { exit, stdout, stderr } = await session.hedgebot('watch --open', { signals })
    expect([exit, stderr.includes('error')]).toEqual([130, false])
    expect([1, 2, 3, 4].map(session.position)).toEqual([1000n, -1000n, 1000n, -1000n])
    expect(documentsOf(stdout).at(-1)).toMatchObject({ totals: { hedges: 2, open: 2 } })
    // The plan stands on stderr beside the documents.
    expect(stderr).toContain('account_4')
  })

  it('ends with --until-flat when what it opened is flat, and not before', async () => {
    session = await startSession()
    const opened = session
    let closing: Promise<unknown> | undefined
    const close = (): void => {
      closing = opened.hedgebot('close --all')
    }
    current.watches.onStart = ({ clock, journal }) => {
      const look = (): void => {
        const isOpen = journal.liveHedges().some(({ state }) => state === 'open')
        if (isOpen) clock.setTimer(1500, close)
        else clock.setTimer(50, look)
      }
      look()
    }
    const { exit } = await session.hedgebot('watch --open --until-flat')
    await closing
    expect(exit).toBe(0)
    expect(closing).toBeDefined()
    expect(current.watches.started[0]?.options.mode).toBe('forever')
    expect(current.watches.asked).toEqual(['quit'])
    expect(session.position(1)).toBe(0n)
  })

  it('ends the watch when nothing may be opened', async () => {
    session = await startSession({ stage: { collateralUsd: '50' } })
    const { exit, stderr } = await session.hedgebot('watch --open')
    expect(exit).toBe(1)
    expect(stderr).toContain('nothing was sent')
    expect(current.watches.asked).toEqual(['quit'])
    expect(session.position(1)).toBe(0n)
  })
})

/** A terminal that remembers, and what a person does on it. */
function fakeScreen() {
  const log: string[] = []
  const hooks = { onEnd: () => {} }
  let onText = (_text: string): void => {}
  let lose = (_reason: string): void => {}
  const nothing = () => () => {}
  const parts: ScreenParts = {
    terminal: {
      size: () => ({ columns: 100, rows: 24 }),
      onResize: nothing,
      readKeys(listener) {
        onText = listener
        log.push('screen')
        return () => void log.push('shell')
      },
      onJobControl: nothing,
      onEnding: nothing,
      isForeground: () => true,
      write: () => {},
      interrupt: () => {},
      suspend: () => {},
    },
    draw({ onLost }) {
      lose = onLost
      return {
        isBehind: () => false,
        post: ({ frame }) => {
          const { prompt } = frame.controls
          if (prompt !== undefined) log.push(`prompt ${prompt}`)
        },
        take: () => {},
        give: () => {},
        async end() {
          hooks.onEnd()
          await Promise.resolve()
        },
      }
    },
  }
  const print = (text: string): void => void log.push(`print ${text.trim()}`)
  return {
    log,
    hooks,
    io: {
      isTerminal: true,
      screenParts: () => Promise.resolve(parts),
      stdout: { write: print },
      stderr: { write: print },
    },
    type: (text: string) => onText(text),
    lose: (reason: string) => lose(reason),
  }
}

describe('watch on a terminal', () => {
  const start = async () => {
    const { configFile } = await startOpened()
    const screen = fakeScreen()
    const signals = createFakeSignals()
    const globals = ['--config', configFile, '--yes']
    return {
      ...screen,
      signals,
      watch: (ready: () => void, exit: (code: number) => void = () => {}) => {
        current.watches.onStart = ({ clock }) => void clock.setTimer(300, ready)
        return runLine(globals, 'watch', { signals, io: { ...screen.io, exit } })
      },
    }
  }

  it('prints nothing while the screen stands, and what it said afterwards', async () => {
    const { log, type, watch } = await start()
    const run = await watch(() => {
      const { engine } = current.watches.started[0] ?? {}
      engine?.note({ level: 'alert', kind: 'leg_stale', message: 'silent', account: 'account_1' })
      engine?.report({ level: 'info', message: 'reading' })
      type('q')
    })
    expect(run.exit).toBe(0)
    expect(current.watches.asked).toEqual(['quit'])
    const shown = log.slice(log.indexOf('screen') + 1, log.indexOf('shell'))
    expect(shown).toContain('prompt reading')
    expect(shown.filter((line) => line.startsWith('print'))).toEqual([])
    const after = log.slice(log.indexOf('shell')).join('\n')
    expect(after).toContain('print alert account_1: silent')
    expect(after).toContain('1 hedge open')
  })

  it('turns an interruption into a remark', async () => {
    const { log, signals, watch } = await start()
    const run = await watch(() => signals.emit('SIGINT'))
    expect(run.exit).toBe(130)
    const at = (text: string) => log.findIndex((line) => line.includes(text))
    expect(at('prompt interrupted: coming to a safe end')).toBeGreaterThan(at('screen'))
    expect(at('print interrupted: coming to a safe end')).toBeGreaterThan(at('shell'))
  })

  it('asks the watch to close a hedge that the person chose', async () => {
    const { type, watch } = await start()
    await watch(() => {
      type('ch1\ry')
      type('q')
    })
    expect(current.watches.asked).toEqual(['close h1', 'quit'])
  })

  it('goes on line by line when the screen is lost', async () => {
    const { log, lose, signals, watch } = await start()
    const run = await watch(() => {
      lose('write EIO')
      const { engine } = current.watches.started[0] ?? {}
      engine?.note({ level: 'info', kind: 'mark_back', message: 'fresh again', hedgeId: 'h1' })
      signals.emit('SIGTERM')
    })
    expect(run.exit).toBe(143)
    const text = log.slice(log.indexOf('shell')).join('\n')
    expect(text).toContain('the live table ended (write EIO)')
    expect(text).toContain('1 of 1 hedges open')
    expect(text).toContain('h1: fresh again')
  })

  it.each(['while it ends safely', 'while the screen goes away'])(
    'gives the terminal back and says what may stand alone at a second Ctrl-C %s',
    async (when) => {
      const { log, hooks, signals, watch } = await start()
      const exits: number[] = []
      await watch(
        () => {
          signals.emit('SIGINT')
          if (when === 'while it ends safely') signals.emit('SIGINT')
          else hooks.onEnd = () => signals.emit('SIGINT')
        },
        (code) => {
          exits.push(code)
          log.push('gone')
        },
      )
      expect(exits).toEqual([4])
      const last = log.slice(0, log.indexOf('gone'))
      expect(last.at(-1)).toMatch(
        /^print h1 account_1\+account_2 open: account_1 \S+, account_2 \S+$/,
      )
      expect(last.at(-2)).toBe('shell')
    },
  )
})

describe('open beside a watch', () => {
  it('says which limits nobody keeps, and opens all the same', async () => {
    session = await startSession({
      config: { extraYaml: 'risk:\n  hedge_stop_usd: 20\n  on_stop: all\n' },
    })
    const { exit, stderr } = await session.hedgebot('open --all')
    expect(exit).toBe(0)
    expect(stderr).toContain('nobody watches: risk.on_stop: all, risk.hedge_stop_usd work only')
  })
})
