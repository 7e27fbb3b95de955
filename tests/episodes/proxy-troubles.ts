/** Proxies that fail and come back, by a seed; they end with all other faults. */
import type { MemoryProxyMode } from '../../src/sim/faults/memory-proxy.ts'
import { createSeededRng } from '../../src/sim/market/seeded-rng.ts'
import { CALM_AFTER_MS } from './episode.ts'
import type { World, WorldOptions } from './world.ts'

/** One proxy that is not well for a while. */
export interface ProxyTrouble {
  /** From 1. */
  readonly place: number
  readonly mode: MemoryProxyMode
  readonly fromMs: number
  readonly forMs: number
}

const MODES: readonly MemoryProxyMode[] = ['refuse', 'auth', 'hang', 'swallow']
const PROXIES = 3

/** A pool of three and up to six troubles. `spares` proxies are always well: with one, a bound holds. */
export function drawProxyTroubles(
  seed: number,
  { spares }: { readonly spares: number },
): Pick<WorldOptions, 'proxies'> & { readonly troubles: readonly ProxyTrouble[] } {
  const rng = createSeededRng(seed * 6_700_417)
  const weak = PROXIES - spares
  const count = 1 + Math.floor(rng.nextFloat() * 6)
  const troubles = Array.from({ length: count }, (): ProxyTrouble => {
    // Many at the beginning, where hedges are opened and closed.
    const fromMs = Math.floor(rng.nextFloat() ** 2 * (CALM_AFTER_MS - 10_000))
    return {
      place: 1 + Math.floor(rng.nextFloat() * weak),
      mode: MODES[Math.floor(rng.nextFloat() * MODES.length)] ?? 'refuse',
      fromMs,
      forMs: Math.min(CALM_AFTER_MS - fromMs, 200 + Math.floor(rng.nextFloat() ** 2 * 20_000)),
    }
  })
  return { proxies: PROXIES, troubles }
}

/** Lets them happen; of two at once the later one counts, and the first that ends makes the proxy well. */
export function plan(world: World, troubles: readonly ProxyTrouble[]): void {
  for (const { place, mode, fromMs, forMs } of troubles) {
    const proxy = world.proxies.get(`proxy_${place}`)
    if (proxy === undefined) throw new Error(`no proxy ${place}`)
    world.clock.setTimer(fromMs, () => proxy.setMode(mode))
    world.clock.setTimer(fromMs + forMs, () => proxy.setMode('normal'))
  }
}
