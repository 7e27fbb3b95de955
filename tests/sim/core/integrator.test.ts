import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TxAttributes } from '../../../src/lighter/signer/attributes.ts'
import type { DecodedTransaction } from '../../../src/lighter/signer/transactions.ts'
import { BTC, createFixture, START_MS, totalE12, transaction } from './core-fixture.ts'

const HOUR_MS = 3_600_000
const INTEGRATOR = 5
const APPROVAL = {
  kind: 'approveIntegrator',
  integratorAccountIndex: INTEGRATOR,
  maxPerpsTakerFee: 100,
  maxPerpsMakerFee: 40,
  maxSpotTakerFee: 0,
  maxSpotMakerFee: 0,
  approvalExpiry: START_MS + HOUR_MS,
} as const
const NO_FEES = { maxPerpsTakerFee: 0, maxPerpsMakerFee: 0, maxSpotTakerFee: 0, maxSpotMakerFee: 0 }
const FEES = {
  integratorAccountIndex: INTEGRATOR,
  integratorTakerFee: 100,
  integratorMakerFee: 40,
}
const BID = { account: 3, side: 'buy', size: 1_000n, price: 1_000_000n } as const
const ASK = { account: 4, side: 'sell', size: 1_000n, price: 1_000_000n } as const

function approve(
  account: number,
  more: Partial<typeof APPROVAL> | object = {},
): DecodedTransaction {
  return transaction(account, { ...APPROVAL, ...more })
}

describe('an approval of an integrator', () => {
  it('is kept with its limits, replaced by the next and taken back by zeros', () => {
    const { core, send } = createFixture()
    send(approve(3))
    expect(core.account(3)?.integrators.get(INTEGRATOR)).toEqual({
      maxPerpsTakerFeeTick: 100,
      maxPerpsMakerFeeTick: 40,
      maxSpotTakerFeeTick: 0,
      maxSpotMakerFeeTick: 0,
      expiryMs: START_MS + HOUR_MS,
    })
    send(approve(3, { maxPerpsTakerFee: 7 }))
    expect(core.account(3)?.integrators.get(INTEGRATOR)?.maxPerpsTakerFeeTick).toBe(7)
    send(approve(3, { ...NO_FEES, approvalExpiry: 0 }))
    expect(core.account(3)?.integrators.size).toBe(0)
  })

  it.each([
    ['the treasury', { integratorAccountIndex: 0 }, 21146],
    ['the liquidity pool', { integratorAccountIndex: 281_474_976_710_654 }, 21146],
    ['nobody', { integratorAccountIndex: 99 }, 21102],
    ['oneself', { integratorAccountIndex: 3 }, 21102],
    ['more than 0.1 % on perpetuals', { maxPerpsTakerFee: 1_001 }, 21134],
    ['more than 1 % on spot', { maxSpotMakerFee: 10_001 }, 21134],
    ['a negative fee', { maxPerpsMakerFee: -1 }, 21134],
    ['an expiry that is over', { approvalExpiry: START_MS }, 21711],
    ['fees without expiry', { approvalExpiry: 0 }, 21711],
  ])('is refused for %s', (_name, change, code) => {
    const { refusalOf, force } = createFixture()
    expect(refusalOf(approve(3, change))).toBe(code)
    expect(force(approve(3, change)).error?.code).toBe(code)
  })
})

describe('an order through an integrator', () => {
  it('pays it beside the exchange, as taker and as maker, and the money is conserved', () => {
    const fixture = createFixture()
    const { core, send, place } = fixture
    core.setFees(3, 20, 200)
    core.setFees(4, 30, 300)
    send(approve(3))
    send(approve(4))
    const before = totalE12(core)
    const held = [3, 4, INTEGRATOR, 0].map((index) => core.account(index)?.collateralE12 ?? 0n)
    const resting = place({ ...ASK, attributes: FEES })
    expect(resting.integrator).toEqual({ accountIndex: 5, takerFeeTick: 100, makerFeeTick: 40 })
    place({ ...BID, attributes: FEES })
    // 1000 ticks at 1 000 000 are 1000 USDC: a millionth of that is a thousandth of a USDC.
    const moved = [3, 4, INTEGRATOR, 0].map((index, at) => {
      return ((core.account(index)?.collateralE12 ?? 0n) - (held[at] ?? 0n)) / 10n ** 9n
    })
    expect(moved).toEqual([-300n, -70n, 140n, 230n])
    expect(totalE12(core)).toBe(before)
    const [trade] = core.trades(BTC, 1)
    expect(trade?.bid).toMatchObject({
      feeTick: 200,
      integratorCharge: { accountIndex: 5, feeTick: 100 },
    })
    expect(trade?.ask).toMatchObject({
      feeTick: 30,
      integratorCharge: { accountIndex: 5, feeTick: 40 },
    })
  })

  it.each([
    ['without approval', 4, FEES, 21149],
    ['above the taker fee', 3, { ...FEES, integratorTakerFee: 101 }, 21134],
    ['above the maker fee', 3, { ...FEES, integratorMakerFee: 41 }, 21134],
    ['of another integrator', 3, { ...FEES, integratorAccountIndex: 4 }, 21149],
    ['with fees but no integrator', 3, { integratorTakerFee: 1 }, 21501],
    ['with fees and a self-trade rule', 3, { ...FEES, selfTradeBehaviorMode: 1 }, 21501],
    [
      'with behaviour 3 and equality 1',
      3,
      { selfTradeBehaviorMode: 3, selfTradeEqualityMode: 1 },
      21501,
    ],
    ['with an integrator below all accounts', 3, { integratorAccountIndex: -1 }, 21501],
    ['with a fee below nothing', 3, { ...FEES, integratorTakerFee: -1 }, 21501],
    ['with a self-trade rule that does not exist', 3, { selfTradeBehaviorMode: 4 }, 21501],
    ['with five attributes', 3, { ...FEES, skipNonce: 1, cancelAllMarketIndex: 1 }, 21501],
  ] as const)('is refused %s', (_name, account, attributes: TxAttributes, code) => {
    const fixture = createFixture()
    fixture.send(approve(3))
    const order = { kind: 'createOrder', marketIndex: BTC, clientOrderIndex: 0n } as const
    const fields = { baseAmount: 1_000n, price: 1_000_000, isAsk: 0, type: 1, timeInForce: 0 }
    const tx = transaction(
      account,
      { ...order, ...fields, reduceOnly: 0, triggerPrice: 0, orderExpiry: 0n },
      attributes,
    )
    expect(fixture.refusalOf(tx)).toBe(code)
  })

  it('is refused once the approval has expired, while a resting one still pays', () => {
    const fixture = createFixture()
    const { core, send, place, pass } = fixture
    send(approve(4))
    place({ ...ASK, attributes: FEES })
    pass(HOUR_MS)
    expect(() => place({ ...ASK, attributes: FEES })).toThrow('21149')
    place(BID)
    expect(core.account(INTEGRATOR)?.collateralE12).toBe(10_000n * 10n ** 12n + 40n * 10n ** 9n)
  })

  it('may belong to the counterparty: nothing is lost then either', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000 }), fc.bigInt(20n, 900n), (fee, size) => {
        const { core, send, place } = createFixture()
        send(approve(3, { integratorAccountIndex: 4, maxPerpsTakerFee: 1_000 }))
        const before = totalE12(core)
        place({ ...ASK, size })
        const attributes = { integratorAccountIndex: 4, integratorTakerFee: fee }
        place({ ...BID, size, attributes })
        expect(totalE12(core)).toBe(before)
        const paid = size * 1_000_000n * BigInt(fee)
        expect(core.account(3)?.collateralE12).toBe(10n ** 16n - paid)
        expect(core.account(4)?.collateralE12).toBe(10n ** 16n + paid)
      }),
      { numRuns: 50 },
    )
  })
})
