/**
 * The way of one account or feed to the venue: over its own egress, over another one when that fails. Nobody above has to
 * know; what the rules forbid to send twice is never sent twice here (DESIGN.md section 3, "Answers of the venue").
 * @module
 */
import { HedgebotError } from '../errors.ts'
import type { Transport, Way } from '../ports.ts'
import { type Choice, chooseEgress, nextEgress } from './choose-egress.ts'
import { connectWay } from './connect-way.ts'
import type { PoolParts, WayOptions, WayState, WaySteps } from './pool-parts.ts'
import { requestOver } from './request-way.ts'

/** Creates a way that begins at its home. @throws HedgebotError kind `config`, code `egress_unknown` */
export function createWay(parts: PoolParts, options: WayOptions): Way {
  const { home, avoid } = options
  const { clock, hasFailover, pool } = parts.options
  const listeners = new Set<() => void>()
  // `direct` stays direct, and a proxy is only ever followed by another one of the pool.
  const canMove = hasFailover && pool.includes(home)
  let current = home
  const choice = (): Choice => ({
    home,
    current,
    canMove,
    candidates: parts.candidates(state),
    avoid: avoid?.(),
  })
  const state = wayState(options, listeners, {
    get: () => current,
    choose() {
      const from = current
      current = chooseEgress(choice(), clock.monotonicMs())
      if (current !== from) parts.moved(state, from)
      return current
    },
  })
  requireTransport(parts, home)
  parts.enter(state)
  state.reconsider()
  const steps: WaySteps = {
    parts,
    transport: (egress) => requireTransport(parts, egress),
    first: () => current,
    next: (tried) => nextEgress({ ...choice(), tried }, clock.monotonicMs()),
  }
  return {
    get egress() {
      return current
    },
    request: (request) => requestOver(steps, request),
    connect: (handlers) => connectWay(steps, handlers),
    mustLeave(egress) {
      if (egress === current) return false
      return parts.condition(egress) === 'down' || current === home || egress === avoid?.()
    },
    onMove(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => parts.leave(state),
  }
}

function wayState(
  options: WayOptions,
  listeners: ReadonlySet<() => void>,
  egress: { readonly get: () => string; readonly choose: () => string },
): WayState {
  return {
    options,
    get current() {
      return egress.get()
    },
    reconsider: () => egress.get() !== egress.choose(),
    tellMoved() {
      for (const listener of listeners) listener()
    },
  }
}

function requireTransport({ options }: PoolParts, egress: string): Transport {
  const transport = options.transports.get(egress)
  if (transport !== undefined) return transport
  throw new HedgebotError('config', `there is no way out named "${egress}"`, {
    code: 'egress_unknown',
    hint: 'proxy of an account is the name of an entry in proxy_pool, or direct.',
  })
}
