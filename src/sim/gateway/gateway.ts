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
import { createAuthGate } from './auth-gate.ts'
import { createFrameHub, type FrameHub } from './frame-hub.ts'
import type { GatewayParts } from './gateway-parts.ts'
import { createNonceLedger } from './nonce-ledger.ts'
import { createRefusedOrders, type RefusedOrders } from './refused-orders.ts'
import { createRequestLimiter } from './request-limiter.ts'
import {
  serveRequest,
  type GatewayLoss,
  type GatewayRequest,
  type GatewayResponse,
} from './rest-service.ts'
import { openSession, type GatewaySession, type SessionOptions } from './session.ts'
import { createSocketLimiter } from './socket-limiter.ts'
import { createTransactionDesk } from './transaction-desk.ts'
import { createTransactionPipeline } from './transaction-pipeline.ts'
import { createTransactionStore } from './transaction-store.ts'
import type { UnitCounter } from './unit-counter.ts'

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
  readonly faults: FaultSwitch
  /** The venue's clock: the given one plus planned skew. */
  readonly clock: Clock
  close(): void
}

/** Creates the gateway of a core. */
export function createGateway(options: GatewayOptions): Gateway {
  const { core, rng, noLimits = false } = options
  const chainId = options.chainId ?? CHAIN_ID.testnet
  assert(chainId !== CHAIN_ID.mainnet, 'a simulator never speaks the chain id of the real exchange')
  const faults = options.faults ?? createFaultSwitch({ clock: options.clock, rng })
  const clock = createSkewedClock(options.clock, () => faults.clockSkewMs())
  const timing = timingOf(options)

  const store = createTransactionStore(clock, timing.txLagMs)
  const nonces = createNonceLedger({ core, clock, lagMs: timing.nonceLagMs })
  const requests = createRequestLimiter({ clock, noLimits })
  const refusedOrders = createRefusedOrders(core)
  const hub = createFrameHub({ ...timing, core, clock, store })
  const pipeline = createTransactionPipeline({
    core,
    clock,
    chainId,
    nonces,
    store,
    faults,
    noDelay: options.noDelay ?? false,
    ...refusalListeners(hub, refusedOrders),
  })
  const parts: GatewayParts = {
    core,
    clock,
    rng,
    faults,
    requests,
    nonces,
    store,
    hub,
    refusedOrders,
    gate: createAuthGate(core, clock),
    sockets: createSocketLimiter(clock, noLimits),
    desk: createTransactionDesk({ core, requests, pipeline }),
    contractAddress: `0x${Buffer.from(rng.nextBytes(20)).toString('hex')}`,
    channelJitterMs: timing.channelJitterMs,
    subscriptionsOutliveTokens: options.subscriptionsOutliveTokens ?? false,
  }
  return {
    request: (request) => serveRequest(parts, request),
    openSession: (session) => openSession(parts, session),
    units: requests.units,
    faults,
    clock,
    close: () => hub.close(),
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

function refusalListeners(hub: FrameHub, refusedOrders: RefusedOrders) {
  return {
    onForcedRefusal(...[received, record, error]: Parameters<RefusedOrders['add']>) {
      const order = refusedOrders.add(received, record, error)
      if (order !== undefined) hub.emit({ type: 'order', order })
      hub.emitTransaction(record.accountIndex, record.hash)
    },
    onSettled(record: { readonly accountIndex: number; readonly hash: string }) {
      hub.emitTransaction(record.accountIndex, record.hash)
    },
  }
}
