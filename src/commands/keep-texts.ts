import type { CommandIo } from '../ui/command-io.ts'
import type { LiveEvent } from '../ui/live/live-view.ts'

/** What is kept to be printed after the screen. */
const MOST_KEPT = 40

/** Turns texts into remarks, and keeps them and every warning for the time when the screen is gone. */
export function keepTexts(
  io: Pick<CommandIo, 'divert' | 'out'>,
  to: {
    readonly eventText: (event: LiveEvent) => string
    readonly remark: (text: string) => void
  },
) {
  let kept: readonly string[] = []
  const keep = (text: string): void => {
    kept = [...kept, text].slice(-MOST_KEPT)
  }
  const release = io.divert((text, { isDetail }) => {
    // The log has it: forty lines of it would leave no room for what matters.
    if (!isDetail) keep(text)
    to.remark(text)
  })
  return {
    event(event: LiveEvent) {
      io.out.markSaid(event.message)
      if (event.level !== 'info') keep(to.eventText(event))
    },
    release,
    print() {
      release()
      for (const text of kept) io.out.warn(text)
      kept = []
    },
  }
}
