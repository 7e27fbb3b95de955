import { HedgebotError } from '../errors.ts'
import type { VenueRequest, VenueResponse } from '../ports.ts'
import { isKeptOut, observationOfAnswer, observationOfFailure } from './observe-traffic.ts'
import type { WaySteps } from './pool-parts.ts'

/**
 * One egress after the other, until one answers, the time is over, or what failed may not be repeated: what sends goes
 * again by itself only when it surely was not heard.
 */
export async function requestOver(steps: WaySteps, request: VenueRequest): Promise<VenueResponse> {
  const { clock } = steps.parts.options
  const startedMs = clock.monotonicMs()
  const tried = new Set<string>()
  let egress = steps.first()
  for (;;) {
    tried.add(egress)
    const timeoutMs = request.timeoutMs - (clock.monotonicMs() - startedMs)
    const hasNext = steps.next(tried) !== undefined
    const patience = hasNext ? { connectTimeoutMs: steps.parts.patienceMs(egress) } : {}
    const end = await requestOnce(steps, egress, { ...request, ...patience, timeoutMs })
    const isInTime = clock.monotonicMs() - startedMs < request.timeoutMs
    const next = end.mayRepeat && isInTime ? steps.next(tried) : undefined
    if (next === undefined) return end.result()
    egress = next
  }
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
  try {
    const response = await transport(egress).request(request)
    parts.report(egress, observationOfAnswer(response))
    return { mayRepeat: isKeptOut(response), result: () => response }
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
