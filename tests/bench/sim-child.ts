/**
 * The simulated exchange in a process of its own, with small proxies; run by `sim-process.ts`. Questions come over
 * IPC, each gets one answer; it ends with the channel.
 * @module
 */
import { createStage } from '../../src/sim/stage/stage.ts'
import { startConnectProxy } from '../../src/sim/stage/connect-proxy.ts'
import { writeStageConfig } from '../../src/sim/stage/stage-config.ts'
import { startSimServer } from '../../src/sim/server/sim-server.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { createSystemRng } from '../../src/system/system-rng.ts'
import { serveArrivalTimes } from './bare-gap.ts'
import {
  type SimAnswer,
  type SimChildOptions,
  type SimQuestion,
  sharedNowMs,
} from './sim-process.ts'

const BTC_INDEX = 1
/** Price ticks of BTC in a dollar. */
const TICKS_PER_USD = 10
/** A walk goes so many steps down from where it began, then as many up. */
const WALK_STEPS = 40

const options = JSON.parse(process.argv[2] ?? '') as SimChildOptions
const bugs: string[] = []
const stage = createStage({
  clock: createSystemClock(),
  rng: createSystemRng(),
  accounts: options.accounts,
  owners: options.owners,
  noLimits: !options.hasLimits,
  noDelay: !options.hasDelay,
  noiseBps: 0,
  ...(options.collateralUsd === undefined ? {} : { collateralUsd: options.collateralUsd }),
})
let pricedAtMs = 0
let ticks = 0
let walk: NodeJS.Timeout | undefined
let walkFromTicks = 0n
const server = await startSimServer({
  gateway: stage.gateway,
  onBug: (error) => bugs.push(String(error)),
})
const proxies = await Promise.all(
  Array.from({ length: options.proxies }, async (_, at) => {
    const { host, port } = await startConnectProxy({ localAddress: `127.0.0.${11 + at}` })
    return { name: `proxy_${at + 1}`, host, port }
  }),
)
await writeStageConfig({ stage, file: options.configFile, simUrl: server.url, proxies })
const arrivalPort = await serveArrivalTimes()

process.on('message', (question: SimQuestion) => {
  if (question === 'reset_units') stage.gateway.units.reset()
  else if (question !== 'look') move(question)
  process.send?.(answer())
})
process.on('disconnect', () => process.exit(0))
process.send?.(answer())

function move(order: Exclude<SimQuestion, string>): void {
  if ('ticksPerSecond' in order) {
    startWalk(order.ticksPerSecond)
    return
  }
  pricedAtMs = sharedNowMs()
  walkFromTicks = BigInt(Math.round(Number(order.priceUsd) * TICKS_PER_USD))
  setPrice(walkFromTicks)
}

function setPrice(toTicks: bigint): void {
  stage.priceHand.move({
    marketIndex: BTC_INDEX,
    parts: ['mark', 'index', 'book'],
    overMs: 0,
    target: { kind: 'hold', toTicks },
  })
}

/** By the time that has passed and not by the timer's beats, which come late on a busy machine. */
function startWalk(ticksPerSecond: number): void {
  clearInterval(walk)
  if (ticksPerSecond === 0) return
  walkFromTicks = markTicks()
  const startMs = performance.now()
  let done = 0
  walk = setInterval(() => {
    const due = Math.floor(((performance.now() - startMs) / 1_000) * ticksPerSecond)
    for (; done < due; done += 1) {
      const phase = done % (2 * WALK_STEPS)
      setPrice(walkFromTicks - BigInt(phase < WALK_STEPS ? phase : 2 * WALK_STEPS - phase))
      ticks += 1
    }
  }, 1_000 / ticksPerSecond)
}

function markTicks(): bigint {
  return stage.core.markets.get(BTC_INDEX)?.markTicks ?? 0n
}

function answer(): SimAnswer {
  const { units } = stage.gateway
  const { user, system } = process.cpuUsage()
  return {
    bugs,
    arrivalPort,
    refusedUnits: units.total().refused,
    pricedAtMs,
    markUsd: Number(markTicks()) / TICKS_PER_USD,
    ticks,
    cpuMs: (user + system) / 1_000,
    accounts: stage.accounts.map(({ accountIndex, name }) => ({
      name,
      units: units.byAccount(accountIndex).units,
      sizeTicks: Number(
        stage.core.account(accountIndex)?.positions.get(BTC_INDEX)?.sizeTicks ?? 0n,
      ),
    })),
  }
}
