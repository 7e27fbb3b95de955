/**
 * Which ways the parts of one exchange take (DESIGN.md section 5: market data come over two different egresses).
 * @module
 */
import type { AccountRef, Way, Ways } from '../ports.ts'

interface WayNeeds {
  readonly accounts: readonly { readonly ref: AccountRef }[]
  readonly hasStandby?: boolean
}

/** Egresses of the accounts, in their order. */
function usedEgresses({ accounts }: WayNeeds): readonly string[] {
  return [...new Set(accounts.map(({ ref }) => ref.egress))]
}

/** Where requests that belong to no account go. */
export function firstEgress(options: WayNeeds): string {
  return usedEgresses(options)[0] ?? 'direct'
}

/** The ways of a market's sockets: two where there are two egresses, each avoiding what the other one uses. */
export function feedWays(options: WayNeeds, ways: Ways, marketIndex: number): readonly Way[] {
  const used = usedEgresses(options)
  // Markets start at different ones, so that feeds spread.
  const first = used[marketIndex % Math.max(1, used.length)] ?? firstEgress(options)
  const neighbour = used[(marketIndex + 1) % Math.max(1, used.length)]
  const second = neighbour === first ? ways.spare(first)[0] : neighbour
  const made: Way[] = []
  made.push(ways.way({ home: first, avoid: () => made[1]?.egress }))
  if (second !== undefined) made.push(ways.way({ home: second, avoid: () => made[0]?.egress }))
  return made
}

/** A way for the socket that stands by, behind another egress; undefined where there is none. */
export function standbyWay(
  options: WayNeeds,
  ways: Ways,
  main: { readonly ref: AccountRef; readonly way: Way },
): Way | undefined {
  const [next] = ways.spare(main.ref.egress)
  if (options.hasStandby !== true || next === undefined) return undefined
  return ways.way({ home: next, avoid: () => main.way.egress })
}
