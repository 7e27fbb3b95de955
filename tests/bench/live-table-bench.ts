/**
 * The live table: what a frame costs the thread that watches (gathering and handing over what is in view), beside
 * drawing it there, at 20, 200 and 1,000 accounts. Also the ways of handing it over, the whole table instead of the
 * window, and the lateness of a tick every 10 ms with and without a table that is redrawn every 100 ms.
 * @module
 */
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { writeFileSync, rmSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { layoutRows } from '../../src/ui/live/live-layout.ts'
import { sliceView, wholeView } from '../../src/ui/live/live-view.ts'
import type { LiveSource, LiveView } from '../../src/ui/live/live-view.ts'
import { NO_CONTROLS, renderLive } from '../../src/ui/live/render-live.ts'
import { startDrawing } from '../../src/ui/live/start-drawing.ts'
import { manyAccounts } from '../ui/live/sample-live.ts'
import { type Section, goal, rounded, spreadOf, timesLess } from './figures.ts'

const ACCOUNTS = [20, 200, 1000] as const
const SIZE = { columns: 120, rows: 40 }
const FRAMES = 150
const WARM_UP = 30
const TICKS = 500
const TICK_MS = 10
const REFRESH_MS = 100

/** Measures all of it. */
export async function benchLiveTable(): Promise<Section> {
  const figures: Record<string, unknown> = { how: `${SIZE.columns}x${SIZE.rows}, ${FRAMES} frames` }
  const problems: string[] = []
  let worstMs = 0
  for (const accounts of ACCOUNTS) {
    const frames = benchFrames(accounts)
    worstMs = Math.max(worstMs, frames.handOverMs.p50)
    const without = await tickLateness(undefined)
    const withTable = await tickLateness(manyAccounts(accounts))
    if (withTable.frames === 0) problems.push(`no frame was drawn for ${accounts} accounts`)
    figures[`accounts${accounts}`] = {
      ...frames,
      tickLatenessMs: { without: without.latenessMs, withTable: withTable.latenessMs },
      framesDuringTicks: withTable.frames,
    }
  }
  return { figures, goals: [goal('liveTableHandOverP50Ms', worstMs, 0.5)], problems }
}

function benchFrames(accounts: number) {
  const source = manyAccounts(accounts)
  const window = { first: 0, count: layoutRows(SIZE.rows).bodyRows }
  const { port1, port2 } = new MessageChannel()
  const drain = () => receiveMessageOnPort(port2)
  const slice = () => sliceView(source, window)
  const view = slice()
  const whole = wholeView(source)
  const handOverMs = timed(() => port1.postMessage(slice(), []), drain)
  const drawHereMs = timed(() => draw(slice()))
  const result = {
    handOverMs,
    drawHereMs,
    timesLess: timesLess(handOverMs.p50, drawHereMs.p50),
    postOnlyMs: {
      windowAsText: timed(() => port1.postMessage(JSON.stringify(view), []), drain),
      windowCloned: timed(() => port1.postMessage(view, []), drain),
      allAsText: timed(() => port1.postMessage(JSON.stringify(whole), []), drain),
      allCloned: timed(() => port1.postMessage(whole, []), drain),
    },
    gatherAllMs: timed(() => wholeView(source)),
    windowBytes: JSON.stringify(view).length,
    allBytes: JSON.stringify(whole).length,
  }
  port1.close()
  return result
}

function draw(view: LiveView): void {
  renderLive(view, { ...SIZE, hasColor: true, controls: NO_CONTROLS })
}

/** `after` is not measured: what was handed over is taken out again, as a reader does. */
function timed(work: () => void, after: () => unknown = () => {}) {
  const times: number[] = []
  for (let at = -WARM_UP; at < FRAMES; at += 1) {
    const startMs = performance.now()
    work()
    const tookMs = performance.now() - startMs
    after()
    if (at >= 0) times.push(tookMs)
  }
  return spreadOf(times)
}

/** How late a timer of every 10 ms comes while a screen is drawn, or is not. */
async function tickLateness(source: LiveSource | undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'hedgebot-bench-live-'))
  const path = join(folder, 'screen')
  writeFileSync(path, '')
  const drawing =
    source === undefined
      ? undefined
      : startDrawing({ hasColor: true, paths: [path], onLost: () => {} })
  let frames = 0
  const post = (): void => {
    if (source === undefined || drawing === undefined || drawing.isBehind()) return
    const window = { first: 0, count: layoutRows(SIZE.rows).bodyRows }
    drawing.post({
      view: sliceView(source, window),
      frame: { ...SIZE, controls: NO_CONTROLS },
      isFull: true,
    })
    frames += 1
  }
  post()
  // The thread starts once; its start is no part of the loop.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  frames = 0
  const refresh = setInterval(post, REFRESH_MS)
  const lateness = await lateTicks()
  clearInterval(refresh)
  await drawing?.end()
  rmSync(folder, { recursive: true, force: true })
  return { frames, latenessMs: { ...spreadOf(lateness), mean: rounded(mean(lateness)) } }
}

function lateTicks(): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const late: number[] = []
    let dueMs = performance.now() + TICK_MS
    const tick = (): void => {
      const nowMs = performance.now()
      late.push(Math.max(0, nowMs - dueMs))
      dueMs = nowMs + TICK_MS
      if (late.length < TICKS) setTimeout(tick, TICK_MS)
      else resolve(late)
    }
    setTimeout(tick, TICK_MS)
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
