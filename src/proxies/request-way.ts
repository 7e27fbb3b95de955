import { HedgebotError } from '../errors.ts'
import type { VenueRequest, VenueResponse } from '../ports.ts'
import { isKeptOut, observationOfAnswer, observationOfFailure } from './observe-traffic.ts'
import type { WaySteps } from './pool-parts.ts'

/**
 * One egress after the other, until one answers, the time is over, or what failed may not be repeated: what sends goes
 * again by itself only when it surely was not heard. A read changes nothing, so it does not wait for an egress that is
 * slower than it used to be, while there is another one.
 */
export async function requestOver(steps: WaySteps, request: VenueRequest): Promise<VenueResponse> {
  const { clock } = steps.parts.options
  const startedMs = clock.monotonicMs()
  const leftMs = (): number => request.timeoutMs - (clock.monotonicMs() - startedMs)
  const tried = new Set<string>()
  let egress = steps.first()
  for (;;) {
    tried.add(egress)
    const hasNext = steps.next(tried) !== undefined
    const limits: Limits = hasNext ? limitsOf(steps, egress, request) : {}
    const timeoutMs = Math.min(leftMs(), limits.timeoutMs ?? Infinity)
    const end = await requestOnce(steps, egress, { ...request, ...limits, timeoutMs })
    const next = end.mayRepeat && leftMs() > 0 ? steps.next(tried) : undefined
    if (next === undefined) return end.result()
    egress = next
  }
}

interface Limits {
  readonly connectTimeoutMs?: number
  readonly timeoutMs?: number
}

/** While there is another egress to go on with. */
function limitsOf({ parts }: WaySteps, egress: string, { method }: VenueRequest): Limits {
  const connectTimeoutMs = parts.connectPatienceMs(egress)
  return method === 'GET'
    ? { connectTimeoutMs, timeoutMs: parts.answerPatienceMs(egress) }
    : { connectTimeoutMs }
}

interface Attempt {
  readonly mayRepeat: boolean
  /** @throws what the attempt failed with */
  readonly result: () => VenueResponse
}

async function requestOnce(
  { parts, transport }: WaySteps,
  egress: string,
  request: VenueRequest,
): Promise<Attempt> {
  const { clock } = parts.options
  const startedMs = clock.monotonicMs()
  try {
    const response = await transport(egress).request(request)
    const observation = observationOfAnswer(response, clock.monotonicMs() - startedMs)
    parts.report(egress, observation)
    return { mayRepeat: isKeptOut(observation), result: () => response }
  } catch (error) {
    const observation = observationOfFailure(error)
    if (observation !== undefined) parts.report(egress, observation)
    const isUndelivered = error instanceof HedgebotError && error.mayHaveBeenDelivered === false
    return {
      mayRepeat: observation !== undefined && (isUndelivered || request.method === 'GET'),
      result: () => {
        throw error
      },
    }
  }
}
