/**
 * The newest state of one account and who wants to hear of it.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import type { AccountView, VenueFill, VenueOrder } from '../hedge/venue-view.ts'
import type { Clock } from '../ports.ts'
import {
  assertOwnOrders,
  balancesOfStats,
  toAccountFills,
  toPositionRow,
  toVenueOrder,
} from './account-convert.ts'
import { withFills } from './account-fills.ts'
import {
  ordersFrameSchema,
  positionsFrameSchema,
  statsFrameSchema,
  tradesFrameSchema,
} from './account-schemas.ts'
import {
  type AccountState,
  emptyAccountState,
  withBalances,
  withOrders,
  withPositionSnapshot,
  withPositionUpdate,
} from './account-state.ts'
import { type Freshness, type StateSummary, summarizeState, viewOf } from './account-view.ts'
import type { ClockOffset } from './clock-offset.ts'
import { excerpt } from './parse-json.ts'
import type { VenueFrame } from './socket-session.ts'
import { readWire } from './wire-scalars.ts'

/** What a store needs. */
export interface AccountStoreOptions {
  readonly accountIndex: number
  readonly clock: Clock
  readonly clockOffset: ClockOffset
  readonly isLive: () => boolean
}

/** Parts of the account that a read made current. */
export interface ReadParts {
  readonly positions?: true
  readonly orders?: true
}

/** The newest state of one account, with listeners. */
export interface AccountStore {
  state(): AccountState
  view(): AccountView
  order(clientOrderIndex: number): VenueOrder | undefined
  fills(clientOrderIndex: number): readonly VenueFill[]
  marketFills(marketIndex: number): readonly VenueFill[]
  /** Takes a frame of the account's channels; others are ignored. @throws HedgebotError when it cannot be read */
  applyFrame(frame: VenueFrame): void
  /** Takes what a read found; `parts` says which parts are current now. */
  applyRead(next: AccountState, parts: ReadParts): void
  /** A frame, a pong or a response arrived. `isSocket` proves that the socket lives. */
  noteAnswer(isSocket: boolean): void
  lastAnswerAtMs(): number | undefined
  lastDataAtMs(): number | undefined
  /** Not called for balances alone. */
  onChange(listener: () => void): () => void
  changed(): void
}

/**
 * How much older than its arrival a frame's content may be: channels of the venue lag behind each other by less, but
 * nothing is documented (PROTOCOL.md section 8.3), so the figure is generous.
 */
export const FRAME_LAG_MS = 5_000

type Reducer = (state: AccountState, frame: VenueFrame, context: FrameContext) => AccountState

interface FrameContext {
  readonly isSnapshot: boolean
  readonly atMs: number
  readonly venueNowMs: number
}

/** Creates an empty store. */
export function createAccountStore(options: AccountStoreOptions): AccountStore {
  const { clock, clockOffset, accountIndex } = options
  const ages = createAges(clock)
  const { onChange, changed } = createListeners()
  let state = emptyAccountState(accountIndex)
  let summary: StateSummary | undefined
  /** True when there was anything new. */
  const set = (next: AccountState): boolean => {
    if (next === state) return false
    state = next
    summary = undefined
    return true
  }
  return {
    state: () => state,
    view() {
      summary ??= summarizeState(state)
      return viewOf(state, summary, ages.freshness(options.isLive()))
    },
    order(clientOrderIndex) {
      const orderIndex = state.orderOfClient.get(clientOrderIndex)
      return orderIndex === undefined ? undefined : state.orders.get(orderIndex)
    },
    fills: (clientOrderIndex) => state.fillsOfClient.get(clientOrderIndex) ?? [],
    marketFills: (marketIndex) => state.fillsOfMarket.get(marketIndex) ?? [],
    applyFrame(frame) {
      const { type } = frame as { readonly type?: unknown }
      const [event, channel] = typeof type === 'string' ? type.split('/') : []
      // Own ones only: `update/toString` is a function of every object.
      const reduce =
        channel !== undefined && Object.hasOwn(REDUCERS, channel) ? REDUCERS[channel] : undefined
      if (reduce === undefined || (event !== 'subscribed' && event !== 'update')) return
      assertOwnChannel(frame, accountIndex)
      const isSnapshot = event === 'subscribed'
      const context = { isSnapshot, atMs: clock.now(), venueNowMs: clockOffset.venueNowMs() }
      ages.noteData()
      // Balances move with every mark, and listeners decide anew each time.
      if (set(reduce(state, frame, context)) && channel !== BALANCES_CHANNEL) changed()
    },
    applyRead(next, parts) {
      ages.noteRead(parts)
      if (set(next)) changed()
    },
    noteAnswer: ages.noteAnswer,
    lastAnswerAtMs: ages.lastAnswerAtMs,
    lastDataAtMs: ages.lastDataAtMs,
    onChange,
    changed,
  }
}

function createListeners(): Pick<AccountStore, 'onChange' | 'changed'> {
  const listeners = new Set<() => void>()
  return {
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    changed() {
      for (const listener of listeners) listener()
    },
  }
}

const BALANCES_CHANNEL = 'user_stats'

interface Ages {
  noteAnswer(isSocket: boolean): void
  noteData(): void
  noteRead(parts: ReadParts): void
  lastAnswerAtMs(): number | undefined
  lastDataAtMs(): number | undefined
  freshness(isLive: boolean): Freshness
}

/** Ages by our wall clock: while live the last proof of life, afterwards the break or a later read. */
function createAges(clock: Clock): Ages {
  let aliveAtMs: number | undefined
  let answerAtMs: number | undefined
  let dataAtMs: number | undefined
  let positionsReadAtMs = 0
  let ordersReadAtMs = 0
  return {
    noteAnswer(isSocket) {
      answerAtMs = clock.now()
      if (isSocket) aliveAtMs = answerAtMs
    },
    noteData() {
      dataAtMs = clock.now()
    },
    noteRead(parts) {
      if (parts.positions === true) positionsReadAtMs = clock.now()
      if (parts.orders === true) ordersReadAtMs = clock.now()
    },
    lastAnswerAtMs: () => answerAtMs,
    lastDataAtMs: () => dataAtMs,
    freshness: (isLive) => ({
      isLive,
      lastAliveAtMs: aliveAtMs,
      positionsAtMs: Math.max(positionsReadAtMs, aliveAtMs ?? 0),
      ordersAtMs: Math.max(ordersReadAtMs, aliveAtMs ?? 0),
    }),
  }
}

const REDUCERS: Readonly<Record<string, Reducer>> = {
  account_all_positions(state, frame, { isSnapshot, atMs, venueNowMs }) {
    const read = readWire(positionsFrameSchema, frame, 'positions')
    const rows = read.positions.map((row) => toPositionRow(row, atMs))
    const arrival = {
      atMs,
      provenMs: Math.min(read.timestamp ?? venueNowMs, venueNowMs) - FRAME_LAG_MS,
    }
    return isSnapshot
      ? withPositionSnapshot(state, rows, arrival)
      : withPositionUpdate(state, rows, arrival)
  },
  account_all_orders(state, frame, { isSnapshot, venueNowMs }) {
    const read = readWire(ordersFrameSchema, frame, 'orders')
    assertOwnOrders(read.orders, state.accountIndex)
    const orders = read.orders.map((order) => toVenueOrder(order, venueNowMs))
    return withOrders(state, orders, isSnapshot ? 'all_live' : 'update')
  },
  account_all_trades(state, frame) {
    const read = readWire(tradesFrameSchema, frame, 'trades')
    // The public stream tells liquidations apart from trades; whether this one ever does is not documented.
    const trades = [...read.trades, ...read.liquidation_trades]
    const fills = trades.flatMap((trade) => toAccountFills(trade, state.accountIndex))
    return withFills(state, fills)
  },
  [BALANCES_CHANNEL](state, frame, { atMs }) {
    const read = readWire(statsFrameSchema, frame, 'user stats')
    return withBalances(state, balancesOfStats(read.stats), { atMs })
  },
}

/** `account_all_orders:8`: a frame of another account must never be taken for ours, nor one that does not say whose. */
function assertOwnChannel(frame: VenueFrame, accountIndex: number): void {
  const channel = frame['channel']
  if (typeof channel === 'string' && channel.endsWith(`:${accountIndex}`)) return
  const told = excerpt(typeof channel === 'string' ? channel : 'none')
  throw new HedgebotError('unknown_state', `a frame of another account arrived: ${told}`, {
    code: 'answer_malformed',
  })
}
