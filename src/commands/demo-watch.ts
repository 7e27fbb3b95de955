import { setMaxListeners } from 'node:events'
import { HedgebotError } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import type { Stage, StageAccount } from '../sim/stage/stage.ts'
import type { CommandIo } from '../ui/command-io.ts'

/** Loss limit of each leg. At five times the usual size a move of 1.5 % reaches it, at the usual size 7.5 %. */
export const DEMO_STOP_USD = '75'
const LARGE_BASE = '0.05'
/** Billionths by which the price rises; the pair on the exchange, at 120 % of the limit, would fire at 1.8 %. */
const RISE_E9 = 22_000_000n
/** Fine steps, so that the limit is met and not jumped over. */
export const DEMO_TICK_MS = 250

/** Times of the chapter: for looking before the move, of the move itself, and for looking afterwards. */
const SLOW = { beforeMs: 4000, riseMs: 12_000, afterMs: 6000 }
const FAST = { beforeMs: 500, riseMs: 7000, afterMs: 1500 }
/** Ends the chapter whatever happens. */
const LONGEST = '90s'
const LOOK_MS = 100

/** The first pair, which every terminal shows, holds more than the others: one hedge alone comes to its limit. */
export function demoSizes(stage: Stage): ReadonlyMap<string, string> {
  return new Map(largePair(stage).map(({ name }) => [name, LARGE_BASE]))
}

/** `hedgebot watch` while the price rises: one hedge is stopped, the others stay. */
export async function watchOneStop(
  io: CommandIo,
  { stage, isFast }: { readonly stage: Stage; readonly isFast: boolean },
): Promise<ExitCode> {
  const { runWatch } = await import('./watch.ts')
  const short = largePair(stage).at(-1)?.name ?? ''
  io.out.line(
    `The price will rise by about 2 %. ${short} is short, five times as much as the others, and comes to its loss limit`,
  )
  io.out.line(
    `of ${DEMO_STOP_USD} USD: then its hedge is closed, both legs at once. Nobody touches anything.`,
  )
  const hasScreen = !isFast && io.isTerminal && io.screenParts !== undefined
  if (hasScreen) io.out.line('q leaves the table earlier.')
  const enough = new AbortController()
  const left = new AbortController()
  const times = isFast ? FAST : SLOW
  const onShown = onceOnly(() => {
    const { signal } = left
    void raisePrice(io, { stage, signal, times }).then((isOver) => isOver && enough.abort(ENOUGH))
  })
  const signal = AbortSignal.any([io.signal, enough.signal])
  // Every account waits on it.
  setMaxListeners(0, signal)
  try {
    return await runWatch(listening(io, { signal, hasScreen, onShown }), {
      mode: 'forever',
      isOpening: false,
      forDuration: LONGEST,
    })
  } finally {
    left.abort()
    io.out.line(concludeStop(stage))
  }
}

const ENOUGH = new HedgebotError('refused', 'the demonstration goes on', { code: 'demo_goes_on' })

/** The watch's own input and output, which tells when there is something to see. */
function listening(
  io: CommandIo,
  how: {
    readonly signal: AbortSignal
    readonly hasScreen: boolean
    readonly onShown: () => void
  },
): CommandIo {
  const { signal, onShown } = how
  const { screenParts } = io
  return {
    ...io,
    get interruptedBy() {
      return io.interruptedBy
    },
    signal,
    screenParts:
      how.hasScreen && screenParts !== undefined
        ? () => {
            onShown()
            return screenParts()
          }
        : undefined,
    out: {
      ...io.out,
      line(text) {
        onShown()
        io.out.line(text)
      },
      json(document) {
        onShown()
        io.out.json(document)
      },
    },
  }
}

/** Moves mark, index and book, and waits until the exchange's books show the pair flat; false when somebody left. */
async function raisePrice(
  { clock }: CommandIo,
  show: { readonly stage: Stage; readonly signal: AbortSignal; readonly times: typeof SLOW },
): Promise<boolean> {
  const { stage, signal, times } = show
  const rest = (ms: number) => clock.sleep(ms, signal)
  try {
    const { PRICE_PARTS } = await import('../sim/control/price-hand.ts')
    await rest(times.beforeMs)
    const market = [...stage.core.markets.values()].find(({ symbol }) => symbol === 'BTC')
    stage.priceHand.move({
      marketIndex: market?.marketIndex ?? 0,
      parts: PRICE_PARTS,
      overMs: times.riseMs,
      target: { kind: 'scale', byE9: RISE_E9 },
    })
    while (!isStopped(stage)) await rest(LOOK_MS)
    await rest(times.afterMs)
    return true
  } catch (error) {
    // Somebody left the table, or the time is up: the story goes on.
    if (!signal.aborted) throw error
    return false
  }
}

function concludeStop(stage: Stage): string {
  const names = largePair(stage).map(({ name }) => name)
  const holding = stage.accounts.filter((account) => isHolding(stage, account)).length
  if (!isStopped(stage)) return 'No hedge came to its loss limit meanwhile.'
  return `The exchange's own books: ${names.join(' and ')} are flat, ${holding} other accounts hold their positions.`
}

function isStopped(stage: Stage): boolean {
  return !largePair(stage).some((account) => isHolding(stage, account))
}

function isHolding(stage: Stage, { accountIndex }: StageAccount): boolean {
  const positions = stage.core.account(accountIndex)?.positions.values() ?? []
  return [...positions].some(({ sizeTicks }) => sizeTicks !== 0n)
}

function largePair({ accounts }: Stage): readonly StageAccount[] {
  return accounts.slice(0, 2)
}

function onceOnly(work: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    work()
  }
}
