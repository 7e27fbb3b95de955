import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startSimServer, type SimServerOptions } from '../../../src/sim/server/sim-server.ts'
import { createStage } from '../../../src/sim/stage/stage.ts'
import { createSystemClock } from '../../../src/system/system-clock.ts'
import { createSystemRng } from '../../../src/system/system-rng.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close()
})

async function start(more: Partial<SimServerOptions> = {}) {
  const stage = createStage({
    clock: createSystemClock(),
    rng: createSystemRng(),
    accounts: 2,
    noDelay: true,
    noLimits: true,
    noiseBps: 0,
  })
  const bugs: unknown[] = []
  const server = await startSimServer({
    gateway: stage.gateway,
    onBug: (error) => bugs.push(error),
    ...more,
  })
  open.push(stage, server)
  return { stage, server, bugs, sessions: () => stage.gateway.sessions.list() }
}

interface Line {
  readonly client: WebSocket
  readonly frames: Record<string, unknown>[]
  say(message: unknown): void
  /** The next frame that fits, from the beginning. */
  until(fits: (frame: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>
}

function listen(url: string, options: ConstructorParameters<typeof WebSocket>[2] = {}): Line {
  const client = new WebSocket(url, options)
  open.push({ close: () => client.terminate() })
  client.on('error', () => undefined)
  const frames: Record<string, unknown>[] = []
  const waiting = new Set<() => void>()
  client.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString('utf8')) as Record<string, unknown>)
    for (const check of waiting) check()
  })
  return {
    client,
    frames,
    say: (message) => client.send(JSON.stringify(message)),
    until: (fits) =>
      new Promise((resolve) => {
        const check = () => {
          const found = frames.find(fits)
          if (found === undefined) return
          waiting.delete(check)
          resolve(found)
        }
        waiting.add(check)
        check()
      }),
  }
}

const isType = (type: string) => (frame: Record<string, unknown>) => frame['type'] === type
const isError = (frame: Record<string, unknown>) => 'error' in frame

/** Sends raw text and gives what comes back until the connection ends. */
function raw(port: number, text: string, onSocket: (socket: Socket) => void = () => undefined) {
  return new Promise<string>((resolve) => {
    let answer = ''
    const socket = connectTcp(port, '127.0.0.1', () => {
      socket.write(text)
      onSocket(socket)
    })
    open.push({ close: () => socket.destroy() })
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answer))
  })
}

function upgradeText(port: number, key = 'dGhlIHNhbXBsZSBub25jZQ=='): string {
  const head = [
    'GET /stream HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n`
}

interface Answer {
  readonly response: IncomingMessage
  readonly localPort: number | undefined
  readonly body: string
}

function call(url: string, options: Parameters<typeof httpRequest>[1], body?: string | Buffer) {
  return new Promise<Answer>((resolve, reject) => {
    const request = httpRequest(url, options)
    request.on('error', reject)
    request.on('response', (response) => {
      let text = ''
      const { localPort } = response.socket
      response.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      response.on('end', () => resolve({ response, localPort, body: text }))
    })
    request.end(body)
  })
}

describe('sockets', () => {
  it.each([
    [true, 'permessage-deflate'],
    [false, ''],
  ])('compress when the client asks (%s)', async (perMessageDeflate, extensions) => {
    const { server } = await start()
    const line = listen(server.wsUrl, { perMessageDeflate })
    await line.until(isType('connected'))
    expect(line.client.extensions).toBe(extensions)
    line.say({ type: 'subscribe', channel: 'market_stats/all' })
    const frame = await line.until(isType('subscribed/market_stats'))
    expect(Object.keys(frame['market_stats'] as object)).toEqual(['0', '1', '2'])
  })

  it('do not swell: a small compressed message of a large text is refused', async () => {
    const { server, sessions } = await start()
    const line = listen(server.wsUrl, { perMessageDeflate: { threshold: 0 } })
    await line.until(isType('connected'))
    const closed = new Promise((resolve) => line.client.once('close', resolve))
    line.client.send('x'.repeat(5_000_000))
    expect(await closed).toBe(1009)
    expect(sessions()).toEqual([])
  })

  it('may be opened with encoding=json, and with readonly=true for looking only', async () => {
    const { server } = await start()
    const line = listen(`${server.wsUrl}?encoding=json&readonly=true`)
    await line.until(isType('connected'))
    line.say({ type: 'subscribe', channel: 'ticker/1' })
    await line.until(isType('subscribed/ticker'))
    line.say({ type: 'jsonapi/sendtx', data: { id: 'a', tx_type: 14, tx_info: {} } })
    expect(await line.until(isError)).toMatchObject({ error: { code: 30006 }, id: 'a' })
  })

  it('speak text: a binary message is no JSON', async () => {
    const { server } = await start()
    const line = listen(server.wsUrl)
    await line.until(isType('connected'))
    line.client.send(Buffer.from('{"type":"ping"}'), { binary: true })
    expect(await line.until(isError)).toMatchObject({ error: { code: 30000 } })
    expect(line.frames.some(isType('pong'))).toBe(false)
  })

  it('are disconnected when they do not read, and others are not', async () => {
    const { server, sessions } = await start({ maxBacklogBytes: 100_000 })
    const plain = { perMessageDeflate: false }
    const [slow, good] = [listen(server.wsUrl, plain), listen(server.wsUrl, plain)]
    await Promise.all([slow.until(isType('connected')), good.until(isType('connected'))])
    slow.client.pause()
    // An answer repeats the id of its message. What the system buffers for a socket comes on top: some megabytes.
    const data = { id: 'x'.repeat(200_000), tx_type: 14, tx_info: {} }
    for (let at = 0; at < 300 && sessions().length === 2; at += 1) {
      slow.say({ type: 'jsonapi/sendtx', data })
      await new Promise((resolve) => setImmediate(resolve))
    }
    const deadline = Date.now() + 10_000
    while (sessions().length === 2 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(sessions()).toHaveLength(1)
    good.say({ type: 'ping' })
    await good.until(isType('pong'))
  }, 30_000)

  it('that never finish their upgrade leave nothing behind and break nothing', async () => {
    const { server, sessions, bugs } = await start()
    expect(await raw(server.port, upgradeText(server.port, 'bad'))).toMatch(/^HTTP\/1\.1 400/)
    await raw(server.port, upgradeText(server.port), (socket) => socket.resetAndDestroy())
    await raw(server.port, upgradeText(server.port).replace('/stream', '/other'), (socket) =>
      socket.resetAndDestroy(),
    )
    const line = listen(server.wsUrl)
    await line.until(isType('connected'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(sessions()).toHaveLength(1)
    expect(bugs).toEqual([])
  })
})

describe('requests', () => {
  it('reuse a connection', async () => {
    const { server } = await start()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    open.push({ close: () => agent.destroy() })
    const ports = new Set<number | undefined>()
    for (const path of ['/', '/info', '/nowhere', '/api/v1/orderBooks']) {
      ports.add((await call(`${server.url}${path}`, { agent })).localPort)
    }
    expect(ports.size).toBe(1)
  })

  it.each(['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'])(
    'with %s meet what stands in front of the venue, and no permission for pages',
    async (method) => {
      const { server } = await start()
      const { response, body } = await call(`${server.url}/api/v1/orderBooks`, { method })
      expect(response.statusCode).toBe(403)
      expect(response.headers['content-type']).toMatch(/^text\/html/)
      expect(body === '').toBe(method === 'HEAD')
      expect(Object.keys(response.headers).join()).not.toContain('access-control')
    },
  )

  it('take multipart forms', async () => {
    const { server } = await start()
    const parts = ['tx_type', 'tx_info'].map(
      (name) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n14\r\n`,
    )
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const options = { method: 'POST', headers }
    const { body } = await call(
      `${server.url}/api/v1/sendTx`,
      options,
      `${parts.join('')}--b--\r\n`,
    )
    // The form was understood: it is the transaction that is none.
    expect(JSON.parse(body)).toMatchObject({ code: 21501 })
  })

  it('with too large a body are refused, announced or not, and leave the server well', async () => {
    const { server, bugs } = await start()
    const head = `POST /api/v1/sendTx HTTP/1.1\r\nHost: x\r\n`
    const announced = await raw(server.port, `${head}Content-Length: 1000001\r\n\r\nabc`)
    expect(announced).toMatch(/^HTTP\/1\.1 413 /)
    expect(announced.toLowerCase()).toContain('connection: close')
    const chunk = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`
    const text = `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(20)}`
    expect(await raw(server.port, text)).toMatch(/^HTTP\/1\.1 413 /)
    expect((await call(`${server.url}/info`, {})).response.statusCode).toBe(200)
    expect(bugs).toEqual([])
  })

  it('that break off in their body are nobody’s mistake', async () => {
    const { server, bugs } = await start()
    const head = `POST /api/v1/sendTx HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc`
    await raw(server.port, head, (socket) => setTimeout(() => socket.resetAndDestroy(), 20))
    expect((await call(`${server.url}/info`, {})).response.statusCode).toBe(200)
    expect(bugs).toEqual([])
  })
})
