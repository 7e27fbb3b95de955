import type { LoadedConfig } from '../config/loaded-config.ts'
import type { Context } from '../context.ts'
import type { JudgedWay, ProbePoolOptions } from '../proxies/probe/probe-pool.ts'
import type { ProbedWay } from '../proxies/probe/probe-way.ts'

/** The way without a proxy, as the configuration calls it. */
export const DIRECT = 'direct'

/** One configured way. */
export interface ConfiguredWay {
  readonly name: string
  readonly proxy: LoadedConfig['proxyPool'][number] | undefined
}

/** The pool, and the way without a proxy when an account goes it. */
export function waysOf(config: LoadedConfig): readonly ConfiguredWay[] {
  const isDirectUsed = accountsOf(config, DIRECT).length > 0
  return [
    ...config.proxyPool.map((proxy) => ({ name: proxy.name, proxy })),
    ...(isDirectUsed ? [{ name: DIRECT, proxy: undefined }] : []),
  ]
}

/** Names of the accounts whose own way it is. */
export function accountsOf(config: LoadedConfig, egress: string): readonly string[] {
  return config.accounts.filter((account) => account.egress === egress).map(({ name }) => name)
}

/** Tries ways step by step, all at once, as the configuration wants it. */
export async function probeWays(
  context: Context,
  ways: readonly ProbedWay[],
  talk: Pick<ProbePoolOptions, 'signal' | 'onStep' | 'onDone'>,
): Promise<readonly JudgedWay[]> {
  const { config, clock, rng } = context
  const { probePool } = await import('../proxies/probe/probe-pool.ts')
  return probePool(ways, {
    restUrl: config.restUrl,
    wsUrl: config.wsUrl,
    checkUrl: config.proxies.checkUrl,
    timeoutMs: config.proxies.connectTimeoutMs,
    clock,
    rng,
    ...talk,
  })
}
