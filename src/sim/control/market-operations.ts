/**
 * What can be done to markets: prices of mark, index and book, the house's quotes, the rules (PROTOCOL.md sections 4
 * and 11.6).
 * @module
 */
import { HedgebotError } from '../../errors.ts'
import type { SimMarket } from '../core/core-model.ts'
import { ticksToText } from '../gateway/decimal-text.ts'
import type { WireObject } from '../gateway/wire-json.ts'
import type { ControlInput } from './control-input.ts'
import { type ControlOperations, type ControlScene, readMarket } from './control-operation.ts'
import { MAX_PRICE_TICKS } from '../core/units.ts'
import { PRICE_PARTS, type PriceMove, type PricePart } from './price-hand.ts'

/** Operations on markets. */
export const MARKET_OPERATIONS: ControlOperations = {
  price: {
    summary:
      'moves the price: "set" to a price, "move" by a percentage, "release" back to the path',
    keys: ['market', 'part', 'set', 'move', 'over', 'release'],
    examples: [
      '{"market":"BTC","move":"-5%"}',
      '{"market":"BTC","set":"95000","over":"30s"}',
      '{"market":"BTC","part":"book","move":"-8%"}',
      '{"market":"BTC","release":true}',
    ],
    run: changePrice,
  },
  book: {
    summary: 'takes the house quotes of a market away ("empty") or brings them back ("quoted")',
    keys: ['market', 'quotes'],
    examples: ['{"market":"BTC","quotes":"empty"}', '{"market":"BTC","quotes":"quoted"}'],
    run: changeQuotes,
  },
  depth: {
    summary:
      'thins (or fattens) the books of all markets: the house quotes this share of its usual sizes',
    keys: ['share'],
    examples: ['{"share":"0.05"}', '{"share":1}'],
    run: changeDepth,
  },
  market: {
    summary: 'halts or resumes a market ("status"), or lets it only reduce ("reduce_only")',
    keys: ['market', 'status', 'reduce_only'],
    examples: [
      '{"market":"BTC","status":"inactive"}',
      '{"market":"BTC","status":"active","reduce_only":true}',
    ],
    run: changeMarket,
  },
}

function changePrice(scene: ControlScene, input: ControlInput): WireObject {
  const { priceHand } = scene.stage
  const market = readMarket(scene, input)
  const parts = readParts(input)
  const asked = ['set', 'move', 'release'].filter((key) => input.has(key))
  if (asked.length !== 1) throw input.refuse('one of "set", "move" and "release" is needed')
  if (asked[0] === 'release') {
    if (!input.flag('release')) throw input.refuse('"release" must be: true')
    if (input.has('over')) throw input.refuse('a release happens at once: no "over"')
    priceHand.release(market.marketIndex, parts)
    return priceView(scene, market)
  }
  const move = readMove(input, market, parts)
  const { lowTicks, highTicks } = priceHand.reach(move)
  if (lowTicks < 1n || highTicks > MAX_PRICE_TICKS) {
    throw new HedgebotError('refused', 'the price would leave the range that orders can name', {
      code: 'control_price_range',
      hint: 'Move it less far.',
    })
  }
  priceHand.move(move)
  return priceView(scene, market)
}

function readParts(input: ControlInput): readonly PricePart[] {
  if (!input.has('part')) return PRICE_PARTS
  const part = input.word('part', ['all', ...PRICE_PARTS])
  return part === 'all' ? PRICE_PARTS : [part]
}

function readMove(
  input: ControlInput,
  { marketIndex, priceDecimals }: SimMarket,
  parts: readonly PricePart[],
): PriceMove {
  const overMs = input.has('over') ? input.durationMs('over') : 0
  const target = input.has('set')
    ? ({ kind: 'hold', toTicks: input.amount('set', priceDecimals) } as const)
    : ({ kind: 'scale', byE9: input.percentE9('move') } as const)
  return { marketIndex, parts, overMs, target }
}

function changeQuotes(scene: ControlScene, input: ControlInput): WireObject {
  const { makers, driver } = scene.stage
  const market = readMarket(scene, input)
  if (input.word('quotes', ['empty', 'quoted']) === 'empty') {
    makers.pause(market.marketIndex, scene.nowMs())
    scene.emptyBooks.add(market.marketIndex)
  } else {
    makers.resume(market.marketIndex)
    scene.emptyBooks.delete(market.marketIndex)
    driver.step()
  }
  return priceView(scene, market)
}

function changeDepth({ stage }: ControlScene, input: ControlInput): WireObject {
  const shareE4 = input.amount('share', 4)
  if (shareE4 > 1_000_000n) throw input.refuse('"share" must be: at most 100')
  stage.makers.setDepthShare(Number(shareE4) / 10_000)
  stage.driver.step()
  return { share: ticksToText(shareE4, 4) }
}

function changeMarket(scene: ControlScene, input: ControlInput): WireObject {
  const market = readMarket(scene, input)
  if (!input.has('status') && !input.has('reduce_only')) {
    throw input.refuse('"status" or "reduce_only" is needed')
  }
  const change = {
    ...(input.has('status') ? { status: input.word('status', ['active', 'inactive']) } : {}),
    ...(input.has('reduce_only') ? { forceReduceOnly: input.flag('reduce_only') } : {}),
  }
  scene.stage.core.setMarket(market.marketIndex, change)
  return priceView(scene, market)
}

/** A market as `GET /state` and the answers of market operations show it. */
export function priceView(scene: ControlScene, market: SimMarket): WireObject {
  const { core, priceHand } = scene.stage
  const { marketIndex, priceDecimals } = market
  const { asks, bids } = core.book(marketIndex, 1)
  const price = (ticks: bigint | undefined) =>
    ticks === undefined ? null : ticksToText(ticks, priceDecimals)
  return {
    market: market.symbol,
    market_index: marketIndex,
    status: market.status,
    reduce_only: market.forceReduceOnly,
    mark_price: price(market.markTicks),
    index_price: price(market.indexTicks),
    best_bid: price(bids[0]?.priceTicks),
    best_ask: price(asks[0]?.priceTicks),
    quotes: scene.emptyBooks.has(marketIndex) ? 'empty' : 'quoted',
    bent: PRICE_PARTS.filter((part) => priceHand.bendOf(marketIndex, part) !== undefined),
    open_interest: ticksToText(market.openInterestTicks, market.sizeDecimals),
  }
}
