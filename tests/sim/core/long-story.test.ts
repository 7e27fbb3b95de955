import { describe, expect, it } from 'vitest'
import type { CoreEvent, SimCore } from '../../../src/sim/core/core-model.ts'
import type { LongStory } from './long-story.ts'
import { createDice, createLongStory, STORY_MARKETS } from './long-story.ts'
import type { Held } from './story-audit.ts'
import {
  accountsOf,
  auditAccount,
  auditMarket,
  createShadow,
  marketsOf,
  must,
  naiveUnits,
  wealthE12,
} from './story-audit.ts'

const TRANSACTIONS = 10_000
/** Sums are checked at every step, recounts of everything now and then: what goes wrong once stays wrong. */
const AUDIT_EVERY = 100
const COMPARE_EVERY = 10

interface Snapshot {
  readonly collateralE12: bigint
  readonly held: readonly Held[]
}

function snapshot(core: SimCore, people: readonly number[]): Map<number, Snapshot> {
  const taken = new Map<number, Snapshot>()
  for (const accountIndex of people) {
    const account = core.account(accountIndex)
    if (account === undefined) continue
    taken.set(accountIndex, {
      collateralE12: account.collateralE12,
      held: [...account.positions.values()].map((position) => ({ ...position })),
    })
  }
  return taken
}

/** Who was liquidated in a step had to be below maintenance, unless it acted or traded in that very step. */
function checkVictims(
  core: SimCore,
  events: readonly CoreEvent[],
  before: { readonly taken: Map<number, Snapshot>; readonly movers: ReadonlySet<number> },
): void {
  const traders = new Set(before.movers)
  for (const event of events) {
    if (event.type !== 'trade' || event.trade.type === 'liquidation') continue
    traders.add(event.trade.ask.accountIndex).add(event.trade.bid.accountIndex)
  }
  for (const event of events) {
    const accountIndex = victimOf(event)
    const known = before.taken.get(accountIndex)
    if (traders.has(accountIndex) || known === undefined) continue
    const units = naiveUnits(core, known.collateralE12, known.held)
    const isSick = units.some((unit) => unit.hasPosition && unit.valueE12 < unit.maintenanceE12)
    must(isSick, `account ${accountIndex} was liquidated in good health`)
  }
}

/** Whom an event liquidates or robs of an order for it; −1 for nobody. */
function victimOf(event: CoreEvent): number {
  if (event.type === 'notification' && event.notification.kind === 'liquidation') {
    return event.notification.accountIndex
  }
  const isRobbed = event.type === 'order' && event.order.status === 'canceled-liquidation'
  return isRobbed ? event.order.accountIndex : -1
}

/** Below the close-out margin nobody keeps a position, and below maintenance nobody keeps an order. */
function checkSurvivors(core: SimCore, people: readonly number[]): void {
  for (const accountIndex of people) {
    const account = core.account(accountIndex)
    if (account === undefined) continue
    for (const unit of naiveUnits(core, account.collateralE12, [...account.positions.values()])) {
      if (!unit.hasPosition) continue
      must(unit.valueE12 >= unit.closeOutE12, `account ${accountIndex} should have lost all`)
      if (unit.valueE12 >= unit.maintenanceE12) continue
      const orders = core
        .activeOrders(accountIndex)
        .filter((order) => unit.market === -1 || order.marketIndex === unit.market)
      must(orders.length === 0, `account ${accountIndex} keeps orders in liquidation`)
    }
  }
}

function auditAll(core: SimCore): void {
  for (const market of marketsOf(core).values()) auditMarket(core, market)
  for (const account of accountsOf(core)) auditAccount(core, account)
}

function tell(seed: number): { readonly story: LongStory; readonly seen: Map<string, number> } {
  const story = createLongStory(seed)
  const { fixture, log } = story
  const { core } = fixture
  const dice = createDice(seed + 1)
  const shadow = createShadow(core, log)
  const priceOf = (market: number): bigint => BigInt(dice.between(1, 4_000_000)) + BigInt(market)
  const prices = new Map(STORY_MARKETS.map((market) => [market as number, priceOf(market)]))
  const wealth = (): bigint => wealthE12(core, (market) => prices.get(market) ?? 1n)
  const start = wealth()
  const seen = new Map<string, number>()
  const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1)
  let sent = 0
  for (let step = 0; sent < TRANSACTIONS; step += 1) {
    const taken = snapshot(core, story.people())
    fixture.events.length = 0
    if (story.step()) sent += 1
    for (const event of fixture.events) {
      shadow.hear(event)
      if (event.type === 'trade') count(`trade:${event.trade.type}`)
      if (event.type === 'notification') count(event.notification.liquidationType)
      if (event.type === 'order') count(event.order.status)
      if (event.type === 'funding') count('funding')
    }
    must(wealth() - start === log.outsideE12, `step ${step}: money appeared or vanished`)
    if (step % COMPARE_EVERY === 0) shadow.compare(story.people())
    checkVictims(core, fixture.events, { taken, movers: log.movers })
    checkSurvivors(core, story.people())
    if (step % AUDIT_EVERY === 0) auditAll(core)
  }
  shadow.compare(story.people())
  auditAll(core)
  return { story, seen }
}

/** What has to happen in a story for it to prove anything. */
const MUST_HAPPEN = [
  'trade:trade',
  'trade:liquidation',
  'trade:deleverage',
  'partial',
  'full',
  'deleverage',
  'funding',
  'filled',
  'canceled',
  'canceled-post-only',
  'canceled-reduce-only',
  'canceled-margin-not-allowed',
  'canceled-too-much-slippage',
  'canceled-not-enough-liquidity',
  'canceled-self-trade',
  'canceled-expired',
  'canceled-oco',
  'canceled-child',
  'canceled-liquidation',
]
const MUST_BE_SENT = [
  'createOrder',
  'createGroupedOrders',
  'cancelOrder',
  'modifyOrder',
  'cancelAllOrders',
  'updateLeverage',
  'updateMargin',
  'transfer',
  'withdraw',
  'createSubAccount',
  'updateAccountConfig',
  'approveIntegrator',
]

describe('ten thousand random transactions', () => {
  it.each([1, 2, 3])(
    'lose and make not a unit of anything (seed %i)',
    { timeout: 120_000 },
    (seed) => {
      const { story, seen } = tell(seed)
      expect(MUST_HAPPEN.filter((what) => !seen.has(what))).toEqual([])
      expect(story.log.counts.has('integrator charge')).toBe(true)
      expect(MUST_BE_SENT.filter((kind) => !story.log.counts.has(`${kind}:ok`))).toEqual([])
    },
  )
})
