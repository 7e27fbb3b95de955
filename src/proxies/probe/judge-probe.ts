/**
 * What the steps of a probe say about a way. Pure.
 * @module
 */
import type { Failure, FailureReason, ProbeStep, StepOutcome, Verdict } from './probe-model.ts'

/** What is said of one way. */
export interface Judgement {
  readonly verdict: Verdict
  /** The first step that failed, or the slowest of a slow way. */
  readonly sickStep: ProbeStep | undefined
  /** What the owner can do. */
  readonly hint: string | undefined
}

/**
 * A step longer than this makes a way slow. A leg that stands alone is completed within half of `max_naked_ms`, 1,500 ms
 * by default, and the venue takes up to 300 ms for a taker order: a round trip of a second is the longest that leaves
 * time for one more try of anything.
 */
export const SLOW_STEP_MS = 1_000

/** The venue's code for a region that it does not serve. */
const RESTRICTED_REGION = 20_558

/**
 * Judges a way by its first failed step. When the venue is silent behind a tunnel, it depends on the others: if it
 * took the same step over another way (`passedElsewhere`), this way is at fault, else the venue.
 */
export function judgeProbe(
  steps: readonly StepOutcome[],
  passedElsewhere: ReadonlySet<ProbeStep>,
): Judgement {
  // Without the page at check_url a way is as good as with it.
  const own = steps.filter(({ step }) => step !== 'exit_address')
  const sick = own.find(({ outcome }) => outcome === 'failed')
  if (sick?.failure !== undefined) {
    const verdict = verdictOf(sick.failure, passedElsewhere.has(sick.step))
    return { verdict, sickStep: sick.step, hint: hintOf(verdict, sick.failure, sick.step) }
  }
  const slowest = own.reduce<StepOutcome | undefined>(
    (worst, step) => ((step.ms ?? 0) > (worst?.ms ?? 0) ? step : worst),
    undefined,
  )
  if (slowest === undefined || (slowest.ms ?? 0) <= SLOW_STEP_MS) {
    return { verdict: 'ok', sickStep: undefined, hint: undefined }
  }
  return { verdict: 'slow', sickStep: slowest.step, hint: HINTS.slow }
}

/** Whether a way can be used. */
export function isUsable(verdict: Verdict): boolean {
  return verdict === 'ok' || verdict === 'slow'
}

/** Every verdict that has something to say. */
type Complaint = Exclude<Verdict, 'ok'>

/** Where the reason alone says it. */
const VERDICT_OF_REASON: Readonly<Partial<Record<FailureReason, Complaint>>> = {
  unresolved: 'unresolved',
  refused: 'refused',
  unreachable: 'unreachable',
  reset: 'reset',
  tls: 'tls',
  login: 'auth',
  denied: 'blocked',
  no_tunnel: 'no_tunnel',
  speaks_socks: 'speaks_socks',
  speaks_http: 'speaks_http',
  speaks_tls: 'tls',
}

function verdictOf(failure: Failure, hasPassedElsewhere: boolean): Complaint {
  const { reason } = failure
  if (reason === 'timeout') {
    return failure.isBehindTunnel && !hasPassedElsewhere ? 'venue_down' : 'hangs'
  }
  if (reason === 'venue_status') return verdictOfStatus(failure)
  return VERDICT_OF_REASON[reason] ?? 'unexpected'
}

function verdictOfStatus({ status = 0, venueCode }: Failure): Complaint {
  if (venueCode === RESTRICTED_REGION) return 'restricted'
  if (status === 407) return 'auth'
  // 429 is said by the venue, 405 for the same reason by the firewall before it (PROTOCOL.md section 9).
  if (status === 403 || status === 405 || status === 429) return 'blocked'
  return status >= 500 ? 'venue_down' : 'unexpected'
}

const HINTS: Readonly<Record<Complaint, string>> = {
  slow: 'It works, but a leg that has to be completed or closed waits this long: prefer another proxy.',
  auth: 'Check username and password of this proxy in proxy_pool.',
  refused: 'Check host and port: nothing listens there.',
  hangs: 'It takes the connection and then stays silent: ask its provider, or take another one.',
  reset: 'It ends the connection in the middle: ask its provider, or take another one.',
  blocked: 'Ask the provider of this proxy to let the exchange through, or take another one.',
  restricted:
    'The exchange does not serve the region that this way leaves from: do not trade over it. hedgebot looks for no way around.',
  tls: 'Something between here and the exchange breaks encryption: do not trade over it.',
  unresolved: 'Check the host name for a slip, and the name server of this machine.',
  unreachable: 'Check host and port, and the network of this machine.',
  no_tunnel:
    'The proxy answers but did not reach the exchange: ask its provider. When every proxy says so, the exchange itself may be down.',
  speaks_socks: 'Set protocol: socks5 for this proxy.',
  speaks_http: 'Set protocol: http for this proxy.',
  venue_down: 'The way is fine and the exchange has trouble of its own: try again later.',
  unexpected:
    'Something else answers there: check host and port, and what the proxy does to traffic.',
}

/** Hints for a failure that is plainer than its verdict. */
function hintOf(verdict: Complaint, failure: Failure, step: ProbeStep): string {
  if (failure.reason === 'speaks_tls') return 'Set protocol: https for this proxy.'
  if (failure.reason === 'tls' && !failure.isBehindTunnel) {
    return 'Check the certificate of this proxy, or set protocol: http if it speaks plain HTTP.'
  }
  if (verdict === 'hangs' && step === 'tcp') {
    return 'Nothing at all comes from this address: check host, port and firewalls on the way.'
  }
  if (verdict === 'hangs' && failure.isBehindTunnel) {
    return 'It opens tunnels and lets nothing through, while others do: ask its provider, or take another one.'
  }
  if (failure.reason === 'venue_status' && verdict === 'blocked') {
    return 'Too many requests from this address, or the firewall of the exchange does not like it: wait a minute and try again.'
  }
  return HINTS[verdict]
}
