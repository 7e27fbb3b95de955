/**
 * The simulated exchange without I/O: requests and sessions in, answers and frames out, all timing on the clock
 * (DESIGN.md section 6).
 * @module
 */
import { assert } from '../../errors.ts'
import { CHAIN_ID } from '../../lighter/signer/transactions.ts'
import type { Clock, Rng } from '../../ports.ts'
import type { SimCore } from '../core/core-model.ts'
import { createFaultSwitch, type FaultSwitch } from '../faults/fault-switch.ts'
import { createSkewedClock } from '../faults/skewed-clock.ts'
import { createAddressThrottle } from './address-throttle.ts'
import { createAccountLabels } from './account-labels.ts'
import { type Announcement, createAnnouncements } from './announcements.ts'
import { createAuthGate } from './auth-gate.ts'
import { createFrameHub, type FrameHub } from './frame-hub.ts'
import type { GatewayParts } from './gateway-parts.ts'
import { createMarketHistory, type MarketHistory } from './market-history.ts'
import { createMakerOnlyKeys } from './maker-only-keys.ts'
import { createNonceLedger } from './nonce-ledger.ts'
import { createReadOnlyTokens } from './read-only-tokens.ts'
import { createRefusedOrders } from './refused-orders.ts'
import { createRequestLimiter } from './request-limiter.ts'
import {
  notAllowedResponse,
  serveRequest,
  type GatewayLoss,
  type GatewayRequest,
  type GatewayResponse,
} from './rest-service.ts'
import { openSession, type GatewaySession, type SessionOptions } from './session.ts'
import { shareThrottle } from './shared-throttle.ts'
import { createSessionRegistry, type SessionRegistry } from './session-registry.ts'
import { createSocketLimiter } from './socket-limiter.ts'
import { createTransactionDesk } from './transaction-desk.ts'
import { followTransactions } from './transaction-follower.ts'
import { createTransactionPipeline } from './transaction-pipeline.ts'
import { createTransactionStore } from './transaction-store.ts'
import type { UnitCounter } from './unit-counter.ts'
import { createVolumeQuota } from './volume-quota.ts'

export interface GatewayOptions {
  readonly core: SimCore
  readonly clock: Clock
  readonly rng: Rng
  /** Planned faults; none by default. */
  readonly faults?: FaultSwitch
  /** Never the real exchange's; default 300. */
  readonly chainId?: number
  /** Counts requests and refuses none. */
  readonly noLimits?: boolean
  /** No speed bump, no lag, no jitter between channels: for measuring. */
  readonly noDelay?: boolean
  /** How old what `nextNonce` and `apikeys` show is; default 100 ms. */
  readonly nonceLagMs?: number
  /** How old what `tx` shows is; default 100 ms. */
  readonly txLagMs?: number
  /** Frames of different channels overtake each other by up to this much; default 20 ms. */
  readonly channelJitterMs?: number
  /** `user_stats` follow the mark at most this often; default 1000 ms. */
  readonly userStatsIntervalMs?: number
  /** Whether a subscription goes on after its token has expired; default false. */
  readonly subscriptionsOutliveTokens?: boolean
}

export interface Gateway {
  /** Serves one HTTP request; rejects only on a mistake of the simulator. */
  request(request: GatewayRequest): Promise<GatewayResponse | GatewayLoss>
  /** Opens a socket session, or answers the upgrade with a refusal. The greeting is sent before it returns. */
  openSession(options: SessionOptions): GatewaySession | GatewayResponse
  /** Requests and sends, as the limiter counts them. */
  readonly units: UnitCounter
  /** Who is connected, and a hand on each. */
  readonly sessions: SessionRegistry
  readonly faults: FaultSwitch
  /** The venue's clock: the given one plus planned skew. */
  readonly clock: Clock
  /** Shows it in `announcement` and tells every account that listens to `notification`. */
  announce(announcement: Announcement): void
  /** Stops what waits: nothing is executed or told by a timer any more. */
  close(): void
}

/** Creates the gateway of a core. */
export function createGateway(options: GatewayOptions): Gateway {
  const { rng } = options
  const chainId = options.chainId ?? CHAIN_ID.testnet
  assert(chainId !== CHAIN_ID.mainnet, 'a simulator never speaks the chain id of the real exchange')
  const faults = options.faults ?? createFaultSwitch({ clock: options.clock, rng })
  const clock = createSkewedClock(options.clock, () => faults.clockSkewMs())
  const { parts, stop } = createParts({ ...options, chainId, faults, clock })
  const { requests, sessions } = parts
  return {
    request: (request) => serveRequest(parts, request),
    // The firewall stands in front of upgrades as well (PROTOCOL.md section 9).
    openSession: (session) =>
      requests.turnAway(session.remoteAddress) ? notAllowedResponse() : openSession(parts, session),
    units: requests.units,
    sessions,
    faults,
    clock,
    announce: (announcement) => parts.announcements.add(announcement),
    close: stop,
  }
}

interface PartsOptions extends GatewayOptions {
  readonly chainId: number
  readonly faults: FaultSwitch
}

/** The parts; `stop` ends what listens and what waits. */
function createParts(options: PartsOptions): {
  readonly parts: GatewayParts
  stop(): void
} {
  const { core, clock, rng, faults, noLimits = false } = options
  const timing = timingOf(options)
  const throttle = createAddressThrottle({ clock, noLimits })
  const requests = createRequestLimiter({ clock, noLimits, throttle })
  const readOnlyTokens = createReadOnlyTokens(clock, rng)
  // Before the hub: it must know a trade when the hub tells of it.
  const history = createMarketHistory(core, clock)
  const sending = createSendingParts(options, { timing, history })
  const parts: GatewayParts = {
    core,
    clock,
    rng,
    faults,
    requests,
    history,
    readOnlyTokens,
    ...sending.parts,
    gate: createAuthGate({ core, clock, readOnlyTokens }),
    accountLabels: createAccountLabels(),
    sockets: shareThrottle(createSocketLimiter(clock, noLimits), throttle),
    sessions: createSessionRegistry(),
    desk: createTransactionDesk({
      core,
      requests,
      pipeline: sending.pipeline,
      quota: createVolumeQuota({ core, clock, noLimits }),
    }),
    contractAddress: `0x${Buffer.from(rng.nextBytes(20)).toString('hex')}`,
    channelJitterMs: timing.channelJitterMs,
    subscriptionsOutliveTokens: options.subscriptionsOutliveTokens ?? false,
  }
  return {
    parts,
    stop() {
      parts.hub.close()
      history.close()
      sending.stop()
    },
  }
}

/** The way of a transaction, and what tells of it. */
function createSendingParts(
  options: PartsOptions,
  { timing, history }: { readonly timing: Timing; readonly history: MarketHistory },
) {
  const { core, clock, chainId, faults, noDelay = false } = options
  const store = createTransactionStore(clock, timing.txLagMs)
  const nonces = createNonceLedger({ core, clock, lagMs: timing.nonceLagMs })
  const makerOnly = createMakerOnlyKeys(core, clock)
  const refusedOrders = createRefusedOrders(core)
  const announcements = createAnnouncements((id) => hub.emitAnnouncement(id))
  const hub: FrameHub = createFrameHub({ ...timing, core, clock, store, history, announcements })
  const follower = followTransactions({ core, store, hub, refusedOrders })
  const pipeline = createTransactionPipeline({
    core,
    clock,
    chainId,
    nonces,
    makerOnly,
    store,
    faults,
    noDelay,
    ...follower,
  })
  return {
    parts: { store, nonces, makerOnly, refusedOrders, hub, announcements },
    pipeline,
    stop() {
      follower.close()
      pipeline.close()
    },
  }
}

interface Timing {
  readonly nonceLagMs: number
  readonly txLagMs: number
  readonly channelJitterMs: number
  readonly userStatsIntervalMs: number
}

function timingOf(options: GatewayOptions): Timing {
  const isFast = options.noDelay ?? false
  return {
    nonceLagMs: options.nonceLagMs ?? (isFast ? 0 : 100),
    txLagMs: options.txLagMs ?? (isFast ? 0 : 100),
    channelJitterMs: options.channelJitterMs ?? (isFast ? 0 : 20),
    userStatsIntervalMs: options.userStatsIntervalMs ?? 1_000,
  }
}
