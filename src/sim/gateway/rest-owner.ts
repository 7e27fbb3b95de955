/**
 * What an owner does beside trading: read-only tokens, notifications, labels (PROTOCOL.md sections 2, 2.1 and 7).
 * @module
 */
import type { ReadOnlyToken } from './read-only-tokens.ts'
import { choiceParam, integerParam, requiredParam } from './request-params.ts'
import type { RestCall, RestRoutes } from './rest-route.ts'
import { refusal } from './venue-refusal.ts'
import type { WireObject } from './wire-json.ts'

/**
 * Routes of an owner's own affairs (PROTOCOL.md section 2). A read-only token opens none of them, not even the list
 * of tokens: a token for one account could read there one for all of them. PROTOCOL.md section 7 says only that it
 * cannot make tokens.
 */
export const OWNER_ROUTES: RestRoutes = {
  '/api/v1/tokens': {
    method: 'GET',
    auth: 'always',
    needsSignedToken: true,
    handle({ parts: { readOnlyTokens }, params }) {
      const tokens = readOnlyTokens.ofAccount(integerParam(params, 'account_index'))
      return { api_tokens: tokens.map(tokenJson) }
    },
  },
  '/api/v1/tokens/create': { method: 'POST', auth: 'always', handle: createToken },
  '/api/v1/tokens/revoke': {
    method: 'POST',
    auth: 'always',
    handle({ parts: { readOnlyTokens }, params }) {
      const tokenId = integerParam(params, 'token_id')
      readOnlyTokens.revoke(integerParam(params, 'account_index'), tokenId)
      return { token_id: tokenId, revoked: true }
    },
  },
  '/api/v1/notification/ack': { method: 'POST', auth: 'always', handle: acknowledge },
  '/api/v1/setAccountMetadata': {
    method: 'POST',
    auth: 'always',
    accountParam: 'master_account_index',
    takesJson: true,
    handle: setMetadata,
  },
}

function createToken({ parts: { core, readOnlyTokens }, params }: RestCall): WireObject {
  const accountIndex = integerParam(params, 'account_index')
  if (core.account(accountIndex) === undefined) throw refusal(21100)
  const access = choiceParam(params, 'sub_account_access', ['true', 'false'])
  const token = readOnlyTokens.create({
    name: params['name'] ?? '',
    accountIndex,
    expiryUnixSeconds: integerParam(params, 'expiry'),
    hasSubAccountAccess: access === 'true',
    scopes: params['scopes'] ?? 'read.*',
  })
  return tokenJson(token)
}

function tokenJson(token: ReadOnlyToken): WireObject {
  return {
    token_id: token.tokenId,
    api_token: token.text,
    name: token.name,
    account_index: token.accountIndex,
    expiry: token.expiryUnixSeconds,
    sub_account_access: token.hasSubAccountAccess,
    revoked: token.isRevoked,
    scopes: token.scopes,
  }
}

/** One notification, or all with `ack_all` (the front end's newer form); once more is no mistake. */
function acknowledge({ parts: { core, clock, announcements }, params }: RestCall): WireObject {
  const accountIndex = integerParam(params, 'account_index')
  if (core.account(accountIndex) === undefined) throw refusal(21100)
  const nowMs = Math.trunc(clock.now())
  const ids =
    params['ack_all'] === 'true'
      ? [...announcements.noticesFor(accountIndex, nowMs), ...core.notifications(accountIndex)].map(
          ({ id }) => id,
        )
      : [requiredParam(params, 'notif_id')]
  for (const id of ids) {
    const isKnown =
      core.acknowledge(accountIndex, id, nowMs) ||
      announcements.acknowledge(accountIndex, id, nowMs)
    if (!isKnown) throw refusal(29404)
  }
  return {}
}

/** The token reads the master; the account that is labelled must be one it may read as well. */
function setMetadata({ parts, params, token }: RestCall): WireObject {
  const { core, gate, accountLabels } = parts
  const masterIndex = integerParam(params, 'master_account_index')
  const targetIndex = integerParam(params, 'target_account_index')
  const apiKeyIndex = integerParam(params, 'api_key_index', { max: 254 })
  const master = core.account(masterIndex)
  if (master === undefined || core.account(targetIndex) === undefined) throw refusal(21100)
  if (token === undefined || !gate.mayRead(token, targetIndex)) {
    throw refusal(20013, 'account mismatch')
  }
  if (!master.apiKeys.has(apiKeyIndex)) throw refusal(21109)
  accountLabels.set(targetIndex, requiredParam(params, 'metadata'))
  return {}
}
