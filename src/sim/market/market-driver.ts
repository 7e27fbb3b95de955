/**
 * Moves the simulated markets along their scenes on a clock: quotes, trades of the public, marks, and the passing of
 * time. Prices run by the monotonic clock, as fast as asked; everything that happens, happens at the venue's own time.
 * @module
 */
import { assert } from '../../errors.ts'
import type { Clock } from '../../ports.ts'
import type { SimCore } from '../core/core-model.ts'
import type { Crowd } from './crowd.ts'
import { createMarkBlend } from './mark-blend.ts'
import type { MarkBlend } from './mark-blend.ts'
import type { Makers } from './makers.ts'
import type { MarketScene } from './market-scene.ts'
import { accelerate } from './market-scene.ts'
import type { PricePath } from './price-path.ts'

export interface MarketDriverOptions {
  readonly core: SimCore
  readonly clock: Clock
  readonly makers: Makers
  /** By market index: mark, index and book on one path. Markets without path and scene stand still. */
  readonly paths?: ReadonlyMap<number, PricePath>
  /** By market index: the mark is made of index, other exchanges' marks and the book (PROTOCOL.md section 11.6). */
  readonly scenes?: ReadonlyMap<number, MarketScene>
  /** Trades with the house on markets that have a scene; nobody by default. */
  readonly crowd?: Crowd
  /** Path time for each unit of the clock's time; default 1. Deadlines, delays and funding hours keep to the clock. */
  readonly speed?: number
  /** Between two moves of the marks; default 1000. */
  readonly intervalMs?: number
  /** How many times quotes and trades move for each move of the marks; default 1. */
  readonly quotesPerMark?: number
  /** Mark above index on plain paths, millionths of the index; default 0. */
  readonly premiumE6?: number
}

export interface MarketDriver {
  /** Applies the prices of now once, and from then on every interval. */
  start(): void
  stop(): void
  /** Applies the prices of now. */
  step(): void
  /** Replaces path or scene; its time starts now. */
  setPath(marketIndex: number, path: PricePath): void
  setScene(marketIndex: number, scene: MarketScene): void
}

/** What moves one market: a plain path, or a scene out of which the mark is blended. */
type Mover =
  | { readonly kind: 'path'; readonly path: PricePath }
  | { readonly kind: 'scene'; readonly scene: MarketScene; readonly blend: MarkBlend }

type RunningMarket = Mover & { readonly startedMs: number }

/** Creates a driver that has not moved anything yet; its paths begin now. */
export function createMarketDriver(options: MarketDriverOptions): MarketDriver {
  const { core, clock, speed = 1, quotesPerMark = 1 } = options
  assert(speed > 0 && quotesPerMark >= 1, 'prices go forward')
  const quoteIntervalMs = (options.intervalMs ?? 1000) / quotesPerMark
  const premiumE6 = BigInt(options.premiumE6 ?? 0)
  const running = new Map<number, RunningMarket>()
  const setPath = (marketIndex: number, path: PricePath): void => {
    running.set(marketIndex, { kind: 'path', path, startedMs: clock.monotonicMs() })
  }
  const setScene = (marketIndex: number, scene: MarketScene): void => {
    running.set(marketIndex, {
      kind: 'scene',
      scene: accelerate(scene, speed),
      blend: createMarkBlend(core, marketIndex),
      startedMs: clock.monotonicMs(),
    })
  }
  for (const [marketIndex, path] of options.paths ?? []) setPath(marketIndex, path)
  for (const [marketIndex, scene] of options.scenes ?? []) setScene(marketIndex, scene)
  const quote = (marketIndex: number, nowMs: number): void => {
    const moved = running.get(marketIndex)
    const elapsedMs = clock.monotonicMs() - (moved?.startedMs ?? 0)
    quoteMarket(options, marketIndex, { moved, elapsedMs, nowMs, spanMs: quoteIntervalMs })
  }
  const step = (): void => {
    const nowMs = clock.now()
    for (const marketIndex of core.markets.keys()) {
      quote(marketIndex, nowMs)
      const entry = running.get(marketIndex)
      if (entry === undefined) continue
      const prices = marksOf(entry, clock.monotonicMs() - entry.startedMs, { speed, premiumE6 })
      moveMark(core, marketIndex, { ...prices, nowMs })
    }
    core.tick(nowMs)
  }
  const quoteAll = (): void => {
    const nowMs = clock.now()
    for (const marketIndex of core.markets.keys()) quote(marketIndex, nowMs)
  }
  const strokes = createStrokes(clock, quoteIntervalMs, (number) =>
    number % quotesPerMark === 0 ? step() : quoteAll(),
  )
  return { ...strokes, step, setPath, setScene }
}

/** Calls once with 0 at the start, and then with 1, 2, 3 ... after every interval. */
function createStrokes(
  clock: Clock,
  intervalMs: number,
  onStroke: (number: number) => void,
): Pick<MarketDriver, 'start' | 'stop'> {
  let cancelTimer: (() => void) | undefined
  const run = (number: number): void => {
    cancelTimer = clock.setTimer(intervalMs, () => run(number + 1))
    onStroke(number)
  }
  return {
    start() {
      if (cancelTimer === undefined) run(0)
    },
    stop() {
      cancelTimer?.()
      cancelTimer = undefined
    },
  }
}

interface QuoteMoment {
  readonly moved: RunningMarket | undefined
  readonly elapsedMs: number
  readonly nowMs: number
  readonly spanMs: number
}

/** Quotes anew and lets the public trade; a halted market stands still. */
function quoteMarket(
  { core, makers, crowd, speed = 1 }: MarketDriverOptions,
  marketIndex: number,
  { moved, elapsedMs, nowMs, spanMs }: QuoteMoment,
): void {
  const market = core.markets.get(marketIndex)
  if (market?.status !== 'active') return
  if (moved?.kind !== 'scene') {
    makers.refresh(marketIndex, nowMs, moved?.path(elapsedMs * speed))
    return
  }
  const weather = moved.scene.weather(elapsedMs)
  makers.setWeather(marketIndex, weather)
  makers.refresh(marketIndex, nowMs, moved.scene.book(elapsedMs))
  if (!market.forceReduceOnly) crowd?.trade(marketIndex, { nowMs, spanMs, weather })
}

interface Marks {
  readonly markTicks: bigint
  readonly indexTicks: bigint
}

/** Mark and index at a time since the start; of a scene the book counts as it stands now. */
function marksOf(
  moved: RunningMarket,
  elapsedMs: number,
  { speed, premiumE6 }: { readonly speed: number; readonly premiumE6: bigint },
): Marks {
  if (moved.kind === 'path') {
    const markTicks = moved.path(elapsedMs * speed)
    return { markTicks, indexTicks: (markTicks * 1_000_000n) / (1_000_000n + premiumE6) }
  }
  const indexTicks = moved.scene.index(elapsedMs)
  const externalTicks = moved.scene.external(elapsedMs)
  return { markTicks: moved.blend.markTicks({ indexTicks, externalTicks, elapsedMs }), indexTicks }
}

function moveMark(
  core: SimCore,
  marketIndex: number,
  { markTicks, nowMs, ...move }: Marks & { readonly nowMs: number },
): void {
  const market = core.markets.get(marketIndex)
  const indexTicks = move.indexTicks > 0n ? move.indexTicks : 1n
  if (market?.markTicks === markTicks && market.indexTicks === indexTicks) return
  core.setMark(marketIndex, { markTicks, indexTicks }, nowMs)
}
