/** What the owner hears of a watch in the virtual world, when channels work, and when they do not. */
import { describe, expect, it } from 'vitest'
import { HedgebotError } from '../../src/errors.ts'
import { renderMailText } from '../../src/notify/render/render-mail-text.ts'
import { aim } from '../engine/scenario.ts'
import type { Scene } from '../engine/scenario.ts'
import {
  SAFE_END,
  endOf,
  eventsOf,
  moveUsd,
  run,
  strike,
  timeUntilFlat,
  watchScene,
} from '../engine/watch/support/watch-scene.ts'
import { watchScenes } from '../engine/watch/support/watch-scenes.ts'
import type { Mailbox } from './support/mailbox.ts'
import { createMailbox } from './support/mailbox.ts'
import { createTeller } from './support/teller.ts'

const build = watchScenes()
const MINUTE_MS = 60_000

type Options = Omit<Parameters<typeof createTeller>[2], 'mailbox'>

/** Opens by one process that tells of it at its end, then watches by another one that tells as long as it lives. */
async function openAndTell(at: Scene, mailbox: Mailbox, options: Options = {}) {
  const { clock } = at.world
  const opener = at.world.startBot()
  const first = createTeller(clock, opener, { mailbox, isWatching: false })
  await openBy(at, opener)
  await run(at, first.dispatcher.flush(15_000))
  opener.close()
  return watchAndTell(at, mailbox, options)
}

async function openBy(at: Scene, opener: ReturnType<Scene['world']['startBot']>): Promise<void> {
  const { openAll } = await import('../episodes/world.ts')
  await run(at, openAll(at.world, opener))
  at.auditor.expectOnlyReductions()
}

async function watchAndTell(at: Scene, mailbox: Mailbox, options: Options = {}) {
  const watching = await watchScene(at)
  const teller = createTeller(at.world.clock, watching.bot, { mailbox, ...options })
  teller.dispatcher.run()
  return { ...watching, teller }
}

describe('a watch that tells', () => {
  it('confirms an opening with legs, gap, naked time and slippage in one message', async () => {
    const at = build({ accounts: 4 })
    const mailbox = createMailbox(at.world.clock)
    await openAndTell(at, mailbox)
    expect(mailbox.titles()).toEqual(['opened: 2 hedges in BTC'])
    const text = renderMailText(mailbox.arrived[0]?.message ?? expect.unreachable())
    for (const word of ['h1', 'h2', 'Leg gap', 'Naked time', 'Slippage', 'Fees', '0 of 4'])
      expect(text).toContain(word)
  })

  it('tells one message for all hedges that one stop closes, with the result and the reason', async () => {
    const at = build({ accounts: 6, exchangeStops: false })
    const mailbox = createMailbox(at.world.clock)
    const { bot } = await openAndTell(at, mailbox)
    moveUsd(at, -550)
    await timeUntilFlat(at)
    await at.world.clock.advance(20_000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(mailbox.titles()).toEqual([
      'opened: 3 hedges in BTC',
      expect.stringMatching(/^stop: 3 hedges closed, net -\d+\.\d\d USD: stop-loss$/),
    ])
    const [stop] = mailbox.of('stop')
    expect(stop?.severity).toBe('warning')
    expect(renderMailText(stop ?? expect.unreachable())).toContain('stop-loss')
  })

  it('tells a stop that cannot come through after a while, and its end when there is one', async () => {
    const at = build({ exchangeStops: false })
    const mailbox = createMailbox(at.world.clock)
    await openAndTell(at, mailbox)
    strike(at, aim({ kind: 'reject', code: 21_601 }), 40_000)
    moveUsd(at, -550)
    await at.world.clock.advance(30_000)
    expect(mailbox.of('stop').map(({ title, severity }) => [title, severity])).toEqual([
      [expect.stringMatching(/^h1: stop hit 1\d s ago and not flat yet$/), 'critical'],
    ])
    await timeUntilFlat(at)
    await at.world.clock.advance(20_000)
    expect(mailbox.of('stop').at(-1)?.title).toMatch(/^h1 .* closed, net/)
  })

  it('tells of what lasts, not of what mends itself, and that it is over with how long it took', async () => {
    const at = build({ accounts: 4, proxies: 2 })
    const mailbox = createMailbox(at.world.clock)
    await openAndTell(at, mailbox)
    at.world.proxies.get('proxy_1')?.setMode('refuse')
    await at.world.clock.advance(2 * MINUTE_MS)
    at.world.proxies.get('proxy_1')?.setMode('normal')
    await at.world.clock.advance(5 * MINUTE_MS)
    const told = mailbox.titles().slice(1)
    expect(told[0]).toMatch(/^alert: .*(Proxy down|Only one proxy left)/)
    expect(told.at(-1)).toMatch(/^recovered: /)
    expect(told.length).toBeLessThanOrEqual(4)
    const over = renderMailText(mailbox.of('recovered').at(-1) ?? expect.unreachable())
    expect(over).toMatch(/lasted \d+ (min|s)/)
  })
})

describe('a mail server that is dead for ten minutes', () => {
  it('loses no message and delays no stop', async () => {
    const flatAfterMs: number[] = []
    for (const mood of ['works', 'down', 'hangs'] as const) {
      const at = build({ accounts: 4, exchangeStops: false })
      const mailbox = createMailbox(at.world.clock)
      const { bot, teller } = await openAndTell(at, mailbox)
      mailbox.setMood(mood)
      await at.world.clock.advance(MINUTE_MS)
      bot.engine.note({ level: 'alert', kind: 'unprotected', message: 'h1 a1', hedgeId: 'h1' })
      await at.world.clock.advance(MINUTE_MS)
      moveUsd(at, -550)
      flatAfterMs.push(await timeUntilFlat(at))
      await at.world.clock.advance(8 * MINUTE_MS)
      expect(endOf(at, bot)).toEqual(SAFE_END)
      if (mood !== 'works') {
        expect(mailbox.titles()).toEqual(['opened: 2 hedges in BTC'])
        expect(teller.said.map(({ kind }) => kind)).toEqual(['channel_failing'])
      }
      mailbox.setMood('works')
      await at.world.clock.advance(12 * MINUTE_MS)
      const kinds = mailbox.arrived.map(({ message }) => message.kind)
      expect(kinds.slice(0, 2)).toEqual(['opened', 'alert'])
      expect(kinds).toContain('stop')
      expect(new Set(mailbox.arrived.map(({ id }) => id)).size).toBe(mailbox.arrived.length)
      expect(bot.journal.outboxCounts()).toEqual([])
      if (mood !== 'works') expect(teller.said.at(-1)?.kind).toBe('channel_failing_over')
    }
    expect(new Set(flatAfterMs).size).toBe(1)
  })

  it('is told over the channels that work, and on its own when it is back', async () => {
    const at = build()
    const mailbox = createMailbox(at.world.clock, ['email', 'telegram'])
    await openAndTell(at, mailbox)
    mailbox.setMood('login_wrong', 'email')
    moveUsd(at, -550)
    await timeUntilFlat(at)
    await at.world.clock.advance(3 * MINUTE_MS)
    expect(mailbox.titles('telegram').at(-1)).toMatch(
      /^alert: Notifications do not get through: email/,
    )
    const tries = mailbox.attempts.length
    await at.world.clock.advance(30 * MINUTE_MS)
    // Nothing changes by itself, and every attempt brings the login nearer to being locked.
    expect(mailbox.attempts.length).toBe(tries)
    mailbox.setMood('works')
    await at.world.clock.advance(60 * MINUTE_MS)
    expect(mailbox.titles('email').length).toBeGreaterThanOrEqual(3)
  })

  it('keeps its messages for the next process after a crash, and nobody sends one twice', async () => {
    const at = build({ exchangeStops: false })
    const mailbox = createMailbox(at.world.clock)
    const { bot } = await openAndTell(at, mailbox)
    mailbox.setMood('down')
    moveUsd(at, -550)
    await timeUntilFlat(at)
    await at.world.clock.advance(10_000)
    bot.kill()
    mailbox.setMood('works')
    await at.world.clock.advance(MINUTE_MS)
    expect(mailbox.of('stop')).toEqual([])
    const [one, two] = [await watchAndTell(at, mailbox), at.world.startBot()]
    const other = createTeller(at.world.clock, two, { mailbox, isWatching: false })
    other.dispatcher.run()
    await at.world.clock.advance(15 * MINUTE_MS)
    expect(mailbox.of('stop')).toHaveLength(1)
    expect(one.teller.said).toEqual([])
  })
})

describe('a flood', () => {
  it('of 10,000 alerts in a second is few messages and little memory', async () => {
    const at = build()
    const mailbox = createMailbox(at.world.clock)
    const { bot } = await openAndTell(at, mailbox)
    const before = mailbox.arrived.length
    for (let count = 0; count < 10_000; count += 1) {
      bot.engine.note({
        level: 'alert',
        kind: 'order_refused',
        message: `account_${count}: close refused`,
        account: `account_${count}`,
      })
    }
    await at.world.clock.advance(5 * MINUTE_MS)
    const alerts = mailbox.arrived.slice(before)
    expect(alerts.length).toBeLessThanOrEqual(4)
    expect(alerts[0]?.message.title).toMatch(/^An order was refused \(\d+\)$/)
    expect(bot.journal.notifyMemory()?.text.length).toBeLessThan(200_000)
    for (const { message } of alerts) expect(JSON.stringify(message).length).toBeLessThan(20_000)
  })

  it('of one alert again and again is told at the first time, the tenth and once an hour', async () => {
    const at = build()
    const mailbox = createMailbox(at.world.clock)
    const { bot } = await openAndTell(at, mailbox)
    for (let minute = 0; minute < 180; minute += 1) {
      bot.engine.note({ level: 'alert', kind: 'order_refused', message: 'a1: open refused' })
      await at.world.clock.advance(MINUTE_MS)
    }
    expect(mailbox.of('alert')).toHaveLength(4)
  })
})

describe('a journal that takes nothing', () => {
  it('is told past it, and told to be over when it can be written again', async () => {
    const at = build()
    const mailbox = createMailbox(at.world.clock)
    const { bot, teller } = await openAndTell(at, mailbox)
    const fail = (): never => {
      throw new HedgebotError('journal', 'the disk is full', { code: 'journal_full' })
    }
    const { addEvent, saveNotifyMemory } = bot.journal
    Object.assign(bot.journal, { addEvent: fail, saveNotifyMemory: fail })
    teller.dispatcher.tellDirect({
      level: 'alert',
      kind: 'watch_failed',
      message: 'the watch could not look: the disk is full',
    })
    await at.world.clock.advance(MINUTE_MS)
    expect(mailbox.of('alert').map(({ title }) => title)).toEqual([
      'The watch cannot do its work: the watch could not look: the disk is full',
    ])
    Object.assign(bot.journal, { addEvent, saveNotifyMemory })
    await at.world.clock.advance(MINUTE_MS)
    expect(mailbox.of('recovered')).toHaveLength(1)
    await at.world.clock.advance(10 * MINUTE_MS)
    expect(mailbox.arrived).toHaveLength(3)
  })
})

describe('reports and summaries', () => {
  it('come at round times, with what stands and the course of its result', async () => {
    const at = build({ accounts: 4 })
    const mailbox = createMailbox(at.world.clock)
    await openAndTell(at, mailbox, { policy: { reportEveryMs: 60 * MINUTE_MS } })
    await at.world.clock.advance(125 * MINUTE_MS)
    const reports = mailbox.of('report')
    expect(reports.map(({ atMs }) => new Date(atMs).toISOString().slice(11, 16))).toEqual([
      '01:00',
      '02:00',
    ])
    expect(reports[1]?.title).toMatch(/^2 hedges open, floating -0\.\d\d USD$/)
    const courses = reports[1]?.blocks.filter(({ kind }) => kind === 'course') ?? []
    expect(courses).toHaveLength(2)
    const text = renderMailText(reports[1] ?? expect.unreachable())
    for (const word of ['h1', 'resting', 'Net exposure', 'Funding']) expect(text).toContain(word)
  })
})

describe('a run that is expected', () => {
  it('and does not happen is an alarm, which ends when it happens', async () => {
    const at = build()
    const mailbox = createMailbox(at.world.clock)
    const expectedRuns = [{ command: 'open', everyMs: 60 * MINUTE_MS }]
    const { teller } = await openAndTell(at, mailbox, { expectedRuns })
    await at.world.clock.advance(58 * MINUTE_MS)
    expect(teller.dispatcher.missedRuns()).toEqual([])
    await at.world.clock.advance(5 * MINUTE_MS)
    expect(teller.dispatcher.missedRuns()).toEqual([
      'no run of "open" has succeeded for more than 1 h',
    ])
    expect(mailbox.of('alert').map(({ severity }) => severity)).toEqual(['critical'])
    const again = at.world.startBot()
    const { runId } = again.journal.beginRun({ command: 'open' }).run
    await at.world.clock.advance(MINUTE_MS)
    again.journal.endRun(runId, { exit: 0, result: '{}' })
    await at.world.clock.advance(3 * MINUTE_MS)
    expect(mailbox.of('recovered')).toHaveLength(1)
    expect(teller.dispatcher.missedRuns()).toEqual([])
  })
})

describe('a short command beside a watch', () => {
  it('leaves the telling of what is under way to the watch, and tells nothing twice', async () => {
    const at = build({ accounts: 4, exchangeStops: false })
    const mailbox = createMailbox(at.world.clock)
    const { bot } = await openAndTell(at, mailbox)
    const closer = at.world.startBot({ command: 'close' })
    const { dispatcher } = createTeller(at.world.clock, closer, { mailbox, isWatching: false })
    const [first] = bot.journal.liveHedges()
    closer.journal.requestFlat(first?.hedgeId ?? '', 'user')
    await at.world.clock.advance(1_000)
    const startMs = at.world.clock.monotonicMs()
    const end = await run(at, dispatcher.flush(15_000))
    expect(end).toEqual({ waiting: 0, failing: [], areAllFailing: false })
    expect(at.world.clock.monotonicMs()).toBe(startMs)
    await at.world.clock.advance(MINUTE_MS)
    expect(mailbox.of('closed').map(({ title }) => title)).toEqual([
      expect.stringMatching(/^h1 .* closed, net .* USD: asked for by you$/),
    ])
    expect(eventsOf(bot, 'hedge_closed')).toHaveLength(1)
  })

  it('ends after its limit when no channel answers, and says that none works', async () => {
    const at = build()
    const mailbox = createMailbox(at.world.clock)
    mailbox.setMood('down')
    const opener = at.world.startBot()
    const { dispatcher } = createTeller(at.world.clock, opener, { mailbox, isWatching: false })
    await openBy(at, opener)
    const startMs = at.world.clock.monotonicMs()
    const end = await run(at, dispatcher.flush(15_000))
    expect(end).toEqual({ waiting: 1, failing: ['email'], areAllFailing: true })
    mailbox.setMood('hangs')
    await at.world.clock.advance(MINUTE_MS)
    await run(at, dispatcher.flush(15_000))
    expect(at.world.clock.monotonicMs() - startMs - MINUTE_MS).toBeLessThan(31_000)
  })
})
