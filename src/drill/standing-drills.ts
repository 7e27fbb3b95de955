/**
 * Faults that strike while hedges stand or are closed.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import type { ConnectProxy } from '../sim/stage/connect-proxy.ts'
import type { DrillWorld } from './drill-world.ts'
import { endWatch, moveToLoss, openAll, startWatch } from './drill-world.ts'
import { addFault, openAndWatch, struckLeg } from './opening-drills.ts'

/** Past the program's own stop, short of the pair that rests on the exchange (120 % by default). */
export const AT_STOP = { pct: 105, overMs: 1000 }
/** Past both. */
const BEYOND_STOPS_PCT = 60
const SETTLE_MS = 20_000

/** The proxy of one leg dies, then its stop comes due. */
export async function drillProxyDeath(world: DrillWorld): Promise<string | undefined> {
  const { name, proxy } = proxyOf(world)
  if (proxy === undefined) return 'no account of the struck hedge goes through a proxy'
  const watch = await openAndWatch(world)
  proxy.setMode('refuse')
  proxy.cutTunnels()
  world.tell(`proxy ${name} dies: every connection through it breaks, new ones are refused`)
  await world.clock.sleep(500, world.signal)
  moveToLoss(world, AT_STOP)
  if (!(await untilClosed(world, 12_000))) {
    world.tell('12 s later the hedge still stands')
    moveToLoss(world, beyondStops(world, 1000))
    await untilClosed(world, 5_000)
    proxy.setMode('normal')
    world.tell(`proxy ${name} works again`)
    await untilClosed(world, SETTLE_MS)
  }
  await endWatch(world, watch)
  return undefined
}

function proxyOf({ focus, setup, venue }: DrillWorld): {
  readonly name: string
  readonly proxy: ConnectProxy | undefined
} {
  const names = focus.legs.flatMap((leg) =>
    setup.accounts.filter(({ name }) => name === leg.name).map(({ egress }) => egress),
  )
  const name = names.find((one) => venue.proxies.has(one)) ?? ''
  return { name, proxy: venue.proxies.get(name) }
}

/** Who wants to notice later than this is not waited for. */
const SILENT_MAX_MS = 110_000

/** Nothing is told any more, over connections that look alive. */
export async function drillStreamSilent(world: DrillWorld): Promise<undefined> {
  const watch = await openAndWatch(world)
  world.desk.run('sockets', { all: true, do: 'silent' })
  world.tell('all streams fall silent; their connections stay open')
  moveToLoss(world, AT_STOP)
  const noticedMs = 2 * world.setup.config.watch.staleAfterMs + SETTLE_MS
  await untilClosed(world, Math.min(noticedMs, SILENT_MAX_MS))
  await endWatch(world, watch)
}

const DOWN_MS = 5000

/** The stop comes due while nobody can reach the exchange. */
export async function drillVenueDown(world: DrillWorld): Promise<undefined> {
  const watch = await openAndWatch(world)
  world.desk.run('maintenance', { on: true })
  world.tell('the exchange cannot be reached: connections are closed, requests answered with 503')
  await world.clock.sleep(500, world.signal)
  moveToLoss(world, AT_STOP)
  await world.clock.sleep(DOWN_MS, world.signal)
  world.desk.run('maintenance', { on: false })
  world.tell('the exchange is back')
  await untilClosed(world, 2 * SETTLE_MS)
  await endWatch(world, watch)
}

const LIMITED_MS = 3000
const SENDS = ['jsonapi/sendtx', 'jsonapi/sendtxbatch', 'sendTx', 'sendTxBatch']

/** Closing orders are refused for a while. */
export async function drillRateLimit(world: DrillWorld): Promise<undefined> {
  await openAll(world)
  for (const endpoint of SENDS) addFault(world, `http:429@endpoint=${endpoint}`)
  world.tell('the exchange will answer every order with 429, too many requests')
  for (const { name } of world.hedges) world.mustBeFlat.add(name)
  const { faults } = world.venue.stage.gateway
  const lift = async (): Promise<void> => {
    await world.until(() => (faults.strikes().get('http') ?? 0) > 0, SETTLE_MS)
    world.tell('the first closing order is answered with 429')
    await world.clock.sleep(LIMITED_MS, world.signal)
    world.tell(`orders are taken again; ${faults.strikes().get('http') ?? 0} were refused`)
    faults.clear()
  }
  await Promise.all([world.run('close --all'), lift()])
}

/** One leg disappears. */
export async function drillLiquidatedLeg(world: DrillWorld): Promise<string | undefined> {
  const watch = await openAndWatch(world)
  const { name } = struckLeg(world)
  world.mustBeFlat.add(world.focus.name)
  try {
    world.desk.run('liquidate', { account: name, depth: 'full' })
  } catch (error) {
    if (!(error instanceof HedgebotError)) throw error
    world.mustBeFlat.clear()
    await endWatch(world, watch)
    return `the exchange has nothing to liquidate of ${name}: ${error.message}`
  }
  world.tell(`the collateral of ${name} is gone: the exchange liquidates it`)
  await untilClosed(world, SETTLE_MS)
  await endWatch(world, watch)
  return undefined
}

/** Past the stop and the stops on the exchange between one tick and the next. */
export async function drillPriceJump(world: DrillWorld): Promise<undefined> {
  const watch = await openAndWatch(world)
  moveToLoss(world, beyondStops(world, 0))
  await untilClosed(world, SETTLE_MS)
  await endWatch(world, watch)
}

/** Nobody of ours is there; the stops on the exchange are. */
export async function drillMachineOff(world: DrillWorld): Promise<undefined> {
  await openAll(world)
  const watch = await startWatch(world)
  world.tell('your machine goes off')
  watch.send('SIGKILL')
  await watch.ended
  const beyond = moveToLoss(world, beyondStops(world, 2000))
  await world.until(() => beyond.every(world.isFlat), 5_000)
  const left = beyond.filter((hedge) => !world.isFlat(hedge)).map(({ name }) => name)
  if (left.length > 0) {
    world.shortcomings.push(
      `the exchange did not close ${left.join(', ')} while your machine was off: no stop of yours rested there`,
    )
  }
  world.tell('your machine is on again')
  const again = await startWatch(world)
  await untilClosed(world, SETTLE_MS)
  await endWatch(world, again)
}

function beyondStops({ setup }: DrillWorld, overMs: number) {
  const pct = Number(setup.config.riskPolicy.exchangeStopPct) + BEYOND_STOPS_PCT
  return { pct, overMs }
}

/** Until nothing is left of every hedge whose stop is due. */
export function untilClosed(world: DrillWorld, limitMs: number): Promise<boolean> {
  const { hedges, mustBeFlat } = world
  return world.until(
    () => hedges.every((hedge) => !mustBeFlat.has(hedge.name) || world.isFlat(hedge)),
    limitMs,
  )
}
