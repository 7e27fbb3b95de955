/** A dispatcher beside a process of the virtual world, as the composition root puts it there. */
import { createNotifyFacts } from '../../../src/context/notify-facts.ts'
import type { NotifyEvent } from '../../../src/notify/dispatch-work.ts'
import { createDispatcher } from '../../../src/notify/dispatcher.ts'
import type { Dispatcher } from '../../../src/notify/dispatcher.ts'
import type { NotifyPolicy } from '../../../src/notify/due-messages.ts'
import type { ExpectedRun } from '../../../src/notify/expected-runs.ts'
import type { Clock } from '../../../src/ports.ts'
import type { Bot } from '../../episodes/world.ts'
import type { Mailbox } from './mailbox.ts'

export interface Teller {
  readonly dispatcher: Dispatcher
  /** What it said of itself. */
  readonly said: readonly NotifyEvent[]
}

const TOLD: NotifyPolicy = {
  network: 'sim',
  minLevel: 'warning',
  hasTrades: true,
  reportEveryMs: undefined,
  dailyAtMs: undefined,
}

export function createTeller(
  clock: Clock,
  bot: Bot,
  options: {
    readonly mailbox: Mailbox
    readonly policy?: Partial<NotifyPolicy>
    readonly expectedRuns?: readonly ExpectedRun[]
    readonly isWatching?: boolean
  },
): Teller {
  const { mailbox, policy, expectedRuns = [], isWatching = true } = options
  const said: NotifyEvent[] = []
  const dispatcher = createDispatcher({
    store: bot.journal,
    sender: mailbox,
    clock,
    logger: bot.engine.logger,
    facts: createNotifyFacts({
      journal: bot.journal,
      accounts: bot.engine.accounts(),
      engine: () => (isWatching ? bot.engine : undefined),
      egresses: bot.egresses,
    }),
    policy: { ...TOLD, ...policy },
    expectedRuns,
    ownerId: bot.journal.ownerId,
    isAlive: (ownerId) => bot.journal.isOwnerAlive(ownerId),
    instance: bot.journal.instance.toString(16),
    onEvent: (event) => said.push(event),
  })
  return { dispatcher, said }
}
