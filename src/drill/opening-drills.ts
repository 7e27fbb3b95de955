/**
 * Faults that strike while hedges are opened.
 * @module
 */
import { Dec } from '../hedge/decimal.ts'
import type { FaultKind } from '../sim/faults/fault-plan.ts'
import type { StageAccount } from '../sim/stage/stage.ts'
import type { DrillWorld } from './drill-world.ts'
import { openAll, startWatch } from './drill-world.ts'

/** Plays one fault; a text says why it could not be played with this configuration. */
export type DrillScript = (world: DrillWorld) => Promise<string | undefined>

/** Over the socket, where an order goes first; the way over REST stays free. */
export const SOCKET_SEND = 'jsonapi/sendtx'
const NOT_ENOUGH_MARGIN = 21739
const SETTLE_MS = 20_000

/** One leg is refused for good: its partner must not stay alone. */
export async function drillLegRefused(world: DrillWorld): Promise<undefined> {
  const { accountIndex, name } = struckLeg(world)
  addFault(world, `reject:${NOT_ENOUGH_MARGIN}@account=${accountIndex},times=1`)
  world.tell(`the exchange will refuse the first order of ${name}: not enough margin`)
  await openUnderFault(world, 'reject', `the exchange refuses the order of ${name}`)
}

/** One order never arrives. */
export async function drillLegTimeout(world: DrillWorld): Promise<undefined> {
  const { accountIndex, name } = struckLeg(world)
  addFault(world, `lost-request@account=${accountIndex},endpoint=${SOCKET_SEND},times=1`)
  world.tell(`the first order of ${name} will be lost on its way`)
  await openUnderFault(world, 'lost-request', `the order of ${name} is lost`)
  tellOrders(world, struckLeg(world))
}

/** One order is carried out and nobody says so. */
export async function drillLostAnswer(world: DrillWorld): Promise<undefined> {
  const { accountIndex, name } = struckLeg(world)
  addFault(world, `lost-answer@account=${accountIndex},endpoint=${SOCKET_SEND},times=1`)
  world.tell(`the answer to the first order of ${name} will be lost`)
  await openUnderFault(world, 'lost-answer', `the answer to the order of ${name} is lost`)
  tellOrders(world, struckLeg(world))
}

const OPEN_ENDS_MS = 150_000

async function openUnderFault(world: DrillWorld, kind: FaultKind, text: string): Promise<void> {
  const { faults } = world.venue.stage.gateway
  const hasStruck = (): boolean => (faults.strikes().get(kind) ?? 0) > 0
  const open = world.start('open --all')
  await world.until(() => hasStruck() || open.isOver(), OPEN_ENDS_MS)
  if (hasStruck()) world.tell(text)
  else world.shortcomings.push(NEVER_STRUCK)
  await world.until(open.isOver, OPEN_ENDS_MS)
}

/** Said of a drill that proves nothing. */
export const NEVER_STRUCK = 'the fault never struck: open did not come so far'

/** How many orders it took, by the exchange's books. */
function tellOrders({ record, tell }: DrillWorld, { accountIndex, name }: StageAccount): void {
  const fills = record.fills.filter((fill) => fill.accountIndex === accountIndex)
  const orders = new Set(fills.map(({ orderIndex }) => orderIndex)).size
  const held = record.position(accountIndex).base.abs().toFixed()
  tell(
    `the exchange's books: ${name} holds ${held} after ${orders} order${orders === 1 ? '' : 's'}`,
  )
}

/** Share of a leg that the book can take at once. */
const THIN_SHARE = 0.4
const THIN_MS = 1500

/** The book takes a part of a leg at a time, for a while. */
export async function drillPartialFill(world: DrillWorld): Promise<undefined> {
  const { makers, driver } = world.venue.stage
  makers.setDepthShare(thinShare(world))
  driver.step()
  world.tell(`the book is thin: at once it takes about ${THIN_SHARE * 100} % of a leg`)
  const refill = async (): Promise<void> => {
    await world.until(() => world.record.fills.length > 0, SETTLE_MS)
    await world.clock.sleep(THIN_MS, world.signal)
    makers.setDepthShare(1)
    driver.step()
    world.tell('the book is as deep as usual again')
  }
  await Promise.all([world.run('open --all'), refill()])
}

/** The part of the usual depth at which the prices that the program may pay hold so much. */
function thinShare({ setup, venue, record }: DrillWorld): number {
  const { config, market } = setup
  const worst = record.markUsd().times(new Dec(config.riskPolicy.maxSlippagePct).div(100).plus(1))
  const limit = worst.times(new Dec(10).pow(market.priceDecimals))
  const ticks = venue.stage.core
    .book(market.marketIndex)
    .asks.filter(({ priceTicks }) => limit.gte(priceTicks.toString()))
    .reduce((sum, level) => sum + level.totalTicks, 0n)
  const leg = Dec.max(...setup.accounts.map(({ configuredBase }) => configuredBase))
  const legTicks = leg.times(new Dec(10).pow(market.sizeDecimals))
  return legTicks.times(THIN_SHARE).div(ticks.toString()).toNumber()
}

/** The last leg of the struck hedge: in a pair the short. */
export function struckLeg({ focus }: DrillWorld): StageAccount {
  const leg = focus.legs.at(-1)
  if (leg === undefined) throw new RangeError('a hedge has legs')
  return leg
}

/** Plans a fault, in the grammar of `sim --fault`. */
export function addFault({ desk }: DrillWorld, text: string): void {
  desk.run('faults', { add: text })
}

/** Opens every hedge and leaves a watch with them. */
export async function openAndWatch(world: DrillWorld) {
  await openAll(world)
  return startWatch(world)
}
