/**
 * An exchange that has changed its format: one member is gone, renamed, null or of another type in everything that it
 * says, for as long as the bad times last.
 * @module
 */
import type { Draw } from './draw.ts'

const MEMBERS =
  'positions position sign market_id index accounts orders trades status order_id client_order_index order_index filled_base_amount remaining_base_amount type is_ask trade_id trade_id_str ask_account_id bid_account_id size price timestamp transaction_time code tx_hash nonce hash event_info channel mark_price index_price market_stats order_book asks bids begin_nonce stats available_balance collateral liquidation_price initial_margin_fraction avg_entry_price order_book_details supported_size_decimals l1_address'.split(
    ' ',
  )

/** Changes every text in the same way. */
export function createFormatChange(draw: Draw): {
  readonly name: string
  change(text: string): string
} {
  const member = draw.pick(
    draw.chance(0.4) ? ['positions', 'orders', 'trades', 'status', 'tx_hash'] : MEMBERS,
  )
  const kind = draw.pick(['removed', 'null', 'renamed', 'a text', 'an object', 'emptied'])
  const values: Readonly<Record<string, unknown>> = {
    null: null,
    'a text': 'new',
    'an object': { value: 1 },
  }
  const changed = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node
    if (Array.isArray(node)) return node.map(changed)
    const entries = Object.entries(node).flatMap(([key, child]): [string, unknown][] => {
      if (key !== member) return [[key, changed(child)]]
      if (kind === 'removed') return []
      if (kind === 'emptied') return [[key, emptied(child)]]
      return kind === 'renamed' ? [[`${key}_v2`, child]] : [[key, values[kind]]]
    })
    return Object.fromEntries(entries)
  }
  return {
    name: `${member} is ${kind}`,
    change(text) {
      if (!text.includes(`"${member}"`)) return text
      try {
        return JSON.stringify(changed(JSON.parse(text)))
      } catch {
        return text
      }
    },
  }
}

/** A list without its rows; what is none stays. */
function emptied(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node
  return Array.isArray(node) ? [] : {}
}
