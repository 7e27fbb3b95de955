import { renderDuration } from './duration.ts'
import type {
  AccountConfig,
  LoadedConfig,
  NotificationConfig,
  ProxyConfig,
  RiskPolicy,
} from './loaded-config.ts'
import type { Secret } from './secret.ts'

/** A plain value for JSON or YAML. */
export type ShownValue =
  string | number | boolean | null | readonly ShownValue[] | { readonly [key: string]: ShownValue }

/**
 * The effective configuration under the names of the file, every default filled in; `null` is an option that is not
 * set and has no default. Secrets are `***`, references to secrets are shown (`env:NAME`, `file:PATH`). Beyond the
 * file's options it says the file, the network and the chain id.
 */
export function showConfig(config: LoadedConfig): Readonly<Record<string, ShownValue>> {
  const { proxies, hedge, watch, exchange, log } = config
  return {
    file: config.file,
    network: config.network,
    chain_id: config.chainId,
    trading_pair: config.tradingPair,
    leverage: config.leverage,
    position_size: config.positionSizeBase,
    stop_loss_threshold: config.stopLossThresholdUsd,
    proxy_pool: config.proxyPool.map(showProxy),
    notification: showNotification(config.notification),
    api_credentials: [...config.accounts, ...config.disabledAccounts].map(showAccount),
    hedge: {
      pairing: hedge.pairing,
      groups: hedge.groups.map(({ name, long, short, positionSizeBase }) => ({
        name,
        long,
        short,
        position_size: positionSizeBase ?? null,
      })),
      flip_each_round: hedge.flipEachRound,
    },
    risk: showRisk(config.riskPolicy),
    watch: { refresh_ms: watch.refreshMs, stale_after_ms: watch.staleAfterMs },
    proxies: {
      failover: proxies.canFailover,
      connect_timeout_ms: proxies.connectTimeoutMs,
      check_url: proxies.checkUrl ?? null,
      assign: proxies.assign,
    },
    exchange: {
      sim_url: exchange.simUrl ?? null,
      rest_url: config.restUrl,
      ws_url: config.wsUrl,
      limits: {
        requests_per_minute: exchange.limits.requests,
        weight_per_minute: exchange.limits.weight,
        sends_per_minute: exchange.limits.sends,
        leverage_updates_per_minute: exchange.limits.leverageUpdates,
      },
    },
    state_dir: config.stateDir,
    log: { level: log.level, keep_days: log.keepDays },
  }
}

function showSecret(secret: Secret | undefined): string | null {
  return secret?.masked ?? null
}

function showProxy(proxy: ProxyConfig): ShownValue {
  const { name, host, port, protocol, username, password } = proxy
  return { name, host, port, protocol, username: username ?? null, password: showSecret(password) }
}

function showAccount(account: AccountConfig): ShownValue {
  return {
    account_name: account.name,
    api_key: showSecret(account.apiKey),
    account_index: account.accountIndex,
    api_key_index: account.apiKeyIndex,
    network: account.network,
    proxy: account.egress,
    side: account.side ?? null,
    position_size: account.positionSizeBase,
    enabled: account.isEnabled,
    l1_address: account.l1Address ?? null,
  }
}

function showNotification(notification: NotificationConfig): ShownValue {
  const { email, telegram, webhooks, reportEveryMs, minLevel } = notification
  const { hasTrades, dailyAtMs, expectedRuns } = notification
  return {
    email:
      email === undefined
        ? null
        : {
            enabled: email.isEnabled,
            smtp_server: email.smtpServer,
            smtp_port: email.smtpPort,
            secure: email.isSecure,
            sender: email.sender,
            recipient: email.recipients[0] ?? null,
            recipients: email.recipients.slice(1),
            username: email.username ?? null,
            password: showSecret(email.password),
            require_tls: email.requiresTls,
            proxy: email.proxy ?? 'direct',
          },
    telegram:
      telegram === undefined
        ? null
        : {
            enabled: telegram.isEnabled,
            bot_token: showSecret(telegram.botToken),
            chat_id: telegram.chatId,
            proxy: telegram.proxy ?? 'direct',
          },
    webhook: webhooks.map(({ name, isEnabled, url, format, proxy }) => ({
      name,
      enabled: isEnabled,
      url: showSecret(url),
      format,
      proxy: proxy ?? 'direct',
    })),
    report_every: reportEveryMs === undefined ? 'off' : renderDuration(reportEveryMs),
    min_level: minLevel,
    trades: hasTrades,
    daily_at: dailyAtMs === undefined ? 'off' : new Date(dailyAtMs).toISOString().slice(11, 16),
    expect_runs: expectedRuns.map(({ command, everyMs }) => ({
      command,
      every: renderDuration(everyMs),
    })),
  }
}

function showRisk(risk: RiskPolicy): ShownValue {
  return {
    on_stop: risk.onStop,
    hedge_stop_usd: risk.hedgeStopUsd ?? null,
    total_stop_usd: risk.totalStopUsd ?? null,
    take_profit_usd: risk.takeProfitUsd ?? null,
    trailing_usd: risk.trailingUsd ?? null,
    max_hold: risk.maxHoldMs === undefined ? null : renderDuration(risk.maxHoldMs),
    exchange_stop: risk.hasExchangeStop,
    exchange_stop_pct: risk.exchangeStopPct,
    liquidation_buffer_pct: risk.liquidationBufferPct,
    max_slippage_pct: risk.maxSlippagePct,
    close_steps_pct: risk.closeStepsPct,
    open_timeout_ms: risk.openTimeoutMs,
    max_naked_ms: risk.maxNakedMs,
    naked_tolerance_usd: risk.nakedToleranceUsd,
    order_expiry_ms: risk.orderExpiryMs,
    lease_ms: risk.leaseMs,
    max_position_size: risk.maxPositionSizeBase ?? null,
    max_position_usd: risk.maxPositionUsd ?? null,
    margin_mode: risk.marginMode,
    max_clock_offset_ms: risk.maxClockOffsetMs,
    daily_stop_limit: risk.dailyStopLimit ?? null,
    attempts: risk.attempts,
    on_fatal: risk.onFatal,
  }
}
