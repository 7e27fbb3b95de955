import { setMaxListeners } from 'node:events'
import { EXIT, HedgebotError } from '../errors.ts'
import type { Clock } from '../ports.ts'

/** Why a command is to come to an end; a terminal that went away (SIGHUP) counts as SIGTERM. */
export type InterruptedBy = 'SIGINT' | 'SIGTERM' | 'timeout'

/** Signals of the process. Returns the unsubscriber. */
export interface SignalSource {
  on(name: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): () => void
}

/** Needs of the interruption. */
export interface InterruptionOptions {
  readonly clock: Clock
  readonly timeoutMs: number | undefined
  readonly signals: SignalSource | undefined
  readonly say: (text: string) => void
  readonly exit: ((code: number) => void) | undefined
}

/** One way to be stopped, whatever the cause. */
export interface Interruption {
  readonly signal: AbortSignal
  interruptedBy(): InterruptedBy | undefined
  onSecondInterrupt(hook: () => void): void
  /** Ends the work for a reason of the program's own, which is no interruption by a person. */
  abort(reason: HedgebotError): void
  dispose(): void
}

/**
 * Joins Ctrl-C, SIGTERM, SIGHUP and `--timeout` into one abort signal. A second Ctrl-C calls the hook and ends the
 * process: exit 4 with a hook, since something may be naked, 130 without (CLI.md "Exit codes").
 */
export function createInterruption(options: InterruptionOptions): Interruption {
  const controller = new AbortController()
  // Every account waits on it; the warning for more than ten is about forgotten listeners.
  setMaxListeners(0, controller.signal)
  let cause: InterruptedBy | undefined
  let interrupts = 0
  let hook: (() => void) | undefined

  const interrupt = (by: InterruptedBy): void => {
    options.say(WORDS[by])
    if (cause !== undefined) return
    cause = by
    controller.abort(reasonOf(by))
  }
  const onSigint = (): void => {
    interrupts += 1
    if (interrupts > 1) {
      endAtOnce(options, hook)
      return
    }
    interrupt('SIGINT')
  }
  const { signals, timeoutMs, clock } = options
  const undo = [
    signals?.on('SIGINT', onSigint),
    signals?.on('SIGTERM', () => interrupt('SIGTERM')),
    signals?.on('SIGHUP', () => interrupt('SIGTERM')),
    timeoutMs === undefined ? undefined : clock.setTimer(timeoutMs, () => interrupt('timeout')),
  ]
  return {
    signal: controller.signal,
    interruptedBy: () => cause,
    onSecondInterrupt(next) {
      hook = next
    },
    abort: (reason) => controller.abort(reason),
    dispose() {
      for (const step of undo) step?.()
    },
  }
}

const WORDS: Readonly<Record<InterruptedBy, string>> = {
  SIGINT: 'interrupted: coming to a safe end; Ctrl-C again stops at once',
  SIGTERM: 'asked to end: coming to a safe end',
  timeout: 'time is up: coming to a safe end',
}

function endAtOnce(options: InterruptionOptions, hook: (() => void) | undefined): void {
  try {
    hook?.()
  } finally {
    options.exit?.(hook === undefined ? EXIT.interrupted : EXIT.exposed)
  }
}

function reasonOf(by: InterruptedBy): HedgebotError {
  switch (by) {
    case 'SIGINT':
      return new HedgebotError('refused', 'interrupted', {
        code: 'interrupted',
        exit: EXIT.interrupted,
      })
    case 'SIGTERM':
      return new HedgebotError('refused', 'asked to end', {
        code: 'terminated',
        exit: EXIT.terminated,
      })
    case 'timeout':
      return new HedgebotError('unknown_state', 'gave up after --timeout', { code: 'timeout' })
  }
}
