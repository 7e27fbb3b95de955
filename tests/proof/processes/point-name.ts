/**
 * Names of points: `open/commit-after:orders#2` is what happens right after the second commit of a run of `open` that
 * recorded orders (preload.mjs).
 */

/** A point of one scenario. */
export interface PointName {
  /** Which command, under which circumstances: `open`, `close`, `watch`, ... */
  readonly scenario: string
  /** `commit-before:orders#1`: as the preload counts. */
  readonly point: string
}

/** `open/commit-after:orders#2`. */
export function formatPoint({ scenario, point }: PointName): string {
  return `${scenario}/${point}`
}

/** The other way round. @throws RangeError when it is no point's name */
export function parsePoint(name: string): PointName {
  const match = /^([a-z-]+)\/((?:commit|send|post)-(?:before|after):[a-z_0-9]+#\d+)$/.exec(name)
  const [, scenario, point] = match ?? []
  if (scenario === undefined || point === undefined) {
    throw new RangeError(`"${name}" is not a point such as open/commit-after:orders#2`)
  }
  return { scenario, point }
}

/** What matters alike. Everything else is `rest`: requests counted, runs, owners, the schema, facts of accounts. */
const GROUPS: Readonly<Record<string, string>> = {
  orders: 'orders',
  outcomes: 'outcomes',
  fills: 'outcomes',
  hedges: 'hedges',
  legs: 'hedges',
  lanes: 'hedges',
  // Transactions: an order, or one together with its stops.
  order: 'orders',
  grouped: 'orders',
}

/**
 * The kind of a point, whatever its number and its circumstances: `open/commit-after:orders`, `watch/send-before:orders`.
 * Where little depends on the command, one kind is for all: `any/commit-after:rest`, and `any/post-before` for the copy
 * over REST that follows when no answer came.
 */
export function kindOf({ scenario, point }: PointName): string {
  const [command = ''] = scenario.split('-')
  const [moment = '', what = ''] = point.replace(/#\d+$/, '').split(':')
  if (moment.startsWith('post')) return `any/${moment}`
  const group = GROUPS[what]
  return group === undefined ? `any/${moment}:rest` : `${command}/${moment}:${group}`
}
