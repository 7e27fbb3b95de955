import { readFileSync } from 'node:fs'
import { openTerminal } from './terminal-output.ts'

/** The terminal that a screen stands on. Functions that listen return the unsubscriber. */
export interface ScreenTerminal {
  size(): { readonly columns: number; readonly rows: number }
  onResize(listener: () => void): () => void
  /** Turns raw mode on and reads; the returned function turns it off again. `onEnd` when the terminal went away. */
  readKeys(onText: (text: string) => void, onEnd: (reason: string) => void): () => void
  /** `suspend` asked for from outside, and `continue` after any stop. */
  onJobControl(name: 'suspend' | 'continue', listener: () => void): () => void
  /** The process is about to end or to report a bug: the last chance, synchronous. */
  onEnding(listener: () => void): () => void
  /** False for a background job, which the kernel stops when it touches the terminal's modes. */
  isForeground(): boolean
  /** Synchronous; gives up on a terminal that takes nothing, and never throws. */
  write(text: string): void
  /** What Ctrl-C means outside raw mode. */
  interrupt(): void
  /** Stops the process and whoever started it for us, until the shell continues them. */
  suspend(): void
}

/** A terminal that takes nothing for this long is left as it is. */
const WRITE_WAIT_MS = 200

/** The process's own terminal; both its standard input and its standard output must be one. */
export function createProcessTerminal(host: NodeJS.Process): ScreenTerminal {
  const output = openTerminal()
  return {
    size: () => ({ columns: host.stdout.columns, rows: host.stdout.rows }),
    onResize(listener) {
      host.stdout.on('resize', listener)
      return () => host.stdout.off('resize', listener)
    },
    readKeys: (onText, onEnd) => readRaw(host.stdin, onText, onEnd),
    onJobControl(name, listener) {
      const signal = name === 'suspend' ? 'SIGTSTP' : 'SIGCONT'
      host.on(signal, listener)
      return () => host.off(signal, listener)
    },
    onEnding: (listener) => onEnding(host, listener),
    isForeground,
    write(text) {
      try {
        output.write(text, (waitedMs) => waitedMs >= WRITE_WAIT_MS)
      } catch {
        // The terminal is gone: there is nothing to restore.
      }
    },
    interrupt: () => void host.kill(host.pid, 'SIGINT'),
    // The group, since a shell waits for `npx` or a script, not for us. Not SIGTSTP: that comes back to our listener.
    suspend: () => void host.kill(0, 'SIGSTOP'),
  }
}

function readRaw(
  stdin: NodeJS.ReadStream,
  onText: (text: string) => void,
  onEnd: (reason: string) => void,
): () => void {
  const onData = (chunk: Buffer | string): void => onText(chunk.toString())
  const onClosed = (): void => onEnd('the terminal was closed')
  const onError = (error: Error): void => onEnd(error.message)
  // Off first: after a stop the shell has changed the modes, and Node believes they are still raw.
  setRawMode(stdin, false)
  setRawMode(stdin, true)
  stdin.on('data', onData)
  stdin.on('end', onClosed)
  stdin.on('error', onError)
  stdin.resume()
  return () => {
    stdin.off('data', onData)
    stdin.off('end', onClosed)
    stdin.pause()
    setRawMode(stdin, false)
    // A terminal that goes away right after this must not become an error that nobody caught.
    setImmediate(() => stdin.off('error', onError))
  }
}

function setRawMode(stdin: NodeJS.ReadStream, isRaw: boolean): void {
  try {
    stdin.setRawMode(isRaw)
  } catch {
    // The terminal is gone.
  }
}

function onEnding(host: NodeJS.Process, listener: () => void): () => void {
  host.on('exit', listener)
  // Before the program's own handler prints the bug: on the alternate screen nobody would ever read it.
  host.on('uncaughtExceptionMonitor', listener)
  // Only in front of somebody else's: alone, it would keep a rejection from ending the process.
  const hasHandler = host.listenerCount('unhandledRejection') > 0
  if (hasHandler) host.prependListener('unhandledRejection', listener)
  return () => {
    host.off('exit', listener)
    host.off('uncaughtExceptionMonitor', listener)
    host.off('unhandledRejection', listener)
  }
}

/** Linux says which process group the terminal listens to; elsewhere the answer is yes. */
function isForeground(): boolean {
  try {
    const text = readFileSync('/proc/self/stat', 'utf8')
    const [, , group, , , foreground] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return foreground === '-1' || group === foreground
  } catch {
    return true
  }
}
