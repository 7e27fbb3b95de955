import { createNotifyFacts } from '../../src/context/notify-facts.ts'
import { startSendingThread } from '../../src/context/start-sending.ts'
import { createDispatcher } from '../../src/notify/dispatcher.ts'
import type { BenchCommand } from './bench-command.ts'

/** Tells everything, as a watch of the program does, to a mail server that accepts connections and never answers. */
export function tellDead({ engine }: BenchCommand, port: number): () => void {
  const { journal, clock, logger } = engine
  const sender = startSendingThread({
    clock,
    proxies: [],
    channels: [
      {
        kind: 'email',
        smtpServer: '127.0.0.1',
        smtpPort: port,
        isSecure: false,
        sender: 'a@bench.example',
        recipients: ['b@bench.example'],
      },
    ],
  })
  const dispatcher = createDispatcher({
    store: journal,
    sender,
    clock,
    logger,
    facts: createNotifyFacts({
      journal,
      accounts: engine.accounts(),
      engine: () => engine,
      egresses: { states: () => [], onEvent: () => () => undefined },
    }),
    policy: {
      network: 'sim',
      minLevel: 'info',
      hasTrades: true,
      reportEveryMs: undefined,
      dailyAtMs: undefined,
    },
    expectedRuns: [],
    ownerId: journal.ownerId,
    isAlive: (ownerId) => journal.isOwnerAlive(ownerId),
    instance: 'b',
    onEvent: () => undefined,
  })
  dispatcher.run()
  return () => {
    dispatcher.stop()
    void sender.close()
  }
}
