/**
 * Real sockets to a server on loopback that speaks HTTP and WebSocket badly: what the production transport and the test of
 * ways make of it. Everything ends in time, with an answer, a named failure or a verdict.
 * @module
 */
import { createHttpTransport } from '../../../src/proxies/create-http-transport.ts'
import { judgePool } from '../../../src/proxies/probe/probe-pool.ts'
import { probeWay } from '../../../src/proxies/probe/probe-way.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import { createSystemClock } from '../../../src/system/system-clock.ts'
import { badAnswer, badFrame, say, upgradeOf } from './bad-http.ts'
import type { Draw } from './draw.ts'
import { claim, Finding, type FuzzTarget, type Outcome } from './fuzz-target.ts'
import { judgeError } from './judge-error.ts'
import { mutateJson } from './mutate-json.ts'
import { type PlantedSecrets, plantSecrets } from './planted-secrets.ts'
import { type RawServer, startRawServer } from './raw-server.ts'

let server: RawServer | undefined
const clock = createSystemClock()
/** Long enough for loopback on a machine that has other things to do. */
const TIMEOUT_MS = 600

/** HTTP, WebSocket and the probe. */
export const wireBytes: FuzzTarget = {
  name: 'wire-bytes',
  weight: 300,
  limitMs: 30_000,
  cpuLimitMs: 4_000,
  async prepare() {
    server = await startRawServer()
  },
  async end() {
    await server?.close()
  },
  async run(draw) {
    if (server === undefined) throw new Error('prepare comes first')
    const scene = { draw, server, secrets: plantSecrets(draw) }
    try {
      return await draw.pick([askOverHttp, listenOnSocket, probe])(scene)
    } finally {
      server.dropAll()
    }
  },
}

interface Scene {
  readonly draw: Draw
  readonly server: RawServer
  readonly secrets: PlantedSecrets
}

function transportTo({ port }: RawServer) {
  return createHttpTransport({
    egress: 'direct',
    restUrl: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}/stream`,
    clock,
    connectTimeoutMs: TIMEOUT_MS,
  })
}

async function askOverHttp({ draw, server: raw, secrets }: Scene): Promise<Outcome> {
  const bytes = badAnswer(draw, secrets.token)
  const input = bytes.subarray(0, 1_500).toString('latin1')
  raw.onRequest = (socket) => say(draw, socket, bytes)
  const transport = transportTo(raw)
  try {
    const answer = await transport.request({
      method: 'POST',
      path: '/api/v1/sendTx',
      form: { a: '1' },
      headers: { Authorization: secrets.token },
      timeoutMs: TIMEOUT_MS,
    })
    claim(Number.isInteger(answer.status), `status ${answer.status}`, input)
    claim(answer.body.length <= 17 * 1_048_576, `a body of ${answer.body.length} characters`, input)
    return 'accepted'
  } catch (error) {
    if (error instanceof Finding) throw error
    const known = judgeError(error, { secrets, input })
    // It was heard: nobody knows whether it was carried out.
    const isHonest = known.mayHaveBeenDelivered === true
    claim(isHonest, `${known.code} says that nothing was delivered`, input)
    return 'named error'
  } finally {
    transport.close()
  }
}

async function listenOnSocket({ draw, server: raw }: Scene): Promise<Outcome> {
  const frames = Buffer.concat(Array.from({ length: draw.int(0, 5) }, () => badFrame(draw)))
  const isTaken = draw.chance(0.8)
  raw.onRequest = (socket, request) => {
    const bytes = isTaken ? Buffer.concat([upgradeOf(draw, request), frames]) : badAnswer(draw, '')
    say(draw, socket, bytes)
  }
  const input = frames.subarray(0, 500).toString('hex')
  const transport = transportTo(raw)
  const { closes, texts } = await listenUntilClosed(transport)
  transport.close()
  claim(closes.length === 1, `closed ${closes.length} times`, input)
  claim(
    texts.every((text) => text.length <= 9 * 1_048_576),
    'a message of no end',
    input,
  )
  const [close] = closes
  if (close?.error !== undefined) judgeError(close.error, { input })
  return texts.length > 0 ? 'accepted' : 'named error'
}

type Close = Parameters<Parameters<ReturnType<typeof transportTo>['connect']>[0]['onClose']>[0]

async function listenUntilClosed(transport: ReturnType<typeof transportTo>) {
  const closes: Close[] = []
  const texts: string[] = []
  await new Promise<void>((resolve) => {
    const socket = transport.connect({
      onOpen: () => undefined,
      onMessage: (text) => void texts.push(text),
      onPong: () => undefined,
      onClose(close) {
        cancel()
        closes.push(close)
        resolve()
      },
    })
    const cancel = clock.setTimer(2 * TIMEOUT_MS, () => socket.terminate())
  })
  // A second close would come now.
  await new Promise(setImmediate)
  return { closes, texts }
}

async function probe({ draw, server: raw }: Scene): Promise<Outcome> {
  const said: string[] = []
  raw.onRequest = (socket, request) => {
    const isUpgrade = /upgrade: websocket/i.test(request) && draw.chance(0.8)
    const bytes = isUpgrade
      ? Buffer.concat([upgradeOf(draw, request), badFrame(draw)])
      : probeAnswer(draw)
    said.push(bytes.subarray(0, 300).toString('latin1'))
    say(draw, socket, bytes)
  }
  const report = await probeWay(
    { name: 'direct', proxy: undefined },
    {
      restUrl: `http://127.0.0.1:${raw.port}`,
      wsUrl: `ws://127.0.0.1:${raw.port}/stream`,
      checkUrl: draw.chance(0.5) ? `http://127.0.0.1:${raw.port}/ip` : undefined,
      timeoutMs: TIMEOUT_MS,
      clock,
      rng: createSeededRng(1),
      signal: new AbortController().signal,
    },
  )
  const [judged] = judgePool([report])
  claim(judged?.steps.length === 6, 'a step is missing', said)
  claim((judged.hint ?? '').length < 500, 'a long hint', said)
  for (const { failure } of judged.steps) {
    const isInWords = failure === undefined || (failure.text.length < 400 && failure.text !== '')
    claim(isInWords, `a failure without words: ${failure?.text.slice(0, 500)}`, said)
  }
  const offsetMs = judged.clock?.offsetMs ?? 0
  claim(Number.isFinite(offsetMs), `a clock offset of ${offsetMs}`, said)
  return judged.verdict === 'ok' || judged.verdict === 'slow' ? 'accepted' : 'named error'
}

function probeAnswer(draw: Draw): Buffer {
  if (draw.chance(0.1)) return badAnswer(draw, '')
  const good = draw.pick([
    '{"status":200,"network_id":1,"timestamp":1793491200}',
    '{"ip":"192.0.2.7"}',
    '192.0.2.7',
  ])
  const body = draw.chance(0.5) ? good : mutateJson(draw, good).text
  const status = draw.pick([200, 200, 200, 403, 405, 429, 500])
  const date = draw.pick(['Sun, 01 Nov 2026 00:00:00 GMT', 'x', 'Sat, 13 Sep 275760 00:00:00 GMT'])
  const head = `HTTP/1.1 ${status} x\r\nContent-Length: ${Buffer.byteLength(body)}\r\nDate: ${date}\r\n\r\n`
  return Buffer.from(head + body)
}
