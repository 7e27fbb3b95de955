import type { StopState } from '../hedge/ledger.ts'

const TEXTS: Readonly<Record<StopState, string>> = {
  RESTING: 'resting',
  PENDING: 'pending',
  NOT_REACHABLE: 'unreachable',
  OFF: 'off',
  UNPROTECTED: 'UNPROTECTED',
}

/** The word for the state of a leg's or a hedge's stops. */
export function stopText(state: StopState): string {
  return TEXTS[state]
}
