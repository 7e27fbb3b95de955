import type { SimAccount, SimApiKey, SimCore } from '../core/core-model.ts'
import { accountJson, limitsJson, metadataJson, subAccountJson } from './account-json.ts'
import { isPoolType } from './auth-gate.ts'
import { choiceParam, integerParam, requiredParam, type Params } from './request-params.ts'
import type { RestCall, RestRoutes } from './rest-route.ts'
import { refusal } from './venue-refusal.ts'
import type { WireObject } from './wire-json.ts'

/** `api_key_index` that means every key (PROTOCOL.md section 11.7). */
const ALL_KEYS = 255

/** Accounts, their keys, limits and nonces (PROTOCOL.md section 2.1). */
export const ACCOUNT_ROUTES: RestRoutes = {
  '/api/v1/account': {
    method: 'GET',
    handle({ parts: { core, accountLabels }, params }) {
      const isActiveOnly = params['active_only'] === 'true'
      const accounts = accountsBy(core, params)
      const write = (account: SimAccount) => {
        const color = accountLabels.colorOf(account.accountIndex)
        return accountJson(core, account, { isActiveOnly, color })
      }
      return { total: accounts.length, accounts: accounts.map(write) }
    },
  },
  '/api/v1/accountMetadata': { method: 'GET', handle: accountMetadata },
  '/api/v1/accountsByL1Address': {
    method: 'GET',
    handle({ parts: { core }, params }) {
      const l1Address = requiredParam(params, 'l1_address')
      const accounts = core.accountsByL1(l1Address.toLowerCase())
      if (accounts.length === 0) throw refusal(21100)
      return {
        l1_address: accounts[0]?.l1Address ?? l1Address,
        sub_accounts: accounts.map(subAccountJson),
        next_cursor: '',
      }
    },
  },
  '/api/v1/accountLimits': {
    method: 'GET',
    auth: 'always',
    handle: ({ parts: { core }, params }) => limitsJson(accountParam(core, params)),
  },
  '/api/v1/apikeys': { method: 'GET', handle: apiKeys },
  '/api/v1/nextNonce': {
    method: 'GET',
    handle({ parts: { nonces }, params }) {
      const accountIndex = integerParam(params, 'account_index')
      const apiKeyIndex = integerParam(params, 'api_key_index', { max: 254 })
      // An unknown account answers 0 as well (PROTOCOL.md section 2.1).
      return { nonce: nonces.shown(accountIndex, apiKeyIndex) ?? 0n }
    },
  },
}

function accountsBy(core: SimCore, params: Params): readonly SimAccount[] {
  const by = choiceParam(params, 'by', ['index', 'l1_address'])
  if (by === 'l1_address') {
    const accounts = core.accountsByL1(requiredParam(params, 'value').toLowerCase())
    if (accounts.length === 0) throw refusal(21100)
    return accounts
  }
  const account = core.account(integerParam(params, 'value'))
  if (account === undefined) throw refusal(29404)
  return [account]
}

/** The account of the parameter `account_index`. */
function accountParam(core: SimCore, params: Params): SimAccount {
  const account = core.account(integerParam(params, 'account_index'))
  if (account === undefined) throw refusal(21100)
  return account
}

/**
 * Metadata of an account, or of the accounts of an address: public for pools, of others those that the token may read
 * (PROTOCOL.md section 2, `(A)`).
 */
function accountMetadata({ parts: { core, gate }, params, token }: RestCall): WireObject {
  const accounts = accountsBy(core, params).filter(
    ({ accountIndex, accountType }) =>
      isPoolType(accountType) || (token !== undefined && gate.mayRead(token, accountIndex)),
  )
  if (accounts.length === 0) {
    if (token !== undefined) throw refusal(20013, 'account mismatch')
    throw refusal(20001, ': auth query param and Authorization header are empty')
  }
  return { account_metadatas: accounts.map(metadataJson), next_cursor: '' }
}

function apiKeys({ parts: { core, nonces }, params }: RestCall): WireObject {
  const account = accountParam(core, params)
  const wanted = integerParam(params, 'api_key_index', { max: ALL_KEYS, fallback: ALL_KEYS })
  const write = (apiKeyIndex: number, key: SimApiKey | undefined): WireObject => ({
    account_index: account.accountIndex,
    api_key_index: apiKeyIndex,
    nonce: nonces.shown(account.accountIndex, apiKeyIndex) ?? 0n,
    public_key: nonces.shownKey(account.accountIndex, apiKeyIndex),
    transaction_time: key?.transactionTimeUs ?? 0n,
  })
  if (wanted !== ALL_KEYS) return { api_keys: [write(wanted, account.apiKeys.get(wanted))] }
  return { api_keys: [...account.apiKeys].map(([index, key]) => write(index, key)) }
}
