import type { Clock } from '../../ports.ts'
import { type Failure, PROBE_STEPS, type ProbeStep, type StepOutcome } from './probe-model.ts'
import { StepFailure } from './step-failure.ts'

/** The time of a step, for work that has to prepare something first or goes on afterwards. */
export interface Stopwatch {
  /** What was before does not count. */
  restart(): void
  /** What comes after does not count. */
  stop(): void
}

/** Writes down how each step of one probe ended. */
export interface StepLog {
  /** Does a step and measures it. Rejects with whatever the work rejected with. */
  run<T>(step: ProbeStep, work: (watch: Stopwatch) => Promise<T>): Promise<T>
  /** Every step in order; those that never began are skipped. */
  outcomes(): readonly StepOutcome[]
}

/** A log without steps yet; `onStep` hears of each when it begins. */
export function createStepLog(clock: Clock, onStep: (step: ProbeStep) => void): StepLog {
  const done = new Map<ProbeStep, StepOutcome>()
  return {
    async run(step, work) {
      onStep(step)
      let startMs = clock.monotonicMs()
      let endMs: number | undefined
      const note = (failure: Failure | undefined): void => {
        const ms = Math.round((endMs ?? clock.monotonicMs()) - startMs)
        done.set(step, { step, outcome: failure === undefined ? 'ok' : 'failed', ms, failure })
      }
      try {
        const result = await work({
          restart: () => {
            startMs = clock.monotonicMs()
          },
          stop: () => {
            endMs = clock.monotonicMs()
          },
        })
        note(undefined)
        return result
      } catch (cause) {
        if (cause instanceof StepFailure) {
          endMs = undefined
          note(cause.failure)
        }
        throw cause
      }
    },
    outcomes: () => PROBE_STEPS.map((step) => done.get(step) ?? skipped(step)),
  }
}

function skipped(step: ProbeStep): StepOutcome {
  return { step, outcome: 'skipped', ms: undefined, failure: undefined }
}
