import type { Socket } from 'node:net'
import type { Clock, Rng } from '../../ports.ts'
import type { ProxyEndpoint, TunnelTarget } from '../proxy-endpoint.ts'
import { type ConnectOptions, createSocketKeeper, openTcp, startTls } from './connect-socket.ts'
import { getOver, upgradeOver } from './http-exchange.ts'
import { startTunnel } from './start-tunnel.ts'
import type { ClockReading, Failure, ProbeReport, ProbeStep } from './probe-model.ts'
import { readFrom } from './read-from.ts'
import { type Counterpart, StepFailure } from './step-failure.ts'
import { type Stopwatch, createStepLog } from './step-log.ts'
import {
  greetingFailure,
  readClock,
  readExitAddress,
  refusalFailure,
  venueAnswerFailure,
} from './venue-answer.ts'
import { acceptFor, parseTextFrame } from './websocket-frame.ts'

/** One way to the venue. */
export interface ProbedWay {
  /** The proxy's name, or `direct`. */
  readonly name: string
  readonly proxy: ProxyEndpoint | undefined
}

/** What every probe of a run shares. */
export interface ProbeOptions {
  readonly restUrl: string
  readonly wsUrl: string
  /** A page that answers with the caller's address. */
  readonly checkUrl: string | undefined
  /** Longest time of every single wait. */
  readonly timeoutMs: number
  readonly clock: Clock
  readonly rng: Rng
  readonly signal: AbortSignal
  /** A step of a way begins. */
  readonly onStep?: (name: string, step: ProbeStep) => void
}

/** Tries a way step by step. Rejects only when `signal` is aborted; no socket and no timer is left behind. */
export async function probeWay(way: ProbedWay, options: ProbeOptions): Promise<ProbeReport> {
  const { clock } = options
  const log = createStepLog(clock, (step) => options.onStep?.(way.name, step))
  const keeper = createSocketKeeper()
  const probe: Probe = {
    way,
    options,
    tools: { keeper, patience: options },
    venue: way.proxy === undefined ? VENUE : FAR_END,
  }
  let clockReading: ClockReading | undefined
  let exitAddress: string | undefined
  try {
    const socket = await openWay(
      probe,
      { url: rootOf(options.restUrl), counterpart: probe.venue },
      log.run,
    )
    clockReading = await log.run('first_byte', (watch) => askVenue(probe, socket, watch))
    await log.run('websocket', (watch) => greetOnWebSocket(probe, watch))
    const { checkUrl } = options
    if (checkUrl !== undefined) {
      exitAddress = await log.run('exit_address', (watch) =>
        askExitAddress(probe, new URL(checkUrl), watch),
      )
    }
  } catch (cause) {
    if (!(cause instanceof StepFailure)) throw cause
  } finally {
    keeper.destroyAll()
  }
  return { name: way.name, steps: log.outcomes(), exitAddress, clock: clockReading }
}

interface Probe {
  readonly way: ProbedWay
  readonly options: ProbeOptions
  readonly tools: Pick<ConnectOptions, 'keeper' | 'patience'>
  readonly venue: Counterpart
}

const VENUE = { who: 'the venue', isBehindTunnel: true } as const
/** Silence and hang-ups behind a tunnel: from here nobody can tell the proxy's from the venue's. */
const FAR_END = { who: 'the far end of the tunnel', isBehindTunnel: true } as const
const CHECK_PAGE = { who: 'the page at check_url', isBehindTunnel: true } as const

interface Destination {
  readonly url: URL
  readonly counterpart: Counterpart
}

type RunStep = <T>(step: ProbeStep, work: () => Promise<T>) => Promise<T>

/** A connection up to TLS with the target, each part as a step of its own. */
async function openWay(
  { way, tools }: Probe,
  { url, counterpart }: Destination,
  run: RunStep,
): Promise<Socket> {
  const target = addressOf(url)
  const socket = await reach(way, { target, counterpart }, { tools, run })
  if (url.protocol !== 'https:' && url.protocol !== 'wss:') return socket
  return run('tls', () => startTls({ socket, host: target.host }, { ...tools, counterpart }))
}

/** TCP with the target, or a tunnel to it. */
async function reach(
  { name, proxy }: ProbedWay,
  to: { readonly target: TunnelTarget; readonly counterpart: Counterpart },
  { tools, run }: { readonly tools: Probe['tools']; readonly run: RunStep },
): Promise<Socket> {
  const { target } = to
  if (proxy === undefined) {
    const counterpart = { ...to.counterpart, isBehindTunnel: false }
    return run('tcp', () => openTcp(target, { ...tools, counterpart }))
  }
  const tunnel = startTunnel({ name, proxy, target }, tools)
  await run('tcp', () => tunnel.connected)
  return run('connect', () => tunnel.opened)
}

/** For a second connection: its parts belong to the step that needs it. */
const withinStep: RunStep = (_step, work) => work()

async function askVenue(
  { options, tools, venue }: Probe,
  socket: Socket,
  watch: Stopwatch,
): Promise<ClockReading | undefined> {
  const { clock } = options
  const sentAtMs = clock.now()
  const answer = await getOver({
    socket,
    url: rootOf(options.restUrl),
    expected: { ...venue, omission: 'did not answer a request' },
    patience: tools.patience,
    onHead: watch.stop,
  })
  failOn(venueAnswerFailure(answer))
  return readClock(answer, { sentAtMs, receivedAtMs: clock.now() })
}

/** Opens a WebSocket on a connection of its own, as the tool does, and waits for the greeting. */
async function greetOnWebSocket(probe: Probe, watch: Stopwatch): Promise<void> {
  const { options, tools, venue } = probe
  const url = new URL(options.wsUrl)
  const socket = await openWay(probe, { url, counterpart: probe.venue }, withinStep)
  watch.restart()
  const key = Buffer.from(options.rng.nextBytes(16)).toString('base64')
  const { patience } = tools
  const upgrade = await upgradeOver({
    socket,
    url,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': key,
    },
    expected: { ...venue, omission: 'did not answer the WebSocket upgrade' },
    patience,
  })
  if (upgrade.kind === 'refused') throw new StepFailure(refusalFailure(upgrade.answer))
  if (upgrade.headers['sec-websocket-accept'] !== acceptFor(key)) throw notAWebSocket()
  const expected = { ...venue, omission: 'did not greet on the WebSocket' }
  failOn(greetingFailure(await readFrom(upgrade.socket, parseTextFrame, { expected, patience })))
}

async function askExitAddress(probe: Probe, url: URL, watch: Stopwatch): Promise<string> {
  const socket = await openWay(probe, { url, counterpart: CHECK_PAGE }, withinStep)
  watch.restart()
  const { status, body } = await getOver({
    socket,
    url,
    expected: { ...CHECK_PAGE, omission: 'did not answer' },
    patience: probe.tools.patience,
  })
  const address = status === 200 ? readExitAddress(body) : undefined
  if (address !== undefined) return address
  throw new StepFailure({
    reason: 'no_address',
    text: `the page at check_url does not say an address (status ${status})`,
    isBehindTunnel: true,
    status,
  })
}

function failOn(failure: Failure | undefined): void {
  if (failure !== undefined) throw new StepFailure(failure)
}

function notAWebSocket(): StepFailure {
  const text = 'the answer to the WebSocket upgrade is no WebSocket'
  return new StepFailure({ reason: 'foreign', text, isBehindTunnel: true })
}

/** The lightest question that needs no login: `GET /` (PROTOCOL.md section 1). */
function rootOf(restUrl: string): URL {
  return new URL(`${restUrl.replace(/\/+$/, '')}/`)
}

function addressOf(url: URL): TunnelTarget {
  const isSecure = url.protocol === 'https:' || url.protocol === 'wss:'
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
  }
}
