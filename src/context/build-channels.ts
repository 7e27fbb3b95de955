import { createNotifiers } from '../notify/channels/create-notifiers.ts'
import type { Notifier, OpenSocket, PostJson } from '../notify/notifier.ts'
import type { Clock } from '../ports.ts'
import type { OutsideOptions } from '../proxies/outside-egress.ts'
import type { ProxyEndpoint } from '../proxies/proxy-endpoint.ts'
import type { ChannelConfig } from '../notify/channels/channel-config.ts'

/** One proxy as plain data, which survives a structured clone. */
export interface PlainProxy {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly protocol: ProxyEndpoint['protocol']
  readonly username?: string | undefined
  readonly password?: string | undefined
}

/** What channels are made of, with secrets in clear. */
export interface ChannelsData {
  readonly channels: readonly ChannelConfig[]
  readonly proxies: readonly PlainProxy[]
}

/** The channels over the network as it is. */
export function buildChannels(
  { channels, proxies }: ChannelsData,
  clock: Clock,
): readonly Notifier[] {
  const outside: OutsideOptions = {
    clock,
    proxies: new Map(proxies.map((proxy) => [proxy.name, endpointOf(proxy)])),
  }
  /** Loaded with the first use: most have one kind of channel. */
  const post: PostJson = async (request) => {
    const { createPostJson } = await import('../proxies/post-json.ts')
    return createPostJson(outside)(request)
  }
  const openSocket: OpenSocket = async (to) => {
    const { createOpenSocket } = await import('../proxies/open-socket.ts')
    return createOpenSocket(outside)(to)
  }
  return createNotifiers(channels, { clock, post, openSocket })
}

function endpointOf({ password, ...proxy }: PlainProxy): ProxyEndpoint {
  return { ...proxy, password: password === undefined ? undefined : { reveal: () => password } }
}
