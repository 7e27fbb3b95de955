/**
 * From checked values to the program's own configuration: names in camelCase, secrets in place, accounts with their
 * egress.
 * @module
 */

import { dirname } from 'node:path'
import { assert } from '../errors.ts'
import { assignEgress } from './assign-egress.ts'
import type { ConfigPoint } from './config-point.ts'
import { resolveEndpoint } from './endpoints.ts'
import type {
  AccountConfig,
  EmailConfig,
  ExchangeLimits,
  HedgeConfig,
  LoadedConfig,
  NotificationConfig,
  ProxyConfig,
  RiskPolicy,
} from './loaded-config.ts'
import type { Secrets } from './read-secrets.ts'
import type { CheckedConfig } from './schema.ts'
import type { Secret } from './secret.ts'
import { resolveStateDir } from './state-dir.ts'
import { renderPath } from './yaml-tree.ts'
import type { TreePath } from './yaml-tree.ts'

/** What is not in the file's values. */
export interface BuildContext {
  /** Absolute path of the file. */
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly secrets: Secrets
  readonly warnings: readonly ConfigPoint[]
}

/** Builds the result; everything has been checked before, so nothing here can be the user's mistake. */
export function buildConfig(checked: CheckedConfig, context: BuildContext): LoadedConfig {
  const { file, env, secrets, warnings } = context
  const { sim_url: simUrl, rest_url: restUrl, ws_url: wsUrl } = checked.exchange
  const accounts = buildAccounts(checked, secrets)
  const network = accounts[0]?.network
  assert(network !== undefined, 'a checked configuration has an account')
  return {
    file,
    tradingPair: checked.trading_pair,
    leverage: checked.leverage,
    positionSizeBase: checked.position_size,
    stopLossThresholdUsd: checked.stop_loss_threshold,
    ...resolveEndpoint({ network, simUrl, restUrl, wsUrl }),
    stateDir: resolveStateDir({ configured: checked.state_dir, configFolder: dirname(file), env }),
    accounts: accounts.filter((account) => account.isEnabled),
    disabledAccounts: accounts.filter((account) => !account.isEnabled),
    proxyPool: buildProxyPool(checked, secrets),
    proxies: {
      canFailover: checked.proxies.failover,
      connectTimeoutMs: checked.proxies.connect_timeout_ms,
      checkUrl: checked.proxies.check_url,
      assign: checked.proxies.assign,
    },
    hedge: buildHedge(checked),
    riskPolicy: buildRiskPolicy(checked.risk),
    watch: { refreshMs: checked.watch.refresh_ms, staleAfterMs: checked.watch.stale_after_ms },
    exchange: { simUrl, restUrl, wsUrl, limits: buildLimits(checked.exchange.limits) },
    notification: buildNotification(checked.notification, secrets),
    log: { level: checked.log.level, keepDays: checked.log.keep_days },
    warnings,
  }
}

function buildLimits(limits: CheckedConfig['exchange']['limits']): ExchangeLimits {
  return {
    requests: limits.requests_per_minute,
    weight: limits.weight_per_minute,
    sends: limits.sends_per_minute,
    leverageUpdates: limits.leverage_updates_per_minute,
  }
}

function buildAccounts(checked: CheckedConfig, secrets: Secrets): AccountConfig[] {
  const entries = checked.api_credentials
  // Disabled accounts keep their place, so that switching one off moves no other account to another proxy.
  const egresses = assignEgress({
    chosen: entries.map((entry) => entry.proxy),
    pool: checked.proxy_pool.map((proxy) => proxy.name),
    assign: checked.proxies.assign,
  })
  return entries.map((entry, index) => ({
    name: entry.account_name,
    place: index,
    accountIndex: entry.account_index,
    apiKeyIndex: entry.api_key_index,
    apiKey: secretAt(secrets, ['api_credentials', index, 'api_key']),
    network: entry.network,
    egress: egresses[index] ?? 'direct',
    side: entry.side,
    positionSizeBase: entry.position_size ?? checked.position_size,
    isEnabled: entry.enabled,
    l1Address: entry.l1_address,
  }))
}

function buildProxyPool(checked: CheckedConfig, secrets: Secrets): ProxyConfig[] {
  return checked.proxy_pool.map(({ name, host, port, protocol, username }, index) => ({
    name,
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
    protocol,
    username,
    password: secrets.get(renderPath(['proxy_pool', index, 'password'])),
  }))
}

function buildHedge({ hedge }: CheckedConfig): HedgeConfig {
  return {
    pairing: hedge.pairing,
    groups: hedge.groups.map(({ name, long, short, position_size: positionSizeBase }) => ({
      name,
      long,
      short,
      positionSizeBase,
    })),
    flipEachRound: hedge.flip_each_round,
  }
}

function buildRiskPolicy(risk: CheckedConfig['risk']): RiskPolicy {
  return {
    onStop: risk.on_stop,
    hedgeStopUsd: risk.hedge_stop_usd,
    totalStopUsd: risk.total_stop_usd,
    takeProfitUsd: risk.take_profit_usd,
    trailingUsd: risk.trailing_usd,
    maxHoldMs: risk.max_hold,
    hasExchangeStop: risk.exchange_stop,
    exchangeStopPct: risk.exchange_stop_pct,
    liquidationBufferPct: risk.liquidation_buffer_pct,
    maxSlippagePct: risk.max_slippage_pct,
    closeStepsPct: risk.close_steps_pct,
    openTimeoutMs: risk.open_timeout_ms,
    maxNakedMs: risk.max_naked_ms,
    nakedToleranceUsd: risk.naked_tolerance_usd,
    orderExpiryMs: risk.order_expiry_ms,
    leaseMs: risk.lease_ms,
    maxPositionSizeBase: risk.max_position_size,
    maxPositionUsd: risk.max_position_usd,
    marginMode: risk.margin_mode,
    maxClockOffsetMs: risk.max_clock_offset_ms,
    dailyStopLimit: risk.daily_stop_limit,
    attempts: risk.attempts,
    onFatal: risk.on_fatal,
  }
}

function buildNotification(
  notification: CheckedConfig['notification'],
  secrets: Secrets,
): NotificationConfig {
  const { email, telegram, webhook, report_every: reportEvery } = notification
  const at = ['notification']
  return {
    email: email === undefined ? undefined : buildEmail(email, secrets),
    telegram:
      telegram === undefined
        ? undefined
        : {
            isEnabled: telegram.enabled,
            botToken: secretAt(secrets, [...at, 'telegram', 'bot_token']),
            chatId: telegram.chat_id,
            proxy: proxyName(telegram.proxy),
          },
    webhooks: webhook.map(({ name, enabled, format, proxy }, index) => ({
      name: name ?? `webhook_${index + 1}`,
      isEnabled: enabled,
      url: secretAt(secrets, [...at, 'webhook', index, 'url']),
      format,
      proxy: proxyName(proxy),
    })),
    reportEveryMs: reportEvery === 'off' ? undefined : reportEvery,
    minLevel: notification.min_level,
    hasTrades: notification.trades,
    dailyAtMs: timeOfDayMs(notification.daily_at),
    expectedRuns: notification.expect_runs.map(({ command, every }) => ({
      command,
      everyMs: every,
    })),
  }
}

function timeOfDayMs(text: string): number | undefined {
  if (text === 'off') return undefined
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return (hours * 60 + minutes) * 60_000
}

/** `direct` is the way of those that name none. */
function proxyName(name: string | undefined): string | undefined {
  return name === 'direct' ? undefined : name
}

function buildEmail(
  email: NonNullable<CheckedConfig['notification']['email']>,
  secrets: Secrets,
): EmailConfig {
  const recipients = email.recipient === undefined ? [] : [email.recipient]
  return {
    isEnabled: email.enabled,
    smtpServer: email.smtp_server,
    smtpPort: email.smtp_port,
    // Port 465 speaks TLS from the first byte (RFC 8314), all others start in clear and upgrade.
    isSecure: email.secure ?? email.smtp_port === 465,
    sender: email.sender,
    recipients: [...new Set([...recipients, ...email.recipients])],
    username: email.username,
    password: secrets.get(renderPath(['notification', 'email', 'password'])),
    requiresTls: email.require_tls,
    proxy: proxyName(email.proxy),
  }
}

function secretAt(secrets: Secrets, path: TreePath): Secret {
  const secret = secrets.get(renderPath(path))
  assert(secret !== undefined, `a checked configuration has ${renderPath(path)}`)
  return secret
}
