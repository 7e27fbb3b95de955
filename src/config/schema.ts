/**
 * Every option of the configuration file with its kind, limits and default (CLI.md "Configuration").
 * @module
 */

import { z } from 'zod'
import type { ZodRawShape, ZodType } from 'zod'
import {
  choice,
  decimal,
  duration,
  durationOrOff,
  flag,
  integer,
  looseText,
  secretText,
  text,
} from './scalars.ts'
import { isYamlNumber } from './yaml-number.ts'

const usd = decimal({ above: '0', unit: 'USD' })
const baseCoins = decimal({ above: '0', unit: 'base coins' })
const name = looseText({
  allowed: 'a name of letters, digits, "_", "-" and "." (at most 40)',
  pattern: /^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,39}$/u,
})
const names = filled('a list of account names', name)
const side = choice(['long', 'short'])
const mailAddress = text({
  allowed: 'a mail address',
  pattern: /^[^\s<>@]+@[^\s<>@]+$|^[^<>]*<[^\s<>@]+@[^\s<>@]+>$/,
})
const webAddress = text({
  allowed: 'an http:// or https:// address',
  pattern: /^https?:\/\/[^\s/]+/i,
})
const socketAddress = text({ allowed: 'a ws:// or wss:// address', pattern: /^wss?:\/\/[^\s/]+/i })
const host = text({
  allowed: 'a host name or address without scheme and port',
  // A name, an IPv4 address, or an IPv6 address (at least two colons).
  pattern: /^(?:[\w.-]+|\[?[0-9a-f]*:[0-9a-f:]*:[0-9a-f.]*\]?)$/i,
  hint: 'host: 203.0.113.7 and port: 1080 are two options; the scheme goes into protocol',
})
const LONG_DURATION = { minMs: 60_000, maxMs: 31_536_000_000 }

const milliseconds = (min: number, max: number) => integer({ min, max, unit: 'ms' })
const percent = (limits: { above?: string; min?: string; max: string }) =>
  decimal({ ...limits, unit: 'percent' })

const proxy = mapping({
  name,
  host,
  port: integer({ min: 1, max: 65_535 }),
  username: looseText().optional(),
  password: secretText().optional(),
  protocol: choice(['http', 'https', 'socks5']).default('http'),
})

const account = mapping({
  account_name: name,
  api_key: secretText(),
  account_index: integer({ min: 0, max: 281_474_976_710_654 }),
  api_key_index: integer({ min: 0, max: 254 }),
  network: choice(['mainnet', 'testnet']),
  proxy: name.optional(),
  side: side.optional(),
  position_size: baseCoins.optional(),
  enabled: flag().default(true),
  l1_address: looseText({
    allowed: 'an Ethereum address: 0x and 40 hex digits',
    pattern: /^0x[0-9a-f]{40}$/i,
  }).optional(),
})

const email = mapping({
  enabled: flag().default(true),
  smtp_server: host,
  smtp_port: integer({ min: 1, max: 65_535 }).default(587),
  secure: flag().optional(),
  sender: mailAddress,
  recipient: mailAddress.optional(),
  recipients: list('a list of mail addresses', mailAddress),
  username: looseText().optional(),
  password: secretText().optional(),
  require_tls: flag().default(true),
  proxy: name.optional(),
})

const telegram = mapping({
  enabled: flag().default(true),
  bot_token: secretText(),
  chat_id: looseText({
    allowed: 'the number of a chat, or @channel',
    pattern: /^(?:-?\d{1,20}|@\w{3,64})$/,
  }),
  proxy: name.optional(),
})

const webhook = mapping({
  name: name.optional(),
  enabled: flag().default(true),
  url: secretText(),
  format: choice(['json', 'slack', 'discord']).default('json'),
  proxy: name.optional(),
})

const expectedRun = mapping({
  command: choice(['open', 'close', 'watch']),
  every: duration(LONG_DURATION),
})

const notification = section({
  email: email.optional(),
  telegram: telegram.optional(),
  webhook: list('a list of webhooks', webhook),
  report_every: durationOrOff(LONG_DURATION).default(21_600_000),
  min_level: choice(['info', 'warning', 'critical']).default('warning'),
  trades: flag().default(true),
  daily_at: text({
    allowed: 'a time of day (UTC) such as "00:05", or off',
    pattern: /^(?:off|(?:[01]?\d|2[0-3]):[0-5]\d)$/,
  }).default('00:05'),
  expect_runs: list('a list of expected runs', expectedRun),
})

const group = mapping({
  name,
  long: names,
  short: names,
  position_size: baseCoins.optional(),
})

const hedge = section({
  pairing: choice(['config_order', 'groups']).default('config_order'),
  groups: list('a list of groups', group),
  flip_each_round: flag().default(false),
})

const risk = section({
  on_stop: choice(['hedge', 'all']).default('hedge'),
  hedge_stop_usd: usd.optional(),
  total_stop_usd: usd.optional(),
  take_profit_usd: usd.optional(),
  trailing_usd: usd.optional(),
  max_hold: duration(LONG_DURATION).optional(),
  exchange_stop: flag().default(true),
  // Below 100 the resting stops would close before the tool's own stop.
  exchange_stop_pct: percent({ min: '100', max: '1000' }).default('120'),
  liquidation_buffer_pct: percent({ above: '0', max: '50' }).default('1'),
  // The venue refuses prices more than 5 % from mark (DESIGN.md section 3, rule 7).
  max_slippage_pct: percent({ above: '0', max: '5' }).default('0.5'),
  close_steps_pct: filled('a list of percentages', percent({ above: '0', max: '5' })).default([
    '0.5',
    '1.5',
    '4.5',
  ]),
  open_timeout_ms: milliseconds(1_000, 600_000).default(30_000),
  max_naked_ms: milliseconds(100, 60_000).default(3_000),
  naked_tolerance_usd: decimal({ min: '0', unit: 'USD' }).default('0'),
  order_expiry_ms: milliseconds(2_000, 300_000).default(15_000),
  lease_ms: milliseconds(1_000, 60_000).default(5_000),
  max_position_size: baseCoins.optional(),
  max_position_usd: usd.optional(),
  margin_mode: choice(['keep', 'cross', 'isolated']).default('keep'),
  max_clock_offset_ms: milliseconds(50, 10_000).default(2_000),
  daily_stop_limit: integer({ min: 1, max: 1_000 }).optional(),
  attempts: integer({ min: 1, max: 20 }).default(5),
  on_fatal: choice(['protect', 'close']).default('protect'),
})

/** The whole file. */
export const configSchema = z.strictObject({
  trading_pair: text({
    allowed: 'the name of a market, for example "BTC"',
    pattern: /^[A-Za-z0-9][\w./-]{0,31}$/,
  }),
  leverage: integer({ min: 1, max: 100 }),
  position_size: baseCoins,
  stop_loss_threshold: usd,
  proxy_pool: list('a list of proxies', proxy),
  notification,
  api_credentials: filled('a list of accounts', account),
  hedge,
  risk,
  watch: section({
    refresh_ms: milliseconds(50, 60_000).default(1_000),
    stale_after_ms: milliseconds(500, 120_000).default(5_000),
  }),
  proxies: section({
    failover: flag().default(true),
    connect_timeout_ms: milliseconds(100, 60_000).default(5_000),
    check_url: webAddress.optional(),
    assign: choice(['block', 'round_robin']).default('block'),
  }),
  exchange: section({
    sim_url: webAddress.optional(),
    rest_url: webAddress.optional(),
    ws_url: socketAddress.optional(),
    limits: section({
      requests_per_minute: integer({ min: 10, max: 1_000_000 }).default(60),
      weight_per_minute: integer({ min: 1_000, max: 10_000_000 }).default(24_000),
      sends_per_minute: integer({ min: 10, max: 1_000_000 }).default(4_000),
      leverage_updates_per_minute: integer({ min: 1, max: 1_000_000 }).default(40),
    }),
  }),
  state_dir: text({ allowed: 'a folder' }).optional(),
  log: section({
    level: choice(['debug', 'info', 'warn', 'error']).default('info'),
    keep_days: integer({ min: 1, max: 3_650 }).default(14),
  }),
})

/** The file's values, checked and with defaults, still under their names in the file. */
export type CheckedConfig = z.output<typeof configSchema>

/** A mapping whose options all may be missing; a key with nothing under it counts as missing. */
function section<T extends ZodRawShape>(shape: T) {
  return z.preprocess(emptyToMissing, z.strictObject(shape).prefault({} as never))
}

/** A mapping with options that must be there. */
function mapping<T extends ZodRawShape>(shape: T) {
  return z.preprocess(numberToText, z.strictObject(shape))
}

/** A list that may be missing or empty. */
function list<T extends ZodType>(allowed: string, element: T) {
  const message = `expected ${allowed}, each starting with "- "`
  return z.preprocess(emptyToMissing, z.array(element, { error: message }).default([]))
}

/** A list with at least one entry. */
function filled<T extends ZodType>(allowed: string, element: T) {
  return z.array(element, { error: `expected ${allowed}` }).min(1, `needs at least one entry`)
}

function emptyToMissing(value: unknown): unknown {
  return value === null ? undefined : numberToText(value)
}

/** Inside the tree a number is an object, which must not pass for a mapping. */
function numberToText(value: unknown): unknown {
  return isYamlNumber(value) ? value.source : value
}
