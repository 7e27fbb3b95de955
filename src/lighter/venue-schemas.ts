/**
 * Markets, prices, nonces, keys and transactions as the venue writes them (PROTOCOL.md sections 2 and 8.3).
 * @module
 */
import { z } from 'zod'
import {
  wireAmount,
  wireDecimal,
  wireFraction,
  wireId,
  wireIndex,
  wireMarketIndex,
  wireTimeMs,
} from './wire-scalars.ts'

/** `/info`. */
export const infoAnswerSchema = z.object({
  contract_address: z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'is not an address'),
})

/** One row of `orderBookDetails`. */
export const marketSchema = z.object({
  symbol: z.string().min(1),
  market_id: wireMarketIndex,
  market_type: z.string().optional(),
  status: z.string().min(1),
  min_base_amount: wireAmount,
  min_quote_amount: wireAmount,
  order_quote_limit: wireAmount,
  supported_size_decimals: z.int().min(0).max(18),
  supported_price_decimals: z.int().min(0).max(18),
  size_decimals: z.int().optional(),
  price_decimals: z.int().optional(),
  quote_multiplier: z.union([z.int(), wireDecimal]).optional(),
  multiplier: wireDecimal.optional(),
  default_initial_margin_fraction: wireFraction,
  min_initial_margin_fraction: wireFraction,
  maintenance_margin_fraction: wireFraction,
  closeout_margin_fraction: wireFraction,
  market_config: z.object({ market_margin_mode: z.int(), force_reduce_only: z.boolean() }),
})

/** A market row that was read. */
export type WireMarket = z.output<typeof marketSchema>

/** Rows are read one by one, so that one odd market does not hide the others. */
export const marketsAnswerSchema = z.object({ order_book_details: z.array(z.unknown()) })

/** What `orderBookDetails` tells of prices; fields of other kinds of market are not looked at. */
export const marketPricesSchema = z.object({
  market_id: wireIndex,
  mark_price: wireDecimal.optional(),
  index_price: wireDecimal.optional(),
})

/** `nextNonce`. */
export const nonceAnswerSchema = z.object({ nonce: z.int().nonnegative() })

/** `apikeys`. */
export const keysAnswerSchema = z.object({
  api_keys: z.array(
    z.object({
      api_key_index: wireIndex,
      public_key: z.string().regex(/^(0x)?[0-9a-fA-F]{80}$/, 'is not a public key'),
    }),
  ),
})

/** `tx`; another status is an error with a name. */
export const txAnswerSchema = z.object({
  hash: z.string(),
  status: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  event_info: z.string().optional(),
})

/** What accepts a transaction, over REST and over the socket. */
export const acceptedSchema = z.object({
  code: z.literal(200),
  tx_hash: z.string(),
  predicted_execution_time_ms: wireTimeMs.optional(),
})

/** The common shape of a refusal. */
export const refusalSchema = z.object({ code: z.int(), message: z.string().default('') })

/** Levels of a side that a frame may have, and that a book keeps. */
export const MOST_LEVELS = 20_000

const levelSchema = z.object({
  price: wireDecimal.refine((price) => price.gt(0), 'is not a price'),
  size: wireAmount,
})
/** A whole book has some thousand levels a side. */
const levelsSchema = z
  .array(levelSchema)
  .max(MOST_LEVELS)
  .nullish()
  .transform((levels) => levels ?? [])

/** A frame of `order_book`. */
export const bookFrameSchema = z.object({
  timestamp: wireTimeMs.optional(),
  order_book: z.object({
    asks: levelsSchema,
    bids: levelsSchema,
    nonce: z.union([z.int().nonnegative(), z.bigint()]).transform(BigInt),
    begin_nonce: z.union([z.int().nonnegative(), z.bigint()]).transform(BigInt).optional(),
  }),
})

/** The book of a frame. */
export type WireBook = z.output<typeof bookFrameSchema>['order_book']

/** Updates may leave out what did not change. */
export const marketStatsSchema = z.object({
  market_id: wireIndex.optional(),
  mark_price: wireDecimal.optional(),
  index_price: wireDecimal.optional(),
})

/** A frame of `market_stats`: one market, or a map of markets. */
export const marketStatsFrameSchema = z.object({
  timestamp: wireTimeMs.optional(),
  market_stats: z.record(z.string(), z.unknown()),
})

/** Order ids in `tx` events; only `ae`, the sequencer's error, matters here. */
export const eventSchema = z.object({ ae: z.unknown().optional() })

/** An error frame of the socket: inside `error`, or flat (PROTOCOL.md sections 8.1 and 8.4). */
export const answerFrameSchema = z.object({
  type: z.string().optional(),
  id: wireId.or(z.string()).optional(),
  code: z.int().optional(),
  message: z.string().optional(),
  tx_hash: z.string().optional(),
  predicted_execution_time_ms: wireTimeMs.optional(),
  error: z.object({ code: z.int(), message: z.string().default('') }).optional(),
})
