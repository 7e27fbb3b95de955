/** User name and password of a proxy. The password is revealed only when a tunnel is opened. */
export interface ProxyLogin {
  readonly username?: string | undefined
  readonly password?: { reveal(): string } | undefined
}

/** One proxy. */
export interface ProxyEndpoint extends ProxyLogin {
  readonly host: string
  readonly port: number
  /** `https` means TLS to the proxy itself. */
  readonly protocol: 'http' | 'https' | 'socks5'
}

/** Where a tunnel leads to: a name is resolved at the proxy. Without one, where a connection goes. */
export interface TunnelTarget {
  readonly host: string
  readonly port: number
}

/** `host:port`, with the brackets that an IPv6 address needs there. */
export function hostAndPort({ host, port }: TunnelTarget): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
