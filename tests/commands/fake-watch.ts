/**
 * A watch that looks after nothing: it shows what the journal and the venue say, and ends when it is told to. For tests
 * of what stands around it.
 */
import type { Engine } from '../../src/engine/engine-context.ts'
import type { HedgeReport } from '../../src/engine/hedge-report.ts'
import { reportHedges } from '../../src/engine/hedge-report.ts'
import { connectAccounts, connectMarket } from '../../src/engine/connect-accounts.ts'
import type { Watch, WatchEnd, WatchOptions } from '../../src/engine/watch/watch.ts'
import { HedgebotError } from '../../src/errors.ts'
import { Dec } from '../../src/hedge/decimal.ts'

/** What a test sets before, and reads afterwards. */
export interface FakeWatches {
  readonly startWatch: (engine: Engine, options: WatchOptions) => Promise<Watch>
  readonly started: { readonly engine: Engine; readonly options: WatchOptions }[]
  /** `quit`, `close h1`. */
  readonly asked: string[]
  /** Instead of what the venue says. */
  changeReport: (report: HedgeReport) => HedgeReport
  /** Called once it runs. */
  onStart: (engine: Engine, end: (error: HedgebotError) => void) => void
  isBusy: boolean
}

export function createFakeWatches(): FakeWatches {
  const fake: FakeWatches = {
    started: [],
    asked: [],
    changeReport: (report) => report,
    onStart: () => {},
    isBusy: false,
    startWatch: (engine, options) => startFake(fake, engine, options),
  }
  return fake
}

async function startFake(fake: FakeWatches, engine: Engine, options: WatchOptions): Promise<Watch> {
  if (fake.isBusy) {
    throw new HedgebotError('busy', 'another watch has the accounts', { code: 'watch_running' })
  }
  const live = engine.journal.liveHedges()
  const legs = live.flatMap((hedge) => hedge.legs.map((leg) => leg.accountIndex))
  await connectAccounts(engine, legs, options.connectTimeoutMs)
  await Promise.all(
    options.marketIndexes.map((index) => connectMarket(engine, index, options.connectTimeoutMs)),
  )
  fake.started.push({ engine, options })
  const hedges = () => engine.journal.recentHedges(50).toReversed()
  let end = (_why: WatchEnd['why']): void => {}
  let fail = (_error: HedgebotError): void => {}
  const ended = new Promise<WatchEnd>((resolve, reject) => {
    end = (why) => {
      end = () => {}
      resolve({ why, hedges: hedges() })
    }
    fail = reject
  })
  engine.signal?.addEventListener('abort', () => end('interrupted'))
  if (options.forMs !== undefined) engine.clock.setTimer(options.forMs, () => end('time'))
  if (options.mode === 'once') end('once')
  fake.onStart(engine, fail)
  return {
    hedges,
    report(hedgeId) {
      const hedge = engine.journal.hedge(hedgeId)
      const [report] = hedge === undefined ? [] : reportHedges(engine, [hedge])
      return report === undefined ? undefined : fake.changeReport(report)
    },
    stopPrice: () => new Dec(1),
    requestClose: (hedgeId) => void fake.asked.push(`close ${hedgeId}`),
    quit() {
      fake.asked.push('quit')
      end('quit')
    },
    ended,
  }
}
