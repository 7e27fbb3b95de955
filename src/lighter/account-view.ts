import { known, type Known, unknown } from '../hedge/known.ts'
import type { AccountView, VenueOrder, VenuePosition } from '../hedge/venue-view.ts'
import type { AccountState } from './account-state.ts'
import { isRowSettled } from './settled-position.ts'

const NOT_READ = 'not read yet'

/** What the state's age depends on. */
export interface Freshness {
  readonly isLive: boolean
  /** Last proof of life of a socket, our wall clock. */
  readonly lastAliveAtMs: number | undefined
  /** Our wall clock up to which each part is current: proof of life while live, else the last read or the break. */
  readonly positionsAtMs: number
  readonly ordersAtMs: number
}

/** The parts of a view that change only with the state. */
export interface StateSummary {
  readonly positions: ReadonlyMap<number, VenuePosition> | undefined
  /** Why the positions are not known. */
  readonly positionsUnknown: string
  readonly liveOrders: readonly VenueOrder[] | undefined
}

/** Judges every row and collects live orders; done once for each state. */
export function summarizeState(state: AccountState): StateSummary {
  const gap = positionGap(state)
  return {
    positions: state.rows === undefined || gap !== undefined ? undefined : judge(state, state.rows),
    positionsUnknown: gap ?? NOT_READ,
    liveOrders: state.hasOrders
      ? [...state.orders.values()].filter((order) => order.isLive)
      : undefined,
  }
}

/** Everything known about the account, with its age. */
export function viewOf(
  state: AccountState,
  summary: StateSummary,
  freshness: Freshness,
): AccountView {
  const { isLive, lastAliveAtMs, positionsAtMs, ordersAtMs } = freshness
  return {
    isLive,
    lastAliveAtMs,
    positions: toKnown(summary.positions, positionsAtMs, summary.positionsUnknown),
    liveOrders: toKnown(summary.liveOrders, ordersAtMs),
    balances: toKnown(
      state.balances?.value,
      // While the stream is alive its last word holds, however long ago it was.
      isLive ? positionsAtMs : (state.balances?.atMs ?? 0),
    ),
  }
}

/** A market that a fill touched and whose row never came: a missing row would say flat. */
function positionGap(state: AccountState): string | undefined {
  for (const [marketIndex, movement] of state.movements) {
    if (state.rows?.has(marketIndex) === true) continue
    if (movement.signedBase?.isZero() === true || state.listProvenMs >= movement.lastMs) continue
    return `the position row of market ${marketIndex} has not arrived since its last fill`
  }
  return undefined
}

function judge(
  state: AccountState,
  rows: NonNullable<AccountState['rows']>,
): ReadonlyMap<number, VenuePosition> {
  const positions = new Map<number, VenuePosition>()
  for (const [marketIndex, stored] of rows) {
    const isSettled = isRowSettled(stored, state.movements.get(marketIndex))
    positions.set(marketIndex, { ...stored.row, isSettled })
  }
  return positions
}

function toKnown<T>(value: T | undefined, atMs: number, reason = NOT_READ): Known<T> {
  return value === undefined ? unknown(reason) : known(value, atMs)
}
