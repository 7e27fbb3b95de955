import type { Context } from '../context.ts'
import type { Engine } from '../engine/engine-context.ts'
import type { Watch } from '../engine/watch/watch.ts'
import type { ExitCode } from '../errors.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { WatchOptions } from '../ui/command-options.ts'
import { sayLive } from './print-hedges.ts'
import { startEngine } from './start-engine.ts'
import { conclude, seeToItsEnd } from './watch-end.ts'
import { watchSource } from './watch-run.ts'
import type { WatchRun } from './watch-run.ts'
import { createWatchVoice } from './watch-voice.ts'
import { CONNECT_TIMEOUT_MS, withContext } from './with-context.ts'

/** `hedgebot watch`: keeps what is open hedged and within its limits, and shows it (CLI.md). */
export async function runWatch(io: CommandIo, options: WatchOptions): Promise<ExitCode> {
  const { requireDurationMs } = await import('../config/duration.ts')
  const { forDuration } = options
  const forMs = forDuration === undefined ? undefined : requireDurationMs('for', forDuration)
  return withContext(io, 'watch', async (context) => {
    const voice = await createWatchVoice(io, context.clock)
    const engine = await startEngine(io, context, { command: 'watch', onProgress: voice.hear })
    io.onSecondInterrupt(() => {
      voice.restore()
      sayLive(io, engine)
    })
    const dispatcher = await context.telling.dispatcher(({ level, kind, message }) =>
      voice.hear({ level, kind, message }),
    )
    dispatcher?.run()
    const marketIndexes = await followedMarkets(context, engine)
    const watch = await start({ io, context, engine, options, marketIndexes, forMs })
    const source = await watchSource({ context, engine, voice, watch, marketIndexes })
    let isOver = false
    void watch.ended
      .catch(() => undefined)
      .then(() => {
        isOver = true
      })
    const run = { io, context, options, engine, voice, watch, source, isOver: () => isOver }
    return conclude(run, await seeToItsEnd(run))
  })
}

async function followedMarkets({ config }: Context, engine: Engine): Promise<readonly number[]> {
  const { findMarket } = await import('../hedge/market.ts')
  return [findMarket(await engine.loadMarkets(), config.tradingPair).marketIndex]
}

interface WatchStart extends Pick<WatchRun, 'io' | 'context' | 'engine' | 'options'> {
  readonly marketIndexes: readonly number[]
  readonly forMs: number | undefined
}

async function start({ io, context, engine, options, ...limits }: WatchStart): Promise<Watch> {
  const progress = io.progress('connecting')
  try {
    const { startWatch } = await import('../engine/watch/watch.ts')
    return await startWatch(engine, {
      ...limits,
      stopPolicy: await context.stopPolicy(),
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      // Before an opening nothing is live either: then its own part looks when everything is flat again.
      mode: options.isOpening ? 'forever' : options.mode,
    })
  } finally {
    progress.stop()
  }
}
