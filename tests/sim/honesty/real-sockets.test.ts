/** The firewall and the addresses once more over real sockets, where an upgrade is an HTTP request. */
import { get, type IncomingMessage } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startSimServer, type SimServer } from '../../../src/sim/server/sim-server.ts'
import { createStage, type Stage } from '../../../src/sim/stage/stage.ts'
import { createSystemClock } from '../../../src/system/system-clock.ts'
import { createSystemRng } from '../../../src/system/system-rng.ts'

let stage: Stage | undefined
let server: SimServer | undefined

afterEach(async () => {
  await server?.close()
  stage?.close()
  stage = server = undefined
})

async function start(noLimits: boolean): Promise<SimServer> {
  stage = createStage({ clock: createSystemClock(), rng: createSystemRng(), accounts: 2, noLimits })
  server = await startSimServer({ gateway: stage.gateway })
  return server
}

/** Status and first characters of the body. */
function ask(url: string, localAddress: string): Promise<readonly [number, string]> {
  return new Promise((resolve, reject) => {
    const request = get(`${url}/`, { localAddress }, (response: IncomingMessage) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve([response.statusCode ?? 0, body.slice(0, 15)]))
    })
    request.on('error', reject)
  })
}

/** 101 when the upgrade is granted, else the status that refuses it. */
function upgrade(url: string, localAddress: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { localAddress })
    socket.on('open', () => {
      socket.close()
      resolve(101)
    })
    socket.on('unexpected-response', (request, response) => {
      request.destroy()
      resolve(response.statusCode ?? 0)
    })
    socket.on('error', reject)
  })
}

describe('the firewall in front of real sockets', () => {
  it('bans one loopback address with HTML, its upgrades included, and no other', async () => {
    const { url, wsUrl } = await start(false)
    const answers = []
    for (let at = 0; at < 85; at += 1) answers.push(await ask(url, '127.0.0.5'))
    expect(answers.slice(0, 60).every(([status]) => status === 200)).toBe(true)
    expect(answers.slice(60, 80).every(([status]) => status === 429)).toBe(true)
    expect(answers[84]).toEqual([405, '<!DOCTYPE html>'])
    expect(await upgrade(wsUrl, '127.0.0.5')).toBe(405)
    expect((await ask(url, '127.0.0.6'))[0]).toBe(200)
    expect(await upgrade(wsUrl, '127.0.0.6')).toBe(101)
  })

  it('is away with --no-limits', async () => {
    const { url, wsUrl } = await start(true)
    for (let at = 0; at < 120; at += 1) expect((await ask(url, '127.0.0.5'))[0]).toBe(200)
    expect(await upgrade(wsUrl, '127.0.0.5')).toBe(101)
  })
})
