/** Proxies that others have written, all started in the same way. */
import { RequestError, Server as ProxyChain, type ServerOptions } from 'proxy-chain'
import type { Certificate } from './certificate.ts'

export interface RealProxyOptions {
  /** Address that connections to the target leave from. */
  readonly localAddress: string
  readonly login?: { readonly username: string; readonly password: string }
  /** The only port of targets that is let through. */
  readonly onlyPort?: number
  /** For TLS to the proxy itself; only proxy-chain can. */
  readonly certificate?: Certificate
}

export interface RealProxy {
  readonly host: string
  readonly port: number
  connectCount(): number
  close(): Promise<void>
}

/** The proxy server of the npm package proxy-chain. */
export async function startProxyChain(options: RealProxyOptions): Promise<RealProxy> {
  const { certificate, localAddress, login, onlyPort } = options
  let connects = 0
  const settings: ServerOptions = {
    host: '127.0.0.1',
    port: 0,
    prepareRequestFunction: ({ isHttp, username, password, port }) => {
      if (!isHttp) connects++
      if (onlyPort !== undefined && port !== onlyPort) throw new RequestError('no', 403)
      const isRight =
        login === undefined || (login.username === username && login.password === password)
      return { requestAuthentication: !isRight, localAddress }
    },
  }
  const server = new ProxyChain(
    certificate === undefined
      ? settings
      : { ...settings, serverType: 'https', httpsOptions: certificate },
  )
  await server.listen()
  return {
    host: '127.0.0.1',
    port: server.port,
    connectCount: () => connects,
    close: () => server.close(true),
  }
}
