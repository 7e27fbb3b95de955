/** Frames and rows in the venue's shapes, with values of our own. */

export const ACCOUNT = 8

export function positionRow(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    market_id: 1,
    symbol: 'BTC',
    initial_margin_fraction: '5.00',
    open_order_count: 0,
    pending_order_count: 0,
    position_tied_order_count: 0,
    sign: 1,
    position: '0.00000',
    avg_entry_price: '0.0',
    position_value: '-0.000000',
    unrealized_pnl: '0.000000',
    realized_pnl: '0.000000',
    liquidation_price: '0',
    margin_mode: 0,
    allocated_margin: '0.000000',
    ...over,
  }
}

export function orderRow(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    order_index: 562949953421400,
    client_order_index: 77,
    order_id: '562949953421400',
    client_order_id: '77',
    market_index: 1,
    owner_account_index: ACCOUNT,
    initial_base_amount: '0.00100',
    price: '64000.0',
    nonce: 1,
    remaining_base_amount: '0.00000',
    is_ask: false,
    base_size: 0,
    base_price: 640000,
    filled_base_amount: '0.00100',
    filled_quote_amount: '64.000000',
    side: '',
    type: 'limit',
    time_in_force: 'immediate-or-cancel',
    reduce_only: false,
    trigger_price: '0.0',
    order_expiry: 0,
    status: 'filled',
    trigger_status: 'na',
    updated_at: 1793491200000,
    timestamp: 1793491200000,
    ...over,
  }
}

export function tradeRow(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    trade_id: 5769984,
    trade_id_str: '5769984',
    tx_hash: 'ab',
    type: 'trade',
    market_id: 1,
    size: '0.00100',
    price: '64000.0',
    usd_amount: '64.000000',
    ask_id: 562949953421399,
    ask_id_str: '562949953421399',
    bid_id: 562949953421400,
    bid_id_str: '562949953421400',
    ask_client_id: 5,
    ask_client_id_str: '5',
    bid_client_id: 77,
    bid_client_id_str: '77',
    ask_account_id: 999,
    bid_account_id: ACCOUNT,
    is_maker_ask: true,
    block_height: 1,
    timestamp: 1793491200000,
    taker_position_size_before: '0.00000',
    maker_position_size_before: '-0.50000',
    transaction_time: 1793491200000000,
    ...over,
  }
}

export function statsFrame(type = 'subscribed'): Record<string, unknown> {
  return {
    channel: `user_stats:${ACCOUNT}`,
    stats: {
      account_trading_mode: 0,
      available_balance: '90.000000',
      buying_power: '0',
      collateral: '100.000000',
      leverage: '0.41',
      margin_usage: '2.07',
      portfolio_value: '100.500000',
    },
    type: `${type}/user_stats`,
  }
}

/** Snapshot frames of the four account channels. */
export function snapshotOf(
  channel: string,
  parts: {
    readonly positions?: Record<string, unknown>
    readonly orders?: Record<string, unknown>
    readonly trades?: unknown
  } = {},
): unknown {
  const [name, account] = channel.split('/')
  const base = { channel: `${name}:${account}`, type: `subscribed/${name}` }
  switch (name) {
    case 'account_all_positions':
      return { ...base, positions: parts.positions ?? {}, shares: [] }
    case 'account_all_orders':
      return { ...base, orders: parts.orders ?? {} }
    case 'account_all_trades':
      return { ...base, trades: parts.trades ?? {}, total_volume: 1.5 }
    case 'user_stats':
      return { ...statsFrame(), channel: `${name}:${account}` }
    case undefined:
    default:
      return undefined
  }
}

export function positionsUpdate(rows: readonly Record<string, unknown>[]): unknown {
  return {
    channel: `account_all_positions:${ACCOUNT}`,
    positions: Object.fromEntries(rows.map((row) => [String(row['market_id']), row])),
    type: 'update/account_all_positions',
  }
}

export function ordersUpdate(rows: readonly Record<string, unknown>[]): unknown {
  return {
    channel: `account_all_orders:${ACCOUNT}`,
    orders: { 1: rows },
    type: 'update/account_all_orders',
  }
}

export function tradesUpdate(rows: readonly Record<string, unknown>[]): unknown {
  return {
    channel: `account_all_trades:${ACCOUNT}`,
    trades: { 1: rows },
    type: 'update/account_all_trades',
  }
}

/** One account of the `account` endpoint. */
export function accountRow(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    code: 0,
    account_type: 0,
    index: ACCOUNT,
    l1_address: '0x15f43D1f2DeE81424aFd891943262aa90F22cc2A',
    cancel_all_time: 0,
    available_balance: '90.000000',
    status: 1,
    collateral: '100.000000',
    account_index: ACCOUNT,
    account_trading_mode: 0,
    transaction_time: 1793491200000000,
    total_asset_value: '100.000000',
    cross_asset_value: '100.000000',
    cross_initial_margin_requirement: '2.000000',
    positions: [],
    ...over,
  }
}

export function marketRow(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    symbol: 'BTC',
    market_id: 1,
    market_type: 'perp',
    status: 'active',
    taker_fee: '0.0000',
    min_base_amount: '0.00020',
    min_quote_amount: '10.000000',
    order_quote_limit: '281474976.710655',
    supported_size_decimals: 5,
    supported_price_decimals: 1,
    supported_quote_decimals: 6,
    size_decimals: 5,
    price_decimals: 1,
    quote_multiplier: 1,
    default_initial_margin_fraction: 500,
    min_initial_margin_fraction: 200,
    maintenance_margin_fraction: 120,
    closeout_margin_fraction: 80,
    last_trade_price: 64000.5,
    market_config: { market_margin_mode: 0, force_reduce_only: false, hidden: false },
    ...over,
  }
}
