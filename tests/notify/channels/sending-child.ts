/** Sends one message by the thread, in a process that nothing else keeps alive. Prints how it ended. */
import { startSendingThread } from '../../../src/context/start-sending.ts'
import { createSystemClock } from '../../../src/system/system-clock.ts'
import { envelope } from './smtp-servers.ts'

const url = process.argv[2] ?? ''
const sender = startSendingThread({
  channels: [{ kind: 'webhook', name: 'desk', url, format: 'json' }],
  proxies: [],
  clock: createSystemClock(),
})
process.stdout.write(JSON.stringify(await sender.send('desk', envelope())))
