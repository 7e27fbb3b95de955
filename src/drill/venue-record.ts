/**
 * What the exchange itself did in a drill, written down while it happens: sizes, marks and trades of the drill's
 * accounts. Nothing here asks the program.
 * @module
 */
import { Dec, ZERO, maxDec } from '../hedge/decimal.ts'
import type { Clock } from '../ports.ts'
import type { SimCore, SimMarket } from '../sim/core/core-model.ts'
import type { SimTrade } from '../sim/core/order-model.ts'
import type { VenueRecord } from './measure-naked.ts'
import type { BookPosition } from './price-plan.ts'

/** One side of a trade that is an account's of the drill. */
export interface OwnFill {
  readonly atMs: number
  readonly accountIndex: number
  /** Signed. */
  readonly base: Dec
  readonly priceUsd: Dec
  readonly orderIndex: bigint
  /** Who wanted it. */
  readonly by: 'order' | 'stop' | 'liquidation'
}

/** A running record. */
export interface VenueRecorder {
  readonly records: readonly VenueRecord[]
  readonly fills: readonly OwnFill[]
  /** Trades between two accounts of the drill. */
  ownTrades(): number
  position(accountIndex: number): BookPosition
  /** Of either sign. */
  largestBase(accountIndex: number): Dec
  markUsd(): Dec
  /** Called with every fill; must not change anything at the exchange. */
  onFill(listener: (fill: OwnFill) => void): () => void
  stop(): void
}

/** Order types that wait for a trigger: stop-loss and take-profit, each as limit or market (PROTOCOL section 5.4). */
const TRIGGERED_TYPES: ReadonlySet<number> = new Set([2, 3, 4, 5])

export interface VenueRecordOptions {
  readonly core: SimCore
  readonly clock: Clock
  readonly market: SimMarket
  readonly accounts: readonly number[]
}

/** Starts recording; times are milliseconds of the wall clock. */
export function recordVenue(options: VenueRecordOptions): VenueRecorder {
  const { core, clock, market, accounts } = options
  const own = new Set(accounts)
  const markUsd = (): Dec =>
    scaled(core.markets.get(market.marketIndex)?.markTicks ?? 0n, market.priceDecimals)
  const records: VenueRecord[] = [{ kind: 'mark', atMs: clock.now(), priceUsd: markUsd() }]
  const largest = new Map<number, Dec>()
  const trades = createFillBook(options)
  const stop = core.subscribe((event) => {
    const atMs = clock.now()
    if (event.type === 'trade' && event.trade.marketIndex === market.marketIndex) {
      trades.add(event.trade)
    } else if (event.type === 'mark' && event.marketIndex === market.marketIndex) {
      records.push({ kind: 'mark', atMs, priceUsd: markUsd() })
    } else if (event.type === 'position' && own.has(event.accountIndex)) {
      if (event.position.marketIndex !== market.marketIndex) return
      const { accountIndex } = event
      const base = scaled(event.position.sizeTicks, market.sizeDecimals)
      records.push({ kind: 'position', atMs, accountIndex, base })
      largest.set(accountIndex, maxDec(largest.get(accountIndex) ?? ZERO, base.abs()))
    }
  })
  return {
    records,
    fills: trades.fills,
    ownTrades: trades.ownTrades,
    onFill: trades.onFill,
    position: (accountIndex) => readPosition(core, market, accountIndex),
    largestBase: (accountIndex) => largest.get(accountIndex) ?? ZERO,
    markUsd,
    stop,
  }
}

/** The sides of trades that are the drill's. */
function createFillBook({ core, clock, market, accounts }: VenueRecordOptions) {
  const own = new Set(accounts)
  const fills: OwnFill[] = []
  const listeners = new Set<(fill: OwnFill) => void>()
  let ownTrades = 0
  const add = (trade: SimTrade): void => {
    const sides = [
      { ...trade.ask, ticks: -trade.sizeTicks },
      { ...trade.bid, ticks: trade.sizeTicks },
    ].filter(({ accountIndex }) => own.has(accountIndex))
    if (sides.length === 2) ownTrades += 1
    for (const { accountIndex, orderIndex, ticks } of sides) {
      const fill: OwnFill = {
        atMs: clock.now(),
        accountIndex,
        orderIndex,
        base: scaled(ticks, market.sizeDecimals),
        priceUsd: scaled(trade.priceTicks, market.priceDecimals),
        by: reasonOf(core, trade, orderIndex),
      }
      fills.push(fill)
      for (const listener of listeners) listener(fill)
    }
  }
  return {
    fills,
    add,
    ownTrades: () => ownTrades,
    onFill(listener: (fill: OwnFill) => void) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

function reasonOf(core: SimCore, trade: SimTrade, orderIndex: bigint): OwnFill['by'] {
  if (trade.type !== 'trade') return 'liquidation'
  return TRIGGERED_TYPES.has(core.order(orderIndex)?.type ?? 0) ? 'stop' : 'order'
}

function readPosition(core: SimCore, market: SimMarket, accountIndex: number): BookPosition {
  const position = core.account(accountIndex)?.positions.get(market.marketIndex)
  const base = scaled(position?.sizeTicks ?? 0n, market.sizeDecimals)
  const paidUsd = scaled(position?.entryQuoteMicros ?? 0n, 6)
  return { base, entryUsd: base.isZero() ? ZERO : paidUsd.div(base.abs()) }
}

function scaled(ticks: bigint, decimals: number): Dec {
  return new Dec(ticks.toString()).div(new Dec(10).pow(decimals))
}
