/**
 * The counterpart of the watch: what a simple program does. Every second it reads mark and positions over REST, works
 * out the loss of every leg, and closes a hedge by sending one order after the other. All reads run side by side, orders
 * go over open sockets and nothing is written down, which is all in its favour.
 * @module
 */
import { setTimeout } from 'node:timers/promises'
import type { Engine } from '../../src/engine/engine-context.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import type { Hedge, HedgeLeg } from '../../src/hedge/ledger.ts'
import { unrealizedPnlUsd } from '../../src/hedge/pnl.ts'
import type { VenuePosition } from '../../src/hedge/venue-view.ts'
import { positionIn } from '../../src/hedge/venue-view.ts'

const POLL_MS = 1_000
const PRICE_MARGIN = new Dec('0.01')

export interface PollingStops {
  readonly isClosed: (hedgeId: string) => boolean
  end(): Promise<void>
}

/** Starts to poll; accounts and market are connected. */
export function startPolling(engine: Engine, hedges: readonly Hedge[]): PollingStops {
  const open = new Map(hedges.map((hedge) => [hedge.hedgeId, hedge]))
  const ending = new AbortController()
  const loop = async (): Promise<void> => {
    let dueMs = performance.now()
    while (!ending.signal.aborted) {
      await pollOnce(engine, open)
      dueMs = Math.max(performance.now(), dueMs + POLL_MS)
      await setTimeout(dueMs - performance.now(), undefined, { signal: ending.signal }).catch(
        () => undefined,
      )
    }
  }
  const running = loop()
  running.catch(() => undefined)
  return {
    isClosed: (hedgeId) => !open.has(hedgeId),
    async end() {
      ending.abort()
      await running
    },
  }
}

async function pollOnce(engine: Engine, open: Map<string, Hedge>): Promise<void> {
  const legs = [...open.values()].flatMap((hedge) => hedge.legs)
  const [first] = open.values()
  if (first === undefined) return
  const feed = engine.feed(first.marketIndex)
  await Promise.all([
    feed.readMark('close'),
    ...legs.map((leg) => engine.link(leg.accountIndex).readAccount('close')),
  ])
  const { mark } = feed.view()
  if (!mark.isKnown) return
  for (const hedge of open.values()) {
    const isDue = hedge.legs.some((leg) => lossOf(engine, { hedge, leg, mark: mark.value }))
    if (!isDue) continue
    for (const leg of hedge.legs) await closeLeg(engine, { hedge, leg, mark: mark.value })
    open.delete(hedge.hedgeId)
  }
}

interface LegAt {
  readonly hedge: Hedge
  readonly leg: HedgeLeg
  readonly mark: Dec
}

function rowOf(engine: Engine, { hedge, leg }: LegAt): VenuePosition | undefined {
  const row = positionIn(engine.link(leg.accountIndex).view(), hedge.marketIndex)
  return row.isKnown ? row.value : undefined
}

function lossOf(engine: Engine, at: LegAt): boolean {
  const row = rowOf(engine, at)
  if (row === undefined) return false
  return unrealizedPnlUsd(row, at.mark).lte(engine.policy.stopLossUsd.negated())
}

async function closeLeg(engine: Engine, at: LegAt): Promise<void> {
  const { hedge, leg, mark } = at
  const row = rowOf(engine, at)
  const link = engine.link(leg.accountIndex)
  const nonce = engine.journal.lane(leg)?.nextNonce
  if (row === undefined || nonce === undefined) throw new Error(`${leg.account}: cannot be closed`)
  const isLong = row.signedBase.gt(0)
  const margin = mark.times(PRICE_MARGIN)
  const market = engine.market(hedge.marketIndex)
  const signed = link.sign(
    {
      kind: 'order',
      market,
      side: isLong ? 'sell' : 'buy',
      baseSize: row.signedBase.abs(),
      price: (isLong ? mark.minus(margin) : mark.plus(margin)).toDecimalPlaces(
        market.priceDecimals,
      ),
      execution: 'market_ioc',
      isReduceOnly: true,
      clientOrderIndex: engine.journal.nextClientOrderIndex(),
    },
    nonce,
  )
  const answer = await link.send(signed, { priority: 'close', via: 'auto' })
  if (answer.outcome !== 'accepted') throw new Error(`${leg.account}: ${JSON.stringify(answer)}`)
  engine.journal.setNextNonce(leg, nonce + 1)
}
