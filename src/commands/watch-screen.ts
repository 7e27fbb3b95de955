import { messageOf } from '../errors.ts'
import type { LiveScreen, ScreenParts } from '../ui/live/live-screen.ts'
import { keepTexts } from './keep-texts.ts'
import { loadLineDisplay } from './watch-lines.ts'
import type { WatchDisplay, WatchShow } from './watch-lines.ts'

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
  const kept = keepTexts(io, { eventText, remark: (text) => screen?.remark(text) })
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
