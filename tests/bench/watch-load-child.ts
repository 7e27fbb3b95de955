/**
 * A process that only watches; run by `watch-load-bench.ts`, which opened the hedges before and lets prices move. It
 * says what it cost, then ends.
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Engine } from '../../src/engine/engine-context.ts'
import type { Watch } from '../../src/engine/watch/watch.ts'
import { openLiveScreen } from '../../src/ui/live/live-screen.ts'
import type { LiveScreen } from '../../src/ui/live/live-screen.ts'
import type { LiveSource } from '../../src/ui/live/live-view.ts'
import { startDrawing } from '../../src/ui/live/start-drawing.ts'
import { manyAccounts } from '../ui/live/sample-live.ts'
import { startCommand } from './bench-command.ts'
import { watchAll } from './bench-watch.ts'
import { rounded, spreadOf } from './figures.ts'
import type { LoadChildOptions, WatchLoad } from './watch-load-bench.ts'

const TIMER_MS = 10
const REFRESH_MS = 100

const options = JSON.parse(process.argv[2] ?? '') as LoadChildOptions
const rssAtStartMb = rounded(process.memoryUsage().rss / 1_048_576)
const command = await startCommand('watch', options.configFile, { ways: options.ways })
const tickMs: number[] = []
const startMs = performance.now()
const watch = await watchAll({ ...command, engine: timing(command.engine, tickMs) })
const startedMs = performance.now() - startMs
const screen = options.hasTable ? openTable(watch, command.engine) : undefined
await pause(options.warmUpMs)
const startWarnings = command.complaints.length
process.send?.(await measure())
await screen?.end()
watch.quit()
await watch.ended
command.close()
process.exit(0)

async function measure(): Promise<WatchLoad> {
  tickMs.length = 0
  command.heard.workedMs.length = 0
  const framesBefore = command.heard.frames
  const before = { cpu: process.cpuUsage(), atMs: performance.now() }
  // Its timers cost what they measure: only where lateness is the question.
  const late = options.isTimed ? await lateTimers(options.measureMs) : []
  if (!options.isTimed) await pause(options.measureMs)
  const { user, system } = process.cpuUsage(before.cpu)
  const passedMs = performance.now() - before.atMs
  const { rss } = process.memoryUsage()
  globalThis.gc?.()
  return {
    startedMs: Math.round(startedMs),
    cpuPct: rounded((user + system) / 10 / passedMs),
    rssMb: rounded(rss / 1_048_576),
    rssAtStartMb,
    liveHeapMb: rounded(process.memoryUsage().heapUsed / 1_048_576),
    markFramesPerSecond: rounded(((command.heard.frames - framesBefore) * 1_000) / passedMs),
    frameMs: spreadOf(command.heard.workedMs),
    tickMs: spreadOf(tickMs),
    timerLateMs: late.length === 0 ? undefined : spreadOf(late),
    watched: watch.hedges().filter(({ state }) => state === 'open').length,
    startWarnings,
    problems: command.complaints.slice(startWarnings, startWarnings + 3),
  }
}

/** The engine whose feeds say how long each of their listeners took. */
function timing(engine: Engine, took: number[]): Engine {
  return {
    ...engine,
    feed(marketIndex) {
      const feed = engine.feed(marketIndex)
      return {
        ...feed,
        onTick: (listener) =>
          feed.onTick(() => {
            const atMs = performance.now()
            listener()
            took.push(performance.now() - atMs)
            if (took.length > 20_000) took.splice(0, 10_000)
          }),
      }
    },
  }
}

/** The screen of `watch` on a file; what is shown is a sample, what is asked of the watch is real. */
function openTable(source: Watch, engine: Engine): LiveScreen {
  const folder = mkdtempSync(join(tmpdir(), 'hedgebot-bench-table-'))
  const path = join(folder, 'screen')
  writeFileSync(path, '')
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const nothing = (): void => undefined
  return openLiveScreen({
    source: askingSource(source),
    clock: engine.clock,
    refreshMs: REFRESH_MS,
    draw: (onLost) => startDrawing({ hasColor: true, paths: [path], onLost }),
    onQuit: nothing,
    onClose: nothing,
    onLost: (reason) => engine.logger.warn(reason),
    terminal: {
      size: () => ({ columns: 120, rows: 40 }),
      onResize: () => nothing,
      readKeys: () => nothing,
      onJobControl: () => nothing,
      onEnding: () => nothing,
      isForeground: () => true,
      write: nothing,
      interrupt: nothing,
      suspend: nothing,
    },
  })
}

function askingSource(source: Watch): LiveSource {
  const sample = manyAccounts(2 * source.hedges().length)
  const ids = sample.entries().map(({ hedgeId }) => hedgeId)
  return {
    ...sample,
    hedge(hedgeId) {
      const asked = source.hedges()[ids.indexOf(hedgeId)]
      if (asked !== undefined) {
        source.report(asked.hedgeId)
        source.stopPrice(asked.hedgeId, 0)
        source.stopPrice(asked.hedgeId, 1)
      }
      return sample.hedge(hedgeId)
    },
  }
}

function lateTimers(forMs: number): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const late: number[] = []
    const endMs = performance.now() + forMs
    let dueMs = performance.now() + TIMER_MS
    const beat = (): void => {
      const nowMs = performance.now()
      late.push(Math.max(0, nowMs - dueMs))
      dueMs = nowMs + TIMER_MS
      if (nowMs < endMs) setTimeout(beat, TIMER_MS)
      else resolve(late)
    }
    setTimeout(beat, TIMER_MS)
  })
}
