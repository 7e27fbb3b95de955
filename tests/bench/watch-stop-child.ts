/**
 * One round of stops in a process of its own, as a watch that was just started has them; run by `watch-stop-bench.ts`.
 * It asks its parent for prices and says at the end how long each stop took.
 * @module
 */
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { closeHedges } from '../../src/engine/close-hedges.ts'
import { connectAccounts, connectMarket, ensureNonces } from '../../src/engine/connect-accounts.ts'
import type { Dec } from '../../src/hedge/decimal.ts'
import type { Hedge } from '../../src/hedge/ledger.ts'
import { isLiveState } from '../../src/hedge/ledger.ts'
import { openBareWriter } from './bare-gap.ts'
import type { BenchCommand } from './bench-command.ts'
import { startCommand } from './bench-command.ts'
import { until, watchAll } from './bench-watch.ts'
import { startPolling } from './polling-stops.ts'
import { tellDead } from './tell-dead.ts'
import type { SimAnswer } from './sim-process.ts'
import { sharedNowMs } from './sim-process.ts'
import type { StopRound, StopTimes } from './watch-stop-bench.ts'

const TIMEOUT_MS = 15_000
/** What one price step goes beyond the trigger, USD: more than the walk of 4 below it, so that a poll cannot miss it. */
const BEYOND_USD = 5
/** After a closing the streams come to rest, so that one stop does not wait for the last one's news. */
const REST_MS = 60
/** How long the watch has been on before the first price moves. */
const SETTLE_MS = 12_000

const [, , configFile = '', mode = '', arrivalPort = '', deadMailPort = ''] = process.argv
const problems: string[] = []
const times = mode === 'poll' ? await runPolling() : await runWatching()
process.send?.({ times, problems } satisfies StopRound)
process.disconnect()

async function runWatching(): Promise<readonly StopTimes[]> {
  const command = await startCommand('watch', configFile)
  const watch = await watchAll(command)
  const stopTelling = mode === 'tell' ? tellDead(command, Number(deadMailPort)) : undefined
  await setTimeout(SETTLE_MS)
  try {
    const stops = watch
      .hedges()
      .filter(({ state }) => isLiveState(state))
      .map((hedge) => ({ hedge, triggerUsd: upperOf(hedge, watch.stopPrice) }))
    const times = await stopEach({ command, stops }, (hedgeId) =>
      watch.hedges().some((hedge) => hedge.hedgeId === hedgeId && hedge.state === 'closed'),
    )
    problems.push(
      ...command.complaints.filter((message) => !/closing|loss|could not be sent/.test(message)),
    )
    return times
  } finally {
    stopTelling?.()
    watch.quit()
    await watch.ended
    command.close()
  }
}

/** The level above the mark: that of the leg that loses when the price goes up. */
function upperOf(
  { hedgeId, legs }: Hedge,
  stopPrice: (hedgeId: string, legIndex: number) => Dec | undefined,
): number {
  const at = legs.findIndex(({ side }) => side === 'short')
  return Number(stopPrice(hedgeId, at) ?? Number.NaN)
}

async function runPolling(): Promise<readonly StopTimes[]> {
  const command = await startCommand('close', configFile)
  const { engine } = command
  try {
    await engine.loadMarkets()
    const hedges = engine.journal.liveHedges()
    const legs = hedges.flatMap((hedge) => hedge.legs)
    await connectAccounts(
      engine,
      legs.map(({ accountIndex }) => accountIndex),
      TIMEOUT_MS,
    )
    await connectMarket(engine, hedges[0]?.marketIndex ?? 0, TIMEOUT_MS)
    await ensureNonces(engine, legs, 'close')
    const polling = startPolling(engine, hedges)
    const stops = hedges.map((hedge) => ({ hedge, triggerUsd: triggerOf(command, hedge) }))
    const times = await stopEach({ command, stops, isAtAnyTime: true }, polling.isClosed)
    await polling.end()
    // Its orders are in no ledger: this settles what the ledger says.
    const giveUpAtMs = engine.clock.now() + TIMEOUT_MS
    await closeHedges(engine, hedges, { cause: 'user', giveUpAtMs })
    return times
  } catch (error) {
    problems.push(String(error))
    return []
  } finally {
    command.close()
  }
}

function triggerOf({ engine }: BenchCommand, hedge: Hedge): number {
  const leg = hedge.legs.find(({ side }) => side === 'short')
  const { positions } = engine.link(leg?.accountIndex ?? 0).view()
  const row = positions.isKnown ? positions.value.get(hedge.marketIndex) : undefined
  if (row === undefined) return Number.NaN
  return Number(row.entryPrice.plus(engine.policy.stopLossUsd.div(row.signedBase.abs())))
}

interface StopRun {
  readonly command: BenchCommand
  readonly stops: readonly { readonly hedge: Hedge; readonly triggerUsd: number }[]
  /** The price moves at any moment of a second, so that a poll is met early and late. */
  readonly isAtAnyTime?: boolean
}

/** Lets the price reach one stop after the other. */
async function stopEach(
  { command, stops, isAtAnyTime = false }: StopRun,
  isClosed: (hedgeId: string) => boolean,
): Promise<readonly StopTimes[]> {
  const times: StopTimes[] = []
  const aheadMs = sharedNowMs() - performance.now()
  const bare = await openBareWriter(Number(arrivalPort))
  for (const { hedge, triggerUsd } of stops.toSorted((a, b) => a.triggerUsd - b.triggerUsd)) {
    await setTimeout(REST_MS + (isAtAnyTime ? Math.random() * 1_000 : 0))
    const bareWriteMs = bare.write()
    await setTimeout(REST_MS)
    command.heard.handed.length = 0
    const pricedAtMs = await askPrice((triggerUsd + BEYOND_USD).toFixed(1))
    await until(`${hedge.hedgeId} is closed`, () => isClosed(hedge.hedgeId))
    const first = hedge.legs.map(({ accountIndex }) =>
      command.heard.handed.find((entry) => entry.accountIndex === accountIndex),
    )
    const handedMs = first.map((entry) => entry?.atMs ?? Number.NaN)
    const lastMs = Math.max(...handedMs)
    times.push({
      fromFrameMs: lastMs - (first[0]?.markArrivedAtMs ?? Number.NaN),
      cpuMs: Math.max(...first.map((entry) => entry?.cpuMs ?? Number.NaN)),
      fromMarkMs: lastMs + aheadMs - pricedAtMs,
      gapMs: lastMs - Math.min(...handedMs),
      bareWriteMs,
    })
  }
  bare.end()
  return times
}

/** Returns when the simulator moved the mark. */
async function askPrice(priceUsd: string): Promise<number> {
  process.send?.({ priceUsd })
  const [answer] = (await once(process, 'message')) as [SimAnswer]
  return answer.pricedAtMs
}
