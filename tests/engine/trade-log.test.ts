import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { carryOutStops } from '../../src/engine/watch/carry-out-stops.ts'
import { rehearseStop } from '../../src/engine/watch/rehearse-stop.ts'
import type { AccountLink, LogFields } from '../../src/ports.ts'
import { parseFault } from '../../src/sim/faults/parse-fault.ts'
import type { Bot, World } from '../episodes/world.ts'
import { closeAll, createWorld, openAll } from '../episodes/world.ts'

interface Line extends LogFields {
  readonly message: string
}

let world: World
let bot: Bot
let lines: Line[]

beforeEach(() => {
  world = createWorld({ seed: 7 })
  bot = world.startBot({ command: 'watch' })
  lines = []
  const note = (message: string, fields: LogFields = {}): void => {
    if (fields['log'] === 'trade') lines.push({ ...fields, message })
  }
  Object.assign(bot.engine.logger, { info: note, warn: note, error: note })
})

afterEach(() => {
  world.close()
})

const of = (fields: LogFields): readonly Line[] =>
  lines.filter((line) => Object.entries(fields).every(([name, value]) => line[name] === value))
const story = (fields: LogFields): readonly string[] => of(fields).map(({ message }) => message)

/** A stop of everything now. */
function stopAll(): void {
  carryOutStops(bot.engine, {
    verdicts: bot.journal.liveHedges().map(({ hedgeId }) => ({
      hedgeId,
      closes: 'hedge',
      cause: 'stop_loss',
      legIndex: 0,
      valueUsd: undefined,
      limitUsd: undefined,
      reason: 'it lost enough',
    })),
    hedges: [],
    remember: () => undefined,
    onUndone: () => undefined,
  })
}

async function open(): Promise<void> {
  await world.clock.runUntil(openAll(world, bot), 60_000)
  for (const { hedgeId } of bot.journal.liveHedges()) bot.journal.claimHedge(hedgeId)
}

describe('the trade log', () => {
  it('has the whole life of every order, to be followed by hedge and order', async () => {
    await open()
    const entry = of({ purpose: 'open' })
    const [prepared] = entry
    expect(prepared).toMatchObject({
      message: 'order prepared',
      hedgeId: 'h1',
      account: 'account_1',
      market: 'BTC',
      side: 'buy',
      baseSize: '0.01',
      price: '100500',
      markPrice: '100000',
      nonce: 1,
      runId: bot.engine.runId,
      reason: 'opening account_1+account_2',
      clientOrderIndex: expect.any(Number) as number,
      txHash: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    })
    expect(story({ orderId: prepared?.['orderId'] })).toEqual([
      'order prepared',
      'order sent',
      'order accepted',
      'fill',
      'order done',
    ])
    expect(of({ orderId: prepared?.['orderId'] }).at(-1)).toMatchObject({
      outcome: 'filled',
      filledBase: '0.01',
      averagePrice: '100001',
    })
    expect(of({ message: 'fill' })[0]).toMatchObject({ feeUsd: '0', purpose: 'open', tradeId: '1' })
  })

  it('has every change of a hedge, with its reason', async () => {
    await open()
    await world.clock.runUntil(closeAll(bot), 60_000)
    const changes = of({ hedgeId: 'h1' }).filter(({ orderId }) => orderId === undefined)
    expect(changes.map(({ message }) => message)).toEqual([
      'hedge planned',
      'h1 account_1+account_2: opening: all legs are ready',
      'h1 account_1+account_2: open: every leg has its size',
      'hedge asked to close',
      'h1 account_1+account_2: closing: the target is flat',
      'h1 account_1+account_2: closed: every leg was read flat',
    ])
    expect(lines.filter(({ hedgeId }) => hedgeId === undefined)).toEqual([])
  })

  it('tells of a fill once, however often it is seen', async () => {
    await open()
    await world.clock.runUntil(closeAll(bot), 60_000)
    expect(of({ message: 'fill' })).toHaveLength(4)
  })

  it('tells of refusals, with their reason', async () => {
    world.stage.gateway.faults.add(parseFault('reject:21739@times=1'))
    await open()
    expect(of({ message: 'order refused' })).toEqual([
      expect.objectContaining({
        account: 'account_1',
        outcome: 'not_enough_margin: not enough margin to create the order',
      }),
    ])
  })

  it('tells of doubt, and of what is sent again', async () => {
    world.stage.gateway.faults.add(parseFault('lost-answer:1@times=1,endpoint=jsonapi/sendtx'))
    await open()
    expect(story({ orderId: 1 })).toEqual([
      'order prepared',
      'order sent',
      'order in doubt',
      'order sent again',
      'order accepted',
      'order done',
    ])
    expect(of({ message: 'order sent again' })[0]).toMatchObject({ via: 'rest', sends: 2 })
  })

  it('holds neither bytes nor signatures of a transaction', async () => {
    await open()
    stopAll()
    await world.clock.advance(2_000)
    const text = JSON.stringify(lines)
    for (const { txInfo } of bot.journal.ordersOfHedge('h1')) {
      const { Sig = 'none' } = JSON.parse(txInfo) as { readonly Sig?: string }
      expect(text).not.toContain(Sig)
      expect(text).not.toContain(JSON.stringify(txInfo).slice(1, -1))
    }
  })

  it('is silent while a stop is rehearsed', async () => {
    await open()
    lines = []
    const stage = bot.journal.openStage()
    expect(rehearseStop(bot.engine, stage, 'h1')).toBe(2)
    stage.close()
    expect(lines).toEqual([])
  })
})

describe('a stop of several hedges', () => {
  it('sends every order before it says a word', async () => {
    world.close()
    world = createWorld({ seed: 7, accounts: 20, owners: 4 })
    bot = world.startBot({ command: 'watch' })
    await open()
    const events: string[] = []
    const say = (): void => void events.push('say')
    Object.assign(bot.engine.logger, { info: say, warn: say })
    const link = bot.engine.link.bind(bot.engine)
    Object.assign(bot.engine, {
      link: (accountIndex: number): AccountLink => ({
        ...link(accountIndex),
        send(order, options) {
          events.push('send')
          return link(accountIndex).send(order, options)
        },
      }),
    })
    stopAll()
    expect(events.filter((event) => event === 'send')).toHaveLength(20)
    expect(events.lastIndexOf('send')).toBeLessThan(events.indexOf('say'))
  }, 60_000)
})
