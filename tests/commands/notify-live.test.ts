/** What arrives: the user's own notification section, pointed at a mail server on loopback, and the ordinary commands. */
import { readFileSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, it } from 'vitest'
import { PRICE_PARTS } from '../../src/sim/control/price-hand.ts'
import type { MailSink } from '../../src/sim/stage/mail-sink.ts'
import { startMailSink } from '../../src/sim/stage/mail-sink.ts'
import type { ReadMail } from '../../src/sim/stage/read-mail.ts'
import { readMail } from '../../src/sim/stage/read-mail.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import type { SessionOptions, SimSession } from './sim-cli.ts'
import { createFakeSignals, startSession } from './sim-cli.ts'

let session: SimSession | undefined
let sink: MailSink | undefined

afterEach(async () => {
  await session?.close()
  await sink?.close()
  session = undefined
  sink = undefined
})

/** As in the user's document, but for the address of the server and what logs in. */
function userSection(port: number, password: string): string {
  return `notification:
  email:
    enabled: true
    smtp_server: "127.0.0.1"
    smtp_port: ${port}
    sender: "your_email@gmail.com"
    recipient: "recipient@gmail.com"
    username: "your_email@gmail.com"
    password: "${password}"
`
}

async function start(options: SessionOptions = {}): Promise<SimSession> {
  const password = `pw-${process.pid}-${performance.now()}`
  const login = { username: 'your_email@gmail.com', password }
  sink = await startMailSink({ clock: createSystemClock(), login })
  session = await startSession({
    ...options,
    config: { ...options.config, extraYaml: userSection(sink.port, password) },
  })
  return session
}

async function mails(): Promise<readonly ReadMail[]> {
  return Promise.all((sink?.mails() ?? []).map(({ raw }) => readMail(raw)))
}

async function subjects(): Promise<readonly string[]> {
  return (await mails()).map(({ subject }) => subject)
}

const STOP_STAGE: SessionOptions = {
  accounts: 4,
  stage: { tickIntervalMs: 100 },
  config: {
    stopLossThreshold: '40',
    positionSizes: new Map([
      ['account_1', '0.05'],
      ['account_2', '0.05'],
    ]),
  },
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(isSo, { timeout: 20_000, interval: 50 }).toBe(true)
}

/** The report of a watch is due now. */
function makeReportDue(at: SimSession): void {
  const folder = /state_dir: "(.*)"/.exec(readFileSync(at.configFile, 'utf8'))?.[1]
  const database = new Database(`${at.folder}/${folder}/sim/journal.db`)
  database
    .prepare(
      `UPDATE notify_memory SET revision = revision + 1,
         text = json_set(text, '$.nextReportAtMs', 1) WHERE id = 1`,
    )
    .run()
  database.close()
}

describe('with the section of the user\u2019s own sample', () => {
  it('mails of an opening, a report, a stop, an end and a failure arrive, each readable in both parts', async () => {
    const { hedgebot, position, stage } = await start(STOP_STAGE)
    expect((await hedgebot('open --all')).exit).toBe(0)
    expect(await subjects()).toEqual(['[hedgebot sim] OPENED: 2 hedges in BTC'])

    const signals = createFakeSignals()
    makeReportDue(session ?? expect.unreachable())
    const watching = hedgebot('watch', { signals })
    await until(async () => (await subjects()).some((subject) => subject.includes('REPORT')))
    stage.priceHand.move({
      marketIndex: 1,
      parts: PRICE_PARTS,
      overMs: 5000,
      target: { kind: 'scale', byE9: 12_000_000n },
    })
    await until(() => position(1) === 0n && position(2) === 0n)
    await until(async () => (await subjects()).some((subject) => subject.includes('STOP')))
    signals.emit('SIGINT')
    expect((await watching).exit).toBe(130)

    // Nobody sits at a terminal: a run that fails is told.
    const failed = await hedgebot('open --all --size 900')
    expect(failed.exit).toBe(1)
    expect((await hedgebot('close --all')).exit).toBe(0)

    expect(await subjects()).toEqual([
      '[hedgebot sim] OPENED: 2 hedges in BTC',
      expect.stringMatching(/^\[hedgebot sim\] REPORT: 2 hedges open, floating -?\d+\.\d\d USD$/),
      expect.stringMatching(
        /^\[hedgebot sim\] STOP: h1 account_1\+account_2 closed, net -\d\.\d\d USD: stop-loss$/,
      ),
      expect.stringMatching(/^\[hedgebot sim\] ALERT: A run ended badly: hedgebot open ended/),
      expect.stringMatching(/^\[hedgebot sim\] CLOSED: h2 account_3\+account_4 closed, net/),
    ])
    for (const { from, to, text, html, headers } of await mails()) {
      expect([from, to]).toEqual(['your_email@gmail.com', ['recipient@gmail.com']])
      expect(text).toContain('automatic message of hedgebot')
      expect(html).toMatch(/^<!doctype html>/i)
      expect(headers['auto-submitted']).toBe('auto-generated')
    }
    const [, , stop] = await mails()
    for (const part of [stop?.text, stop?.html])
      for (const word of ['account_1', 'account_2', 'stop-loss', 'Naked time', 'Leg gap', 'Fees'])
        expect(part).toContain(word)
  }, 90_000)

  it('a wrong password is said by notify test with what to do, and never shown', async () => {
    const at = await start()
    const password = /password: "(.*)"/.exec(readFileSync(at.configFile, 'utf8'))?.[1] ?? ''
    expect((await at.hedgebot('notify test')).exit).toBe(0)
    expect(await subjects()).toEqual(['[hedgebot sim] TEST: this channel works (email)'])
    const wrong = `${password}-wrong`
    const text = readFileSync(at.configFile, 'utf8').replace(password, wrong)
    writeFileSync(at.configFile, text, { mode: 0o600 })
    const refused = await at.hedgebot('notify test')
    expect(refused.exit).toBe(5)
    expect(refused.json).toMatchObject({
      channels: [{ channel: 'email', sent: false, code: 'mail_login_refused' }],
    })
    expect(refused.stdout + refused.stderr).not.toContain(password)
  }, 30_000)
})

describe('when no mail gets through', () => {
  it('the exit code and the terminal say so, and the next command sends what waits', async () => {
    const at = await start()
    const port = sink?.port ?? 0
    await sink?.close()
    const opened = await at.hedgebot('open --all')
    expect(opened.exit).toBe(3)
    expect(opened.json.hedges?.map(({ state }) => state)).toEqual(['open'])
    expect(opened.stderr).toMatch(/no notification gets through: 1 message waits \(email fails\)/)

    const password = /password: "(.*)"/.exec(readFileSync(at.configFile, 'utf8'))?.[1] ?? ''
    const login = { username: 'your_email@gmail.com', password }
    sink = await startMailSink({ clock: createSystemClock(), login, port })
    // Its first pause is over by then.
    await expect
      .poll(async () => (await at.hedgebot('notify check')).exit, { timeout: 20_000 })
      .toBe(0)
    expect(await subjects()).toEqual([
      expect.stringMatching(/^\[hedgebot sim\] OPENED: h1 account_1\+account_2/),
    ])
    expect((await at.hedgebot('close --all')).exit).toBe(0)
  }, 60_000)
})

describe('a run that did not happen', () => {
  it('is an alarm of notify check, by mail and by its exit code', async () => {
    const at = await start()
    const text = readFileSync(at.configFile, 'utf8')
    const section = '  expect_runs: [{ command: watch, every: 1m }]\n'
    writeFileSync(at.configFile, text + section, { mode: 0o600 })
    expect((await at.hedgebot('notify check')).exit).toBe(0)
    const folder = /state_dir: "(.*)"/.exec(text)?.[1]
    const database = new Database(`${at.folder}/${folder}/sim/journal.db`)
    database
      .prepare(
        `UPDATE notify_memory SET revision = revision + 1,
           text = json_set(text, '$.expectedSinceMs.watch', 1) WHERE id = 1`,
      )
      .run()
    database.close()
    const missed = await at.hedgebot('notify check')
    expect(missed.exit).toBe(3)
    expect(missed.json).toMatchObject({
      missed: ['no run of "watch" has succeeded for more than 1 min'],
    })
    expect(await subjects()).toEqual([
      expect.stringMatching(/^\[hedgebot sim\] ALERT!: An expected run did not happen: no run/),
    ])
  }, 30_000)
})
