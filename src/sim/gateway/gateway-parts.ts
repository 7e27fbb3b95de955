import type { Clock, Rng } from '../../ports.ts'
import type { SimCore } from '../core/core-model.ts'
import type { FaultSwitch } from '../faults/fault-switch.ts'
import type { AccountLabels } from './account-labels.ts'
import type { Announcements } from './announcements.ts'
import type { AuthGate } from './auth-gate.ts'
import type { FrameHub } from './frame-hub.ts'
import type { MarketHistory } from './market-history.ts'
import type { MakerOnlyKeys } from './maker-only-keys.ts'
import type { NonceLedger } from './nonce-ledger.ts'
import type { ReadOnlyTokens } from './read-only-tokens.ts'
import type { RefusedOrders } from './refused-orders.ts'
import type { RequestLimiter } from './request-limiter.ts'
import type { SessionRegistry } from './session-registry.ts'
import type { SocketLimiter } from './socket-limiter.ts'
import type { TransactionDesk } from './transaction-desk.ts'
import type { TransactionStore } from './transaction-store.ts'

/** Everything that requests and sessions are served with. */
export interface GatewayParts {
  readonly core: SimCore
  /** The venue's clock: the real one plus planned skew. */
  readonly clock: Clock
  readonly rng: Rng
  readonly faults: FaultSwitch
  readonly gate: AuthGate
  readonly requests: RequestLimiter
  readonly sockets: SocketLimiter
  /** Who is connected, for control surfaces. */
  readonly sessions: SessionRegistry
  readonly nonces: NonceLedger
  readonly makerOnly: MakerOnlyKeys
  readonly store: TransactionStore
  readonly desk: TransactionDesk
  readonly hub: FrameHub
  /** Candles since the venue opened. */
  readonly history: MarketHistory
  readonly refusedOrders: RefusedOrders
  readonly readOnlyTokens: ReadOnlyTokens
  readonly accountLabels: AccountLabels
  readonly announcements: Announcements
  /** Shown by `/info`; tells one simulator from another. */
  readonly contractAddress: string
  /** Frames of different channels overtake each other by up to this much. */
  readonly channelJitterMs: number
  /** Whether a subscription goes on after its token has expired. */
  readonly subscriptionsOutliveTokens: boolean
}
