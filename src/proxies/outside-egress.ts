/**
 * The ways to what is not the venue: mail servers, chats, webhooks. A name leads to its proxy or nowhere: what was to go
 * through a proxy never leaves directly.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { EgressName } from './connection-error.ts'
import { hostAndPort, type ProxyEndpoint } from './proxy-endpoint.ts'
import { assertSocksLogin } from './socks-handshake.ts'

/** What connections to the outside need. */
export interface OutsideOptions {
  readonly clock: Clock
  /** By name. */
  readonly proxies: ReadonlyMap<string, ProxyEndpoint>
}

/** One way out. */
export interface OutsideEgress {
  readonly way: EgressName
  /** Undefined: direct. */
  readonly proxy: ProxyEndpoint | undefined
}

/**
 * The way that a name means; direct without a name.
 * @throws HedgebotError kind `config`, code `unknown_proxy` or `proxy_login_too_long`
 */
export function outsideEgress({ proxies }: OutsideOptions, via: string | undefined): OutsideEgress {
  if (via === undefined) {
    return { way: { egress: 'direct', proxyAddress: undefined }, proxy: undefined }
  }
  const proxy = proxies.get(via)
  if (proxy === undefined) {
    throw new HedgebotError('config', `there is no proxy "${via}"`, {
      code: 'unknown_proxy',
      hint: 'Name one of proxy_pool.',
      mayHaveBeenDelivered: false,
    })
  }
  if (proxy.protocol === 'socks5') assertSocksLogin(via, proxy)
  return { way: { egress: via, proxyAddress: hostAndPort(proxy) }, proxy }
}
