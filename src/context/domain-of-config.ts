/**
 * The configuration in the domain's own words.
 * @module
 */
import type { LoadedConfig } from '../config/loaded-config.ts'
import type { OpeningAccount } from '../engine/prepare-opening.ts'
import type { RiskPolicy } from '../hedge/policy.ts'
import type { StopPolicy } from '../hedge/stop-policy.ts'
import type { AccountRef } from '../ports.ts'

type ConfigAccount = LoadedConfig['accounts'][number]

/** The account as the exchange and the engine know it. */
export function accountRef(account: ConfigAccount): AccountRef {
  const { name, accountIndex, apiKeyIndex, egress } = account
  return { name, accountIndex, apiKeyIndex, egress }
}

/** All accounts, the disabled ones too, as the planner wants them. */
export async function planAccounts(config: LoadedConfig): Promise<readonly OpeningAccount[]> {
  const { Dec } = await import('../hedge/decimal.ts')
  const enabled = config.accounts.map((account) => ({ account, isEnabled: true }))
  const disabled = config.disabledAccounts.map((account) => ({ account, isEnabled: false }))
  return [...enabled, ...disabled]
    .toSorted((a, b) => a.account.place - b.account.place)
    .map(({ account, isEnabled }) => ({
      name: account.name,
      accountIndex: account.accountIndex,
      apiKeyIndex: account.apiKeyIndex,
      side: account.side,
      positionSizeBase: new Dec(account.positionSizeBase),
      isEnabled,
      path: `api_credentials[${account.place}]`,
      l1Address: account.l1Address,
    }))
}

/** The limits of the configuration as decimals. */
export async function policyOf(config: LoadedConfig): Promise<RiskPolicy & StopPolicy> {
  const { Dec } = await import('../hedge/decimal.ts')
  const risk = config.riskPolicy
  const optional = (text: string | undefined) => (text === undefined ? undefined : new Dec(text))
  return {
    stopLossUsd: new Dec(config.stopLossThresholdUsd),
    onStop: risk.onStop,
    isExchangeStopOn: risk.hasExchangeStop,
    exchangeStopPct: new Dec(risk.exchangeStopPct),
    liquidationBufferPct: new Dec(risk.liquidationBufferPct),
    maxSlippagePct: new Dec(risk.maxSlippagePct),
    closeStepsPct: risk.closeStepsPct.map((step) => new Dec(step)),
    openTimeoutMs: risk.openTimeoutMs,
    maxNakedMs: risk.maxNakedMs,
    nakedToleranceUsd: new Dec(risk.nakedToleranceUsd),
    orderExpiryMs: risk.orderExpiryMs,
    leaseMs: risk.leaseMs,
    maxPositionBase: optional(risk.maxPositionSizeBase),
    maxPositionUsd: optional(risk.maxPositionUsd),
    marginMode: risk.marginMode,
    maxClockOffsetMs: risk.maxClockOffsetMs,
    attempts: risk.attempts,
    maxHoldMs: risk.maxHoldMs,
    onFatal: risk.onFatal,
    hedgeStopUsd: optional(risk.hedgeStopUsd),
    totalStopUsd: optional(risk.totalStopUsd),
    takeProfitUsd: optional(risk.takeProfitUsd),
    trailingUsd: optional(risk.trailingUsd),
    dailyStopLimit: risk.dailyStopLimit,
    staleAfterMs: config.watch.staleAfterMs,
  }
}
