/**
 * What a configuration means in the light of a drill, said once. Pure.
 * @module
 */
import type { LoadedConfig } from '../config/loaded-config.ts'
import { Dec } from '../hedge/decimal.ts'
import type { DrillSetup } from './drill-setup.ts'
import { markOf } from './drill-setup.ts'

/** A stop further away than this is hardly ever reached. */
const FAR_PCT = 25

/** The ways that would carry a message to the owner. */
export function channelsOf({ notification }: LoadedConfig): readonly string[] {
  const { email, telegram, webhooks } = notification
  return [
    ...(email?.isEnabled === true ? ['mail'] : []),
    ...(telegram?.isEnabled === true ? ['telegram'] : []),
    ...webhooks.filter(({ isEnabled }) => isEnabled).map(({ name }) => `webhook ${name}`),
  ]
}

/** One sentence each. */
export function remarksOn(setup: DrillSetup): readonly string[] {
  const { config, leftOut } = setup
  const { riskPolicy, proxies, proxyPool } = config
  const others = proxyPool.filter(({ protocol }) => protocol !== 'http').length
  return [
    ...(leftOut > 0
      ? [`${leftOut} of the accounts took no part; --accounts a,b,... chooses which ones do`]
      : []),
    ...farStop(setup),
    ...(riskPolicy.hasExchangeStop
      ? []
      : ['risk.exchange_stop is false: while your machine is off nothing closes your hedges']),
    ...(proxyPool.length > 0 && !proxies.canFailover
      ? [
          'proxies.failover is false: an account whose proxy is dead cannot be reached until it is back',
        ]
      : []),
    ...(proxyPool.length === 1 && proxies.canFailover
      ? ['there is one proxy only: when it is dead its accounts have no other way']
      : []),
    ...(others > 0 ? ['all proxies speak HTTP in a drill, whatever their protocol is'] : []),
    ...toldNobody(config),
  ]
}

function farStop({ config, accounts, market }: DrillSetup): readonly string[] {
  const largest = Dec.max(...accounts.map(({ configuredBase }) => configuredBase))
  const movePct = new Dec(config.stopLossThresholdUsd).div(largest.times(markOf(market))).times(100)
  if (movePct.lte(FAR_PCT)) return []
  return [
    `your limit of ${config.stopLossThresholdUsd} USD is a move of ${movePct.toFixed(0)} % for ${largest.toFixed()} ${market.symbol}: in real life it would hardly be reached`,
  ]
}

function toldNobody(config: LoadedConfig): readonly string[] {
  const channels = channelsOf(config)
  if (channels.length === 0) {
    return ['no way of notification is on: you would not have got these mails']
  }
  const others = channels.filter((channel) => channel !== 'mail')
  return others.length === 0
    ? []
    : [
        `${others.join(' and ')} would have got the same messages; a drill sends mail only, to itself`,
      ]
}
