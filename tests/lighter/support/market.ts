import { Dec } from '../../../src/hedge/decimal.ts'
import type { OrderIntent } from '../../../src/hedge/intent.ts'
import type { MarketInfo } from '../../../src/hedge/market.ts'

export const BTC: MarketInfo = {
  marketIndex: 1,
  symbol: 'BTC',
  sizeDecimals: 5,
  priceDecimals: 1,
  minBaseSize: new Dec('0.0002'),
  minNotionalUsd: new Dec(10),
  maxOrderNotionalUsd: new Dec('281474976.710655'),
  defaultInitialMarginFraction: new Dec('0.05'),
  minInitialMarginFraction: new Dec('0.02'),
  maintenanceMarginFraction: new Dec('0.012'),
  closeOutMarginFraction: new Dec('0.008'),
  isActive: true,
  isForceReduceOnly: false,
  isIsolatedOnly: false,
}

export function openingOrder(over: Partial<OrderIntent> = {}): OrderIntent {
  return {
    kind: 'order',
    market: BTC,
    side: 'buy',
    baseSize: new Dec('0.001'),
    price: new Dec('64100.5'),
    execution: 'limit_ioc',
    isReduceOnly: false,
    clientOrderIndex: 281474976710000,
    ...over,
  }
}
