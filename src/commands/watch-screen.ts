import { messageOf } from '../errors.ts'
import type { LiveScreen, ScreenParts } from '../ui/live/live-screen.ts'
import type { LiveEvent } from '../ui/live/live-view.ts'
import { loadLineDisplay } from './watch-lines.ts'
import type { WatchDisplay, WatchShow } from './watch-lines.ts'

/** What is kept of each kind to be printed after the screen. */
const MOST_KEPT = 40

/**
 * The live screen as a display. While it stands nothing else writes on the terminal. A lost screen leaves the watch to the
 * line report.
 */
export async function openScreenDisplay(
  show: WatchShow,
  parts: ScreenParts,
): Promise<WatchDisplay> {
  const [{ openLiveScreen }, { eventText }, createLines] = await Promise.all([
    import('../ui/live/live-screen.ts'),
    import('../ui/live/summary-lines.ts'),
    loadLineDisplay(),
  ])
  const { io, watch } = show
  let screen: LiveScreen | undefined
  let lines: WatchDisplay | undefined
  const kept = keepTexts(show, { eventText, remark: (text) => screen?.remark(text) })
  const fallBack = (reason: string): void => {
    kept.print()
    io.out.warn(`the live table ended (${reason}); the watch goes on, line by line`)
    lines = createLines(show)
  }
  try {
    screen = openLiveScreen({
      ...show,
      terminal: parts.terminal,
      draw: (onLost) => parts.draw({ hasColor: io.globals.color, onLost }),
      onQuit: () => watch.quit(),
      onClose: (hedgeId) => watch.requestClose(hedgeId),
      onLost: fallBack,
    })
  } catch (error) {
    fallBack(messageOf(error))
  }
  return {
    event: (event) => (lines ?? kept).event(event),
    say(progress) {
      if (lines === undefined) screen?.remark(progress.message)
      else lines.say(progress)
    },
    restore() {
      screen?.restore()
      kept.release()
    },
    async end() {
      await screen?.end()
      kept.print()
      await lines?.end()
    },
  }
}

/** Turns texts into remarks, and keeps them and every warning for the time when the screen is gone. */
function keepTexts(
  { io }: WatchShow,
  to: {
    readonly eventText: (event: LiveEvent) => string
    readonly remark: (text: string) => void
  },
) {
  let kept: readonly string[] = []
  const keep = (text: string): void => {
    kept = [...kept, text].slice(-MOST_KEPT)
  }
  const release = io.divert((text) => {
    keep(text)
    to.remark(text)
  })
  return {
    event(event: LiveEvent) {
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
