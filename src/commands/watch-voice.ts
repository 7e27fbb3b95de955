import type { Progress } from '../engine/engine-context.ts'
import type { Clock } from '../ports.ts'
import type { CommandIo } from '../ui/command-io.ts'
import type { LiveEvent } from '../ui/live/live-view.ts'
import { sayProgress } from './start-engine.ts'
import { loadLineDisplay } from './watch-lines.ts'
import type { WatchDisplay, WatchShow } from './watch-lines.ts'

/** Where the engine's words go: into the story, and to whatever shows it now. */
export interface WatchVoice {
  hear(progress: Progress): void
  /** The newest of the story, oldest first. */
  events(): readonly LiveEvent[]
  /** Opens the display, once; before that, words go to stderr. */
  open(show: WatchShow): Promise<void>
  restore(): void
  end(): Promise<void>
}

/** Creates the voice of one watch. */
export async function createWatchVoice(io: CommandIo, clock: Clock): Promise<WatchVoice> {
  const { createEventRing } = await import('../ui/live/event-ring.ts')
  const story = createEventRing()
  let display: WatchDisplay | undefined
  return {
    hear(progress) {
      const { kind, level, message, hedgeId, account } = progress
      if (kind === undefined) {
        if (display === undefined) sayProgress(io, progress)
        else display.say(progress)
        return
      }
      const event = { atMs: clock.now(), level, kind, message, hedgeId, account }
      story.add(event)
      if (display === undefined) sayProgress(io, progress)
      else display.event(event)
    },
    events: story.list,
    async open(show) {
      display ??= await openDisplay(show)
    },
    restore: () => display?.restore(),
    async end() {
      // Until its end it may still have to give the terminal back.
      await display?.end()
      display = undefined
    },
  }
}

/** A screen for a person, lines for a log or a program. */
async function openDisplay(show: WatchShow): Promise<WatchDisplay> {
  const { isTerminal, globals, screenParts } = show.io
  if (!isTerminal || globals.isJson || screenParts === undefined) {
    return (await loadLineDisplay())(show)
  }
  const { openScreenDisplay } = await import('./watch-screen.ts')
  return openScreenDisplay(show, await screenParts())
}
