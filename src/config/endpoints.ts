import type { AccountNetwork, Network } from './loaded-config.ts'

/** Where one network is reached and what its signatures carry. */
export interface Endpoint {
  readonly network: Network
  readonly chainId: number
  readonly restUrl: string
  readonly wsUrl: string
}

/** The venue's networks (PROTOCOL.md, table of networks). */
const ENDPOINTS: Readonly<Record<AccountNetwork, Endpoint>> = {
  mainnet: {
    network: 'mainnet',
    chainId: 304,
    restUrl: 'https://mainnet.zklighter.elliot.ai',
    wsUrl: 'wss://mainnet.zklighter.elliot.ai/stream',
  },
  testnet: {
    network: 'testnet',
    chainId: 300,
    restUrl: 'https://testnet.zklighter.elliot.ai',
    wsUrl: 'wss://testnet.zklighter.elliot.ai/stream',
  },
}

/** What the file says about addresses. */
export interface EndpointOptions {
  readonly network: AccountNetwork
  readonly simUrl: string | undefined
  readonly restUrl: string | undefined
  readonly wsUrl: string | undefined
}

/**
 * The effective addresses. With a simulator the network is `sim` and the chain id 300, whatever the accounts say: a
 * signature made for a trial is worthless on mainnet.
 */
export function resolveEndpoint(options: EndpointOptions): Endpoint {
  if (options.simUrl !== undefined) {
    const restUrl = withoutSlash(options.simUrl)
    const wsUrl = `${restUrl.replace(/^http/i, 'ws')}/stream`
    return { network: 'sim', chainId: 300, restUrl, wsUrl }
  }
  const usual = ENDPOINTS[options.network]
  return {
    ...usual,
    restUrl: withoutSlash(options.restUrl ?? usual.restUrl),
    wsUrl: withoutSlash(options.wsUrl ?? usual.wsUrl),
  }
}

/** True for an address on this machine: 127.0.0.0/8, ::1 or localhost. */
export function isLoopbackUrl(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
