import type { Clock, Transport } from '../ports.ts'
import { doubt, type Observation } from './egress-health.ts'
import { observationOfFailure } from './observe-traffic.ts'

/** The greeting comes with the upgrade; a way that takes longer is not well. */
const PROBE_TIMEOUT_MS = 10_000

/**
 * Asks an egress the cheapest question that goes all the way: a WebSocket to the venue, up to its greeting. It costs no
 * request of any budget.
 */
export function probeEgress(transport: Transport, clock: Clock): Promise<Observation> {
  const startedMs = clock.monotonicMs()
  return new Promise((resolve) => {
    let isOver = false
    const end = (observation: Observation): void => {
      if (isOver) return
      isOver = true
      cancelTimer()
      resolve(observation)
    }
    const cancelTimer = clock.setTimer(PROBE_TIMEOUT_MS, () => {
      end(doubt('no_answer'))
      socket.terminate()
    })
    const socket = transport.connect({
      onOpen: () => undefined,
      onPong: () => undefined,
      onMessage: () => {
        end({ kind: 'ok', connectedInMs: clock.monotonicMs() - startedMs })
        socket.terminate()
      },
      onClose: ({ error }) => {
        end(observationOfFailure(error) ?? doubt('reset'))
      },
    })
  })
}
