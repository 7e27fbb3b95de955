/**
 * The sending thread: gets messages, answers how each ended. TLS, rendering and the packages behind it stay off the
 * thread that trades. It never says anything else, and knows secrets only from what it was started with.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { Envelope, SendResult } from '../notify/notifier.ts'
import { createLocalSender } from '../notify/sender.ts'
import { createSystemClock } from '../system/system-clock.ts'
import { buildChannels } from './build-channels.ts'
import type { ChannelsData } from './build-channels.ts'

/** What the thread is started with. */
export type SendWorkerData = ChannelsData

/** One message to send. */
export interface SendJob {
  readonly job: number
  readonly channel: string
  readonly envelope: Envelope
}

/** How it ended. */
export interface SendAnswer {
  readonly job: number
  readonly result: SendResult
}

const sender = createLocalSender(buildChannels(workerData as SendWorkerData, createSystemClock()))

parentPort?.on('message', ({ job, channel, envelope }: SendJob) => {
  void sender.send(channel, envelope).then((result) => {
    parentPort?.postMessage({ job, result } satisfies SendAnswer, [])
  })
})
