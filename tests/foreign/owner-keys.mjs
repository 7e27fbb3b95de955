/**
 * API keys as their owner registers, replaces and revokes them with an Ethereum key (PROTOCOL.md section 12.1).
 * @module
 */
import {
  BTC,
  client,
  mine,
  nextOrderIndex,
  orders,
  SIZE,
  sdk,
  transactions,
} from './reservoir0x-trader.mjs'
import {
  byViem,
  eventually,
  nonceOf,
  owner,
  publicKeyAt,
  sendOwned,
  sibling,
  stranger,
  use,
} from './reservoir0x-owner.mjs'
import { claim, finish, refusal, requirePackage, same, step } from './scenario.mjs'

const { serializeSignature } = requirePackage('viem')

const TX = sdk.TransactionType
const TX_CHANGE_KEY = 8
const NO_KEY = '0'.repeat(80)
const DAY_MS = 86_400_000
const bare = (publicKey) => publicKey.replace('0x', '')

async function newKey(apiKeyIndex) {
  return { apiKeyIndex, ...(await client.generateAPIKey()) }
}

/** A change of key by the Go signer with whatever `l1Sig` answers to the text it wants signed. */
async function changeKey({ key, account = mine, publicKey = key.publicKey, l1Sig }) {
  const nonce = await nonceOf(key.apiKeyIndex, account)
  const signed = globalThis.SignChangePubKey(
    publicKey,
    nonce,
    key.apiKeyIndex,
    account.accountIndex,
  )
  same(signed.error, undefined, 'error of the signer')
  await sendOwned(TX_CHANGE_KEY, signed, await l1Sig(signed.messageToSign))
}
const registered = (key, account) =>
  eventually(
    async () => (await publicKeyAt(key.apiKeyIndex, account)) === bare(key.publicKey),
    'the new key in apikeys',
  )

/** Places a resting order and cancels it, with the key that the signer has. */
async function trade({ apiKeyIndex }, { accountIndex } = mine) {
  const nonce = await nonceOf(apiKeyIndex, { accountIndex })
  const index = nextOrderIndex()
  const resting = [SIZE, 500_000, 0, 0, 1, 0, 0, Date.now() + DAY_MS]
  const order = globalThis.SignCreateOrder(BTC, index, ...resting, nonce, apiKeyIndex, accountIndex)
  same((await transactions.sendTx(TX.CREATE_ORDER, order.txInfo)).code, 200, 'code of the order')
  const deadline = Math.floor(Date.now() / 1000) + 600
  const { authToken } = globalThis.CreateAuthToken(deadline, apiKeyIndex, accountIndex)
  const read = () => orders.getAccountActiveOrders(accountIndex, BTC, authToken)
  await eventually(async () => (await read()).length === 1, 'the resting order')
  const cancel = globalThis.SignCancelOrder(BTC, index, nonce + 1, apiKeyIndex, accountIndex)
  same((await transactions.sendTx(TX.CANCEL_ORDER, cancel.txInfo)).code, 200, 'code of the cancel')
  await eventually(async () => (await read()).length === 0, 'no order')
}

await client.initialize()
await client.ensureWasmClient()
const first = await newKey(7)
const second = await newKey(8)

await step("a key of the SDK's making, signed for by its ethers, is registered", async () => {
  const made = await use(first)
  const params = {
    ethSigner: owner.ethereumKey,
    newPubkey: first.publicKey,
    newApiKeyIndex: first.apiKeyIndex,
  }
  const [, hash, error] = await made.changeApiKey(params)
  same([error, hash.length], [null, 80], 'answer')
  await registered(first)
  same(await nonceOf(first.apiKeyIndex), 1, 'nonce of the new key')
})

await step('the new key trades', () => trade(first))

await step('a signature of viem registers a key; recovery ids 27/28 or 0/1 alike', async () => {
  await use(second)
  await changeKey({ key: second, l1Sig: byViem(owner) })
  await registered(second)
  const third = await newKey(8)
  await use(third)
  const low = async (message) => {
    const signature = await byViem(owner)(message)
    const recoveryId = Number.parseInt(signature.slice(-2), 16) - 27
    return `${signature.slice(0, -2)}0${recoveryId}`
  }
  await changeKey({ key: third, l1Sig: low })
  await registered(third)
  await trade(third)
})

await step('a replaced key is refused with 21120', async () => {
  const nonce = await nonceOf(second.apiKeyIndex)
  claim(nonce >= 4, `the counter of the index began anew: ${nonce}`)
  await use(second)
  const error = await refusal(() => trade(second))
  same([error.status, error.code], [400, 21120], 'refusal')
  return { detail: `nonce ${nonce}` }
})

await step("an Ethereum key that is not the owner's, or none, is refused with 21504", async () => {
  const key = await newKey(9)
  await use(key)
  const otherText = (message) => byViem(owner)(message.replace('api key index', 'account index'))
  const rSwapped = async (message) => {
    const signature = await byViem(owner)(message)
    return serializeSignature({
      r: `0x${signature.slice(66, 130)}`,
      s: `0x${signature.slice(2, 66)}`,
      v: BigInt(`0x${signature.slice(130)}`),
    })
  }
  for (const l1Sig of [byViem(stranger), otherText, rSwapped, () => '', () => '0x00']) {
    const error = await refusal(() => changeKey({ key, l1Sig }))
    same([error.status, error.code], [400, 21504], 'refusal')
  }
  same(await nonceOf(9), 0, 'nonce afterwards')
  same(await publicKeyAt(9), NO_KEY, 'key afterwards')
})

await step('the new key itself must sign, not another one: 21120', async () => {
  const key = await newKey(9)
  await use(key)
  const stranded = await newKey(9)
  const error = await refusal(() =>
    changeKey({ key, publicKey: stranded.publicKey, l1Sig: byViem(owner) }),
  )
  same([error.status, error.code], [400, 21120], 'refusal')
})

await step("the master's Ethereum key registers a key of the sub-account", async () => {
  const key = await newKey(5)
  await use(key, sibling)
  await changeKey({ key, account: sibling, l1Sig: byViem(owner) })
  await registered(key, sibling)
  await trade(key, sibling)
})

await step('an all-zero key revokes', async () => {
  await use(first)
  await changeKey({ key: first, publicKey: `0x${NO_KEY}`, l1Sig: byViem(owner) })
  await eventually(async () => (await publicKeyAt(first.apiKeyIndex)) === NO_KEY, 'no key')
  const error = await refusal(() => trade(first))
  same(error.status, 400, 'status')
  return { detail: `then ${error.code}` }
})

finish()
