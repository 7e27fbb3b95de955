import type { Clock } from '../../ports.ts'
import { type ChannelConfig, channelNames } from './channel-config.ts'
import { createMailNotifier } from './mail-notifier.ts'
import type { Notifier, OpenSocket, PostJson } from '../notifier.ts'
import { createTelegramNotifier } from './telegram-notifier.ts'
import { createWebhookNotifier } from './webhook-notifier.ts'

/** The outside world of the channels. */
export interface NotifierPorts {
  readonly clock: Clock
  readonly post: PostJson
  readonly openSocket: OpenSocket
}

/** Makes every channel, in the order and under the names of `channelNames`. */
export function createNotifiers(
  channels: readonly ChannelConfig[],
  ports: NotifierPorts,
): readonly Notifier[] {
  const names = channelNames(channels)
  return channels.map((channel, at) => {
    const name = names[at] ?? channel.kind
    return { ...createNotifier(channel, name, ports), channel: name }
  })
}

function createNotifier(channel: ChannelConfig, name: string, ports: NotifierPorts): Notifier {
  switch (channel.kind) {
    case 'email':
      return createMailNotifier({ ...channel, ...ports })
    case 'telegram':
      return createTelegramNotifier({ ...channel, ...ports })
    case 'webhook':
      return createWebhookNotifier({ ...channel, ...ports, name })
  }
}
