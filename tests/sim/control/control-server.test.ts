import { execFile } from 'node:child_process'
import { request as httpRequest } from 'node:http'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createControlDesk } from '../../../src/sim/control/control-desk.ts'
import { startControlServer } from '../../../src/sim/control/control-server.ts'
import { startSimServer } from '../../../src/sim/server/sim-server.ts'
import { createStage } from '../../../src/sim/stage/stage.ts'
import { createSystemClock } from '../../../src/system/system-clock.ts'
import { createSystemRng } from '../../../src/system/system-rng.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close()
})

async function start() {
  const stage = createStage({
    clock: createSystemClock(),
    rng: createSystemRng(),
    accounts: 2,
    noDelay: true,
    noiseBps: 0,
  })
  const bugs: unknown[] = []
  const exchange = await startSimServer({ gateway: stage.gateway })
  const desk = createControlDesk(stage)
  const control = await startControlServer({ desk, onBug: (error) => bugs.push(error) })
  open.push(stage, exchange, control)
  return { stage, exchange, control, bugs }
}

interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

interface Call {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const KEY = { 'x-hedgebot-control': '1' }

function call(url: string, { method = 'GET', headers = KEY, body = '' }: Call = {}) {
  return new Promise<HttpAnswer>((resolve, reject) => {
    const request = httpRequest(url, { method, headers })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    request.end(body)
  })
}

function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return call(url, {
    method: 'POST',
    headers: { ...KEY, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

async function connect(url: string): Promise<WebSocket> {
  const client = new WebSocket(url)
  open.push({ close: () => client.terminate() })
  client.on('error', () => undefined)
  await new Promise((resolve) => client.once('message', resolve))
  return client
}

describe('the control server', () => {
  it('moves a price that clients then see', async () => {
    const { exchange, control } = await start()
    const answer = await post(`${control.url}/price`, { market: 'BTC', move: '-5%' })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.body)).toMatchObject({ mark_price: '95000.0' })
    const details = await call(`${exchange.url}/api/v1/orderBookDetails?market_id=1`)
    expect(details.body).toContain('"mark_price":"95000.0"')
    const state = JSON.parse((await call(`${control.url}/state`)).body) as { markets: unknown[] }
    expect(state.markets[1]).toMatchObject({ market: 'BTC', mark_price: '95000.0' })
  })

  it('cuts a real socket with the code, and another without a word', async () => {
    const { exchange, control } = await start()
    const [a, b] = [await connect(exchange.wsUrl), await connect(exchange.wsUrl)]
    const closes = [a, b].map(
      (client) =>
        new Promise((resolve) =>
          client.once('close', (code: number, reason: Buffer) =>
            resolve([code, reason.toString('utf8')]),
          ),
        ),
    )
    await post(`${control.url}/sockets`, { socket: 1, do: 'close', code: 4000, reason: 'why not' })
    expect(await closes[0]).toEqual([4000, 'why not'])
    await post(`${control.url}/sockets`, { all: true, do: 'drop' })
    expect(await closes[1]).toEqual([1006, ''])
    const { sockets } = JSON.parse((await call(`${control.url}/state`)).body) as {
      sockets: unknown[]
    }
    expect(sockets).toEqual([])
  })

  it('starts and ends maintenance', async () => {
    const { exchange, control } = await start()
    const client = await connect(exchange.wsUrl)
    const closed = new Promise((resolve) => client.once('close', resolve))
    await post(`${control.url}/maintenance`, { on: true })
    expect(await closed).toBe(1012)
    expect((await call(`${exchange.url}/api/v1/orderBooks`)).status).toBe(503)
    await post(`${control.url}/maintenance`, { on: false })
    expect((await call(`${exchange.url}/api/v1/orderBooks`)).status).toBe(200)
    expect((await connect(exchange.wsUrl)).readyState).toBe(WebSocket.OPEN)
  })

  it('explains itself, with lines for every operation', async () => {
    const { control } = await start()
    const help = await call(`${control.url}/help`, { headers: {} })
    expect(help).toMatchObject({ status: 200 })
    expect(help.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect((await call(control.url, { headers: {} })).body).toBe(help.body)
    expect(help.body).toContain(`ctl price '{"market":"BTC","move":"-5%"}'`)
  })

  it('gives a shell function that works as printed', async () => {
    const { stage, control } = await start()
    const help = (await call(`${control.url}/help`)).body
    const ctl = help.split('\n').find((line) => line.includes('ctl() {'))
    const script = `${ctl}\nctl price '{"market":"BTC","move":"-5%"}'\nctl state`
    const { stdout } = await promisify(execFile)('sh', ['-c', script])
    const [moved, state] = stdout.trim().split('\n')
    expect(JSON.parse(moved ?? '')).toMatchObject({ mark_price: '95000.0' })
    expect(JSON.parse(state ?? '')).toMatchObject({ maintenance: false })
    expect(stage.core.markets.get(1)?.markTicks).toBe(950_000n)
  })

  it.each([
    ['price', '{"market":"BTC"', 400, 'control_input'],
    ['price', '[]', 400, 'control_input'],
    ['price', '{"market":"BTC","move":"much"}', 400, 'control_input'],
    ['price', '{"market":"DOGE","move":"-5%"}', 404, 'control_not_found'],
    ['nothing', '{}', 404, 'control_not_found'],
    ['price/', '{}', 404, 'control_not_found'],
    ['__proto__', '{}', 404, 'control_not_found'],
    ['liquidate', '{"account":"account_1"}', 409, 'control_no_position'],
    ['drain', `{"account":"${'x'.repeat(70_000)}"}`, 413, 'control_too_large'],
  ])('answers POST /%s %.40s with %i %s', async (path, body, status, code) => {
    const { control, bugs } = await start()
    const answer = await post(`${control.url}/${path}`, body)
    expect(answer.status).toBe(status)
    const { error } = JSON.parse(answer.body) as { error: Record<string, string> }
    expect(error['code']).toBe(code)
    expect(Object.keys(error)).toEqual(['code', 'message', 'hint'])
    expect(bugs).toEqual([])
  })

  it.each([
    ['another origin', { origin: 'https://evil.example' }, 403],
    ['its own origin', { origin: 'http://127.0.0.1' }, 403],
    ['another host', { host: 'evil.example' }, 403],
    ['no header', { 'x-hedgebot-control': '' }, 403],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ])('turns a request with %s away and changes nothing', async (_name, headers, status) => {
    const { stage, control } = await start()
    const answer = await post(`${control.url}/price`, { market: 'BTC', move: '-5%' }, headers)
    expect(answer.status).toBe(status)
    expect(stage.core.markets.get(1)?.markTicks).toBe(1_000_000n)
    const cors = Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))
    expect(cors).toEqual([])
  })

  it('answers no preflight, and nothing but GET and POST', async () => {
    const { control } = await start()
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    const preflight = await call(`${control.url}/price`, { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(403)
    expect((await call(`${control.url}/price`, { method: 'DELETE' })).status).toBe(404)
    expect((await call(`${control.url}/price`)).status).toBe(404)
  })

  it('is not reached through the port of the exchange', async () => {
    const { stage, exchange } = await start()
    expect((await post(`${exchange.url}/price`, { market: 'BTC', move: '-5%' })).status).toBe(403)
    expect((await call(`${exchange.url}/state`)).status).toBe(403)
    expect(stage.core.markets.get(1)?.markTicks).toBe(1_000_000n)
  })

  it('listens on loopback only, and frees its port', async () => {
    const { stage, control } = await start()
    const desk = createControlDesk(stage)
    for (const host of ['0.0.0.0', '::', '192.168.1.1']) {
      await expect(startControlServer({ desk, host })).rejects.toMatchObject({
        code: 'sim_host_not_loopback',
      })
    }
    await expect(startControlServer({ desk, port: control.port })).rejects.toMatchObject({
      code: 'sim_port_in_use',
    })
    await control.close()
    open.push(await startControlServer({ desk, port: control.port }))
    expect((await call(`${control.url}/state`)).status).toBe(200)
  })
})
