import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/config/config-point.ts'
import { HedgebotError } from '../../src/errors.ts'
import { createVirtualClock } from '../../src/sim/virtual-clock.ts'
import { run } from './cli-fixture.ts'

const optionsOf = async (line: string) => {
  const { calls, exit, stderr } = await run(line)
  expect([line, exit, stderr]).toEqual([line, 0, ''])
  expect(calls).toHaveLength(1)
  return calls[0]
}

describe('the command table', () => {
  it.each([
    ['check', 'check', { isOffline: false }],
    ['check --offline', 'check', { isOffline: true }],
    ['config show', 'configShow', {}],
    ['status', 'status', {}],
    ['watch', 'watch', { mode: 'forever', isOpening: false, forDuration: undefined }],
    ['watch --once', 'watch', { mode: 'once', isOpening: false, forDuration: undefined }],
    ['watch --open --until-flat', 'watch', { mode: 'until_flat', isOpening: true }],
    ['watch --for 8h --until-flat', 'watch', { mode: 'until_flat', forDuration: '8h' }],
    ['orders list', 'ordersList', {}],
    ['orders cancel 42', 'ordersCancel', { id: '42', isForeign: false }],
    ['orders cancel 42 --foreign', 'ordersCancel', { id: '42', isForeign: true }],
    ['explain h3', 'explain', { id: 'h3' }],
    ['accounts', 'accountsList', {}],
    ['accounts list', 'accountsList', {}],
    ['proxies list', 'proxiesList', {}],
    ['proxies test', 'proxiesTest', { names: [] }],
    ['proxies test proxy_1 direct', 'proxiesTest', { names: ['proxy_1', 'direct'] }],
    ['pause', 'pause', {}],
    ['resume', 'resume', {}],
    ['adopt --dry-run', 'adopt', { isDryRun: true }],
    ['drill', 'drill', { fault: undefined, isAll: false, accounts: undefined }],
    ['drill crash --accounts a,b', 'drill', { fault: 'crash', accounts: ['a', 'b'] }],
    ['drill --all', 'drill', { fault: undefined, isAll: true }],
    ['demo', 'demo', { isFast: false }],
    ['demo --fast', 'demo', { isFast: true }],
  ])('reads "%s"', async (line, runner, options) => {
    expect(await optionsOf(line)).toMatchObject({ runner, options })
  })

  it('reads every option of open', async () => {
    const line =
      'open --accounts a,b --dry-run --size 0.0010 --leverage 5 --flip --run-key night-1 --not-after 09:30'
    expect((await optionsOf(line))?.options).toEqual({
      selection: { kind: 'accounts', names: ['a', 'b'] },
      isDryRun: true,
      sizeBase: '0.0010',
      leverage: 5,
      isFlipped: true,
      runKey: 'night-1',
      notAfter: '09:30',
    })
  })

  it.each([
    ['open --all', { kind: 'all' }],
    ['open --hedge majors', { kind: 'hedge', name: 'majors' }],
    ['open --next 4', { kind: 'next', count: 4 }],
    ['close --all', { kind: 'all' }],
    ['close --accounts a', { kind: 'accounts', names: ['a'] }],
    ['close --hedge h3', { kind: 'hedge', idOrName: 'h3' }],
    ['close --due', { kind: 'due' }],
    ['close --flatten', { kind: 'all' }],
    ['close --flatten --accounts a', { kind: 'accounts', names: ['a'] }],
  ])('reads the choice of "%s"', async (line, selection) => {
    expect((await optionsOf(line))?.options).toMatchObject({ selection })
  })

  it('reads every option of sim', async () => {
    const line =
      'sim --port 0 --accounts 20 --write-config demo.yaml --seed 7 --market trend --market BTC=crash --path c.csv --path ETH=e.csv --speed 60 --owners 4 --no-limits --no-delay --fault a --fault b'
    expect((await optionsOf(line))?.options).toEqual({
      port: 0,
      accounts: 20,
      writeConfig: 'demo.yaml',
      seed: 7,
      markets: ['trend', 'BTC=crash'],
      paths: ['c.csv', 'ETH=e.csv'],
      speed: '60',
      owners: 4,
      hasLimits: false,
      hasDelay: false,
      faults: ['a', 'b'],
    })
    expect((await optionsOf('sim'))?.options).toMatchObject({
      hasLimits: true,
      faults: [],
      markets: [],
      paths: [],
      speed: undefined,
    })
  })

  it('takes global options before and after the command', async () => {
    for (const line of [
      '-c a.yaml --timeout 1m30s --json -y -q -v --insecure-permissions status',
      'status -c a.yaml --timeout 1m30s --json -y -q -v --insecure-permissions',
    ]) {
      expect((await optionsOf(line))?.command.globals).toEqual({
        configFile: 'a.yaml',
        timeoutMs: 90_000,
        isJson: true,
        isYes: true,
        isQuiet: true,
        isVerbose: true,
        insecurePermissions: true,
        color: false,
      })
    }
  })

  it('does not know commands of later versions', async () => {
    const later = 'init notify history report completion'
    for (const name of later.split(' ')) {
      const { exit, calls } = await run(name)
      expect([name, exit, calls.length]).toEqual([name, 2, 0])
    }
  })
})

describe('a slip on the line', () => {
  it.each([
    ['opne --all', "unknown command 'opne'", 'Did you mean open?'],
    ['open --al', "unknown option '--al'", 'Did you mean --all?'],
    ['orders', '"orders" needs one more word', 'hedgebot orders --help shows what there is'],
    ['proxies', '"proxies" needs one more word', 'hedgebot proxies --help shows what there is'],
    ['open', 'open does not say which hedges it is about', 'give one of --all'],
    ['open --all --next 2', 'open takes one way of choosing', 'give only one of'],
    ['open --accounts a', 'a hedge needs two accounts', '--accounts a,b'],
    ['open --accounts a,,b', 'Expected names between commas', ''],
    ['open --accounts a,a', '"a" is named twice', ''],
    ['open --all --size 0', 'Expected a positive decimal number', ''],
    ['open --all --size 1e-3', 'Expected a positive decimal number', ''],
    ['open --all --size -1', 'Expected a positive decimal number', ''],
    ['open --all --leverage 0', 'Expected a whole number from 1 to 100', ''],
    ['open --all --leverage 2.5', 'Expected a whole number from 1 to 100', ''],
    ['open --next 1', 'Expected a whole number from 2 to 1000', ''],
    ['close', 'close does not say which hedges it is about', ''],
    ['close --flatten --hedge h1', '--flatten goes by accounts', ''],
    ['explain', "missing required argument 'id'", ''],
    ['watch --once --until-flat', '--once does not go together with --until-flat', 'leave one'],
    ['watch --once --for 5m', '--once does not go together with --for', 'leave one'],
    ['watch --once --open', '--once does not go together with --open', 'hedgebot open --all'],
    ['watch --all', "unknown option '--all'", ''],
    ['status extra', 'too many arguments', ''],
    ['status --timeout 90', '--timeout "90" is not a duration', '90s'],
    ['status --timeout 0s', '--timeout "0s" is not a duration', ''],
  ])('"%s" is a usage error with a hint', async (line, message, hint) => {
    const { exit, stdout, stderr, calls } = await run(line)
    expect(exit).toBe(2)
    expect(calls).toEqual([])
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
    expect(stderr).toMatch(/^error: /)
    expect(stderr).toContain(hint)
    expect(stderr).not.toContain('    at ')
  })

  it('is a document with --json', async () => {
    const { exit, stdout, stderr } = await run('open --al --json')
    expect(exit).toBe(2)
    expect(stderr).toContain('error: unknown option')
    expect(JSON.parse(stdout)).toEqual({
      schema: 'hedgebot/open/1',
      at: '2026-11-01T00:00:00.000Z',
      network: null,
      ok: false,
      exit: 2,
      error: {
        code: 'unknown_option',
        message: "unknown option '--al'",
        hint: 'Did you mean --all?',
        retryable: false,
      },
    })
  })
})

describe('help', () => {
  it('lists the commands on stdout', async () => {
    const { exit, stdout, stderr } = await run('--help')
    expect([exit, stderr]).toEqual([0, ''])
    expect(stdout).toMatchSnapshot()
  })

  it.each(['open', 'watch'])('of %s has its options and the global ones', async (command) => {
    const { exit, stdout } = await run(`${command} --help`)
    expect(exit).toBe(0)
    expect(stdout).toMatchSnapshot()
  })

  it('stands on stderr with exit 2 when nothing was typed without a terminal', async () => {
    const { exit, stdout, stderr } = await run('')
    expect([exit, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Usage: hedgebot [options] [command]')
  })

  it('shows the version', async () => {
    const { exit, stdout } = await run('--version')
    expect(exit).toBe(0)
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('the menu', () => {
  it('runs what a person chose, with the options already typed', async () => {
    const input = new PassThrough()
    const output = new PassThrough()
    output.once('data', () => setImmediate(() => input.write('\u001b[B\n')))
    const { exit, calls } = await run('-c mine.yaml', {
      io: { isTerminal: true, streams: { input, output } },
    })
    expect(exit).toBe(0)
    expect(calls).toHaveLength(1)
    expect(calls[0]).toMatchObject({ runner: 'check', options: { isOffline: false } })
    expect(calls[0]?.command.globals.configFile).toBe('mine.yaml')
  })

  it('ends with 130 when the person leaves', async () => {
    const input = new PassThrough()
    const output = new PassThrough()
    output.once('data', () => setImmediate(() => input.write('\u0003')))
    const { exit, calls } = await run('', { io: { isTerminal: true, streams: { input, output } } })
    expect([exit, calls.length]).toEqual([130, 0])
  })
})

describe('an error of a command', () => {
  const failWith = (error: Error) => ({ work: () => Promise.reject(error) })

  it('is one line, its hint another, and its exit code', async () => {
    const error = new HedgebotError('busy', 'another run owns h1', {
      code: 'lease_lost',
      hint: 'wait for it',
    })
    const { exit, stderr, stdout } = await run('close --all', failWith(error))
    expect([exit, stdout]).toEqual([6, ''])
    expect(stderr).toBe('error: another run owns h1\nhint: wait for it\n')
  })

  it('of the configuration lists every finding, in text and in the document', async () => {
    const point = {
      level: 'error' as const,
      code: 'unknown_key',
      file: 'config.yaml',
      line: 3,
      column: 1,
      path: 'leverag',
      message: 'is no option',
      hint: 'did you mean leverage?',
    }
    const second = { ...point, line: 9, path: 'risk.attempts', hint: undefined }
    const { exit, stderr, stdout } = await run(
      'check --json',
      failWith(new ConfigError('config.yaml', [point, second])),
    )
    expect(exit).toBe(2)
    expect(stderr).toBe(
      [
        'error: 2 problems in config.yaml',
        'config.yaml:3:1 leverag: is no option',
        '    hint: did you mean leverage?',
        'config.yaml:9:1 risk.attempts: is no option',
        '',
      ].join('\n'),
    )
    const document = JSON.parse(stdout) as { points: unknown[]; error: unknown }
    expect(document.points).toHaveLength(2)
    expect(document.points[0]).toMatchObject({ code: 'unknown_key', path: 'leverag', line: 3 })
    expect(document.error).toMatchObject({ code: 'config_invalid' })
  })

  it('that is a bug says so, shows the stack and exits 70', async () => {
    const { exit, stderr } = await run('status', failWith(new TypeError('x is undefined')))
    expect(exit).toBe(70)
    expect(stderr).toContain('error: a bug in hedgebot: x is undefined')
    expect(stderr).toContain('TypeError: x is undefined\n    at ')
  })

  it('that is a bug names the log instead when it could be written', async () => {
    const { exit, stderr } = await run('status', {
      work: (command) => {
        command.attach({ logBug: () => '/state/logs/hedgebot.log' })
        return Promise.reject(new TypeError('x is undefined'))
      },
    })
    expect(exit).toBe(70)
    expect(stderr).toContain('stack: /state/logs/hedgebot.log')
    expect(stderr).not.toContain('    at ')
  })

  it('never shows a secret once the command knows them', async () => {
    const { stderr, stdout } = await run('status --json', {
      work: (command) => {
        command.attach({ network: 'sim', scrub: (text) => text.replaceAll('hunter2', '***') })
        return Promise.reject(new TypeError('bad password hunter2'))
      },
    })
    expect(stderr + stdout).not.toContain('hunter2')
    expect(JSON.parse(stdout)).toMatchObject({ network: 'sim', exit: 70 })
  })

  it('after the document was printed adds no second one', async () => {
    const { stdout } = await run('status --json', {
      work: (command) => {
        command.out.json({ schema: 'hedgebot/status/1' })
        return Promise.reject(new TypeError('too late'))
      },
    })
    expect(stdout).toBe('{"schema":"hedgebot/status/1"}\n')
  })

  it('that is the reason of an interruption has the code of the interruption', async () => {
    const listeners = new Map<string, () => void>()
    const { exit } = await run('status', {
      io: {
        signals: {
          on: (name, listener) => {
            listeners.set(name, listener)
            return () => listeners.delete(name)
          },
        },
      },
      work: (command) => {
        listeners.get('SIGTERM')?.()
        command.signal.throwIfAborted()
        return Promise.resolve(0)
      },
    })
    expect(exit).toBe(143)
    expect(listeners.size).toBe(0)
  })
})

describe('an error that nobody caught', () => {
  it('ends the command safely and exits 70, or 4 when something is exposed', async () => {
    for (const [own, expected] of [
      [0, 70],
      [4, 4],
    ] as const) {
      let raise: ((error: unknown) => void) | undefined
      const { exit, stderr } = await run('open --all', {
        io: {
          onUncaught: (listener) => {
            raise = listener
            return () => {}
          },
        },
        work: async (command) => {
          raise?.(new Error('lost in a callback'))
          expect(command.signal.aborted).toBe(true)
          expect(command.interruptedBy).toBeUndefined()
          return own
        },
      })
      expect(exit).toBe(expected)
      expect(stderr).toContain('error: a bug in hedgebot: lost in a callback')
    }
  })

  it('is printed at once, also while a live screen keeps texts for later', async () => {
    let raise: ((error: unknown) => void) | undefined
    const kept: string[] = []
    const { stderr } = await run('watch', {
      io: {
        onUncaught: (listener) => {
          raise = listener
          return () => {}
        },
      },
      work: (command) => {
        command.divert((text) => kept.push(text))
        raise?.(new Error('lost in a callback'))
        return Promise.resolve(0)
      },
    })
    expect(stderr).toContain('error: a bug in hedgebot: lost in a callback')
    expect(kept).toEqual([])
  })

  it('ends the process when the command hangs', async () => {
    const clock = createVirtualClock()
    const exits: number[] = []
    let raise: ((error: unknown) => void) | undefined
    void run('open --all', {
      io: {
        clock,
        exit: (code) => exits.push(code),
        onUncaught: (listener) => {
          raise = listener
          return () => {}
        },
      },
      work: () => new Promise(() => {}),
    })
    await clock.advance(0)
    raise?.(new Error('lost'))
    await clock.advance(29_999)
    expect(exits).toEqual([])
    await clock.advance(1)
    expect(exits).toEqual([70])
  })
})

describe('output', () => {
  const talk = async (line: string) =>
    run(line, {
      work: async (command) => {
        command.out.line('result')
        command.out.note('remark')
        command.out.warn('warning')
        command.out.detail('detail')
        command.out.json({ ok: true })
        command.progress('working').succeed()
        return 0
      },
    })

  it('keeps stdout to the result', async () => {
    const { stdout, stderr } = await talk('status')
    expect(stdout).toBe('result\n')
    expect(stderr).toBe('remark\nwarning\nworking\n')
  })

  it('keeps stdout to the document with --json', async () => {
    const { stdout, stderr } = await talk('status --json')
    expect(stdout).toBe('{"ok":true}\n')
    expect(stderr).toBe('result\nremark\nwarning\n')
  })

  it('with --quiet is result and warnings, with --verbose everything', async () => {
    expect(await talk('status -q')).toMatchObject({ stdout: 'result\n', stderr: 'warning\n' })
    expect((await talk('status -v')).stderr).toContain('detail')
  })

  it('goes elsewhere while something else owns the terminal, documents excepted', async () => {
    const diverted: string[] = []
    const { stdout, stderr } = await run('watch --json', {
      work: (command) => {
        command.attach({ scrub: (text) => text.replaceAll('hunter2', '***') })
        const release = command.divert((text) => diverted.push(text))
        command.out.warn('bad password hunter2')
        command.out.note('remark')
        command.out.json({ ok: true })
        release()
        command.out.note('later')
        return Promise.resolve(0)
      },
    })
    expect(diverted).toEqual(['bad password ***', 'remark'])
    expect([stdout, stderr]).toEqual(['{"ok":true}\n', 'later\n'])
  })

  it('of a watch ends with the error as one more document', async () => {
    const { stdout } = await run('watch --json', {
      work: (command) => {
        command.out.json({ schema: 'hedgebot/watch/1' })
        return Promise.reject(new TypeError('too late'))
      },
    })
    const [first, last] = stdout.trim().split('\n')
    expect(first).toBe('{"schema":"hedgebot/watch/1"}')
    expect(JSON.parse(last ?? '')).toMatchObject({ schema: 'hedgebot/watch/1', exit: 70 })
  })

  it.each([
    [{ isTerminal: true }, '', true],
    [{ isTerminal: false }, '', false],
    [{ isTerminal: true, env: { NO_COLOR: '1' } }, '', false],
    [{ isTerminal: true, env: { TERM: 'dumb' } }, '', false],
    [{ isTerminal: true }, '--no-color', false],
    [{ isTerminal: false, env: { FORCE_COLOR: '1' } }, '', true],
    [{ isTerminal: false, env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, '', false],
  ])('%j "%s" has colour: %s', async (io, option, hasColor) => {
    const { calls } = await run(`status ${option}`, { io })
    expect(calls[0]?.command.globals.color).toBe(hasColor)
    expect(calls[0]?.command.style.chalk.level).toBe(hasColor ? 1 : 0)
  })
})
