import { keepScenes } from '../../keep-scenes.ts'
import { createWatchScene } from './watch-scene.ts'

/** Builds watch scenes with these options beneath their own; each is closed at the end of its test. */
export function watchScenes(
  defaults: Parameters<typeof createWatchScene>[0] = {},
): typeof createWatchScene {
  const keep = keepScenes()
  return (options) => keep(createWatchScene({ ...defaults, ...options }))
}
