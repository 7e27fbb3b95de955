import type { SimAccount, SimMarket, SimPosition } from '../core/core-model.ts'
import { ratioToText, ticksToText } from '../gateway/decimal-text.ts'
import type { WireObject } from '../gateway/wire-json.ts'
import type { ControlScene } from './control-operation.ts'

/** What people call an account: its name on the stage, or its index. */
export function nameOf({ stage }: ControlScene, accountIndex: number): string {
  const known = stage.accounts.find((account) => account.accountIndex === accountIndex)
  return known?.name ?? String(accountIndex)
}

/** An account as `GET /state` and the answers of account operations show it; amounts in USDC, rounded down. */
export function accountView(scene: ControlScene, account: SimAccount): WireObject {
  const { core } = scene.stage
  const figures = core.accountFigures(account.accountIndex)
  const open = [...account.positions.values()].filter(({ sizeTicks }) => sizeTicks !== 0n)
  return {
    account: nameOf(scene, account.accountIndex),
    account_index: account.accountIndex,
    l1_address: account.l1Address,
    tier: account.tier,
    maker_fee: ticksToText(BigInt(account.makerFeeTick), 6),
    taker_fee: ticksToText(BigInt(account.takerFeeTick), 6),
    health: account.health,
    collateral: usd(figures.collateralE12),
    total_value: usd(figures.totalValueE12),
    available: usd(figures.availableE12),
    initial_margin: usd(figures.initialMarginE12),
    maintenance_margin: usd(figures.maintenanceMarginE12),
    orders: account.totalOrderCount,
    positions: open.flatMap((position) => {
      const market = core.markets.get(position.marketIndex)
      return market === undefined ? [] : [positionView(scene, account, { market, position })]
    }),
  }
}

function positionView(
  { stage: { core } }: ControlScene,
  { accountIndex }: SimAccount,
  { market, position }: { readonly market: SimMarket; readonly position: SimPosition },
): WireObject {
  const figures = core.positionFigures(accountIndex, market.marketIndex)
  const size = position.sizeTicks < 0n ? -position.sizeTicks : position.sizeTicks
  const { entryQuoteMicros } = position
  return {
    market: market.symbol,
    size: ticksToText(position.sizeTicks, market.sizeDecimals),
    entry_price: ratioToText(
      entryQuoteMicros,
      size * market.quoteMultiplier * 10n ** BigInt(market.priceDecimals),
      market.priceDecimals,
    ),
    mark_price: ticksToText(market.markTicks, market.priceDecimals),
    unrealized_pnl: ticksToText(figures.unrealizedPnlMicros, 6),
    liquidation_price:
      figures.liquidationPriceE12 === 0n
        ? null
        : ratioToText(figures.liquidationPriceE12, E12, market.priceDecimals),
    margin_mode: position.marginMode === 1 ? 'isolated' : 'cross',
  }
}

const E12 = 1_000_000_000_000n

function usd(amountE12: bigint): string {
  const micros = amountE12 / 1_000_000n
  const isRoundedUp = amountE12 < 0n && micros * 1_000_000n !== amountE12
  return ticksToText(isRoundedUp ? micros - 1n : micros, 6)
}
