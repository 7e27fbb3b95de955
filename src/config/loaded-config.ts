/**
 * What the rest of the program knows about the configuration: complete, checked and read-only. Every option is
 * present with its default filled in; what has no default and was not given is `undefined`.
 *
 * Units are at the end of the names. Sizes, prices, percentages and dollars are decimal strings exactly as written in
 * the file (`0.001` stays `0.001`); counts and milliseconds are numbers.
 * @module
 */

import type { ConfigPoint } from './config-point.ts'
import type { Secret } from './secret.ts'

/** A decimal number as text without exponent, for example `0.001`. Never parsed as floating point. */
export type DecimalText = string

/** The venue as the accounts name it. */
export type AccountNetwork = 'mainnet' | 'testnet'

/** The venue as it is used: `sim` whenever `exchange.sim_url` is set (CLI.md "Configuration"). */
export type Network = AccountNetwork | 'sim'

/** Direction of a leg. */
export type Side = 'long' | 'short'

/** The way out that means no proxy. */
export const DIRECT_EGRESS = 'direct'

/** The whole configuration. */
export interface LoadedConfig {
  /** Absolute path of the file that was read. */
  readonly file: string
  readonly tradingPair: string
  /** 1 to 100; the market's own maximum is checked online. */
  readonly leverage: number
  /** Base coins of one account's leg, unless the account or its group has its own. */
  readonly positionSizeBase: DecimalText
  /** Floating loss of one account's leg at which its hedge is closed. */
  readonly stopLossThresholdUsd: DecimalText
  readonly network: Network
  /** Chain id in the signed transactions: 304 mainnet, 300 testnet and sim (PROTOCOL.md "Networks"). */
  readonly chainId: number
  /** Base of the REST calls, without a trailing slash. */
  readonly restUrl: string
  readonly wsUrl: string
  /** Absolute path; the journal is `<stateDir>/<network>/journal.db` (CLI.md "Global"). */
  readonly stateDir: string
  /** The accounts that take part, in file order. */
  readonly accounts: readonly AccountConfig[]
  /** Accounts with `enabled: false`: kept for display, never traded. */
  readonly disabledAccounts: readonly AccountConfig[]
  readonly proxyPool: readonly ProxyConfig[]
  readonly proxies: ProxyPolicy
  readonly hedge: HedgeConfig
  readonly riskPolicy: RiskPolicy
  readonly watch: WatchConfig
  readonly exchange: ExchangeConfig
  readonly notification: NotificationConfig
  readonly log: LogConfig
  /** Findings that do not stop the program, in file order. */
  readonly warnings: readonly ConfigPoint[]
}

/** One entry of `api_credentials`. */
export interface AccountConfig {
  readonly name: string
  /** Position in `api_credentials`, from 0. */
  readonly place: number
  readonly accountIndex: number
  readonly apiKeyIndex: number
  /** 80 hex digits, with or without `0x`. On a disabled account `reveal()` may throw. */
  readonly apiKey: Secret
  /** As written; `LoadedConfig.network` is what counts. */
  readonly network: AccountNetwork
  /** `direct`, or the name of a proxy of the pool. Assigned when the file does not say. */
  readonly egress: string
  readonly side: Side | undefined
  /** The account's own `position_size`, else the general one. */
  readonly positionSizeBase: DecimalText
  readonly isEnabled: boolean
  /** Ethereum address of the owner, `0x` and 40 hex digits. */
  readonly l1Address: string | undefined
}

/** One way out of the pool. */
export interface ProxyConfig {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly protocol: 'http' | 'https' | 'socks5'
  readonly username: string | undefined
  readonly password: Secret | undefined
}

/** `proxies:` how the pool is used. */
export interface ProxyPolicy {
  readonly canFailover: boolean
  readonly connectTimeoutMs: number
  /** Page that answers with the caller's address, for `proxies test`. */
  readonly checkUrl: string | undefined
  readonly assign: 'block' | 'round_robin'
}

/** `hedge:` who is paired with whom. */
export interface HedgeConfig {
  readonly pairing: 'config_order' | 'groups'
  /** Empty unless `pairing` is `groups`. */
  readonly groups: readonly HedgeGroup[]
  readonly flipEachRound: boolean
}

/** One hedge by name, with its accounts. A name may belong to a disabled account (then there is a warning). */
export interface HedgeGroup {
  readonly name: string
  readonly long: readonly string[]
  readonly short: readonly string[]
  /** Base coins per account; overrides the accounts' sizes. */
  readonly positionSizeBase: DecimalText | undefined
}

/** `risk:` (DESIGN.md section 3). */
export interface RiskPolicy {
  /** What a stop closes: its own hedge or every hedge. */
  readonly onStop: 'hedge' | 'all'
  readonly hedgeStopUsd: DecimalText | undefined
  readonly totalStopUsd: DecimalText | undefined
  readonly takeProfitUsd: DecimalText | undefined
  readonly trailingUsd: DecimalText | undefined
  readonly maxHoldMs: number | undefined
  readonly hasExchangeStop: boolean
  /** Percent of the threshold at which the stops resting on the exchange trigger. */
  readonly exchangeStopPct: DecimalText
  /** Percent of price kept between those triggers and the liquidation price. */
  readonly liquidationBufferPct: DecimalText
  readonly maxSlippagePct: DecimalText
  /** Growing distances from the anchor price for closing orders. */
  readonly closeStepsPct: readonly DecimalText[]
  readonly openTimeoutMs: number
  readonly maxNakedMs: number
  readonly nakedToleranceUsd: DecimalText
  readonly orderExpiryMs: number
  readonly leaseMs: number
  /** Largest leg in base coins. */
  readonly maxPositionSizeBase: DecimalText | undefined
  /** Largest notional of one leg. */
  readonly maxPositionUsd: DecimalText | undefined
  readonly marginMode: 'keep' | 'cross' | 'isolated'
  readonly maxClockOffsetMs: number
  /** Number of stop-losses in a day after which nothing is opened. */
  readonly dailyStopLimit: number | undefined
  /** Opening attempts of one hedge. */
  readonly attempts: number
  readonly onFatal: 'protect' | 'close'
}

/** `watch:` the live loop. */
export interface WatchConfig {
  readonly refreshMs: number
  readonly staleAfterMs: number
}

/** `exchange:` addresses that differ from the network's own. */
export interface ExchangeConfig {
  readonly simUrl: string | undefined
  readonly restUrl: string | undefined
  readonly wsUrl: string | undefined
  readonly limits: ExchangeLimits
}

/** `exchange.limits:` what the venue takes in a minute. */
export interface ExchangeLimits {
  /** Requests of a standard owner, and of an address. */
  readonly requests: number
  /** Weight of the reads of an owner with a paid tier, and their sends. */
  readonly weight: number
  readonly sends: number
  readonly leverageUpdates: number
}

/** `log:` the program's own log files. */
export interface LogConfig {
  readonly level: LogLevel
  readonly keepDays: number
}

/** Least important line that is written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Least important message that is sent. */
export type NotificationLevel = 'info' | 'warning' | 'critical'

/** `notification:` the ways to reach the owner. */
export interface NotificationConfig {
  readonly email: EmailConfig | undefined
  readonly telegram: TelegramConfig | undefined
  readonly webhooks: readonly WebhookConfig[]
  /** Pause between two reports; `undefined` when reports are off. */
  readonly reportEveryMs: number | undefined
  /** Of alerts. */
  readonly minLevel: NotificationLevel
  /** Confirmations of openings and closings; what a stop closes is told anyway. */
  readonly hasTrades: boolean
  /** Time of the UTC day of the summary, milliseconds; `undefined` when it is off. */
  readonly dailyAtMs: number | undefined
  readonly expectedRuns: readonly ExpectedRunConfig[]
}

/** A run that has to happen at least so often. */
export interface ExpectedRunConfig {
  readonly command: 'open' | 'close' | 'watch'
  readonly everyMs: number
}

/** Mail by SMTP. */
export interface EmailConfig {
  readonly isEnabled: boolean
  readonly smtpServer: string
  readonly smtpPort: number
  /** TLS from the first byte (as on port 465); otherwise STARTTLS. */
  readonly isSecure: boolean
  readonly sender: string
  /** `recipient` and `recipients` together, each once. */
  readonly recipients: readonly string[]
  readonly username: string | undefined
  readonly password: Secret | undefined
  /** False: a server of one's own network may do without TLS. */
  readonly requiresTls: boolean
  /** Name of a proxy of the pool; direct without one. */
  readonly proxy: string | undefined
}

/** Messages by a Telegram bot. */
export interface TelegramConfig {
  readonly isEnabled: boolean
  readonly botToken: Secret
  readonly chatId: string
  /** Name of a proxy of the pool; direct without one. */
  readonly proxy: string | undefined
}

/** Messages by HTTP POST. The whole URL is a secret: it usually contains a token. */
export interface WebhookConfig {
  readonly name: string
  readonly isEnabled: boolean
  readonly url: Secret
  readonly format: 'json' | 'slack' | 'discord'
  /** Name of a proxy of the pool; direct without one. */
  readonly proxy: string | undefined
}
