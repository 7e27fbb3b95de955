import { messageOf } from '../../errors.ts'
import type { AlertBoard } from './alert-board.ts'

/**
 * Runs one piece of a watch. A full disk or a locked file must break neither the loop nor the socket whose frame it
 * hangs on: it is told once, what is on goes on, and the next time tries again.
 */
export function attempt(
  { alerts }: { readonly alerts: AlertBoard },
  key: 'beat' | 'tick' | 'change',
  work: () => void,
): void {
  try {
    work()
    alerts.clear(key)
  } catch (error) {
    if (alerts.isRaised(key)) return
    const message = `the watch could not look (${key}): ${messageOf(error)}`
    alerts.raise(key, { level: 'alert', kind: 'watch_failed', message })
  }
}
