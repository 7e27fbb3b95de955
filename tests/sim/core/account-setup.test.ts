import { describe, expect, it } from 'vitest'
import type { DecodedTransaction } from '../../../src/lighter/signer/transactions.ts'
import { TRANSFER_FEE_MICROS } from '../../../src/sim/core/transfer-fee.ts'
import { createFixture, totalE12, transaction } from './core-fixture.ts'

const ASSET = { kind: 'updateAccountAssetConfig', assetIndex: 3, assetMarginMode: 1 } as const

describe('trading mode and margin mode of an asset', () => {
  it('are shown and leave every figure as it was', () => {
    const { core, send, place } = createFixture()
    place({ account: 4, side: 'sell', size: 1_000n, price: 1_000_000n })
    place({ account: 3, side: 'buy', size: 1_000n, price: 1_000_000n })
    const before = core.accountFigures(3)
    send(transaction(3, { kind: 'updateAccountConfig', accountTradingMode: 1 }))
    send(transaction(3, ASSET))
    expect(core.account(3)).toMatchObject({ tradingMode: 1, usdcMarginMode: 1 })
    expect(core.accountFigures(3)).toEqual(before)
    send(transaction(3, { kind: 'updateAccountConfig', accountTradingMode: 0 }))
    send(transaction(3, { ...ASSET, assetMarginMode: 0 }))
    expect(core.account(3)).toMatchObject({ tradingMode: 0, usdcMarginMode: 0 })
  })

  it.each([
    ['another trading mode', { kind: 'updateAccountConfig', accountTradingMode: 2 }, 21501],
    ['another margin mode', { ...ASSET, assetMarginMode: 2 }, 21802],
    ['an asset that is not here', { ...ASSET, assetIndex: 1 }, 21804],
    ['an asset that cannot be', { ...ASSET, assetIndex: 63 }, 21801],
  ] as const)('are refused for %s by API and sequencer alike', (_name, body, code) => {
    const { refusalOf, force } = createFixture()
    const tx: DecodedTransaction = transaction(3, body)
    expect(refusalOf(tx)).toBe(code)
    expect(force(tx).error?.code).toBe(code)
  })
})

describe('a transfer', () => {
  const transfer = (to: number, more: object = {}): DecodedTransaction =>
    transaction(3, {
      kind: 'transfer',
      toAccountIndex: to,
      assetIndex: 3,
      fromRouteType: 0,
      toRouteType: 0,
      amount: 100_000_000n,
      usdcFee: TRANSFER_FEE_MICROS,
      memo: 'ab'.repeat(32),
      ...more,
    })

  it('takes amount and fee from one, gives the amount to the other and the fee to the treasury', () => {
    const { core, send } = createFixture()
    const before = totalE12(core)
    const held = [3, 4, 0].map((index) => core.account(index)?.collateralE12 ?? 0n)
    send(transfer(4))
    const changes = [3, 4, 0].map((index, at) => {
      return ((core.account(index)?.collateralE12 ?? 0n) - (held[at] ?? 0n)) / 1_000_000n
    })
    expect(changes).toEqual([-103_000_000n, 100_000_000n, 3_000_000n])
    expect(totalE12(core)).toBe(before)
  })

  it('between accounts of one owner needs no fee', () => {
    const { refusalOf } = createFixture()
    expect(refusalOf(transfer(5, { usdcFee: 0n }))).toBeUndefined()
    expect(refusalOf(transfer(4, { usdcFee: 0n }))).toBe(21134)
    expect(refusalOf(transfer(4, { usdcFee: TRANSFER_FEE_MICROS - 1n }))).toBe(21134)
    expect(refusalOf(transfer(5, { usdcFee: -1n }))).toBe(21134)
  })

  it.each([
    ['another asset', { assetIndex: 1 }, 21805],
    ['the spot wallet on one side', { fromRouteType: 1 }, 21124],
    ['the spot wallet on the other', { toRouteType: 1 }, 21124],
    ['an unknown route', { toRouteType: 7 }, 21124],
    ['less than 1 USDC', { amount: 999_999n }, 21118],
    ['a negative amount', { amount: -5n }, 21118],
    ['more than is there with the fee', { amount: 9_998_000_000n }, 21301],
    ['the treasury', { toAccountIndex: 0 }, 21106],
    ['nobody', { toAccountIndex: 77 }, 21106],
  ])('is refused for %s', (_name, change, code) => {
    const { refusalOf, force } = createFixture()
    expect(refusalOf(transfer(4, change))).toBe(code)
    expect(force(transfer(4, change)).error?.code).toBe(code)
  })

  it('to the spot wallet of a withdrawal does not exist either', () => {
    const { refusalOf } = createFixture()
    const withdraw = { kind: 'withdraw', assetIndex: 3, routeType: 1, amount: 5_000_000n } as const
    expect(refusalOf(transaction(3, withdraw))).toBe(21124)
    expect(refusalOf(transaction(3, { ...withdraw, routeType: 0, assetIndex: 2 }))).toBe(21805)
  })
})

describe('sub-accounts', () => {
  it('are not opened for an account that does not exist', () => {
    const { refusalOf } = createFixture()
    expect(refusalOf(transaction(99, { kind: 'createSubAccount' }))).toBe(21100)
  })

  it.each([
    ['standard', 4],
    ['plus', 4],
    ['premium', 8],
  ] as const)('of a %s owner are at most %i', (tier, most) => {
    const { core, send, refusalOf, now } = createFixture()
    const { accountIndex } = core.createAccount({ l1Address: '0xD4', tier }, now())
    const tx = transaction(accountIndex, { kind: 'createSubAccount' })
    for (let count = 0; count < most; count += 1) send(tx)
    expect(refusalOf(tx)).toBe(21129)
    const [, ...subs] = core.accountsByL1('0xd4')
    expect(subs).toHaveLength(most)
    expect(subs.every((account) => account.tier === tier && account.apiKeys.size === 0)).toBe(true)
  })
})
