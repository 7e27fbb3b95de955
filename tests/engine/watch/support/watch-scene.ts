/** A world with open hedges under a watch, still prices that a test moves by hand, and what the exchange's books say. */
import type { Watch, WatchOptions } from '../../../../src/engine/watch/watch.ts'
import { startWatch } from '../../../../src/engine/watch/watch.ts'
import { Dec } from '../../../../src/hedge/decimal.ts'
import type { Hedge } from '../../../../src/hedge/ledger.ts'
import type { StopPolicy } from '../../../../src/hedge/stop-policy.ts'
import type { PricePart } from '../../../../src/sim/control/price-hand.ts'
import type { Fault } from '../../../../src/sim/faults/fault-plan.ts'
import type { Bot } from '../../../episodes/world.ts'
import { openAll } from '../../../episodes/world.ts'
import { POLICY } from '../../../hedge/facts-arbitrary.ts'
import type { Scene, SceneOptions } from '../../scenario.ts'
import { BTC, createScene } from '../../scenario.ts'
import type { Suspension } from './suspension.ts'

/** A leg of 0.01 BTC loses it when mark moves by 500 USD; the exchange's own stops lie at 600. */
export const STOP_USD = new Dec(5)

const STOP_POLICY: StopPolicy = {
  stopLossUsd: STOP_USD,
  onStop: 'hedge',
  maxHoldMs: undefined,
  hedgeStopUsd: undefined,
  totalStopUsd: undefined,
  takeProfitUsd: undefined,
  trailingUsd: undefined,
  dailyStopLimit: undefined,
  staleAfterMs: 5000,
}

export const ALL_PARTS: readonly PricePart[] = ['mark', 'index', 'book']

/** Still prices, small stops; `exchangeStops: false` leaves the exchange's own ones out of the picture. */
export function createWatchScene(
  options: SceneOptions & { readonly exchangeStops?: boolean } = {},
): Scene {
  const { exchangeStops = true, policy, stage, ...rest } = options
  return createScene({
    ...rest,
    policy: { ...POLICY, stopLossUsd: STOP_USD, isExchangeStopOn: exchangeStops, ...policy },
    stage: { noiseBps: 0, ...stage },
  })
}

export async function run<T>(at: Scene, work: Promise<T>, limitMs = 120_000): Promise<T> {
  return at.world.clock.runUntil(work, limitMs)
}

/** Opens everything by a process that ends; from then on only reductions are allowed. */
export async function openEverything(at: Scene): Promise<readonly Hedge[]> {
  const opener = at.world.startBot()
  const hedges = await run(at, openAll(at.world, opener))
  opener.close()
  at.auditor.expectOnlyReductions()
  return hedges
}

export interface Watching {
  readonly bot: Bot
  readonly watch: Watch
  /** Resolved or rejected, whatever comes first. */
  readonly ended: Promise<unknown>
}

export type WatchChange = Partial<Omit<WatchOptions, 'stopPolicy'>> & {
  readonly stops?: Partial<StopPolicy>
}

export function watchOptions({ stops, ...change }: WatchChange = {}): WatchOptions {
  return {
    stopPolicy: { ...STOP_POLICY, ...stops },
    marketIndexes: [BTC],
    connectTimeoutMs: 15_000,
    mode: 'forever',
    forMs: undefined,
    ...change,
  }
}

/** Starts a watching process and lets it adopt what there is. */
export async function watchScene(
  at: Scene,
  { suspension, ...change }: WatchChange & { readonly suspension?: Suspension } = {},
): Promise<Watching> {
  const bot = at.world.startBot({
    command: 'watch',
    ...(suspension === undefined ? {} : { suspension }),
  })
  const watch = await run(at, startWatch(bot.engine, watchOptions(change)))
  const ended = watch.ended.catch((error: unknown) => error)
  await at.world.clock.advance(1000)
  return { bot, watch, ended }
}

/** Opens, then watches. */
export async function openAndWatch(at: Scene, change: WatchChange = {}): Promise<Watching> {
  await openEverything(at)
  return watchScene(at, change)
}

/** Mark of the exchange in tenths of a dollar. */
function markTicks(at: Scene): bigint {
  return at.world.stage.core.markets.get(BTC)?.markTicks ?? 0n
}

/** Sets prices to a level, at once unless told otherwise. */
export function setPrice(
  at: Scene,
  toTicks: bigint,
  { parts = ALL_PARTS, overMs = 0 }: { parts?: readonly PricePart[]; overMs?: number } = {},
): void {
  at.world.stage.priceHand.move({
    marketIndex: BTC,
    parts,
    overMs,
    target: { kind: 'hold', toTicks },
  })
}

/** Moves prices by dollars from where they are. */
export function moveUsd(
  at: Scene,
  usd: number,
  options: { parts?: readonly PricePart[]; overMs?: number } = {},
): void {
  setPrice(at, markTicks(at) + BigInt(Math.round(usd * 10)), options)
}

/** Where a leg's loss reaches its threshold by the watch's own account, in ticks. */
export function stopTicks(watch: Watch, hedgeId: string, legIndex: number): bigint {
  const price = watch.stopPrice(hedgeId, legIndex)
  if (price === undefined) throw new Error(`leg ${legIndex} of ${hedgeId} has no level`)
  return BigInt(price.times(10).toFixed())
}

/** Events of a kind in the journal. */
export function eventsOf(bot: Bot, kind: string): readonly string[] {
  return bot.journal
    .events({ limit: 5000 })
    .filter((event) => event.kind === kind)
    .map((event) => event.message)
}

/** Orders of a hedge that close or reduce, as the journal has them. */
export function closingOrders(bot: Bot, hedgeId: string) {
  return bot.journal
    .ordersOfHedge(hedgeId)
    .filter(({ purpose }) => purpose === 'close' || purpose === 'reduce')
}

/** Lets faults begin now; a scope without an end lasts for good. */
export function strike(at: Scene, fault: Fault, forMs = Infinity): void {
  const { faults } = at.world.stage.gateway
  const nowMs = faults.elapsedMs()
  const { scope, effect } = fault
  faults.add({ effect, scope: { ...scope, fromMs: nowMs, untilMs: nowMs + forMs } })
}

/** Passes time until every leg is flat on the exchange's own books; returns the time that it took. */
export async function timeUntilFlat(at: Scene, limitMs = 60_000): Promise<number> {
  const { clock } = at.world
  const startMs = clock.monotonicMs()
  while (!at.auditor.isFlat()) {
    if (clock.monotonicMs() - startMs > limitMs) throw new Error('it did not become flat')
    await clock.advance(10)
  }
  return clock.monotonicMs() - startMs
}

/** What must hold at the end of every stop: flat, nothing open in the journal, no rule of the auditor broken. */
export function endOf(at: Scene, bot: Bot) {
  return {
    isFlat: at.auditor.isFlat(),
    findings: at.auditor.findings,
    live: bot.journal.liveHedges().map(({ hedgeId, state }) => `${hedgeId} ${state}`),
    unsettled: bot.journal.unsettledOrders().map(({ purpose, state }) => `${purpose} ${state}`),
  }
}

export const SAFE_END = { isFlat: true, findings: [], live: [], unsettled: [] }

/** What must hold while nothing was stopped. */
export function standingOf(at: Scene, bot: Bot) {
  const live = bot.journal.liveHedges()
  return {
    isHedged: at.auditor.isHedged() && !at.auditor.isFlat(),
    findings: at.auditor.findings,
    states: [...new Set(live.map(({ state, target }) => `${state} ${target}`))],
    closing: live.flatMap(({ hedgeId }) => closingOrders(bot, hedgeId)).length,
  }
}

export const STANDING = { isHedged: true, findings: [], states: ['open open'], closing: 0 }
