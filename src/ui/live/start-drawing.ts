import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { DrawWorkerData, FrameMessage, TerminalLost } from './draw-worker.ts'
import {
  countPosted,
  createSharedFlags,
  giveTerminal,
  isBehind,
  takeTerminal,
} from './shared-flags.ts'

/** The drawing thread as the main thread sees it. */
export interface Drawing {
  /** A frame is still under way: posting another would only queue up. */
  isBehind(): boolean
  post(message: FrameMessage): void
  /** Synchronous; afterwards nothing more is drawn until `give`. */
  take(): void
  give(): void
  end(): Promise<void>
}

/** Needs of the drawing thread. */
export interface DrawingOptions {
  readonly hasColor: boolean
  /** The thread died or the terminal is gone; called at most once. */
  readonly onLost: (reason: string) => void
  /** Where to draw instead of the terminal behind standard output. */
  readonly paths?: readonly string[]
}

/** A write in small steps ends within one of them. */
const TAKE_WAIT_MS = 100

/** Starts the thread. */
export function startDrawing(options: DrawingOptions): Drawing {
  const { hasColor, paths } = options
  const flags = createSharedFlags()
  const data: DrawWorkerData = { flags, hasColor, ...(paths === undefined ? {} : { paths }) }
  // The flags of the process are for its own entry; some of them a thread refuses.
  const worker = new Worker(workerFile(), { workerData: data, execArgv: [] })
  let isLost = false
  const lose = (reason: string): void => {
    if (isLost) return
    isLost = true
    options.onLost(reason)
  }
  worker.on('message', ({ lost }: TerminalLost) => lose(lost))
  worker.on('error', (error) => lose(error instanceof Error ? error.message : String(error)))
  // The watch decides how long the process lives; a listener for messages would take this back (measured on Node 20).
  worker.unref()
  return {
    isBehind: () => isBehind(flags),
    post(message) {
      countPosted(flags)
      // A structured clone: for the rows in view it is a little cheaper than text and keeps what is undefined.
      worker.postMessage(message, [])
    },
    take() {
      takeTerminal(flags, TAKE_WAIT_MS)
    },
    give: () => giveTerminal(flags),
    async end() {
      isLost = true
      await worker.terminate()
    },
  }
}

/**
 * The thread's file is this one's neighbour: compiled beside the compiled program. From source the neighbour is
 * TypeScript, and neither tsx nor a test runner reaches into a thread on Node 20 (measured), so the thread first
 * registers tsx itself.
 */
function workerFile(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./draw-worker.js', import.meta.url)
  const file = new URL('./draw-worker.ts', import.meta.url)
  const tsxFolder = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'))
  const tsx = new URL('./dist/esm/api/index.mjs', tsxFolder)
  const code = `import { register } from '${tsx}'; register(); await import(${JSON.stringify(file)})`
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`)
}
