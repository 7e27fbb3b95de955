/**
 * What tells the owner, from the configuration: channels, facts out of the journal, and, for a watch, a thread that sends.
 * @module
 */
import type { LoadedConfig } from '../config/loaded-config.ts'
import type { Engine } from '../engine/engine-context.ts'
import type { ChannelConfig } from '../notify/channels/channel-config.ts'
import type { Dispatcher } from '../notify/dispatcher.ts'
import type { NotifyEvent } from '../notify/dispatch-work.ts'
import type { NotifyPolicy } from '../notify/due-messages.ts'
import type { Sender } from '../notify/sender.ts'
import type { Clock, EgressMonitor, Journal, Logger } from '../ports.ts'
import { accountRef } from './domain-of-config.ts'
import type { PlainProxy } from './build-channels.ts'

/** What it is built from. */
export interface NoticeParts {
  readonly config: LoadedConfig
  readonly command: string
  readonly clock: Clock
  readonly closers: (() => void)[]
}

/** What of the run it needs, each when it is there. */
export interface NoticeRun {
  readonly journal: Journal
  readonly logger: Logger
  readonly egresses: () => Promise<EgressMonitor>
  /** Once there is one: with it hedges can be reported. */
  readonly engine: () => Engine | undefined
  /** What the person at the terminal has to see. */
  readonly onEvent: (event: NotifyEvent) => void
}

/** Commands that run on: their messages are sent by a thread. */
const LONG: ReadonlySet<string> = new Set(['watch'])
/** Commands that look whether expected runs happened. */
const CHECKING: ReadonlySet<string> = new Set(['watch', 'notify'])

/** The channels that are enabled, with their secrets in clear. */
function channelsOf({ notification }: LoadedConfig): readonly ChannelConfig[] {
  const { email, telegram, webhooks } = notification
  const channels: ChannelConfig[] = []
  if (email?.isEnabled === true) {
    const { isEnabled: _, password, requiresTls: requireTls, proxy: via, ...rest } = email
    channels.push({ kind: 'email', ...rest, password: password?.reveal(), requireTls, via })
  }
  if (telegram?.isEnabled === true) {
    const { botToken, chatId, proxy: via } = telegram
    channels.push({ kind: 'telegram', botToken: botToken.reveal(), chatId, via })
  }
  for (const { isEnabled, name, url, format, proxy: via } of webhooks) {
    if (isEnabled) channels.push({ kind: 'webhook', name, url: url.reveal(), format, via })
  }
  return channels
}

/** Sends to the channels, in this thread or in one of its own. */
export async function buildSender(
  { config, clock, closers }: NoticeParts,
  { hasThread }: { readonly hasThread: boolean },
): Promise<Sender> {
  const channels = channelsOf(config)
  const proxies = config.proxyPool.map(plainProxy)
  const sender = hasThread
    ? (await import('./start-sending.ts')).startSendingThread({ channels, proxies, clock })
    : await localSender(channels, { proxies, clock })
  closers.push(() => void sender.close())
  return sender
}

async function localSender(
  channels: readonly ChannelConfig[],
  { proxies, clock }: { readonly proxies: readonly PlainProxy[]; readonly clock: Clock },
): Promise<Sender> {
  const [{ buildChannels }, { createLocalSender }] = await Promise.all([
    import('./build-channels.ts'),
    import('../notify/sender.ts'),
  ])
  return createLocalSender(buildChannels({ channels, proxies }, clock))
}

function plainProxy({ password, ...proxy }: LoadedConfig['proxyPool'][number]): PlainProxy {
  return { ...proxy, password: password?.reveal() }
}

/**
 * Before a run does anything: from here on it is told. Where no channel is enabled, what happens is not told later either,
 * when one may be enabled again.
 */
export async function prepareNews(config: LoadedConfig, journal: Journal): Promise<void> {
  const { beginNews, forgetNews } = await import('../notify/begin-news.ts')
  if (channelsOf(config).length === 0) forgetNews(journal)
  else beginNews(journal)
}

/** The dispatcher of this run; undefined when no channel is enabled. */
export async function buildDispatcher(
  parts: NoticeParts,
  run: NoticeRun,
): Promise<Dispatcher | undefined> {
  const { config, command, clock, closers } = parts
  const { journal, logger, onEvent } = run
  if (channelsOf(config).length === 0) return undefined
  const [{ createDispatcher }, { createNotifyFacts }] = await Promise.all([
    import('../notify/dispatcher.ts'),
    import('./notify-facts.ts'),
  ])
  const dispatcher = createDispatcher({
    store: journal,
    sender: await buildSender(parts, { hasThread: LONG.has(command) }),
    clock,
    logger,
    facts: createNotifyFacts({
      journal,
      accounts: config.accounts.map(accountRef),
      engine: LONG.has(command) ? run.engine : () => undefined,
      egresses: await run.egresses(),
    }),
    policy: policyOf(config),
    expectedRuns: CHECKING.has(command) ? config.notification.expectedRuns : [],
    ownerId: journal.ownerId,
    isAlive: (ownerId) => journal.isOwnerAlive(ownerId),
    instance: journal.instance.toString(16),
    onEvent,
  })
  closers.push(() => dispatcher.stop())
  return dispatcher
}

function policyOf({ network, notification }: LoadedConfig): NotifyPolicy {
  const { minLevel, hasTrades, reportEveryMs, dailyAtMs } = notification
  return { network, minLevel, hasTrades, reportEveryMs, dailyAtMs }
}
