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
import type { SimAnswer, SimChildOptions, SimQuestion } from './sim-process.ts'

const BTC_INDEX = 1

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
})
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

process.on('message', (question: SimQuestion) => process.send?.(answerTo(question)))
process.on('disconnect', () => process.exit(0))
process.send?.(answerTo('look'))

function answerTo(question: SimQuestion): SimAnswer {
  const { units } = stage.gateway
  const { user, system } = process.cpuUsage()
  if (question === 'reset_units') units.reset()
  return {
    bugs,
    arrivalPort,
    refusedUnits: units.total().refused,
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
