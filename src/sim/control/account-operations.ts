/**
 * What can be done to accounts: money in and out, liquidation by the venue's own rules, tier and fees (PROTOCOL.md
 * sections 11.1, 11.4 and 11.6).
 * @module
 */
import { HedgebotError } from '../../errors.ts'
import type { SimAccount, SimNotification } from '../core/core-model.ts'
import { microsToText, ticksToText } from '../gateway/decimal-text.ts'
import type { WireObject } from '../gateway/wire-json.ts'
import { accountView, nameOf } from './account-view.ts'
import type { ControlInput } from './control-input.ts'
import { type ControlOperations, type ControlScene, readAccount } from './control-operation.ts'
import { LIQUIDATION_DEPTHS, planDrainMicros } from './liquidation-plan.ts'

/** Operations on accounts. */
export const ACCOUNT_OPERATIONS: ControlOperations = {
  drain: {
    summary: 'takes collateral from an account, whatever its margin says',
    keys: ['account', 'usd'],
    examples: ['{"account":"account_1","usd":"250"}'],
    run: (scene, input) => moveMoney(scene, input, 'drain'),
  },
  deposit: {
    summary: 'gives an account collateral',
    keys: ['account', 'usd'],
    examples: ['{"account":"account_1","usd":"250"}'],
    run: (scene, input) => moveMoney(scene, input, 'deposit'),
  },
  liquidate: {
    summary:
      'drains an account just so far that the venue liquidates it: partial, full or bankrupt',
    keys: ['account', 'depth'],
    examples: ['{"account":"account_1"}', '{"account":"account_1","depth":"full"}'],
    run: liquidate,
  },
  tier: {
    summary: 'changes the tier (and its fees) of all accounts of the owner',
    keys: ['account', 'tier'],
    examples: ['{"account":"account_1","tier":"premium"}'],
    run: changeTier,
  },
  fees: {
    summary: 'overrides the fees of one account, fractions of the notional',
    keys: ['account', 'maker', 'taker'],
    examples: ['{"account":"account_1","maker":"0.00004","taker":"0.00028"}'],
    run: changeFees,
  },
}

function moveMoney(
  scene: ControlScene,
  input: ControlInput,
  direction: 'drain' | 'deposit',
): WireObject {
  const { core } = scene.stage
  const account = readAccount(scene, input)
  const micros = input.amount('usd', 6)
  core[direction](account.accountIndex, micros, scene.nowMs())
  return accountView(scene, account)
}

function liquidate(scene: ControlScene, input: ControlInput): WireObject {
  const { core } = scene.stage
  const account = readAccount(scene, input)
  const { accountIndex } = account
  const depth = input.has('depth') ? input.word('depth', LIQUIDATION_DEPTHS) : 'partial'
  const figures = core.accountFigures(accountIndex)
  const drainedMicros = planDrainMicros(
    {
      valueE12: figures.crossValueE12,
      maintenanceE12: figures.maintenanceMarginE12,
      closeOutE12: figures.closeOutMarginE12,
    },
    depth,
  )
  if (drainedMicros === undefined) throw cannotLiquidate(scene, account)
  const known = new Set(core.notifications(accountIndex).map(({ id }) => id))
  core.drain(accountIndex, drainedMicros, scene.nowMs())
  const news = core.notifications(accountIndex).filter(({ id }) => !known.has(id))
  return {
    ...accountView(scene, account),
    drained_usd: microsToText(drainedMicros),
    liquidations: news.toReversed().map((notification) => noticeView(scene, notification)),
  }
}

function cannotLiquidate(scene: ControlScene, account: SimAccount): HedgebotError {
  const isIsolated = [...account.positions.values()].some(
    ({ sizeTicks, marginMode }) => sizeTicks !== 0n && marginMode === 1,
  )
  return new HedgebotError(
    'refused',
    `${nameOf(scene, account.accountIndex)} has no cross position that a drain could bring there`,
    {
      code: 'control_no_position',
      hint: isIsolated
        ? 'Isolated positions fall by price: move the mark beyond liquidation_price of GET /state.'
        : 'Open a position first; GET /state shows what there is.',
    },
  )
}

function noticeView({ stage: { core } }: ControlScene, notice: SimNotification): WireObject {
  const market = core.markets.get(notice.marketIndex)
  return {
    id: notice.id,
    kind: notice.kind,
    type: notice.liquidationType,
    market: market?.symbol,
    size: ticksToText(notice.sizeTicks, market?.sizeDecimals ?? 0),
    price: ticksToText(notice.priceTicks, market?.priceDecimals ?? 0),
  }
}

function changeTier(scene: ControlScene, input: ControlInput): WireObject {
  const account = readAccount(scene, input)
  const tier = input.word('tier', ['standard', 'plus', 'premium'])
  scene.stage.core.setTier(account.l1Address, tier)
  return accountView(scene, account)
}

function changeFees(scene: ControlScene, input: ControlInput): WireObject {
  const account = readAccount(scene, input)
  const makerFeeTick = readFee(input, 'maker')
  const takerFeeTick = readFee(input, 'taker')
  scene.stage.core.setFees(account.accountIndex, makerFeeTick, takerFeeTick)
  return accountView(scene, account)
}

/** Millionths of the notional, at most a tenth of it. */
function readFee(input: ControlInput, key: string): number {
  const isZero = /^0(\.0+)?$/.test(input.reference(key))
  const ticks = isZero ? 0n : input.amount(key, 6)
  if (ticks > 100_000n) throw input.refuse(`"${key}" must be: at most 0.1`)
  return Number(ticks)
}
