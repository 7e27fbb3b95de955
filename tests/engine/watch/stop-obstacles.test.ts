/** A stop is due and something is in its way: sockets, REST, refusals, doubt, thin books. */
import { describe, expect, it } from 'vitest'
import type { Fault } from '../../../src/sim/faults/fault-plan.ts'
import type { Scene } from '../scenario.ts'
import { aim } from '../scenario.ts'
import type { Watching } from './support/watch-scene.ts'
import { watchScenes } from './support/watch-scenes.ts'
import {
  SAFE_END,
  endOf,
  eventsOf,
  moveUsd,
  openAndWatch,
  strike,
  timeUntilFlat,
} from './support/watch-scene.ts'

const build = watchScenes({ exchangeStops: false })

interface Obstacle {
  readonly name: string
  readonly faults: (indexes: readonly number[]) => readonly Fault[]
  /** So long before the stop. */
  readonly leadMs?: number
  readonly forMs?: number
  readonly flatWithinMs: number
  readonly nakedMaxMs: number
}

const SENDS = ['jsonapi/sendtx', 'sendTx', 'sendTxBatch']

/** The same effect on every way that a transaction can take. */
function onSends(effect: Fault['effect'], scope: Partial<Fault['scope']> = {}): readonly Fault[] {
  return SENDS.map((endpoint) => aim(effect, { ...scope, endpoint }))
}

const OBSTACLES: readonly Obstacle[] = [
  {
    name: 'one socket is silent',
    faults: ([, second]) => [aim({ kind: 'silent' }, { accountIndex: second ?? 0 })],
    forMs: 4000,
    flatWithinMs: 3000,
    nakedMaxMs: 3000,
  },
  {
    name: 'one socket is half-open',
    faults: ([, second]) => [aim({ kind: 'half-open' }, { accountIndex: second ?? 0 })],
    forMs: 4000,
    flatWithinMs: 3000,
    nakedMaxMs: 3000,
  },
  {
    name: 'one socket has been half-open for a while',
    faults: ([, second]) => [aim({ kind: 'half-open' }, { accountIndex: second ?? 0 })],
    leadMs: 2500,
    forMs: 6000,
    flatWithinMs: 3000,
    nakedMaxMs: 3000,
  },
  {
    name: 'all sockets were dropped a moment ago',
    faults: () => [aim({ kind: 'drop' }, { maxTimes: 4 })],
    leadMs: 100,
    forMs: 1000,
    flatWithinMs: 3000,
    nakedMaxMs: 1500,
  },
  {
    name: 'REST is down',
    faults: () =>
      ['sendTx', 'account', 'nextNonce', 'tx', 'accountActiveOrders', 'trades'].map((endpoint) =>
        aim({ kind: 'http', answer: '503' }, { endpoint }),
      ),
    flatWithinMs: 500,
    nakedMaxMs: 100,
  },
  {
    name: 'everything is down for ten seconds',
    faults: () => [aim({ kind: 'unreachable' }), aim({ kind: 'drop' })],
    forMs: 10_000,
    flatWithinMs: 20_000,
    nakedMaxMs: 3000,
  },
  {
    name: 'one leg is refused once',
    faults: ([, second]) => [
      aim({ kind: 'reject', code: 21739 }, { accountIndex: second ?? 0, maxTimes: 1 }),
    ],
    flatWithinMs: 1500,
    nakedMaxMs: 1500,
  },
  {
    name: 'one leg is refused for two seconds',
    faults: ([, second]) => [aim({ kind: 'reject', code: 21739 }, { accountIndex: second ?? 0 })],
    forMs: 2000,
    flatWithinMs: 4500,
    nakedMaxMs: 4500,
  },
  {
    name: 'one leg is accepted and refused by the sequencer once',
    faults: ([, second]) => [
      aim({ kind: 'sequencer-refusal', code: 21739 }, { accountIndex: second ?? 0, maxTimes: 1 }),
    ],
    flatWithinMs: 4000,
    nakedMaxMs: 3000,
  },
  {
    name: 'both legs are accepted and refused by the sequencer for two seconds',
    faults: () => [aim({ kind: 'sequencer-refusal', code: 21739 })],
    forMs: 2000,
    flatWithinMs: 6000,
    nakedMaxMs: 3000,
  },
  {
    name: 'the answer of one leg is lost',
    faults: ([, second]) =>
      onSends({ kind: 'lost-answer' }, { accountIndex: second ?? 0, maxTimes: 2 }),
    flatWithinMs: 1000,
    nakedMaxMs: 500,
  },
  {
    name: 'the request of one leg is lost',
    faults: ([, second]) =>
      onSends({ kind: 'lost-request' }, { accountIndex: second ?? 0, maxTimes: 1 }),
    flatWithinMs: 3000,
    nakedMaxMs: 3000,
  },
  {
    name: 'both requests are lost',
    faults: () => onSends({ kind: 'lost-request' }, { maxTimes: 2 }),
    flatWithinMs: 4000,
    nakedMaxMs: 3000,
  },
  {
    name: 'answers come as errors although the orders executed',
    faults: () => onSends({ kind: 'http-after', answer: '500' }),
    forMs: 3000,
    flatWithinMs: 1000,
    nakedMaxMs: 500,
  },
  {
    name: 'frames of one account are three seconds late',
    faults: ([, second]) => [
      aim({ kind: 'delay-frames', minMs: 3000, maxMs: 3000 }, { accountIndex: second ?? 0 }),
    ],
    forMs: 5000,
    flatWithinMs: 1000,
    nakedMaxMs: 500,
  },
  {
    name: 'the limits of the exchange refuse everything for three seconds',
    faults: () => [aim({ kind: 'http', answer: '429' })],
    forMs: 3000,
    flatWithinMs: 8000,
    nakedMaxMs: 3000,
  },
]

async function stopThrough(obstacle: Obstacle): Promise<Watching & { at: Scene; tookMs: number }> {
  const at = build()
  const watching = await openAndWatch(at)
  const { clock } = at.world
  const { leadMs = 0, forMs = Infinity } = obstacle
  const faults = obstacle.faults(at.indexes)
  for (const fault of faults) strike(at, fault, forMs)
  await clock.advance(leadMs)
  moveUsd(at, -550)
  const tookMs = await timeUntilFlat(at)
  await clock.advance(10_000)
  // No obstacle that was none; what REST would have said nobody needs to ask.
  for (const { effect } of obstacle.name === 'REST is down' ? [] : faults) {
    expect(at.world.stage.gateway.faults.strikes().get(effect.kind) ?? 0).toBeGreaterThan(0)
  }
  at.world.stage.gateway.faults.clear()
  await clock.advance(30_000)
  return { ...watching, at, tookMs }
}

describe('a stop that is due while', () => {
  it.each(OBSTACLES)('$name gets there', async (obstacle) => {
    const { at, bot, tookMs } = await stopThrough(obstacle)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(tookMs).toBeLessThanOrEqual(obstacle.flatWithinMs)
    expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(obstacle.nakedMaxMs)
    expect(eventsOf(bot, 'stop_loss')).toHaveLength(1)
    const spent = [...bot.exchange.unitsSpent().values()]
    expect(Math.max(...spent)).toBeLessThan(40)
  })
})

describe('a stop into a thin book', () => {
  it('closes in parts that both sides can take, hedged all the while', async () => {
    const at = build()
    const { bot } = await openAndWatch(at)
    strike(at, aim({ kind: 'thin-book', factor: 0.0004 }))
    at.world.stage.makers.setDepthShare(0.0004)
    moveUsd(at, -550)
    const tookMs = await timeUntilFlat(at, 120_000)
    await at.world.clock.advance(5000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(tookMs).toBeLessThan(60_000)
    expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(3000)
  })

  it('waits for an empty book, told once, and closes when makers come back', async () => {
    const at = build()
    const { bot } = await openAndWatch(at)
    const { makers } = at.world.stage
    moveUsd(at, -550)
    makers.pause(1, at.world.clock.now())
    await at.world.clock.advance(10_000)
    expect(at.auditor.isHedged()).toBe(true)
    expect(bot.journal.hedge('h1')?.target).toBe('flat')
    expect(eventsOf(bot, 'closing_held_back').length).toBeLessThanOrEqual(2)
    makers.resume(1)
    expect(await timeUntilFlat(at)).toBeLessThan(3000)
    await at.world.clock.advance(2000)
    expect(endOf(at, bot)).toEqual(SAFE_END)
    expect(at.auditor.longestNakedMs()).toBeLessThanOrEqual(1000)
  })
})
