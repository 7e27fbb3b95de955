import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { channelNames } from '../notify/channels/channel-config.ts'
import { closedFailure, type Failure, failure } from '../notify/channels/failure.ts'
import type { SendResult } from '../notify/notifier.ts'
import { type Sender, unknownChannelFailure } from '../notify/sender.ts'
import type { Clock } from '../ports.ts'
import type { SendAnswer, SendJob, SendWorkerData } from './send-worker.ts'

/** Needs of the sending thread; its secrets go to the thread once and are kept here for the next one. */
export interface SendingOptions extends SendWorkerData {
  readonly clock: Clock
  /** Instead of the thread's own file. */
  readonly workerFile?: URL
}

/** Every channel ends earlier by itself: a thread that says nothing for so long hangs. */
const ANSWER_LIMIT_MS = 120_000
/** A thread that dies at once must not be started again and again. */
const RESTART_PAUSE_MS = 10_000

interface Job {
  end(result: SendResult): void
}

/** The thread as it is now. */
interface Thread {
  readonly worker: Worker
  readonly jobs: Map<number, Job>
}

interface Sending {
  readonly options: SendingOptions
  thread: Thread | undefined
  /** When the last thread was started, monotonic; undefined before the first. */
  startedMs: number | undefined
  jobCount: number
  isClosed: boolean
}

/**
 * Sends in a thread of its own, which is started with the first message. When it dies, its messages fail with
 * `retry: 'soon'`, and the next message starts another one, at most every 10 s. It keeps no process alive.
 */
export function startSendingThread(options: SendingOptions): Sender {
  const channels = channelNames(options.channels)
  const sending: Sending = {
    options,
    thread: undefined,
    startedMs: undefined,
    jobCount: 0,
    isClosed: false,
  }
  return {
    channels,
    send(channel, envelope) {
      if (sending.isClosed) return Promise.resolve(closedFailure())
      if (!channels.includes(channel)) return Promise.resolve(unknownChannelFailure(channel))
      const pauseMs = pauseLeftMs(sending)
      if (pauseMs > 0) return Promise.resolve(lostFailure(pauseMs))
      sending.thread ??= startThread(sending)
      return post(sending, sending.thread, { job: ++sending.jobCount, channel, envelope })
    },
    async close() {
      sending.isClosed = true
      const { thread } = sending
      if (thread === undefined) return
      endThread(sending, thread, closedFailure())
      await thread.worker.terminate()
    },
  }
}

/** Until another thread may be started; 0 while one runs. */
function pauseLeftMs({ thread, startedMs, options }: Sending): number {
  if (thread !== undefined || startedMs === undefined) return 0
  return startedMs + RESTART_PAUSE_MS - options.clock.monotonicMs()
}

function startThread(sending: Sending): Thread {
  const { channels, proxies, clock, workerFile = ownFile() } = sending.options
  sending.startedMs = clock.monotonicMs()
  const workerData: SendWorkerData = { channels, proxies }
  // The flags of the process are for its own entry; some of them a thread refuses.
  const worker = new Worker(workerFile, { workerData, execArgv: [] })
  const thread: Thread = { worker, jobs: new Map() }
  worker.on('message', ({ job, result }: SendAnswer) => thread.jobs.get(job)?.end(result))
  worker.on('error', () => endThread(sending, thread, lostFailure()))
  worker.on('exit', () => endThread(sending, thread, lostFailure()))
  // Whoever waits for a message decides how long the process lives. Last: to listen for messages refs it again.
  worker.unref()
  return thread
}

function post(sending: Sending, thread: Thread, job: SendJob): Promise<SendResult> {
  return new Promise((resolve) => {
    const cancelTimer = sending.options.clock.setTimer(ANSWER_LIMIT_MS, () => {
      endThread(sending, thread, hangingFailure())
      void thread.worker.terminate()
    })
    thread.jobs.set(job.job, {
      end(result) {
        cancelTimer()
        thread.jobs.delete(job.job)
        resolve(result)
      },
    })
    thread.worker.postMessage(job, [])
  })
}

/** Nothing more comes from this thread. */
function endThread(sending: Sending, thread: Thread, why: Failure): void {
  if (sending.thread === thread) sending.thread = undefined
  for (const job of thread.jobs.values()) job.end(why)
}

function lostFailure(retryAfterMs?: number): Failure {
  return failure('sending_thread_lost', 'the thread that sends messages has ended', {
    retry: 'soon',
    retryAfterMs,
  })
}

function hangingFailure(): Failure {
  return failure('sending_thread_hangs', 'the thread that sends messages does not answer', {
    retry: 'soon',
  })
}

/** This file's neighbour; see ui/live/start-drawing.ts about threads from source. */
function ownFile(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./send-worker.js', import.meta.url)
  const file = new URL('./send-worker.ts', import.meta.url)
  const tsxFolder = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'))
  const tsx = new URL('./dist/esm/api/index.mjs', tsxFolder)
  const code = `import { register } from '${tsx}'; register(); await import(${JSON.stringify(file)})`
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`)
}
