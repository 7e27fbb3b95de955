import { DIRECT_EGRESS } from './loaded-config.ts'

/** How the accounts without a proxy of their own are spread. */
export interface EgressPlan {
  /** For each account its own choice (`direct` or a proxy's name), or `undefined`. */
  readonly chosen: readonly (string | undefined)[]
  /** Names of the pool, in order. */
  readonly pool: readonly string[]
  readonly assign: 'block' | 'round_robin'
}

/**
 * The egress of every account, in order. Those without a choice are spread over the pool: in blocks of neighbours whose
 * sizes differ by at most one, the larger first (20 over 3: 7, 7, 6), or one after the other. An empty pool means
 * `direct`.
 */
export function assignEgress({ chosen, pool, assign }: EgressPlan): string[] {
  const freeCount = chosen.filter((choice) => choice === undefined).length
  let position = 0
  return chosen.map((choice) => {
    if (choice !== undefined) return choice
    const slot =
      assign === 'round_robin' ? position % pool.length : blockOf(position, freeCount, pool.length)
    position += 1
    return pool[slot] ?? DIRECT_EGRESS
  })
}

function blockOf(position: number, count: number, blocks: number): number {
  const small = Math.floor(count / blocks)
  const largeBlocks = count % blocks
  const inLarge = largeBlocks * (small + 1)
  if (position < inLarge) return Math.floor(position / (small + 1))
  return largeBlocks + Math.floor((position - inLarge) / small)
}
