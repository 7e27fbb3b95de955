/**
 * Money that goes to another owner, which only the sender's Ethereum key allows (PROTOCOL.md sections 5.6 and 12.1).
 * @module
 */
import { accounts, api, mine } from './reservoir0x-trader.mjs'
import {
  byViem,
  eventually,
  foreignAccount,
  nonceOf,
  owner,
  sendOwned,
  sibling,
  stranger,
  use,
} from './reservoir0x-owner.mjs'
import { claim, finish, refusal, same, step, world } from './scenario.mjs'

const TX_TRANSFER = 12
const USDC = 3
const MICROS = 1_000_000
const AMOUNT = 10 * MICROS
const MEMO = 'ab'.repeat(32)

const collateralOf = async ({ accountIndex }) => {
  const found = await accounts.getAccount({ by: 'index', value: String(accountIndex) })
  return Number(found.accounts[0].collateral)
}

/** `run` makes ten USDC arrive at `to`. */
async function arrives(to, run) {
  const before = await collateralOf(to)
  await run()
  await eventually(async () => (await collateralOf(to)) === before + 10, 'ten USDC more')
}

/** This build of the Go signer leaves the chain out of its text; the SDK's own `transfer` puts it in. */
function withChain(message) {
  const chain = world.chainId.toString(16).padStart(16, '0')
  return message.replace(/^chainId: 0x0+$/m, `chainId: 0x${chain}`)
}

/** A transfer by the Go signer, with whatever `l1Sig` answers to the text it wants signed. */
async function transfer(to, { fee, l1Sig }) {
  const nonce = await nonceOf(mine.apiKeyIndex)
  const words = [to.accountIndex, USDC, 0, 0, AMOUNT, fee, MEMO, nonce]
  const signed = globalThis.SignTransfer(...words, mine.apiKeyIndex, mine.accountIndex)
  same(signed.error, undefined, 'error of the signer')
  await sendOwned(TX_TRANSFER, signed, await l1Sig(signed.messageToSign))
}

/** A transfer as the SDK makes it; answers its complaint, or null. */
async function transferBySdk(to, { fee, signer }) {
  const [, hash, error] = await trader.transfer({
    toAccountIndex: to.accountIndex,
    assetIndex: USDC,
    fromRouteType: 0,
    toRouteType: 0,
    amount: AMOUNT,
    usdcFee: fee,
    memo: `0x${MEMO}`,
    ethSigner: signer.ethereumKey,
    nonce: await nonceOf(mine.apiKeyIndex),
  })
  if (error === null) same(hash.length, 80, 'length of the hash')
  return error
}

const trader = await use(mine)
const fee = await step('the fee is read', async () => {
  const { data } = await api.get('/api/v1/transferFeeInfo', {
    account_index: mine.accountIndex,
    to_account_index: foreignAccount.accountIndex,
    auth: await trader.createAuthTokenWithExpiry(600),
  })
  const value = data.transfer_fee_usdc
  claim(Number.isInteger(value), JSON.stringify(data))
  return { value, detail: `${value / MICROS} USDC` }
})
const before = await collateralOf(mine)

await step('money goes to another owner with the signature of ethers in the SDK', () =>
  arrives(foreignAccount, async () => {
    same(await transferBySdk(foreignAccount, { signer: owner, fee }), null, 'error')
  }),
)

await step('… and with that of viem over the text of the Go signer', async () => {
  const l1Sig = (message) => byViem(owner)(withChain(message))
  await arrives(foreignAccount, () => transfer(foreignAccount, { fee, l1Sig }))
  const cost = Math.round((before - (await collateralOf(mine))) * MICROS)
  same(cost, 2 * (AMOUNT + fee), 'what both cost')
})

await step("another owner's signature, another text or none is refused with 21504", async () => {
  const complaint = await transferBySdk(foreignAccount, { signer: stranger, fee })
  claim(/l1 signature/i.test(complaint), `the SDK says ${complaint}`)
  const nonce = await nonceOf(mine.apiKeyIndex)
  const oneMicroMore = (AMOUNT + 1).toString(16).padStart(16, '0')
  const wrong = {
    'another owner': (message) => byViem(stranger)(withChain(message)),
    'another chain': (message) => byViem(owner)(message),
    'another amount': (message) =>
      byViem(owner)(withChain(message).replace(/amount: 0x\w+/, `amount: 0x${oneMicroMore}`)),
    none: () => '',
  }
  for (const [name, l1Sig] of Object.entries(wrong)) {
    const error = await refusal(() => transfer(foreignAccount, { fee, l1Sig }))
    same([error.status, error.code], [400, 21504], `refusal of ${name}`)
  }
  same(await nonceOf(mine.apiKeyIndex), nonce, 'nonce afterwards')
})

await step('between accounts of one owner no Ethereum key is asked for', () =>
  arrives(sibling, () => transfer(sibling, { fee: 0, l1Sig: () => '' })),
)

finish()
