import { describe, expect, it } from 'vitest'
import { generateEthereumKey } from '../../../src/lighter/signer/l1-signature.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import {
  type Draft,
  newKey,
  ownerKey,
  sendBy,
  signWith,
  type SlotKey,
  stageKey,
} from './owner-fixture.ts'
import { createFixture, type Fixture, marketOrder, restingOrder } from './stage-fixture.ts'

const HOUR_MS = 3_600_000
const SLOT = 9
const NO_KEY = '0'.repeat(80)

const accountOf = (f: Fixture, at = 0) => f.stage.core.account(stageKey(f, at).accountIndex)

async function send(f: Fixture, key: SlotKey, draft: Draft, ethereumKey?: string) {
  return (await sendBy(f, 'urlencoded', signWith(f, key, draft, ethereumKey)))['code']
}

async function shownKeys(f: Fixture, slot: number, at = 0) {
  const query = { account_index: String(stageKey(f, at).accountIndex), api_key_index: String(slot) }
  const answer = await f.get('/api/v1/apikeys', query)
  return (answer.json['api_keys'] as Record<string, unknown>[])[0]
}

const registration = (publicKeyHex: string, nonce: number): Draft => ({
  kind: 'changePubKey',
  pubKey: publicKeyHex,
  nonce,
})

describe('registering a key', () => {
  it('needs no old key: the new one trades once it is executed', async () => {
    const f = createFixture()
    const key = newKey(f, 0, SLOT)
    const order = { ...marketOrder(0, 100), nonce: 1 } as unknown as Draft
    expect(await send(f, key, { ...order, nonce: 0 })).toBe(21109)
    expect(await send(f, key, registration(key.publicKeyHex, 0), ownerKey(f))).toBe(200)
    expect(await send(f, key, order)).toBe(21109)
    await f.clock.advance(200)
    expect(await send(f, key, order)).toBe(200)
    await f.clock.advance(1_000)
    expect(accountOf(f)?.positions.get(1)?.sizeTicks).toBe(100n)
    expect(await shownKeys(f, SLOT)).toMatchObject({ public_key: key.publicKeyHex, nonce: 2 })
  })

  it('shows in apikeys only after the lag', async () => {
    const f = createFixture()
    const key = newKey(f, 0, SLOT)
    await send(f, key, registration(key.publicKeyHex, 0), ownerKey(f))
    await f.clock.advance(250)
    expect(accountOf(f)?.apiKeys.get(SLOT)?.publicKeyHex).toBe(key.publicKeyHex)
    expect((await shownKeys(f, SLOT))?.['public_key']).toBe(NO_KEY)
    await f.clock.advance(50)
    expect((await shownKeys(f, SLOT))?.['public_key']).toBe(key.publicKeyHex)
  })

  it('keeps the counter of its slot, also through revocation', async () => {
    const f = createFixture()
    const [first, second] = [newKey(f, 0, SLOT, 1), newKey(f, 0, SLOT, 2)]
    expect(await send(f, first, registration(first.publicKeyHex, 0), ownerKey(f))).toBe(200)
    await f.clock.advance(1_000)
    expect(await send(f, second, registration(second.publicKeyHex, 0), ownerKey(f))).toBe(21104)
    expect(await send(f, second, registration(second.publicKeyHex, 1), ownerKey(f))).toBe(200)
    await f.clock.advance(1_000)
    expect(await send(f, second, registration(NO_KEY, 2), ownerKey(f))).toBe(200)
    await f.clock.advance(1_000)
    expect(await shownKeys(f, SLOT)).toMatchObject({ public_key: NO_KEY, nonce: 3 })
    const order = { ...marketOrder(0, 100), nonce: 3 } as unknown as Draft
    expect(await send(f, second, order)).toBe(21109)
    expect(await send(f, first, registration(first.publicKeyHex, 3), ownerKey(f))).toBe(200)
  })

  it('is refused without the owner, with another owner, or for another text', async () => {
    const f = createFixture()
    const key = newKey(f, 0, SLOT)
    const draft = registration(key.publicKeyHex, 0)
    const stranger = generateEthereumKey(createSeededRng(8))
    expect(await send(f, key, draft)).toBe(21504)
    expect(await send(f, key, draft, stranger)).toBe(21504)
    expect(await send(f, key, draft, ownerKey(f, 1))).toBe(21504)
    const signed = signWith(f, key, draft, ownerKey(f))
    const l1Sig = /"L1Sig":"([^"]+)"/.exec(signed.txInfo)?.[1] ?? ''
    for (const wrong of ['0x', l1Sig.slice(2), l1Sig.replace(/..$/, '1f'), `${l1Sig}00`]) {
      const txInfo = signed.txInfo.replace(l1Sig, wrong)
      const answer = await sendBy(f, 'urlencoded', { ...signed, txInfo })
      expect([wrong, answer['code']]).toEqual([wrong, 21504])
    }
    // The owner's words are about one slot: they do not serve for another.
    const other = signWith(f, { ...key, apiKeyIndex: 10 }, draft)
    const moved = other.txInfo.replace('"L1Sig":""', `"L1Sig":"${l1Sig}"`)
    expect((await sendBy(f, 'urlencoded', { ...other, txInfo: moved }))['code']).toBe(21504)
    expect((await sendBy(f, 'urlencoded', signed))['code']).toBe(200)
  })

  it('is refused when the new key did not sign, and takes v 0/1 like 27/28', async () => {
    const f = createFixture()
    const [key, other] = [newKey(f, 0, SLOT, 1), newKey(f, 0, SLOT, 2)]
    const draft = registration(key.publicKeyHex, 0)
    expect(await send(f, other, draft, ownerKey(f))).toBe(21120)
    const signed = signWith(f, key, draft, ownerKey(f))
    const txInfo = signed.txInfo.replace(/1([bc])","ExpiredAt/, (_all, last: string) => {
      return `0${last === 'b' ? 0 : 1}","ExpiredAt`
    })
    expect(txInfo).not.toBe(signed.txInfo)
    expect((await sendBy(f, 'urlencoded', { ...signed, txInfo }))['code']).toBe(200)
  })

  it('of a sub-account is signed by the owner of the master', async () => {
    const f = createFixture()
    const key = newKey(f, 1, SLOT)
    expect(key.accountIndex).toBeGreaterThan(2 ** 47)
    expect(await send(f, key, registration(key.publicKeyHex, 0), ownerKey(f))).toBe(200)
  })

  it('needs collateral, and a slot that exists', async () => {
    const f = createFixture()
    const key = newKey(f, 0, SLOT)
    f.stage.core.drain(key.accountIndex, 1_000_000_000n, f.clock.now())
    expect(await send(f, key, registration(key.publicKeyHex, 0), ownerKey(f))).toBe(21126)
    const signed = signWith(f, key, registration(key.publicKeyHex, 0), ownerKey(f))
    const txInfo = signed.txInfo.replace('"ApiKeyIndex":9', '"ApiKeyIndex":255')
    expect((await sendBy(f, 'urlencoded', { ...signed, txInfo }))['code']).toBe(21110)
  })

  it('drops what the old key signed behind it in the queue, before it, nothing', async () => {
    const f = createFixture()
    const old = stageKey(f)
    const fresh = newKey(f, 0, old.apiKeyIndex)
    const order = (id: number, nonce: number) =>
      ({ ...restingOrder(id, f.clock.now() + HOUR_MS), nonce }) as unknown as Draft
    expect(await send(f, old, order(1, 0))).toBe(200)
    expect(await send(f, fresh, registration(fresh.publicKeyHex, 1), ownerKey(f))).toBe(200)
    expect(await send(f, old, order(2, 2))).toBe(200)
    // The API does not know the new key yet.
    expect(await send(f, fresh, order(3, 3))).toBe(21120)
    await f.clock.advance(1_000)
    const live = f.stage.core.activeOrders(old.accountIndex)
    expect(live.map(({ clientOrderIndex }) => clientOrderIndex)).toEqual([1n])
    // Its nonce is free again for the new key.
    expect(await send(f, old, order(2, 2))).toBe(21120)
    expect(await send(f, fresh, order(2, 2))).toBe(200)
  })

  it('ends the tokens of the key it replaces', async () => {
    const f = createFixture()
    const token = f.token()
    const query = { account_index: String(stageKey(f).accountIndex) }
    expect((await f.get('/api/v1/accountLimits', query, { token })).status).toBe(200)
    const fresh = newKey(f, 0, 5)
    await send(f, fresh, registration(fresh.publicKeyHex, 0), ownerKey(f))
    await f.clock.advance(1_000)
    expect((await f.get('/api/v1/accountLimits', query, { token })).json['code']).toBe(20013)
  })
})

describe('money and power across owners', () => {
  const transfer = (f: Fixture, to: number, more: object = {}): Draft => ({
    kind: 'transfer',
    toAccountIndex: stageKey(f, to).accountIndex,
    assetIndex: 3,
    fromRouteType: 0,
    toRouteType: 0,
    amount: 10_000_000,
    usdcFee: 3_000_000,
    memo: '0b'.repeat(32),
    nonce: 0,
    ...more,
  })

  it('need the owner, within one owner the key is enough', async () => {
    const f = createFixture()
    expect(await send(f, stageKey(f), transfer(f, 2))).toBe(21504)
    expect(await send(f, stageKey(f), transfer(f, 2), ownerKey(f, 1))).toBe(21504)
    expect(await send(f, stageKey(f), transfer(f, 2), ownerKey(f))).toBe(200)
    expect(await send(f, stageKey(f), transfer(f, 1, { usdcFee: 0, nonce: 1 }))).toBe(200)
    await f.clock.advance(1_000)
    expect(accountOf(f, 1)?.collateralE12).toBe(1_010n * 10n ** 12n)
    expect(accountOf(f, 2)?.collateralE12).toBe(1_010n * 10n ** 12n)
  })

  it('bind the memo to the owner, though the transaction hash does not hold it', async () => {
    const f = createFixture()
    const signed = signWith(f, stageKey(f), transfer(f, 2), ownerKey(f))
    const txInfo = signed.txInfo.replace('"Memo":[11,', '"Memo":[12,')
    expect(txInfo).not.toBe(signed.txInfo)
    expect((await sendBy(f, 'urlencoded', { ...signed, txInfo }))['code']).toBe(21504)
  })

  it('let an integrator of the same owner in without the owner, and a stranger only with', async () => {
    const f = createFixture()
    const approval = (at: number, nonce: number): Draft => ({
      kind: 'approveIntegrator',
      integratorAccountIndex: stageKey(f, at).accountIndex,
      maxPerpsTakerFee: 100,
      maxPerpsMakerFee: 50,
      maxSpotTakerFee: 0,
      maxSpotMakerFee: 0,
      approvalExpiry: f.clock.now() + HOUR_MS,
      nonce,
    })
    expect(await send(f, stageKey(f), approval(1, 0))).toBe(200)
    expect(await send(f, stageKey(f), approval(2, 1))).toBe(21504)
    expect(await send(f, stageKey(f), approval(2, 1), ownerKey(f))).toBe(200)
    await f.clock.advance(1_000)
    const by = { by: 'index', value: String(stageKey(f).accountIndex) }
    const [shown] = (await f.get('/api/v1/account', by)).json['accounts'] as Record<
      string,
      unknown
    >[]
    expect(shown?.['approved_integrators']).toHaveLength(2)
  })
})
