/**
 * Names of the venue's channels: how a client asks for them, what they need, how frames name them
 * (PROTOCOL.md sections 8.1 and 8.2).
 * @module
 */
import type { SimCore } from '../core/core-model.ts'
import { isResolution, type Resolution } from './candle-resolution.ts'
import { refusal } from './venue-refusal.ts'

type Part = 'market' | 'marketOrAll' | 'spotMarketOrAll' | 'resolution' | 'account'

interface ChannelSpec {
  readonly parts: readonly Part[]
  readonly isPrivate: boolean
}

const SPECS = {
  order_book: { parts: ['market'], isPrivate: false },
  ticker: { parts: ['market'], isPrivate: false },
  market_stats: { parts: ['marketOrAll'], isPrivate: false },
  spot_market_stats: { parts: ['spotMarketOrAll'], isPrivate: false },
  trade: { parts: ['market'], isPrivate: false },
  candle: { parts: ['market', 'resolution'], isPrivate: false },
  mark_price_candle: { parts: ['market', 'resolution'], isPrivate: false },
  height: { parts: [], isPrivate: false },
  account_all: { parts: ['account'], isPrivate: false },
  account_market: { parts: ['market', 'account'], isPrivate: true },
  user_stats: { parts: ['account'], isPrivate: false },
  account_tx: { parts: ['account'], isPrivate: true },
  account_all_orders: { parts: ['account'], isPrivate: true },
  account_orders: { parts: ['market', 'account'], isPrivate: true },
  // The documents ask for a token here, the live exchange does not (PROTOCOL.md section 8.2).
  account_all_trades: { parts: ['account'], isPrivate: false },
  account_all_positions: { parts: ['account'], isPrivate: false },
  account_all_assets: { parts: ['account'], isPrivate: true },
  notification: { parts: ['account'], isPrivate: true },
} as const satisfies Readonly<Record<string, ChannelSpec>>

export type ChannelName = keyof typeof SPECS

export interface Channel {
  readonly name: ChannelName
  /** Undefined where the channel has no market, or for `all`. */
  readonly marketIndex: number | undefined
  readonly accountIndex: number | undefined
  /** Of the candle channels only. */
  readonly resolution: Resolution | undefined
  /** One text for every way of naming the channel: `account_orders:1:5`. */
  readonly key: string
  /** What frames call it: `account_orders:1`. */
  readonly label: string
  readonly isPrivate: boolean
}

/**
 * Reads `name/id/id` (a colon is taken too).
 * @throws VenueRefusal 30005 for an unknown name, wrong ids, or a market or account that does not exist
 */
export function readChannel(core: SimCore, text: string): Channel {
  const [name = '', ...ids] = text.split(/[/:]/)
  if (!isChannelName(name)) throw refusal(30005)
  const spec: ChannelSpec = SPECS[name]
  if (ids.length !== spec.parts.length) throw refusal(30005)
  const read: ReadIds = {}
  for (const [at, part] of spec.parts.entries()) readId(core, read, { part, id: ids[at] ?? '' })
  const { marketIndex, accountIndex, resolution } = read
  const key = [name, ...ids].join(':')
  // PROTOCOL.md section 8.1: three-part order channels answer without the account.
  const label = name === 'account_orders' ? `${name}:${ids[0]}` : key
  return { name, marketIndex, accountIndex, resolution, key, label, isPrivate: spec.isPrivate }
}

interface ReadIds {
  marketIndex?: number
  accountIndex?: number
  resolution?: Resolution
}

function readId(
  core: SimCore,
  read: ReadIds,
  { part, id }: { readonly part: Part; readonly id: string },
): void {
  switch (part) {
    case 'account':
      read.accountIndex = readAccount(core, id)
      return
    case 'resolution':
      read.resolution = readResolution(id)
      return
    case 'market':
      read.marketIndex = readMarket(core, id)
      return
    case 'marketOrAll':
      if (id !== 'all') read.marketIndex = readMarket(core, id)
      return
    case 'spotMarketOrAll':
      // Perpetuals only: no id is a spot market's, and `all` of them are none.
      if (id !== 'all') throw refusal(30005, ':  (marketId)')
  }
}

/** Streams have no weekly candles, as clients list them; PROTOCOL.md section 8.2 names no widths. */
function readResolution(id: string): Resolution {
  if (!isResolution(id) || id === '1w') throw refusal(30005)
  return id
}

function isChannelName(name: string): name is ChannelName {
  return Object.hasOwn(SPECS, name)
}

function readMarket(core: SimCore, id: string): number {
  if (!/^(0|[1-9]\d{0,3})$/.test(id) || !core.markets.has(Number(id))) {
    throw refusal(30005, ':  (marketId)')
  }
  return Number(id)
}

function readAccount(core: SimCore, id: string): number {
  if (!/^(0|[1-9]\d{0,14})$/.test(id) || core.account(Number(id)) === undefined) {
    throw refusal(30005, ':  (accountId)')
  }
  return Number(id)
}
