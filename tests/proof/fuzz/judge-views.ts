/**
 * What link and feed show, beside what the frames said: read with `JSON.parse` and compared as digits.
 * @module
 */
import type { ClientDesk } from './client-desk.ts'
import { claim } from './fuzz-target.ts'
import {
  indexOf,
  isRecord,
  listOf,
  member,
  normalDecimal,
  parsed,
  textMember,
} from './plain-look.ts'
import type { Samples } from './record-samples.ts'

/** Everything that was sent, and what can be read in it. */
export interface Sayings {
  readonly texts: string[]
  /** Sizes of the market's position; `absent` where a whole list has none. */
  readonly sizes: Set<string>
  readonly prices: { readonly mark_price: Set<string>; readonly index_price: Set<string> }
}

/** Nothing said yet. */
export function noSayings(): Sayings {
  return {
    texts: [],
    sizes: new Set(),
    prices: { mark_price: new Set(), index_price: new Set() },
  }
}

/** Takes a frame down. */
export function noteSaying(said: Sayings, text: string, samples: Samples): void {
  said.texts.push(text)
  const frame = parsed(text)
  for (const size of sizesSaid(frame, samples)) said.sizes.add(size)
  for (const name of ['mark_price', 'index_price'] as const) {
    for (const price of pricesSaid(frame, name, samples)) said.prices[name].add(price)
  }
}

/** @throws Finding for a position that no frame of this account said */
export function judgeLink({ link }: ClientDesk, samples: Samples, said: Sayings): void {
  const { positions, liveOrders, balances } = link.view()
  if (positions.isKnown) {
    const { marketIndex } = samples
    const known = positions.value.get(marketIndex)?.signedBase.toFixed() ?? 'absent'
    const wrong = `position ${known}, and the frames said ${[...said.sizes].join(', ')}`
    claim(said.sizes.has(known), wrong, said.texts)
  }
  if (liveOrders.isKnown) {
    const isOdd = liveOrders.value.some((order) => !order.initialBase.isFinite() || !order.isLive)
    claim(!isOdd, 'an odd live order', said.texts)
  }
  if (balances.isKnown) {
    claim(balances.value.collateralUsd.isFinite(), 'collateral is a number', said.texts)
  }
}

/** Sizes of the market's position that a frame of this account may be read as. */
function sizesSaid(frame: unknown, { accountIndex, marketIndex }: Samples): readonly string[] {
  if (!textMember(frame, 'type').endsWith('/account_all_positions')) return []
  const channel = member(frame, 'channel')
  if (typeof channel !== 'string' || !channel.endsWith(`:${accountIndex}`)) return []
  const positions = member(frame, 'positions')
  if (typeof positions !== 'object' || positions === null) return []
  const own = listOf(positions).filter((row) => indexOf(member(row, 'market_id')) === marketIndex)
  if (own.length === 0) return ['absent']
  return own.map((row) => {
    const size = normalDecimal(member(row, 'position'))?.replace('-', '') ?? 'odd'
    return size !== '0' && member(row, 'sign') === -1 ? `-${size}` : size
  })
}

/** @throws Finding for a price that no frame of this market said, or a book that is none */
export function judgeFeed({ feed }: ClientDesk, said: Sayings): void {
  const { mark, index, bids, asks } = feed.view()
  for (const [name, price] of [
    ['mark_price', mark],
    ['index_price', index],
  ] as const) {
    if (!price.isKnown) continue
    const isSaid = said.prices[name].has(price.value.toFixed())
    claim(isSaid && price.value.gt(0), `${name} ${price.value.toFixed()}`, said.texts)
  }
  if (bids.isKnown) judgeLevels(bids.value, 'bids', said)
  if (asks.isKnown) judgeLevels(asks.value, 'asks', said)
}

/** Levels of one side. */
export type Levels = Extract<
  ReturnType<ClientDesk['feed']['view']>['bids'],
  { readonly isKnown: true }
>['value']

function judgeLevels(levels: Levels, side: 'bids' | 'asks', said: Sayings): void {
  claim(levels.length <= 20_000, `${levels.length} levels`, said.texts)
  for (const [at, { price, baseSize }] of levels.entries()) {
    claim(price.gt(0) && baseSize.gt(0), `an odd level of ${side}`, said.texts)
    const next = levels[at + 1]?.price
    const isSorted = next === undefined || (side === 'bids' ? next.lt(price) : next.gt(price))
    claim(isSorted, `${side} are not in order`, said.texts)
  }
}

function pricesSaid(frame: unknown, name: string, { marketIndex }: Samples): readonly string[] {
  const stats = member(frame, 'market_stats')
  if (!isRecord(stats)) return []
  return [stats, member(stats, String(marketIndex))]
    .map((each) => normalDecimal(member(each, name)))
    .filter((price) => price !== undefined)
}
