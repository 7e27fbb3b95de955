import { randomBytes } from 'node:crypto'
import { createServer, request as httpRequest } from 'node:http'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createSigner } from '../../../src/lighter/signer/signer.ts'
import { closeServer, listenOnLoopback } from '../../../src/sim/server/listen-on-loopback.ts'
import { createSocketShell } from '../../../src/sim/server/socket-shell.ts'
import { startSimServer, type SimServer } from '../../../src/sim/server/sim-server.ts'
import { startConnectProxy, type ConnectProxy } from '../../../src/sim/stage/connect-proxy.ts'
import { createStage, type Stage } from '../../../src/sim/stage/stage.ts'
import { parseFaultPlan } from '../../../src/sim/faults/parse-fault.ts'
import { createSystemClock } from '../../../src/system/system-clock.ts'
import { createSystemRng } from '../../../src/system/system-rng.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close()
})

async function start(
  faultTexts: readonly string[] = [],
): Promise<{ stage: Stage; server: SimServer }> {
  const stage = createStage({
    clock: createSystemClock(),
    rng: createSystemRng(),
    accounts: 2,
    noDelay: true,
    faults: parseFaultPlan(faultTexts),
  })
  const server = await startSimServer({ gateway: stage.gateway })
  open.push(stage, server)
  return { stage, server }
}

interface HttpAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

function call(url: string, options: { form?: Record<string, string>; localAddress?: string } = {}) {
  return new Promise<HttpAnswer>((resolve, reject) => {
    const body = options.form === undefined ? '' : new URLSearchParams(options.form).toString()
    const request = httpRequest(url, {
      method: options.form === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? '',
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    request.end(body)
  })
}

interface Line {
  readonly client: WebSocket
  readonly frames: Record<string, unknown>[]
  until(type: string): Promise<Record<string, unknown>>
}

function listen(url: string): Line {
  const client = new WebSocket(url)
  open.push({ close: () => client.terminate() })
  const frames: Record<string, unknown>[] = []
  const waiting = new Set<() => void>()
  client.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString('utf8')) as Record<string, unknown>)
    for (const check of waiting) check()
  })
  return {
    client,
    frames,
    until: (type) =>
      new Promise((resolve, reject) => {
        client.on('error', reject)
        const check = () => {
          const found = frames.find((frame) => frame['type'] === type)
          if (found === undefined) return
          waiting.delete(check)
          resolve(found)
        }
        waiting.add(check)
        check()
      }),
  }
}

function signOrder(stage: Stage, nonce: number) {
  const account = stage.accounts[0]
  if (account === undefined) throw new Error('no account')
  const signer = createSigner({
    privateKeyHex: account.revealPrivateKey(),
    chainId: 300,
    accountIndex: account.accountIndex,
    apiKeyIndex: account.apiKeyIndex,
    rng: createSystemRng(),
  })
  return signer.sign({
    kind: 'createOrder',
    marketIndex: 1,
    clientOrderIndex: 7,
    baseAmount: 1_000,
    price: 1_040_000,
    isAsk: 0,
    type: 1,
    timeInForce: 0,
    reduceOnly: 0,
    triggerPrice: 0,
    orderExpiry: 0,
    nonce,
    expiredAt: createSystemClock().now() + 60_000,
  })
}

describe('the server', () => {
  it('listens on loopback only', async () => {
    const { stage } = await start()
    for (const host of ['0.0.0.0', '::', '192.168.1.2', 'example.org']) {
      await expect(startSimServer({ gateway: stage.gateway, host })).rejects.toMatchObject({
        kind: 'usage',
        code: 'sim_host_not_loopback',
      })
    }
  })

  it('says so when the port is in use', async () => {
    const { stage, server } = await start()
    const { port } = server
    await expect(startSimServer({ gateway: stage.gateway, port })).rejects.toMatchObject({
      kind: 'usage',
      code: 'sim_port_in_use',
    })
  })

  it('answers reads as JSON and unknown paths as a page', async () => {
    const { server } = await start()
    const root = await call(`${server.url}/`)
    expect(root).toMatchObject({ status: 200, contentType: 'application/json' })
    expect(JSON.parse(root.body)).toMatchObject({ status: 200, network_id: 1 })
    const details = await call(`${server.url}/api/v1/orderBookDetails?market_id=1`)
    expect(details.body).toContain('"symbol":"BTC"')
    const unknown = await call(`${server.url}/api/v1/status`)
    expect(unknown).toMatchObject({ status: 403, contentType: 'text/html; charset=UTF-8' })
  })

  it('takes a transaction by form and tells its fill over the socket', async () => {
    const { stage, server } = await start()
    const line = listen(server.wsUrl)
    await line.until('connected')
    const index = stage.accounts[0]?.accountIndex
    line.client.send(
      JSON.stringify({ type: 'subscribe', channel: `account_all_positions/${index}` }),
    )
    await line.until('subscribed/account_all_positions')
    const signed = signOrder(stage, 0)
    const form = { tx_type: '14', tx_info: signed.txInfo }
    const answer = await call(`${server.url}/api/v1/sendTx`, { form })
    expect(JSON.parse(answer.body)).toMatchObject({ code: 200, tx_hash: signed.txHash })
    expect(await line.until('update/account_all_positions')).toMatchObject({
      positions: { '1': { position: '0.01000' } },
    })
  })

  it('takes a transaction over the socket', async () => {
    const { stage, server } = await start()
    const line = listen(server.wsUrl)
    await line.until('connected')
    const { txInfo, txHash } = signOrder(stage, 0)
    line.client.send(`{"type":"jsonapi/sendtx","data":{"id":"a","tx_type":14,"tx_info":${txInfo}}}`)
    expect(await line.until('jsonapi/sendtx')).toMatchObject({
      code: 200,
      id: 'a',
      tx_hash: txHash,
    })
  })

  it('answers socket-level pings with their payload, and none when half-open', async () => {
    const { server } = await start(['half-open@ip=127.0.0.3'])
    const pongOf = async (client: WebSocket) => {
      client.ping('abc')
      return new Promise<string>((resolve) => {
        client.once('pong', (data: Buffer) => resolve(data.toString('utf8')))
        client.once('message', () => resolve('no pong'))
      })
    }
    const line = listen(server.wsUrl)
    await line.until('connected')
    expect(await pongOf(line.client)).toBe('abc')

    const dead = new WebSocket(server.wsUrl, { localAddress: '127.0.0.3' })
    open.push({ close: () => dead.terminate() })
    await new Promise((resolve) => dead.once('open', resolve))
    let isAnswered = false
    dead.on('pong', () => (isAnswered = true))
    dead.ping('abc')
    expect(await pongOf(line.client)).toBe('abc')
    expect(isAnswered).toBe(false)
  })

  it('breaks the connection for a cut and stays silent for a lost answer', async () => {
    const { server } = await start(['cut-answer@endpoint=/', 'lost-answer@endpoint=nextNonce'])
    await expect(call(`${server.url}/`)).rejects.toMatchObject({ code: 'ECONNRESET' })
    const silent = call(`${server.url}/api/v1/nextNonce?account_index=3&api_key_index=5`)
    const other = call(`${server.url}/info`)
    const first = await Promise.race([silent.then(() => 'silent'), other.then(() => 'other')])
    expect(first).toBe('other')
    silent.catch(() => undefined)
  })

  it('refuses the upgrade from a restricted place and on another path', async () => {
    const { server } = await start(['restricted'])
    const refusalOf = (url: string) =>
      new Promise<string>((resolve) => {
        const client = new WebSocket(url)
        client.on('unexpected-response', (_request, response) => {
          resolve(`${response.statusCode} ${response.headers['content-type']}`)
          client.terminate()
        })
        client.on('error', () => undefined)
      })
    expect(await refusalOf(server.wsUrl)).toBe('400 application/json')
    const other = server.wsUrl.replace('/stream', '/other')
    expect(await refusalOf(other)).toBe('403 text/html; charset=UTF-8')
  })

  it('refuses a body beyond its limit and drops a socket beyond its own', async () => {
    const { server } = await start()
    const form = { tx_type: '14', tx_info: 'x'.repeat(1_100_000) }
    const answer = await call(`${server.url}/api/v1/sendTx`, { form }).catch(() => ({
      status: 413,
    }))
    expect(answer.status).toBe(413)
    const line = listen(server.wsUrl)
    await line.until('connected')
    const closed = new Promise<number>((resolve) => line.client.once('close', resolve))
    line.client.send('x'.repeat(300_000))
    expect(await closed).toBe(1009)
  })

  it('reads no faster than it works: a flood waits in the line, and nothing of it is lost', async () => {
    const { stage } = await start()
    const waiting: (() => void)[] = []
    const arrivals = { add: (work: () => void) => void waiting.push(work) }
    const shell = createSocketShell({ gateway: stage.gateway, arrivals })
    const http = createServer()
    http.on('upgrade', (request, socket, head) => shell.upgrade(request, socket, head))
    const { port } = await listenOnLoopback(http, { host: '127.0.0.1', port: 0 })
    open.push({ close: () => closeServer(http) }, shell)
    const line = listen(`ws://127.0.0.1:${port}/stream`)
    await line.until('connected')
    // Nothing that compression makes small.
    const flood = `"${randomBytes(75_000).toString('base64')}"`
    for (let at = 0; at < 100; at += 1) line.client.send(flood)
    const clock = createSystemClock()
    const until = async (isSo: () => boolean) => {
      for (let left = 400; left > 0 && !isSo(); left -= 1) await clock.sleep(25)
    }
    await until(() => waiting.length > 5)
    // Time for what would be read on and on.
    await clock.sleep(300)
    expect(waiting.length).toBeGreaterThan(5)
    expect(waiting.length).toBeLessThan(20)
    let served = 0
    await until(() => {
      served += waiting.length
      for (const work of waiting.splice(0)) work()
      return served === 100 && line.frames.length === 101
    })
    expect(served).toBe(100)
    expect(line.frames).toHaveLength(101)
  })

  it('frees its port when it closes', async () => {
    const { stage, server } = await start()
    await server.close()
    const again = await startSimServer({ gateway: stage.gateway, port: server.port })
    open.push(again)
    expect((await call(`${again.url}/`)).status).toBe(200)
  })
})

/** A bare tunnel. */
function tunnelTo(proxy: ConnectProxy, target: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: proxy.host,
      port: proxy.port,
      method: 'CONNECT',
      path: new URL(target).host,
    })
    request.on('error', reject)
    request.on('connect', (_response, socket: Socket) => resolve(socket))
    request.end()
  })
}

describe('a CONNECT proxy', () => {
  const through = (proxy: ConnectProxy, target: string, login?: string) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const { host } = new URL(target)
      const request = httpRequest({
        host: proxy.host,
        port: proxy.port,
        method: 'CONNECT',
        path: host,
        headers:
          login === undefined
            ? {}
            : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` },
      })
      request.on('error', reject)
      request.on('connect', (response, socket) => {
        open.push({ close: () => socket.destroy() })
        if (response.statusCode !== 200) {
          resolve({ status: response.statusCode ?? 0, body: '' })
          return
        }
        const inner = httpRequest(target, { createConnection: () => socket }, (answer) => {
          let body = ''
          answer.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')))
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
        })
        inner.on('error', reject)
        inner.end()
      })
      request.end()
    })

  it('leaves from its own address, so that the venue counts it apart', async () => {
    const { stage, server } = await start()
    const proxy = await startConnectProxy({ localAddress: '127.0.0.5' })
    open.push(proxy)
    expect((await through(proxy, `${server.url}/info`)).status).toBe(200)
    expect(stage.gateway.units.byIp('127.0.0.5').units).toBe(1)
    expect(stage.gateway.units.byIp('127.0.0.1').units).toBe(0)
    expect(proxy.tunnelCount()).toBe(1)
  })

  it('asks for its password', async () => {
    const { server } = await start()
    const proxy = await startConnectProxy({ username: 'user', password: 'secret' })
    open.push(proxy)
    expect((await through(proxy, `${server.url}/info`)).status).toBe(407)
    expect((await through(proxy, `${server.url}/info`, 'user:wrong')).status).toBe(407)
    expect((await through(proxy, `${server.url}/info`, 'user:secret')).status).toBe(200)
  })

  it('reaches loopback only, and says 502 where nobody listens', async () => {
    const proxy = await startConnectProxy()
    open.push(proxy)
    expect((await through(proxy, 'http://192.0.2.1:81/')).status).toBe(403)
    const { server } = await start()
    await server.close()
    expect((await through(proxy, `${server.url}/`)).status).toBe(502)
  })

  it('can refuse, hang and cut', async () => {
    const { server } = await start()
    const proxy = await startConnectProxy()
    open.push(proxy)
    proxy.setMode('refuse')
    await expect(through(proxy, server.url)).rejects.toMatchObject({ code: 'ECONNRESET' })
    proxy.setMode('hang')
    const hanging = through(proxy, server.url)
    const other = call(`${server.url}/info`)
    expect(await Promise.race([hanging.then(() => 'hung'), other.then(() => 'other')])).toBe(
      'other',
    )
    proxy.cutTunnels()
    await expect(hanging).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('can freeze what goes through it, which loses nothing and goes on later', async () => {
    const { server } = await start()
    const proxy = await startConnectProxy()
    open.push(proxy)
    const socket = await tunnelTo(proxy, server.url)
    const answers: string[] = []
    socket.on('data', (chunk: Buffer) => answers.push(chunk.toString()))
    proxy.setMode('freeze')
    socket.write('GET /info HTTP/1.1\r\nHost: x\r\n\r\n')
    await call(`${server.url}/info`)
    expect(answers).toEqual([])
    proxy.setMode('normal')
    await expect.poll(() => answers.join('')).toContain('200 OK')
    socket.destroy()
  })
})
