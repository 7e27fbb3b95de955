import type { AccountFinding } from './account-point.ts'
import { accountPoint } from './account-point.ts'
import type { PreflightAccount, PreflightFacts, PreflightPoint } from './preflight-facts.ts'
import { positionIn } from './venue-view.ts'

/** Key indices that the venue's own apps use (PROTOCOL.md 11.7). */
const LAST_RESERVED_KEY_INDEX = 3

/** Findings about one account: who it is, its key, its modes, what it already holds. */
export function accountPoints(
  account: PreflightAccount,
  facts: PreflightFacts,
): readonly PreflightPoint[] {
  const findings = [
    ...identityFindings(account),
    ...keyFindings(account),
    ...modeFindings(account, facts),
    ...positionFindings(account, facts),
    ...tierFindings(account),
  ]
  return findings.map((finding) => accountPoint(account, finding))
}

function identityFindings({
  facts,
  configuredOwner,
  accountIndex,
}: PreflightAccount): AccountFinding[] {
  if (!facts.isKnown) {
    return [
      { code: 'account_unreadable', level: 'error', message: `could not be read: ${facts.reason}` },
    ]
  }
  const { ownerAddress, isActive } = facts.value
  const findings: AccountFinding[] = []
  if (!isActive) {
    findings.push({
      code: 'account_inactive',
      level: 'error',
      message: `account ${accountIndex} is not active at the venue`,
      hint: 'a first deposit makes an account active',
    })
  }
  if (
    configuredOwner !== undefined &&
    configuredOwner.toLowerCase() !== ownerAddress.toLowerCase()
  ) {
    findings.push({
      code: 'owner_differs',
      level: 'error',
      message: `account ${accountIndex} belongs to ${ownerAddress}, the configuration says ${configuredOwner}`,
      hint: 'look at account_index and l1_address: this may be an account of somebody else',
    })
  }
  return findings.length > 0
    ? findings
    : [{ code: 'account', level: 'ok', message: `account ${accountIndex} of ${ownerAddress}` }]
}

function keyFindings(account: PreflightAccount): AccountFinding[] {
  const { registeredKey, apiKeyIndex } = account
  const findings: AccountFinding[] = []
  if (apiKeyIndex <= LAST_RESERVED_KEY_INDEX) {
    findings.push({
      code: 'key_index_reserved',
      level: 'warning',
      message: `key index ${apiKeyIndex} is one that the venue's own apps use`,
      hint: 'register a key on index 4 or higher: two programs on one key disturb each other',
    })
  }
  if (account.isMakerOnlyKey === true) {
    findings.push({
      code: 'key_maker_only',
      level: 'error',
      message: `key ${apiKeyIndex} may only rest orders, legs have to take`,
      hint: 'use another key, or lift the restriction at the venue',
    })
  }
  return [...findings, registeredKeyFinding(registeredKey, apiKeyIndex)]
}

function registeredKeyFinding(
  registeredKey: PreflightAccount['registeredKey'],
  apiKeyIndex: number,
): AccountFinding {
  if (!registeredKey.isKnown) {
    const message = `its registered key could not be read: ${registeredKey.reason}`
    return { code: 'key_unknown', level: 'error', message }
  }
  const hint = 'look at api_key and api_key_index, or register the key: hedgebot accounts register'
  if (registeredKey.value === 'empty') {
    const message = `no key is registered on index ${apiKeyIndex}`
    return { code: 'key_not_registered', level: 'error', message, hint }
  }
  if (registeredKey.value === 'other') {
    const message = `another key than ours is registered on index ${apiKeyIndex}`
    return { code: 'key_differs', level: 'error', message, hint }
  }
  return { code: 'key', level: 'ok', message: `key ${apiKeyIndex} is ours` }
}

function modeFindings({ facts }: PreflightAccount, { policy }: PreflightFacts): AccountFinding[] {
  if (!facts.isKnown) return []
  const { cancelAllAtMs, tradingMode } = facts.value
  const findings: AccountFinding[] = []
  if (cancelAllAtMs !== undefined) {
    findings.push({
      code: 'dead_man_switch',
      level: policy.isExchangeStopOn ? 'error' : 'warning',
      message: 'a dead-man switch is armed: when it is due it cancels every order, stops too',
      hint: 'disarm it where it was set (scheduled cancel-all)',
    })
  }
  if (tradingMode === 1) {
    findings.push({
      code: 'trading_mode_unified',
      level: 'warning',
      message:
        'it is in unified mode: spot balances count as collateral, our liquidation prices do not know them',
      hint: 'switch to the classic mode for figures that hold',
    })
  } else if (tradingMode !== 0) {
    findings.push({
      code: 'trading_mode_unknown',
      level: 'error',
      message: `the venue shows trading mode ${tradingMode}, which we do not know`,
    })
  }
  return findings
}

function positionFindings(account: PreflightAccount, { market }: PreflightFacts): AccountFinding[] {
  const position = positionIn(account.view, market.marketIndex)
  if (!position.isKnown) {
    const message = `its positions could not be read: ${position.reason}`
    return [{ code: 'position_unknown', level: 'error', message }]
  }
  const elsewhere = otherPositionFindings(account.view, market.marketIndex)
  const row = position.value
  const size = `${row?.signedBase ?? 0} ${market.symbol}`
  if (account.liveHedgeId !== undefined) {
    const message = `holds ${size} in hedge ${account.liveHedgeId}`
    return [...elsewhere, { code: 'position', level: 'ok', message }]
  }
  if (row !== undefined && !row.isSettled) {
    const message = 'its position is behind its fills'
    return [...elsewhere, { code: 'position_unsettled', level: 'error', message }]
  }
  if (row !== undefined && !row.signedBase.isZero()) {
    return [
      ...elsewhere,
      {
        code: 'position_foreign',
        level: 'error',
        message: `holds ${size} that no hedge of the journal explains; it is left alone and not opened on`,
        hint: 'close it yourself, or with hedgebot close --flatten; hedgebot adopt takes over what carries our tag',
      },
    ]
  }
  const message = `has no position in ${market.symbol}`
  return [...elsewhere, { code: 'position', level: 'ok', message }]
}

function otherPositionFindings(
  { positions }: PreflightAccount['view'],
  marketIndex: number,
): AccountFinding[] {
  const rows = positions.isKnown ? [...positions.value.values()] : []
  const others = rows.filter((row) => row.marketIndex !== marketIndex && !row.signedBase.isZero())
  if (others.length === 0) return []
  return [
    {
      code: 'other_positions',
      level: 'warning',
      message: `holds positions in ${others.length} other ${others.length === 1 ? 'market' : 'markets'}`,
      hint: 'their losses take from the same collateral and move the liquidation price',
    },
  ]
}

function tierFindings({ tier }: PreflightAccount): AccountFinding[] {
  if (!tier.isKnown) {
    const message = `its tier could not be read (${tier.reason}): fees are missing in the figures`
    return [{ code: 'tier_unknown', level: 'warning', message }]
  }
  const { name, takerFeeFraction } = tier.value
  const fee = `tier ${name}, taker fee ${takerFeeFraction.times(100)} %`
  // Only these tiers count transactions against traded volume (PROTOCOL.md section 9).
  const hasQuota = ['premium', 'plus'].includes(name.toLowerCase())
  if (!hasQuota) return [{ code: 'tier', level: 'ok', message: fee }]
  return [
    {
      code: 'volume_quota',
      level: 'warning',
      message: `${fee}; every order counts against its volume quota`,
      hint: 'used up, it allows one order each 15 seconds until more volume is traded',
    },
  ]
}
