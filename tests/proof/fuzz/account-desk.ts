/**
 * The production client of one account and one market over answers and frames that an input makes up: no signer and no
 * exchange behind it.
 * @module
 */
import { createAccountReads, type AccountReads } from '../../../src/lighter/account-reads.ts'
import { type AccountStore, createAccountStore } from '../../../src/lighter/account-store.ts'
import { createBudget } from '../../../src/lighter/budget.ts'
import { createClockOffset } from '../../../src/lighter/clock-offset.ts'
import { createRestClient, type RestClient } from '../../../src/lighter/rest-client.ts'
import type {
  AccountRef,
  Logger,
  Transport,
  VenueRequest,
  VenueResponse,
} from '../../../src/ports.ts'
import { createVirtualClock, type VirtualClock } from '../../../src/sim/virtual-clock.ts'
import type { Samples } from './record-samples.ts'

/** One account's reads and what they fill. */
export interface AccountDesk {
  readonly clock: VirtualClock
  readonly store: AccountStore
  readonly reads: AccountReads
  readonly rest: RestClient
  /** Everything that was logged. */
  readonly logged: unknown[]
}

/** What answers. */
export type Answer = (request: VenueRequest) => VenueResponse

/** Sets up the account; its store has the position and the orders of the recorded hedge. */
export function createAccountDesk(samples: Samples, token: string, answer: Answer): AccountDesk {
  const clock = createVirtualClock()
  const clockOffset = createClockOffset(clock)
  const logged: unknown[] = []
  const logger = listLogger(logged)
  const ref = refOf(samples)
  const store = createAccountStore({
    accountIndex: samples.accountIndex,
    clock,
    clockOffset,
    isLive: () => true,
  })
  const budget = createBudget({
    clock,
    spend: { record: () => undefined, spentSince: () => 0 },
    logger,
    accounts: [{ ref, l1Address: undefined }],
  })
  const tokens = { current: () => token, discard: () => undefined }
  const rest = createRestClient({
    transport: answeringTransport(answer),
    clock,
    clockOffset,
    budget,
    account: { name: ref.name, tokens },
    onAnswer: () => undefined,
  })
  const reads = createAccountReads({ ref, rest, store, clock, clockOffset, budget })
  return { clock, store, reads, rest, logged }
}

/** The account of the samples. */
export function refOf({ accountIndex, apiKeyIndex }: Samples): AccountRef {
  return { name: 'alice', accountIndex, apiKeyIndex, egress: 'direct' }
}

/** A logger that keeps what it is told, as it would be written. */
export function listLogger(lines: unknown[]): Logger {
  const write = (...parts: unknown[]): void => {
    lines.push(parts)
  }
  return { debug: write, info: write, warn: write, error: write }
}

function answeringTransport(answer: Answer): Transport {
  return {
    egress: 'direct',
    request: (request) => Promise.resolve(answer(request)),
    connect: () => {
      throw new Error('this desk has no sockets')
    },
    close: () => undefined,
  }
}
