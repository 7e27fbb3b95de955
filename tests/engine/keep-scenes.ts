import { afterEach } from 'vitest'
import type { Scene } from './scenario.ts'

/** Closes what is built with it at the end of each test of the file. */
export function keepScenes(): <T extends Pick<Scene, 'close'>>(scene: T) => T {
  const open: Pick<Scene, 'close'>[] = []
  afterEach(() => {
    for (const scene of open.splice(0)) scene.close()
  })
  return (scene) => {
    open.push(scene)
    return scene
  }
}
