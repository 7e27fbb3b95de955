/** `hedgebot watch` as processes of its own, killed and stopped by real signals, over real sockets and a real journal. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { CoreEvent } from '../../src/sim/core/core-model.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { ROOT } from '../source-files.ts'
import type { SimSession } from './sim-cli.ts'
import { startSession } from './sim-cli.ts'

const PROGRAM = join(ROOT, 'bin', 'hedgebot.js')
const clock = createSystemClock()

let session: SimSession | undefined
const children: ChildProcessWithoutNullStreams[] = []

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await session?.close()
  session = undefined
})

/** Two accounts of 0.01 BTC each, hedged; a move of 0.5 % reaches the limit of 5 USD, 0.6 % the exchange's own stops. */
async function openHedge(): Promise<SimSession> {
  session = await startSession({
    accounts: 2,
    stage: { noLimits: true, tickIntervalMs: 100 },
    config: { stopLossThreshold: '5' },
  })
  const { exit } = await session.hedgebot('open --all')
  expect(exit).toBe(0)
  return session
}

interface WatchProcess {
  readonly child: ChildProcessWithoutNullStreams
  /** Everything that it printed on stdout, a document a line. */
  lines(): readonly string[]
  ended: Promise<number | null>
}

async function startWatch(at: SimSession, ...options: readonly string[]): Promise<WatchProcess> {
  const argv = [PROGRAM, '--config', at.configFile, '--json', 'watch', ...options]
  const child = spawn(process.execPath, argv, { cwd: at.folder })
  children.push(child)
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.resume()
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const lines = () => stdout.split('\n').filter((line) => line !== '')
  await until(() => lines().some((line) => line.includes('"kind":"summary"')))
  return { child, lines, ended }
}

async function until(isReached: () => boolean, limitMs = 15_000): Promise<void> {
  const endMs = clock.monotonicMs() + limitMs
  while (!isReached()) {
    if (clock.monotonicMs() > endMs) throw new Error('it did not happen in time')
    await clock.sleep(5)
  }
}

/** Moves mark, index and book at once, in hundredths of a percent of the present price. */
function move({ stage }: SimSession, bps: number): void {
  stage.priceHand.move({
    marketIndex: 1,
    parts: ['mark', 'index', 'book'],
    overMs: 0,
    target: { kind: 'scale', byE9: BigInt(bps) * 100_000n },
  })
}

function isFlat(at: SimSession): boolean {
  return at.position(1) === 0n && at.position(2) === 0n
}

/** Trades of the two accounts from now on. */
function recordTrades({ stage }: SimSession): CoreEvent[] {
  const own = new Set(stage.accounts.map(({ accountIndex }) => accountIndex))
  const trades: CoreEvent[] = []
  stage.core.subscribe((event) => {
    if (event.type !== 'trade') return
    const { ask, bid } = event.trade
    if (own.has(ask.accountIndex) || own.has(bid.accountIndex)) trades.push(event)
  })
  return trades
}

describe('a watch that is killed', () => {
  it.each([0, 15, 60, 250])(
    'with SIGKILL %d ms after its stop is due: the next one finds its way',
    async (afterMs) => {
      const at = await openHedge()
      const first = await startWatch(at)
      const trades = recordTrades(at)
      move(at, -55)
      await clock.sleep(afterMs)
      first.child.kill('SIGKILL')
      await first.ended
      const second = await startWatch(at, '--until-flat')
      expect(await second.ended).toBe(0)
      expect(isFlat(at)).toBe(true)
      // Each leg was closed once, and nothing was opened on the way.
      const sizes = trades.map((event) => (event.type === 'trade' ? event.trade.sizeTicks : 0n))
      expect(sizes.reduce((sum, ticks) => sum + ticks, 0n)).toBe(2000n)
    },
  )

  it('leaves its hedge to the next one, which adopts it at once', async () => {
    const at = await openHedge()
    const first = await startWatch(at)
    first.child.kill('SIGKILL')
    await first.ended
    const second = await startWatch(at)
    await until(() => second.lines().some((line) => line.includes('hedge_adopted')), 3000)
    move(at, -55)
    await until(() => isFlat(at), 3000)
  })
})

describe('a second watch over the same accounts', () => {
  it('is busy, exit 6, and changes nothing', async () => {
    const at = await openHedge()
    await startWatch(at)
    const { exit, json } = await at.hedgebot('watch')
    expect(exit).toBe(6)
    expect(json.error?.code).toBe('watch_running')
  })
})

describe('a watch that is asked to end', () => {
  it('leaves the hedge as it is and ends with the code of the signal', async () => {
    const at = await openHedge()
    const watch = await startWatch(at)
    // Right after an opening the positions are read once more before they count as known.
    await clock.sleep(1500)
    watch.child.kill('SIGTERM')
    expect(await watch.ended).toBe(143)
    expect([at.position(1), at.position(2)]).toEqual([1000n, -1000n])
  })
})

describe('a watch that was stopped (SIGSTOP) and goes on (SIGCONT)', () => {
  it.each([1500, 4000])(
    'for %d ms, in which the price went through the limit and came back: sends nothing',
    async (stoppedMs) => {
      const at = await openHedge()
      const watch = await startWatch(at)
      const trades = recordTrades(at)
      watch.child.kill('SIGSTOP')
      await clock.sleep(stoppedMs / 3)
      move(at, -55)
      await clock.sleep(stoppedMs / 3)
      move(at, 56)
      await clock.sleep(stoppedMs / 3)
      watch.child.kill('SIGCONT')
      await until(() => watch.lines().some((line) => line.includes('stood_still')))
      await clock.sleep(1000)
      expect(trades).toEqual([])
      move(at, -55)
      await until(() => isFlat(at), 5000)
    },
  )

  it('while another process took over and closed: sends nothing', async () => {
    const at = await openHedge()
    const watch = await startWatch(at)
    watch.child.kill('SIGSTOP')
    expect((await at.hedgebot('close --all')).exit).toBe(0)
    expect(isFlat(at)).toBe(true)
    const trades = recordTrades(at)
    const wakings = (): number =>
      watch.lines().filter((line) => line.includes('stood_still')).length
    const before = wakings()
    move(at, -55)
    watch.child.kill('SIGCONT')
    await until(() => wakings() > before)
    await clock.sleep(1500)
    expect(trades).toEqual([])
    expect(isFlat(at)).toBe(true)
    watch.child.kill('SIGINT')
    expect(await watch.ended).toBe(130)
  })
})
