/**
 * The parts of a drill's story that are not told while it runs. Pure.
 * @module
 */
import type { StoryLine } from './drill-report.ts'
import type { DrillSetup } from './drill-setup.ts'
import type { DrillWorld } from './drill-world.ts'
import type { OwnFill } from './venue-record.ts'

/** How a drill begins. */
export function setupLine({ accounts, hedges, config, market }: DrillSetup): string {
  const money = accounts.map(({ collateralUsd }) => collateralUsd.toNumber())
  const [least, most] = [Math.min(...money), Math.max(...money)]
  const range = least === most ? `${least}` : `${least} to ${most}`
  const owners = new Set(accounts.map(({ owner }) => owner)).size
  const proxies = config.proxyPool.length
  return (
    `a simulated exchange: ${accounts.length} accounts of ${count(owners, 'owner')} with ${range} USDC each, ` +
    `${count(hedges.length, 'hedge')} on ${market.symbol}, ${proxies === 0 ? 'no proxy' : count(proxies, 'proxy', 'proxies')}`
  )
}

/** Executions by the exchange's books; those of one account in one moment are one line. */
export function fillLines(
  world: Pick<DrillWorld, 'record' | 'startMs' | 'venue' | 'setup'>,
): readonly StoryLine[] {
  const { record, startMs, venue, setup } = world
  const nameOf = new Map(
    venue.stage.accounts.map((account) => [account.accountIndex, account.name]),
  )
  return joinFills(record.fills).map((fill) => ({
    atMs: fill.atMs - startMs,
    who: 'exchange',
    text: `${nameOf.get(fill.accountIndex) ?? '?'} ${fill.base.gt(0) ? 'buys' : 'sells'} ${fill.base
      .abs()
      .toFixed()} ${setup.market.symbol} at ${fill.priceUsd.toFixed(setup.market.priceDecimals)}${BY[fill.by]}`,
  }))
}

const BY: Readonly<Record<OwnFill['by'], string>> = {
  order: '',
  stop: ' (a stop that rested on the exchange)',
  liquidation: ' (liquidation)',
}

/** So close together they are one execution for a person. */
const ONE_MOMENT_MS = 5

/** Sums neighbours of one account; the price is the mean. */
function joinFills(fills: readonly OwnFill[]): readonly OwnFill[] {
  const joined: OwnFill[] = []
  for (const fill of fills) {
    const at = joined.findIndex(
      (other) =>
        other.accountIndex === fill.accountIndex &&
        other.by === fill.by &&
        fill.atMs - other.atMs <= ONE_MOMENT_MS &&
        other.base.gt(0) === fill.base.gt(0),
    )
    const before = joined[at]
    if (before === undefined) joined.push(fill)
    else {
      const base = before.base.plus(fill.base)
      const paid = before.base.times(before.priceUsd).plus(fill.base.times(fill.priceUsd))
      joined[at] = { ...before, base, priceUsd: paid.div(base) }
    }
  }
  return joined
}

/** In order of time; what happened at once stays in the order in which it is given. */
export function sortStory(lines: readonly StoryLine[]): readonly StoryLine[] {
  return lines.toSorted((a, b) => a.atMs - b.atMs)
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
