import { HedgebotError } from '../errors.ts'
import type { Dec } from '../hedge/decimal.ts'
import type { SpendPriority } from '../ports.ts'
import type { RestClient } from './rest-client.ts'
import { marketPricesSchema, marketsAnswerSchema } from './venue-schemas.ts'
import { readWire } from './wire-scalars.ts'

/** Mark and index of a market, from a read. */
export interface ReadPrices {
  readonly mark: Dec
  readonly index: Dec
}

/**
 * Reads mark and index of one market, one unit (PROTOCOL.md section 2.1, orderBookDetails).
 * @throws HedgebotError as `RestClient.read`; kind `unknown_state`, code `mark_price_missing`, when the venue does
 * not tell them: they are newer keys
 */
export async function readMark(
  rest: RestClient,
  marketIndex: number,
  priority: SpendPriority,
): Promise<ReadPrices> {
  const answer = await rest.read({
    path: '/api/v1/orderBookDetails',
    query: { market_id: String(marketIndex) },
    schema: marketsAnswerSchema,
    priority,
  })
  const rows = answer.order_book_details.map((row) =>
    readWire(marketPricesSchema, row, 'market prices'),
  )
  const row = rows.find(({ market_id }) => market_id === marketIndex)
  const { mark_price: mark, index_price: index } = row ?? {}
  if (mark?.gt(0) === true && index?.gt(0) === true) return { mark, index }
  throw new HedgebotError(
    'unknown_state',
    `market ${marketIndex} is listed without mark or index`,
    {
      code: 'mark_price_missing',
    },
  )
}
