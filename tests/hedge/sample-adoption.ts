import type { AdoptionAccount } from '../../src/hedge/adopt-evidence.ts'
import type { AdoptionFacts, AdoptionPlan } from '../../src/hedge/adopt-plan.ts'
import { composeClientOrderIndex } from '../../src/hedge/client-order-index.ts'
import type { Dec } from '../../src/hedge/decimal.ts'
import { known } from '../../src/hedge/known.ts'
import type { PlanAccount } from '../../src/hedge/pair-accounts.ts'
import { signedBase } from '../../src/hedge/side.ts'
import type { VenueFill, VenueOrder, VenuePosition } from '../../src/hedge/venue-view.ts'
import { planAccounts } from './sample-accounts.ts'
import { btcMarket, dec } from './sample-market.ts'

/** Of another journal than the one that looks: it is lost. */
const LOST_INSTANCE = 77

let counter = 0

/** A client order index of ours. */
function ourIndex(): number {
  counter += 1
  return composeClientOrderIndex(LOST_INSTANCE, counter)
}

/** A fill of ours unless `changes` say otherwise, written as in `buy 0.01 +250`: side, size, venue time in ms. */
export function venueFill(text: string, changes: Partial<VenueFill> = {}): VenueFill {
  const [side = '', size = '', at = ''] = text.split(' ')
  counter += 1
  return {
    tradeId: String(counter),
    marketIndex: 1,
    clientOrderIndex: ourIndex(),
    side: side === 'buy' ? 'buy' : 'sell',
    baseSize: dec(size),
    price: dec(100_000),
    feeUsd: dec(0),
    realizedPnlUsd: dec(0),
    counterAccountIndex: '999',
    type: 'trade',
    signedBaseAfter: undefined,
    atMs: Number(at),
    ...changes,
  }
}

export function positionRow(signed: Dec, changes: Partial<VenuePosition> = {}): VenuePosition {
  return {
    marketIndex: 1,
    signedBase: signed,
    entryPrice: dec(100_000),
    unrealizedPnlUsd: dec(0),
    realizedPnlUsd: dec(0),
    liquidationPrice: undefined,
    initialMarginFraction: dec('0.1'),
    marginMode: 'cross',
    fundingPaidUsd: undefined,
    isSettled: true,
    atMs: 0,
    ...changes,
  }
}

/** Our stops of a leg at two levels. */
export function restingStops(
  signed: Dec,
  { down, up }: { readonly down?: number; readonly up?: number },
): readonly VenueOrder[] {
  const isLong = signed.isPositive()
  const order = (type: string, trigger: number | undefined): readonly VenueOrder[] =>
    trigger === undefined
      ? []
      : [
          {
            orderIndex: String((counter += 1)),
            clientOrderIndex: ourIndex(),
            marketIndex: 1,
            side: isLong ? 'sell' : 'buy',
            type,
            status: 'pending',
            isLive: true,
            isReduceOnly: true,
            initialBase: dec(0),
            remainingBase: dec(0),
            filledBase: dec(0),
            filledQuoteUsd: dec(0),
            price: dec(trigger),
            triggerPrice: dec(trigger),
            expiresAtMs: undefined,
            atMs: 0,
          },
        ]
  return [
    ...order(isLong ? 'stop-loss' : 'take-profit', down),
    ...order(isLong ? 'take-profit' : 'stop-loss', up),
  ]
}

/** What holds a position that we opened at a moment, with stops at two levels. */
export function ownHolding(
  signed: string,
  {
    at = 1_000,
    stops = {},
  }: {
    readonly at?: number
    readonly stops?: { readonly down?: number; readonly up?: number }
  } = {},
): Partial<AdoptionAccount> {
  const base = dec(signed)
  const side = base.isNegative() ? 'sell' : 'buy'
  return {
    position: known(positionRow(base), 0),
    liveOrders: known(restingStops(base, stops), 0),
    fills: known([venueFill(`${side} ${base.abs().toFixed()} ${at}`)], 0),
  }
}

/** An account as the venue shows it, flat unless told otherwise. */
export function adoptionAccount(
  account: PlanAccount,
  changes: Partial<AdoptionAccount> = {},
): AdoptionAccount {
  return {
    ...account,
    position: known(undefined, 0),
    liveOrders: known([], 0),
    fills: known([], 0),
    takenBy: undefined,
    ...changes,
  }
}

/** Accounts a, b, c, ... in config order; those without an entry are flat. */
export function adoptionFacts(
  names: string,
  holdings: Readonly<Record<string, Partial<AdoptionAccount>>>,
  changes: Partial<AdoptionFacts> = {},
): AdoptionFacts {
  return {
    market: btcMarket(),
    accounts: planAccounts(names).map((account) =>
      adoptionAccount(account, holdings[account.name]),
    ),
    pairing: { kind: 'config_order' },
    ...changes,
  }
}

/** For example `a+b: +0.01 a, -0.01 b`. */
export function adoptedTexts({ hedges }: AdoptionPlan): readonly string[] {
  return hedges.map(({ name, legs }) => {
    const sizes = legs.map(({ account, side, plannedBase }) => {
      const signed = signedBase(side, plannedBase)
      return `${signed.isNegative() ? '' : '+'}${signed.toFixed()} ${account.name}`
    })
    return `${name}: ${sizes.join(', ')}`
  })
}

/** For example `a no_partner`; flat accounts are not mentioned. */
export function leftOutTexts({ leftOut }: AdoptionPlan): readonly string[] {
  return leftOut
    .filter(({ code }) => code !== 'flat')
    .map(({ account, code }) => `${account} ${code}`)
}
