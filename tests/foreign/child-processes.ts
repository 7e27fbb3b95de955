/** Every process that the run starts, so that none outlives it. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const END_TIMEOUT_MS = 5000

const children = new Set<ChildProcess>()
let isOver = false

/** Remembers a child just started until it ends; after `endAllChildren` it is ended at once. */
export function track<Child extends ChildProcess>(child: Child): Child {
  children.add(child)
  child.once('close', () => children.delete(child))
  // A program that cannot be started at all never closes.
  child.once('error', () => children.delete(child))
  if (isOver) void endChild(child, 'SIGTERM')
  return child
}

/** Ends one child, by force after five seconds; answers its exit code, null when a signal ended it. */
export async function endChild(
  child: ChildProcess,
  signal: NodeJS.Signals,
): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const gone = once(child, 'close') as Promise<[number | null]>
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS)
  const [code] = await gone
  clearTimeout(late)
  return code
}

/** Ends all of them and whatever is started from here on. */
export async function endAllChildren(): Promise<void> {
  isOver = true
  await Promise.all([...children].map((child) => endChild(child, 'SIGTERM')))
}
