import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZERO, sumDec } from '../../src/hedge/decimal.ts'
import { known, unknown } from '../../src/hedge/known.ts'
import { unrealizedPnlUsd } from '../../src/hedge/pnl.ts'
import type { StopMemory } from '../../src/hedge/stop-memory.ts'
import {
  NO_STOP_MEMORY,
  dailyLimitReached,
  hedgeMemory,
  stopMemoryFromJson,
  stopMemoryToJson,
} from '../../src/hedge/stop-memory.ts'
import type { StopPolicy } from '../../src/hedge/stop-policy.ts'
import { assertStopPolicy } from '../../src/hedge/stop-policy.ts'
import { decideOwnStops, decideStops } from '../../src/hedge/stop-rules.ts'
import type { StopHedge, StopSnapshot } from '../../src/hedge/stop-snapshot.ts'
import { isFresh, netPnlUsd, provenBy } from '../../src/hedge/stop-snapshot.ts'
import { anyDec, btcMarket, dec, ethMarket } from './sample-market.ts'
import {
  NOW,
  anyPosition,
  anyStopHedge,
  anyStopPolicy,
  held,
  result,
  snapshotAt,
  stopHedge,
  stopLeg,
  stopPolicy,
} from './stop-samples.ts'

interface Changes {
  readonly policy?: StopPolicy
  readonly memory?: StopMemory
  readonly nowMs?: number
}
const decideAt = (snapshot: StopSnapshot, changes: Changes = {}) =>
  decideStops({ snapshot, policy: stopPolicy(), memory: NO_STOP_MEMORY, nowMs: NOW, ...changes })
const causes = (snapshot: StopSnapshot, changes: Changes = {}) =>
  decideAt(snapshot, changes).verdicts.map(({ hedgeId, cause }) => `${hedgeId ?? 'all'} ${cause}`)
const reasons = (snapshot: StopSnapshot, changes: Changes = {}) =>
  decideAt(snapshot, changes).verdicts.map(({ reason }) => reason)
const alerts = (snapshot: StopSnapshot, changes: Changes = {}) =>
  decideAt(snapshot, changes).alerts.map(
    ({ subject, account, isUrgent }) =>
      `${subject}${account === undefined ? '' : ` ${account}`}${isUrgent ? ' urgent' : ''}`,
  )
const stopCount = (memory: StopMemory) =>
  dailyLimitReached(memory, { dailyStopLimit: 1 }, NOW)?.count ?? 0
/** A hedge whose legs cancel out and whose round has brought this much, USD. */
const earning = (hedgeId: string, usd: string, changes: Partial<StopHedge> = {}) =>
  stopHedge({
    hedgeId,
    legs: [
      stopLeg(`${hedgeId}_a 0.01 @ 100000`, { result: result({ realizedPnlUsd: dec(usd) }) }),
      stopLeg(`${hedgeId}_b -0.01 @ 100000`),
    ],
    ...changes,
  })
const [long, short] = [stopLeg('account_1 0.01 @ 100000'), stopLeg('account_2 -0.01 @ 100000')]

describe('the stop of a leg', () => {
  it('says in a sentence which account lost what', () => {
    expect(reasons(snapshotAt('110002'))).toEqual(['account_2 lost 100.02 USD, limit 100'])
    expect(decideAt(snapshotAt('110002')).verdicts).toMatchObject([
      { hedgeId: 'h1', closes: 'hedge', cause: 'stop_loss', legIndex: 1 },
    ])
  })

  it('never shows less than was lost for it to fire, nor more than was lost', () => {
    const policy = stopPolicy({ stopLossUsd: dec('99.995') })
    expect(reasons(snapshotAt('109999.9'), { policy })).toEqual([
      'account_2 lost 99.999 USD, limit 99.995',
    ])
    const legs = [stopLeg('account_1 0 @ 0'), stopLeg('account_2 -0.0109 @ 100000')]
    expect(reasons(snapshotAt('109178.9', [stopHedge({ legs })]))).toEqual([
      'account_2 lost 100.05 USD, limit 100',
    ])
    expect(unrealizedPnlUsd(positionOf(legs[1] ?? short), dec('109178.9')).toString()).toBe(
      '-100.05001',
    )
    expect(reasons(snapshotAt('109179.8', [stopHedge({ legs })]))).toEqual([
      'account_2 lost 100.05 USD, limit 100',
    ])
  })

  it.each([
    ['89999.9', ['h1 stop_loss']],
    ['90000', ['h1 stop_loss']],
    ['90000.1', []],
    ['109999.9', []],
    ['110000', ['h1 stop_loss']],
  ])('at mark %s', (mark, expected) => {
    expect(causes(snapshotAt(mark))).toEqual(expected)
  })

  it('closes every hedge when the policy says so', () => {
    const policy = stopPolicy({ onStop: 'all' })
    expect(decideAt(snapshotAt('110000'), { policy }).verdicts[0]?.closes).toBe('all')
  })

  it('does not wait for anything about the other leg', () => {
    const others = [
      stopLeg('account_1 0.01 @ 100000', { position: unknown('never read') }),
      stopLeg('account_1 0.01 @ 100000', {
        position: held({ signedBase: dec('0.01'), entryPrice: dec(100_000) }, NOW - 60_000),
      }),
      stopLeg('account_1 0 @ 0'),
      stopLeg('account_1 0.004 @ 100000'),
    ]
    for (const other of others) {
      expect(causes(snapshotAt('110000', [stopHedge({ legs: [other, short] })]))).toEqual([
        'h1 stop_loss',
      ])
    }
  })

  it('names the leg that lost most when several did', () => {
    const legs = [stopLeg('account_1 0.02 @ 130000'), stopLeg('account_2 0.01 @ 130000')]
    expect(reasons(snapshotAt('110000', [stopHedge({ legs })]))).toEqual([
      'account_1 lost 400.00 USD, limit 100',
    ])
  })

  it.each([
    ['planned', 'open', 1],
    ['opening', 'open', 1],
    ['open', 'open', 1],
    ['opening', 'flat', 0],
    ['open', 'flat', 0],
    ['closing', 'flat', 0],
    ['closed', 'flat', 0],
  ] as const)('in state %s with target %s gives %i verdicts', (state, target, count) => {
    const hedge = stopHedge({ state, target })
    expect(causes(snapshotAt('110000', [hedge]))).toHaveLength(count)
  })

  it('follows a threshold that is changed while it runs', () => {
    const at = (usd: number) =>
      causes(snapshotAt('105000'), { policy: stopPolicy({ stopLossUsd: dec(usd) }) })
    expect(at(100)).toEqual([])
    expect(at(50)).toEqual(['h1 stop_loss'])
  })

  it('leaves funding and fees out', () => {
    const legs = [
      long,
      stopLeg('account_2 -0.01 @ 100000', { result: result({ feesUsd: dec(99) }) }),
    ]
    expect(causes(snapshotAt('109000', [stopHedge({ legs })]))).toEqual([])
  })
})

describe('what is old', () => {
  const oldMark = { marks: new Map([[1, known(dec(110_000), NOW - 5001)]]) }
  const oldShort = { ...short, position: held(positionOf(short), NOW - 5001) }

  it('is fresh up to the limit and not a millisecond longer, in either direction of the clock', () => {
    const at = { nowMs: NOW, staleAfterMs: 5000 }
    expect([5000, 5001, -5000, -5001].map((age) => isFresh(NOW - age, at))).toEqual([
      true,
      false,
      true,
      false,
    ])
  })

  it('does not stop a hedge, and presses to be read when it would have', () => {
    expect(causes(snapshotAt('110000', undefined, oldMark))).toEqual([])
    expect(alerts(snapshotAt('110000', undefined, oldMark))).toEqual(['mark urgent'])
    const hedge = stopHedge({ legs: [long, oldShort] })
    expect(causes(snapshotAt('110000', [hedge]))).toEqual([])
    expect(alerts(snapshotAt('110000', [hedge]))).toEqual(['position account_2 urgent'])
    expect(alerts(snapshotAt('109999', [hedge]))).toEqual(['position account_2'])
  })

  it('does not hold the stop of a fresh leg back', () => {
    const hedge = stopHedge({ legs: [long, oldShort] })
    expect(causes(snapshotAt('90000', [hedge]))).toEqual(['h1 stop_loss'])
  })

  it('says for how long nothing was heard', () => {
    const [alert] = decideAt(snapshotAt('100000', undefined, oldMark)).alerts
    expect(alert).toMatchObject({ kind: 'stale', hedgeId: 'h1', ageMs: 5001 })
    expect(alert?.reason).toBe('the mark of BTC is 5.0 s old')
  })

  it('is told apart from what was never known', () => {
    const legs = [{ ...long, position: unknown('not connected') }, short]
    const never = { marks: new Map() }
    const { alerts: found } = decideAt(snapshotAt(1, [stopHedge({ legs })], never))
    expect(found.map(({ ageMs, reason }) => [ageMs, reason])).toEqual([
      [undefined, 'no mark of BTC was ever seen'],
      [undefined, 'the position of account_1 is unknown: not connected'],
    ])
  })

  it('is also what bears a time that has not come, and what its source calls unknown', () => {
    const marks = [known(dec(110_000), NOW + 6000), unknown('the socket is lost')]
    const found = marks.map((mark) =>
      decideAt(snapshotAt(1, undefined, { marks: new Map([[1, mark]]) })),
    )
    expect(found.flatMap(({ verdicts }) => verdicts)).toEqual([])
    expect(found.map(({ alerts: [alert] }) => alert?.reason)).toEqual([
      'the mark of BTC is 6.0 s ahead of the clock',
      'the mark of BTC is unknown: the socket is lost',
    ])
  })

  it('is a mark of zero, which is none', () => {
    expect(causes(snapshotAt('0'))).toEqual([])
    expect(alerts(snapshotAt('0'))).toEqual(['mark'])
  })

  it('includes a row that lacks fills: at once when it would fire, else when that lasts', () => {
    const unsettled = (sinceMs: number) =>
      stopHedge({
        legs: [long, { ...short, position: held({ ...positionOf(short), ...since(sinceMs) }) }],
      })
    expect(alerts(snapshotAt('100000', [unsettled(NOW - 100)]))).toEqual([])
    expect(alerts(snapshotAt('100000', [unsettled(NOW - 5001)]))).toEqual(['position account_2'])
    const due = snapshotAt('110000', [unsettled(NOW - 100)])
    expect(causes(due)).toEqual([])
    expect(alerts(due)).toEqual(['position account_2 urgent'])
    expect(decideAt(snapshotAt('1', [unsettled(NOW - 100)])).nextWakeMs).toBeLessThanOrEqual(
      NOW + 4901,
    )
  })

  it('matters for funding and fees only when a rule counts them', () => {
    const legs = [{ ...long, result: unknown('no funding read') }, short]
    const snapshot = snapshotAt('100000', [stopHedge({ legs })])
    expect(alerts(snapshot)).toEqual([])
    const policy = stopPolicy({ hedgeStopUsd: dec(10) })
    expect(alerts(snapshot, { policy })).toEqual(['result account_1'])
    expect(decideAt(snapshot, { policy }).alerts[0]?.reason).toBe(
      'funding and fees of account_1 are unknown: no funding read',
    )
  })

  it('includes what is known of funding and fees, which then holds the net rules back', () => {
    const policy = stopPolicy({ hedgeStopUsd: dec(50), totalStopUsd: dec(50) })
    const old = { ...long, result: result({ feesUsd: dec(60) }, NOW - 6000) }
    const snapshot = snapshotAt('100000', [stopHedge({ legs: [old, short] })])
    expect(causes(snapshot, { policy })).toEqual([])
    expect(decideAt(snapshot, { policy }).alerts.map(({ reason }) => reason)).toEqual([
      'what is known of funding and fees of account_1 is 6.0 s old',
    ])
  })

  it('is nobody’s business while a hedge is only planned or closes already', () => {
    for (const changes of [
      { state: 'planned' },
      { state: 'closing' },
      { target: 'flat' },
    ] as const) {
      expect(alerts(snapshotAt('100000', [stopHedge(changes)], oldMark))).toEqual([])
    }
  })

  it('is not what a quiet account said whose socket is alive', () => {
    const said = held(positionOf(short), NOW - 60_000)
    const alive = { isLive: true, lastAliveAtMs: NOW - 10 }
    expect(provenBy(said, alive)).toMatchObject({ atMs: NOW - 10 })
    expect(provenBy(said, { ...alive, isLive: false })).toBe(said)
    expect(provenBy(said, { isLive: true, lastAliveAtMs: undefined })).toBe(said)
    expect(provenBy(said, { isLive: true, lastAliveAtMs: NOW - 90_000 })).toMatchObject({
      atMs: NOW - 60_000,
    })
    expect(provenBy(unknown('never read'), alive)).toMatchObject({ isKnown: false })
  })
})

describe('the net result of a hedge', () => {
  it('is floating, realized and funding, less fees', () => {
    const money = { realizedPnlUsd: dec(3), fundingUsd: dec('-0.5'), feesUsd: dec('0.25') }
    const legs = [{ ...long, result: result(money) }, stopLeg('account_2 -0.005 @ 100000')]
    const net = netPnlUsd(stopHedge({ legs }), known(dec(101_000), NOW), {
      nowMs: NOW,
      staleAfterMs: 5000,
    })
    expect(net.isKnown && net.value.toString()).toBe('7.25')
  })

  it('is the sum of its legs’ floating profit at any mark', () => {
    const anyLegs = fc.array(fc.tuple(anyPosition, anyDec(-30, 30, 6)), { maxLength: 4 })
    fc.assert(
      fc.property(anyLegs, anyDec(1, 2000, 4), (positions, mark) => {
        const legs = positions.map(([position, realizedPnlUsd], at) => ({
          account: `a${at}`,
          position: held(position),
          result: result({ realizedPnlUsd }),
        }))
        const at = { nowMs: NOW, staleAfterMs: 5000 }
        const net = netPnlUsd(stopHedge({ legs }), known(mark, NOW), at)
        const sum = sumDec(
          positions.map(([position, usd]) => unrealizedPnlUsd(position, mark).plus(usd)),
        )
        expect(net.isKnown && net.value.eq(sum)).toBe(true)
      }),
    )
  })

  it('stops a hedge at its limit of loss, also while it opens', () => {
    const policy = stopPolicy({ hedgeStopUsd: dec(50), onStop: 'all' })
    expect(causes(snapshotAt('100000', [earning('h1', '-49.99')]), { policy })).toEqual([])
    for (const state of ['opening', 'open'] as const) {
      const snapshot = snapshotAt('100000', [earning('h1', '-50', { state })])
      expect(decideAt(snapshot, { policy }).verdicts).toMatchObject([
        { cause: 'hedge_stop', closes: 'all', reason: 'h1 lost 50.00 USD net, limit 50' },
      ])
    }
  })

  it('is not guessed from a part of the legs', () => {
    const policy = stopPolicy({ hedgeStopUsd: dec(50), takeProfitUsd: dec(50) })
    const legs = [{ ...long, position: unknown('not connected') }, short]
    expect(causes(snapshotAt('109000', [stopHedge({ legs })]), { policy })).toEqual([])
    expect(causes(snapshotAt('91000', [stopHedge({ legs })]), { policy })).toEqual([])
  })

  it('takes a profit once open, not while it opens', () => {
    const policy = stopPolicy({ takeProfitUsd: dec(50), onStop: 'all' })
    const at = (usd: string, changes: Partial<StopHedge> = {}) =>
      decideAt(snapshotAt('100000', [earning('h1', usd, changes)]), { policy }).verdicts
    expect(at('49.99')).toEqual([])
    expect(at('60', { state: 'opening' })).toEqual([])
    expect(at('50.3')).toMatchObject([
      { cause: 'take_profit', closes: 'hedge', reason: 'h1 gained 50.30 USD net, limit 50' },
    ])
  })
})

describe('a trailing stop', () => {
  const policy = stopPolicy({ trailingUsd: dec(20) })
  const step = (memory: StopMemory, usd: string, changes: Partial<StopHedge> = {}) =>
    decideAt(snapshotAt('100000', [earning('h1', usd, changes)]), { policy, memory })

  it('fires when the net result has fallen that far from its best', () => {
    const risen = step(step(NO_STOP_MEMORY, '-2').memory, '45').memory
    expect(step(risen, '25.01').verdicts).toEqual([])
    const fallen = step(risen, '24.9')
    expect(fallen.verdicts).toMatchObject([{ cause: 'trailing_stop', closes: 'hedge' }])
    expect(fallen.verdicts[0]?.reason).toBe(
      'h1 fell 20.10 USD from its best net result of 45.00 USD, limit 20',
    )
  })

  it('is armed by the first result of the open hedge, and limits a loss from there', () => {
    const opening = step(NO_STOP_MEMORY, '30', { state: 'opening' }).memory
    expect(hedgeMemory(opening, 'h1').bestNetUsd).toBeUndefined()
    const armed = step(opening, '-2').memory
    expect(step(armed, '-22').verdicts).toMatchObject([{ cause: 'trailing_stop' }])
  })

  it('never loosens, also over a restart and times in which nothing is known', () => {
    const move = fc.option(anyDec(-100, 100, 2), { nil: undefined })
    fc.assert(
      fc.property(fc.array(move, { maxLength: 30 }), (moves) => {
        let memory = NO_STOP_MEMORY
        let best = ZERO.minus(1000)
        for (const usd of moves) {
          const hedge = earning('h1', usd?.toString() ?? '0')
          const legs = [{ ...long, position: unknown('gone') }, short]
          const seen = usd === undefined ? { ...hedge, legs } : hedge
          const decision = decideAt(snapshotAt('100000', [seen]), { policy, memory })
          memory = stopMemoryFromJson(stopMemoryToJson(decision.memory))
          if (usd?.gt(best) === true) best = usd
          const isDue = usd !== undefined && best.minus(usd).gte(20)
          expect(decision.verdicts.length).toBe(isDue ? 1 : 0)
        }
      }),
    )
  })

  it('remembers nothing while the rule is off', () => {
    const { memory } = decideAt(snapshotAt('100000', [earning('h1', '45')]))
    expect(memory).toBe(NO_STOP_MEMORY)
  })
})

describe('the total', () => {
  const policy = stopPolicy({ totalStopUsd: dec(100) })

  it('adds up every hedge, those that close already and closed rounds too', () => {
    const hedges = [
      earning('h1', '-60'),
      earning('h2', '-30', { state: 'closing', target: 'flat' }),
    ]
    expect(causes(snapshotAt('100000', hedges), { policy })).toEqual([])
    const closedNetUsd = known(dec(-10), NOW - 3_600_000)
    const { verdicts } = decideAt(snapshotAt('100000', hedges, { closedNetUsd }), { policy })
    expect(verdicts).toMatchObject([{ hedgeId: undefined, closes: 'all', cause: 'total_stop' }])
    expect(verdicts[0]?.reason).toBe('all hedges lost 100.00 USD net, limit 100')
  })

  it('counts an unknown hedge neither as a loss nor against one, and names it', () => {
    const legs = [{ ...long, position: unknown('gone') }, short]
    const hedges = [earning('h1', '-101.5'), stopHedge({ hedgeId: 'h2', legs })]
    const closedNetUsd = unknown('the journal was not read')
    expect(reasons(snapshotAt('100000', hedges, { closedNetUsd }), { policy })).toEqual([
      'all hedges lost 101.50 USD net, limit 100 (without h2, closed rounds: not known)',
    ])
  })

  it('adds up over markets, each at its own mark', () => {
    const eth = stopHedge({
      hedgeId: 'h2',
      market: ethMarket(),
      legs: [stopLeg('account_3 1 @ 3000'), stopLeg('account_4 0 @ 0')],
    })
    const marks = new Map([
      [btcMarket().marketIndex, known(dec(100_000), NOW)],
      [ethMarket().marketIndex, known(dec(2910), NOW)],
    ])
    expect(causes(snapshotAt('1', [earning('h1', '-9'), eth], { marks }), { policy })).toEqual([])
    expect(causes(snapshotAt('1', [earning('h1', '-10'), eth], { marks }), { policy })).toEqual([
      'all total_stop',
    ])
  })

  it('has nothing to say when nothing is left to close', () => {
    const hedges = [earning('h1', '-200', { state: 'closing', target: 'flat' })]
    expect(causes(snapshotAt('100000', hedges), { policy })).toEqual([])
  })
})

describe('the longest holding time', () => {
  const policy = stopPolicy({ maxHoldMs: 86_400_000 })
  const opened = NOW - 60_000

  it('ends by the clock alone, whatever is unknown', () => {
    const hedge = stopHedge({ openedAtMs: opened, legs: [{ ...long, position: unknown('gone') }] })
    const at = (nowMs: number) =>
      causes(snapshotAt('1', [hedge], { marks: new Map() }), { policy, nowMs })
    expect(at(opened + 86_399_999)).toEqual([])
    expect(at(opened + 86_400_000)).toEqual(['h1 max_hold'])
  })

  it('says how long it was', () => {
    const nowMs = opened + 90_000_000 + 5 * 60_000
    expect(reasons(snapshotAt('100000'), { policy, nowMs: nowMs + 1000 })).toEqual([
      'h1 was held for 25 h 5 min, limit 24 h',
    ])
  })

  it('is said in minutes when it is short', () => {
    const short59 = stopPolicy({ maxHoldMs: 59_000 })
    expect(reasons(snapshotAt('100000'), { policy: short59 })).toEqual([
      'h1 was held for 0 min, limit 0 min',
    ])
  })

  it('counts from the plan when a hedge never got open', () => {
    const hedge = stopHedge({
      state: 'opening',
      openedAtMs: undefined,
      createdAtMs: NOW - 86_400_000,
    })
    expect(causes(snapshotAt('100000', [hedge]), { policy })).toEqual(['h1 max_hold'])
  })
})

describe('the stops of a day', () => {
  it('are losses only, one for each that closes something', () => {
    const policy = stopPolicy({ hedgeStopUsd: dec(50), takeProfitUsd: dec(50) })
    const hedges = [earning('h1', '-60'), earning('h2', '60'), earning('h3', '-50')]
    const { memory, verdicts } = decideAt(snapshotAt('100000', hedges), { policy })
    expect(verdicts.map(({ cause }) => cause)).toEqual(['hedge_stop', 'take_profit', 'hedge_stop'])
    expect(stopCount(memory)).toBe(2)
    expect(decideAt(snapshotAt('100000', hedges), { policy, memory }).memory).toBe(memory)
  })

  it('are one when one stop closes everything', () => {
    const hedges = [earning('h1', '-60'), earning('h2', '-60'), earning('h3', '0')]
    const all = stopPolicy({ hedgeStopUsd: dec(50), onStop: 'all' })
    expect(stopCount(decideAt(snapshotAt('100000', hedges), { policy: all }).memory)).toBe(1)
    const total = stopPolicy({ totalStopUsd: dec(100) })
    expect(stopCount(decideAt(snapshotAt('100000', hedges), { policy: total }).memory)).toBe(1)
  })

  it('do not hold a closing back', () => {
    const policy = stopPolicy({ dailyStopLimit: 1 })
    const memory = { hedges: new Map(), daily: { utcDay: Math.floor(NOW / 86_400_000), count: 9 } }
    expect(dailyLimitReached(memory, policy, NOW)?.count).toBe(9)
    expect(causes(snapshotAt('110000'), { policy, memory })).toEqual(['h1 stop_loss'])
  })
})

describe('a decision', () => {
  const anyHedges = fc.tuple(...['h1', 'h2', 'h3', 'h10'].map((id) => anyStopHedge(id)))
  const anyMark = anyDec(900, 1100, 2)

  it('does not depend on the order of the hedges', () => {
    fc.assert(
      fc.property(anyHedges, anyStopPolicy, anyMark, fc.nat(), (hedges, policy, mark, by) => {
        const turned = hedges.map((_, at) => hedges[(at + by) % hedges.length] ?? stopHedge())
        const first = decideAt(snapshotAt(mark, hedges), { policy })
        const second = decideAt(snapshotAt(mark, turned.toReversed()), { policy })
        expect(second.verdicts).toEqual(first.verdicts)
        expect(second.alerts).toEqual(first.alerts)
        expect(second.nextWakeMs).toBe(first.nextWakeMs)
        expect(stopMemoryToJson(second.memory)).toBe(stopMemoryToJson(first.memory))
      }),
    )
  })

  it('stops a leg exactly when fresh values say that it has lost its threshold', () => {
    fc.assert(
      fc.property(anyHedges, anyStopPolicy, anyMark, (hedges, policy, mark) => {
        const stopped = decideAt(snapshotAt(mark, hedges), { policy })
          .verdicts.filter(({ cause }) => cause === 'stop_loss')
          .map(({ hedgeId }) => hedgeId)
        const naive = hedges
          .filter(
            ({ state, target }) => target === 'open' && !['closing', 'closed'].includes(state),
          )
          .filter(({ legs }) =>
            legs.some(({ position }) => {
              if (!position.isKnown || NOW - position.atMs > 5000) return false
              if (position.value.unsettledSinceMs !== undefined) return false
              return unrealizedPnlUsd(position.value, mark).lte(policy.stopLossUsd.negated())
            }),
          )
        expect(stopped).toEqual(naive.map(({ hedgeId }) => hedgeId))
      }),
      { numRuns: 300 },
    )
  })

  it('stops by the total exactly when the hedges that are known have lost it together', () => {
    fc.assert(
      fc.property(anyHedges, anyStopPolicy, anyMark, (hedges, policy, mark) => {
        const live = hedges.filter(({ state }) => state !== 'closed')
        const at = { nowMs: NOW, staleAfterMs: 5000 }
        const nets = live.map((hedge) => netPnlUsd(hedge, known(mark, NOW), at))
        const sum = sumDec(nets.flatMap((net) => (net.isKnown ? [net.value] : [])))
        const isOneLeft = live.some(({ state, target }) => target === 'open' && state !== 'closing')
        const limit = policy.totalStopUsd
        const isDue = isOneLeft && limit !== undefined && sum.lte(limit.negated())
        const found = causes(snapshotAt(mark, hedges), { policy })
        expect(found.includes('all total_stop')).toBe(isDue)
      }),
      { numRuns: 300 },
    )
  })

  it('for some hedges alone says what the whole one says of them', () => {
    fc.assert(
      fc.property(anyHedges, anyStopPolicy, anyMark, (hedges, policy, mark) => {
        const snapshot = snapshotAt(mark, hedges)
        const own = decideOwnStops(
          { snapshot, policy, memory: NO_STOP_MEMORY, nowMs: NOW },
          new Set(['h1', 'h3']),
        )
        const isOwn = ({ hedgeId }: { hedgeId: string | undefined }) =>
          hedgeId === 'h1' || hedgeId === 'h3'
        const whole = decideAt(snapshot, { policy })
        expect(own.verdicts).toEqual(whole.verdicts.filter(isOwn))
        expect(own.alerts).toEqual(whole.alerts.filter(isOwn))
        const after = decideAt(snapshot, { policy, memory: own.memory }).memory
        expect(stopMemoryToJson(after)).toBe(stopMemoryToJson(whole.memory))
      }),
    )
  })

  it('is the same until the time at which it asks to be woken', () => {
    fc.assert(
      fc.property(anyHedges, anyStopPolicy, anyMark, fc.nat(999), (hedges, policy, mark, part) => {
        const snapshot = snapshotAt(mark, hedges)
        const first = decideAt(snapshot, { policy })
        const wakeMs = first.nextWakeMs ?? NOW + 1_000_000
        expect(wakeMs).toBeGreaterThan(NOW)
        const nowMs = NOW + Math.floor(((wakeMs - 1 - NOW) * part) / 999)
        const later = decideAt(snapshot, { policy, nowMs, memory: first.memory })
        expect(later.verdicts.map(({ hedgeId, cause }) => [hedgeId, cause])).toEqual(
          first.verdicts.map(({ hedgeId, cause }) => [hedgeId, cause]),
        )
        expect(later.alerts).toHaveLength(first.alerts.length)
        expect(later.memory).toBe(first.memory)
      }),
      { numRuns: 300 },
    )
  })

  it('forgets hedges whose round is over', () => {
    const memory = {
      ...NO_STOP_MEMORY,
      hedges: new Map([['h1', { bestNetUsd: dec(1), isStopped: true }]]),
    }
    const closed = stopHedge({ state: 'closed', target: 'flat' })
    expect(decideAt(snapshotAt('1', [closed]), { memory }).memory.hedges.size).toBe(0)
    expect(decideAt(snapshotAt('1', []), { memory }).memory).toBe(memory)
  })

  it('takes no limit of zero, which would close everything', () => {
    expect(() => {
      assertStopPolicy(stopPolicy({ stopLossUsd: ZERO }))
    }).toThrow(/above zero/)
    expect(() => decideAt(snapshotAt('1'), { policy: stopPolicy({ totalStopUsd: ZERO }) })).toThrow(
      /above zero/,
    )
    expect(() => {
      assertStopPolicy(stopPolicy({ staleAfterMs: 0 }))
    }).toThrow(/gets old/)
  })
})

function positionOf(leg: typeof long) {
  if (!leg.position.isKnown) throw new Error('the sample has a position')
  return leg.position.value
}

function since(unsettledSinceMs: number) {
  return { unsettledSinceMs }
}
